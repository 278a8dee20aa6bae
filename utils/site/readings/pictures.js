// Pictures (3, h, w) in [0, 1]: resized as torch does with antialias, cut to fill a size, as bytes.

export const shaped = (array, ...shape) => Object.assign(array, { shape });

// Half to even, as Python and torch round.
export function roundEven(value) {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}

const f32 = Math.fround;

// (3, h, w) in [0, 1] -> (h, w, 3) in 0..255
export function toBytes(planes) {
  const [, h, w] = planes.shape;
  const out = new Uint8Array(3 * h * w);
  for (let i = 0; i < h * w; i += 1) {
    for (let c = 0; c < 3; c += 1) out[3 * i + c] = roundEven(f32(planes[c * h * w + i] * 255));
  }
  return shaped(out, h, w, 3);
}

// For every output place the first input place and the weights: a triangle as wide as the scale.
function taps(from, to) {
  const scale = from / to;
  const support = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const center = scale * (i + 0.5);
    const first = Math.max(Math.trunc(center - support + 0.5), 0);
    const last = Math.min(Math.trunc(center + support + 0.5), from);
    const weights = [];
    for (let j = first; j < last; j += 1) weights.push(Math.max(0, 1 - Math.abs((j - center + 0.5) / support)));
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

// Bilinear with antialias, one axis after the other.
export function resized(planes, [tall, wide]) {
  const [c, h, w] = planes.shape;
  if (h === tall && w === wide) return planes;
  const [across, down] = [taps(w, wide), taps(h, tall)];
  const middle = new Float32Array(c * h * wide);
  for (let row = 0; row < c * h; row += 1) {
    across.forEach(({ first, weights }, x) => {
      let sum = 0;
      for (let k = 0; k < weights.length; k += 1) sum += weights[k] * planes[row * w + first + k];
      middle[row * wide + x] = sum;
    });
  }
  const out = new Float32Array(c * tall * wide);
  for (let plane = 0; plane < c; plane += 1) {
    down.forEach(({ first, weights }, y) => {
      for (let x = 0; x < wide; x += 1) {
        let sum = 0;
        for (let k = 0; k < weights.length; k += 1) sum += weights[k] * middle[(plane * h + first + k) * wide + x];
        out[(plane * tall + y) * wide + x] = sum;
      }
    });
  }
  return shaped(out, c, tall, wide);
}

// Scaled and cut in the middle, so that a picture fills a size without being stretched.
export function filled(planes, [tall, wide]) {
  const [c, h, w] = planes.shape;
  const factor = Math.max(tall / h, wide / w);
  const size = [Math.max(roundEven(h * factor), tall), Math.max(roundEven(w * factor), wide)];
  const scaled = resized(planes, size);
  const [top, left] = [Math.floor((size[0] - tall) / 2), Math.floor((size[1] - wide) / 2)];
  const out = new Float32Array(c * tall * wide);
  for (let plane = 0; plane < c; plane += 1) {
    for (let y = 0; y < tall; y += 1) {
      const from = (plane * size[0] + top + y) * size[1] + left;
      for (let x = 0; x < wide; x += 1) out[(plane * tall + y) * wide + x] = Math.min(Math.max(scaled[from + x], 0), 1);
    }
  }
  return shaped(out, c, tall, wide);
}

// As a view's model carries bytes.
export const packed = (bytes) => ({ dtype: "|u1", shape: bytes.shape, data: bytes });
