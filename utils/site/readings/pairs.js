// Two frames and what is known about them, and reading a map between its cells.

import { clamp, shaped } from "./arrays.js";
import { packed, toBytes } from "./pictures.js";

// Bilinear with zeros outside: planes (c, h, w) read at (x, y).
export function sample(planes, [c, h, w], x, y) {
  const out = new Float64Array(c);
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  for (const [xi, yi] of [[x0, y0], [x0 + 1, y0], [x0, y0 + 1], [x0 + 1, y0 + 1]]) {
    if (xi < 0 || yi < 0 || xi >= w || yi >= h) continue;
    const share = (1 - Math.abs(x - xi)) * (1 - Math.abs(y - yi));
    for (let k = 0; k < c; k += 1) out[k] += share * planes[(k * h + yi) * w + xi];
  }
  return out;
}

// A coordinate mirrored at the outer edges of the first and the last cell.
function mirrored(at, size) {
  const from = Math.abs(at + 0.5);
  const turns = Math.floor(from / size);
  const rest = from - turns * size;
  return clamp(turns % 2 === 0 ? rest - 0.5 : size - rest - 0.5, 0, size - 1);
}

// A picture and the same one shifted, turned (degrees) and zoomed about its middle.
export function movedPair(picture, { dx, dy, turn, zoom }) {
  const [, h, w] = picture.shape;
  const n = h * w;
  const [mx, my] = [(w - 1) / 2, (h - 1) / 2];
  const [cos, sin] = [zoom * Math.cos((turn * Math.PI) / 180), zoom * Math.sin((turn * Math.PI) / 180)];
  const size = cos * cos + sin * sin;
  const frame1 = new Float32Array(3 * n);
  const flow = new Float32Array(2 * n);
  const hidden = new Uint8Array(n);
  for (let i = 0; i < n; i += 1) {
    const [x, y] = [(i % w) - mx, Math.floor(i / w) - my];
    const [tx, ty] = [cos * x - sin * y + mx + dx, sin * x + cos * y + my + dy];
    flow[i] = tx - x - mx;
    flow[n + i] = ty - y - my;
    hidden[i] = Number(tx < 0 || ty < 0 || tx > w - 1 || ty > h - 1);
    const [bx, by] = [x - dx, y - dy];
    const [fx, fy] = [(cos * bx + sin * by) / size + mx, (cos * by - sin * bx) / size + my];
    const color = sample(picture, [3, h, w], mirrored(fx, w), mirrored(fy, h));
    for (let c = 0; c < 3; c += 1) frame1[c * n + i] = color[c];
  }
  return { frame0: picture, frame1: shaped(frame1, 3, h, w), flow: shaped(flow, 2, h, w), hidden: shaped(hidden, h, w) };
}

// The frames of a source: the scene's, two of the learner's, or one picture moved by a known motion.
export function pairOf(source, motion) {
  if (source.scene) return source;
  if (source.frames) return { frame0: source.frames[0], frame1: source.frames[1] };
  return { ...movedPair(source.picture, motion), own: true };
}

// What the kernel keeps of a pass over a pair.
export async function preparedPair(pair, run, graph) {
  const { inside } = await run(graph, { frame0: pair.frame0, frame1: pair.frame1 });
  return { inside, given: pair, pixels: packed(toBytes(pair.frame0)) };
}
