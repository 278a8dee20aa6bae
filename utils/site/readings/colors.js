// The colors of flow, of weights and of signed values; tables and steps come from Python.

import { clamp, range, shaped } from "./arrays.js";
import { roundEven } from "./pictures.js";

// The rim of the standard wheel, in [0, 1].
export function rimOf({ steps, pure }) {
  return steps.flatMap((count, n) => range(count).map((i) => pure[n].map((a, c) => {
    const b = pure[(n + 1) % pure.length][c];
    const part = Math.floor((255 * i) / count);
    return (a === b ? a : b > a ? part : 255 - part) / 255;
  })));
}

// The greatest length of a flow (2, n), at least 1.
export function longest(flow, n) {
  let most = 1;
  for (let i = 0; i < n; i += 1) most = Math.max(most, Math.hypot(flow[i], flow[n + i]));
  return Math.fround(most);
}

// A flow (2, h, w) as colors (h, w, 3); `most` is the length at the rim.
export function flowColors(flow, [h, w], most, { rim, beyond }) {
  const n = h * w;
  const out = new Uint8Array(3 * n);
  for (let i = 0; i < n; i += 1) {
    const [x, y] = [flow[i] / most, flow[n + i] / most];
    const length = Math.hypot(x, y);
    const place = ((Math.atan2(-(y + 0), -x) / Math.PI + 1) / 2) * (rim.length - 1);
    const before = Math.floor(place);
    const share = place - before;
    const [a, b] = [rim[before], rim[(before + 1) % rim.length]];
    for (let c = 0; c < 3; c += 1) {
      const color = (1 - share) * a[c] + share * b[c];
      const value = length <= 1 + 1e-6 ? 1 - Math.min(length, 1) * (1 - color) : beyond * color;
      out[3 * i + c] = Math.floor(255 * value);
    }
  }
  return shaped(out, h, w, 3);
}

// Values from 0 to 1 in a table of 256 colors, as matplotlib reads it.
export function heat(values, table, ...shape) {
  const out = new Uint8Array(3 * values.length);
  for (let i = 0; i < values.length; i += 1) {
    const at = 3 * Math.min(255, Math.floor(clamp(values[i], 0, 1) * 256));
    out.set(table.subarray(at, at + 3), 3 * i);
  }
  return shaped(out, ...shape, 3);
}

function colored(levels, table, shape) {
  const out = new Uint8Array(3 * levels.length);
  levels.forEach((level, i) => out.set(table.subarray(3 * level, 3 * level + 3), 3 * i));
  return shaped(out, ...shape, 3);
}

// Blue below zero, white at zero, red above; the colors end at `most`.
export function signedColors(values, most, table, ...shape) {
  const end = Math.max(most, 1e-12);
  const levels = Array.from(values, (v) => roundEven(clamp(v / end, -1, 1) * 127.5 + 127.5));
  return colored(levels, table, shape);
}

// From dark (0 and below) to bright (`most` and above).
export function openColors(values, most, table, ...shape) {
  const end = Math.max(most, 1e-12);
  return colored(Array.from(values, (v) => roundEven(clamp(v / end, 0, 1) * 255)), table, shape);
}
