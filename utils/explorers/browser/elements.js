// What every view shares, joined by utils/explorers/module.py into one module with META (names, words
// and ranges, as in Python) and VIEW (the view's own half).

// ---- elements -------------------------------------------------------------------------------

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const make = (tag, attributes = {}, ...children) => {
  const element = fill(document.createElement(tag), attributes, children);
  // The notebook moves between its cells with the arrow keys, unless the focused element says no.
  if (element.tabIndex >= 0) element.setAttribute("data-lm-suppress-shortcuts", "true");
  return element;
};

const draw = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

// ---- numbers, arrays, colors ----------------------------------------------------------------

const range = (n) => Array.from({ length: n }, (_, i) => i);
const count = (n) => n.toLocaleString("en-US");
const plural = (n, word) => `${count(n)} ${word}${n === 1 ? "" : "s"}`;
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

const TYPES = { "<f4": Float32Array, "<i4": Int32Array, "|u1": Uint8Array };

function bytesOf(data) {
  if (typeof data === "string") return Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
}

// {dtype, shape, data} -> a typed array that knows its shape
function unpack(packed) {
  const array = new TYPES[packed.dtype](bytesOf(packed.data).buffer);
  return Object.assign(array, { shape: packed.shape });
}

const unpackAll = (values) =>
  Object.fromEntries(
    Object.entries(values).map(([name, v]) => [name, v?.dtype ? unpack(v) : v]),
  );

const SEQUENTIAL = bytesOf(META.sequential); // 256 × RGB, dark = little

function sequential(t) {
  const at = 3 * Math.round(clamp(t, 0, 1) * 255);
  return [SEQUENTIAL[at], SEQUENTIAL[at + 1], SEQUENTIAL[at + 2]];
}

const css = (element, name) => getComputedStyle(element).getPropertyValue(`--course-${name}`).trim();

