// Eight ways to attend: the same arithmetic as utils/explorers/attend/compute.py.

import { floats, mod, most, range, shaped, softmax, sum } from "./arrays.js";
import { packed, roundEven, toBytes } from "./pictures.js";
import { pairOf } from "./pairs.js";
import { counted, signed } from "./words.js";

export function reading({ side: SIDE, patch: PATCH, kinds: KINDS, heads, points, channels, motion }) {
  const N = SIDE * SIDE;
  const cells = range(N).map((i) => [Math.floor(i / SIDE), i % SIDE]);

  // The patches as rows of colors, in the order (row of the patch, column, color).
  function tokens(frame) {
    const [, h, w] = frame.shape;
    return cells.map(([row, column]) => range(PATCH * PATCH * 3).map((k) => {
      const [p, q, c] = [Math.floor(k / (3 * PATCH)), Math.floor(k / 3) % PATCH, k % 3];
      return frame[(c * h + row * PATCH + p) * w + column * PATCH + q];
    }));
  }

  const scores = (query, keys) => keys.map((key) => -sum(key.map((v, k) => (v - query[k]) ** 2)));

  function softened(score, asked) {
    const shares = softmax(score.filter((_, i) => asked[i]));
    let at = -1;
    return score.map((_, i) => (asked[i] ? shares[at += 1] : 0));
  }

  const groupOf = {
    window: ([y, x], size) => Math.floor(y / size) * SIDE + Math.floor(x / size),
    grid: ([y, x], size) => (y % (SIDE / size)) * SIDE + (x % (SIDE / size)),
    rows: ([y]) => y,
    columns: ([, x]) => x,
    // the window of the rolled map, and in it the region that the mask leaves
    shifted: ([row, column], size) => {
      const shift = Math.floor(size / 2);
      const [y, x] = [mod(row - shift, SIDE), mod(column - shift, SIDE)];
      const strip = (at) => (at >= SIDE - size) + (at >= SIDE - shift);
      return 9 * (Math.floor(y / size) * SIDE + Math.floor(x / size)) + 3 * strip(y) + strip(x);
    },
  };

  const grouped = (kind, { window_size: size, query }) => {
    const own = groupOf[kind](query, size);
    return cells.map((cell) => groupOf[kind](cell, size) === own);
  };

  // One direction a head, one cell a step; in cells from the map's edge.
  function star([row, column]) {
    return range(heads).flatMap((head) => {
      const angle = (2 * Math.PI * head) / heads;
      const way = [Math.cos(angle), Math.sin(angle)];
      const longest = Math.max(...way.map(Math.abs));
      return range(points).map((step) => [column, row].map((at, axis) => at + 0.5 + (way[axis] / longest) * (step + 1)));
    });
  }

  // Each point gives an equal share to the cells that it is read from.
  function sampled(places) {
    const read = new Float64Array(N);
    for (const [px, py] of places) {
      const [x, y] = [px - 0.5, py - 0.5];
      const [x0, y0] = [Math.floor(x), Math.floor(y)];
      for (const [xi, yi] of [[x0, y0], [x0 + 1, y0], [x0, y0 + 1], [x0 + 1, y0 + 1]]) {
        if (xi < 0 || yi < 0 || xi >= SIDE || yi >= SIDE) continue;
        read[yi * SIDE + xi] += ((1 - Math.abs(x - xi)) * (1 - Math.abs(y - yi))) / places.length;
      }
    }
    return Array.from(read, (v) => (v > 1e-5 ? v : 0));
  }

  function compute(settings, { tokens0, tokens1 }, pair) {
    const [row, column] = settings.query;
    const query = tokens0[row * SIDE + column];
    const scale = 2 ** settings.sharpness;
    const [own, other] = [tokens0, tokens1].map((keys) => scores(query, keys).map((v) => scale * v));
    const everyone = range(N).map(() => true);
    const asked = { all: everyone, matching: everyone, channel: everyone };
    const weights = {};
    for (const kind of ["window", "grid", "shifted"]) asked[kind] = grouped(kind, settings);
    for (const kind of ["window", "shifted", "grid", "all", "matching"]) {
      weights[kind] = softened(kind === "matching" ? other : own, asked[kind]);
    }
    const lines = ["rows", "columns"].map((kind) => grouped(kind, settings));
    asked.axial = lines[0].map((flag, i) => flag || lines[1][i]);
    const along = lines.map((line) => softened(own, line));
    weights.axial = along[0].map((v, i) => Math.max(v, along[1][i]));
    const squares = tokens0.map((token) => sum(token.map((v) => v * v)));
    const whole = sum(squares);
    weights.channel = squares.map((v) => v / whole);
    const places = star(settings.query);
    weights.deformable = sampled(places);
    asked.deformable = weights.deformable.map((v) => v > 0);
    const expected = [1, 0].map((axis) => sum(weights.matching.map((v, i) => v * cells[i][axis])));
    const [, h, w] = pair.frame0.shape;
    const at = (PATCH * row + Math.floor(PATCH / 2)) * w + PATCH * column + Math.floor(PATCH / 2);
    const entropy = -sum(weights.all.map((v) => (v > 0 ? v * Math.log(v) : 0)));
    return {
      weights: floats(KINDS.flatMap((kind) => weights[kind]), KINDS.length, SIDE, SIDE),
      asked: shaped(Uint8Array.from(KINDS.flatMap((kind) => asked[kind]), Number), KINDS.length, SIDE, SIDE),
      counts: Int32Array.from(KINDS, (kind) => asked[kind].filter(Boolean).length),
      tops: Float32Array.from(KINDS, (kind) => most(weights[kind])),
      points: floats(places.flat(), places.length, 2),
      frame1: toBytes(pair.frame1),
      expected,
      flow: [(expected[0] - column) * PATCH, (expected[1] - row) * PATCH],
      truth: pair.flow ? [pair.flow[at], pair.flow[h * w + at]] : [0, 0],
      known: Boolean(pair.flow),
      equal: 2 ** (entropy / Math.LN2),
    };
  }

  function sentence({ query: [row, column] }, result) {
    const count = Object.fromEntries(KINDS.map((kind, i) => [kind, result.counts[i]]));
    const truth = result.known ? ` (truth: ${signed(result.truth)})` : "";
    const number = Math.max(roundEven(result.equal), 1);
    const equal = number === 1 ? "sure of one" : `as unsure as among ${number} equal ones`;
    return `Row ${row}, column ${column} asks ${count.window} of ${count.all} cells in its window, `
      + `${count.shifted} in the shifted one, ${count.grid} in the grid, ${count.axial} in row and column; `
      + `across channels all ${count.channel} fill one ${channels}×${channels} matrix; `
      + `${result.points.shape[0]} points read ${counted(count.deformable, "cell")}. All cells: ${equal}. `
      + `Matching expects ${signed(result.flow)} px${truth}.`;
  }

  async function prepare(settings, source) {
    const pair = pairOf(source, motion);
    return { inside: { tokens0: tokens(pair.frame0), tokens1: tokens(pair.frame1) }, given: pair,
      pixels: packed(toBytes(pair.frame0)) };
  }

  return { prepare, compute, sentence, tokens };
}
