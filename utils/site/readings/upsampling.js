// The nine coarse flows around a pixel: equal to utils/explorers/upsampling/compute.py.

import { argmax, floats, most as greatest, range, shaped, slice } from "./arrays.js";
import { flowColors, longest, rimOf } from "./colors.js";
import { pairOf, preparedPair } from "./pairs.js";
import { roundEven, toBytes } from "./pictures.js";
import { percent } from "./words.js";

const NINE = range(9).map((k) => [Math.floor(k / 3) - 1, (k % 3) - 1]);

export function reading({ steps, pure, beyond, pictures, places, motion }) {
  const wheel = { rim: rimOf({ steps, pure }), beyond };

  // What plain upsampling says at a place of the enlarged map: bilinear between cell corners.
  function bilinear(coarse, factor, y, x) {
    const [rows, columns] = coarse.shape;
    const at = (place, side) => {
      const share = (place * (side - 1)) / (side * factor - 1);
      const low = Math.min(Math.floor(share), Math.max(side - 2, 0));
      return [low, Math.min(low + 1, side - 1), share - low];
    };
    const [[y0, y1, fy], [x0, x1, fx]] = [at(y, rows), at(x, columns)];
    return [0, 1].map((k) => {
      const v = (r, c) => coarse[(r * columns + c) * 2 + k];
      return (1 - fy) * ((1 - fx) * v(y0, x0) + fx * v(y0, x1)) + fy * ((1 - fx) * v(y1, x0) + fx * v(y1, x1));
    });
  }

  function picture(shown, { coarse, fine, factor }, pair, [top, left], most) {
    const [, h, w] = pair.frame0.shape;
    if (shown === "frame") return toBytes(pair.frame0);
    if (shown === "fine") return flowColors(fine, [h, w], most, wheel);
    const columns = coarse.shape[1];
    const cells = new Float32Array(2 * h * w);
    for (let i = 0; i < h * w; i += 1) {
      const cell = Math.floor((Math.floor(i / w) + top) / factor) * columns + Math.floor(((i % w) + left) / factor);
      [cells[i], cells[h * w + i]] = [coarse[2 * cell], coarse[2 * cell + 1]];
    }
    return flowColors(cells, [h, w], most, wheel);
  }

  function compute({ shown, query: [y, x] }, inside, pair) {
    const { coarse, weights: all, fine, factor } = inside;
    const [, h, w] = pair.frame0.shape;
    const [rows, columns] = coarse.shape;
    const [top, left] = [Math.floor((rows * factor - h) / 2), Math.floor((columns * factor - w) / 2)];
    const [row, column] = [Math.floor((y + top) / factor), Math.floor((x + left) / factor)];
    const mine = slice(all, row, column);
    const [ky, kx] = [(y + top) % factor, (x + left) % factor];
    const weights = floats(range(9).map((k) => mine[(k * factor + ky) * factor + kx]), 3, 3);
    const cells = NINE.map(([dy, dx]) => [row + dy, column + dx]);
    const isOn = ([r, c]) => r >= 0 && c >= 0 && r < rows && c < columns;
    const around = cells.map((cell) => (isOn(cell) ? [...slice(coarse, ...cell)] : [0, 0]));
    const most = longest(pair.flow ?? fine, h * w);
    const planar = Float32Array.from([...around.map(([u]) => u), ...around.map(([, v]) => v)]);
    const at = y * w + x;
    const vector = (flow) => [flow[at], flow[h * w + at]];
    return {
      weights, around: floats(around.flat(), 3, 3, 2), inside: shaped(Uint8Array.from(cells, (cell) => Number(isOn(cell))), 3, 3),
      tints: shaped(flowColors(planar, [1, 9], most, wheel), 9, 3), picture: picture(shown, inside, pair, [top, left], most),
      pixel: [y, x], cell: [row, column], corner: [(row - 1) * factor - top, (column - 1) * factor - left], factor,
      fine: vector(fine), bilinear: bilinear(coarse, factor, y + top, x + left), known: Boolean(pair.flow),
      truth: pair.flow ? vector(pair.flow) : [0, 0], most,
    };
  }

  const words = (flow) => `(${flow.map((v) => roundEven(v) + 0).join(", ")})`;

  function sentence({ shown }, { cell: [row, column], pixel: [y, x], weights, fine, bilinear: plain, known, truth }) {
    const true_ = known ? `; the truth is ${words(truth)}` : "";
    return `${pictures[shown]}: pixel (row ${y}, column ${x}) lies in coarse cell (${row}, ${column}) and takes most from `
      + `${places[argmax(weights)]} (${percent(greatest(weights))}). Mixed: ${words(fine)} px, bilinear: ${words(plain)} px${true_}.`;
  }

  const prepare = (settings, source, run) => preparedPair(pairOf(source, motion), run, "upsampling");
  return { prepare, compute, sentence };
}
