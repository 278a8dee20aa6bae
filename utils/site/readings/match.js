// One query's probability over frame 1: equal to utils/explorers/match/compute.py.

import { argmax, cellAt, range, shaped, softmax, sum } from "./arrays.js";
import { pairOf, preparedPair } from "./pairs.js";
import { roundEven, toBytes } from "./pictures.js";
import { fixed, signed } from "./words.js";

export function reading({ lattice, radius: RADIUS, motion }) {
  function compute(settings, inside, pair) {
    const [feature0, feature1] = inside[settings.stage];
    const [, h, w, c] = feature0.shape;
    const [row, column] = cellAt(settings.query, [h, w], lattice);
    const query = feature0.subarray((row * w + column) * c, (row * w + column + 1) * c);
    const near = (i) => Math.max(Math.abs(Math.floor(i / w) - row), Math.abs((i % w) - column)) <= RADIUS;
    const scores = range(h * w).map((i) => {
      if (settings.search === "local" && !near(i)) return -Infinity;
      let score = 0;
      for (let k = 0; k < c; k += 1) score += query[k] * feature1[i * c + k];
      return score / Math.sqrt(c);
    });
    const probability = shaped(Float32Array.from(softmax(scores)), h, w);
    const mean = (of) => probability.reduce((all, p, i) => all + p * of(i), 0);
    const [x, y] = [mean((i) => i % w), mean((i) => Math.floor(i / w))];
    const bits = sum(probability.map((p) => (p > 0 ? -p * Math.log(p) : 0))) / Math.LN2;
    const [, tall, wide] = pair.frame0.shape;
    const stride = Math.floor(wide / w);
    const [py, px] = [row, column].map((at) => at * stride + Math.floor(stride / 2));
    const at = py * wide + px;
    const known = Boolean(pair.flow);
    const top = argmax(probability);
    return {
      probability, frame1: toBytes(pair.frame1), token: [row, column], expected: [x, y],
      flow: [(x - column) * stride, (y - row) * stride], known,
      truth: known ? [pair.flow[at], pair.flow[tall * wide + at]] : [0, 0],
      hidden: known && Boolean(pair.hidden[at]), bits, spread: 2 ** bits, top: [Math.floor(top / w), top % w], stride,
    };
  }

  function unsure(spread) {
    const number = Math.max(roundEven(spread), 1);
    return number === 1 ? "sure of one cell" : `as unsure as among ${number} equal cells`;
  }

  function sentence({ stage, search }, { probability, token: [row, column], flow, known, truth, hidden, spread, bits }) {
    const [h, w] = probability.shape;
    const where = search === "local" ? "up to 4 cells away" : `among all ${h * w} cells`;
    const error = Math.hypot(flow[0] - truth[0], flow[1] - truth[1]);
    const from = known ? `, ${fixed(error, 0)} px from the truth (${signed(truth)})` : "";
    const unseen = hidden ? "; frame 1 does not show this place" : "";
    return `${stage[0].toUpperCase()}${stage.slice(1)} the transformer, row ${row}, column ${column} sought ${where}: `
      + `${unsure(spread)} (${fixed(bits, 1)} bits). Expected motion ${signed(flow)} px${from}${unseen}.`;
  }

  const prepare = (settings, source, run) => preparedPair(pairOf(source, motion), run, "match");
  return { prepare, compute, sentence };
}
