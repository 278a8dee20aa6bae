// Packed arrays of Python as typed arrays that know their shape.

const TYPES = { "<f4": Float32Array, "<i4": Int32Array, "|u1": Uint8Array };

export function unpacked(value) {
  if (value?.dtype) {
    const bytes = new Uint8Array(Buffer.from(value.data, "base64"));
    return Object.assign(new TYPES[value.dtype](bytes.buffer), { shape: value.shape });
  }
  if (Array.isArray(value)) return value.map(unpacked);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, unpacked(part)]));
  }
  return value;
}
