// Who comes home along both flows: equal to utils/explorers/occlusion/compute.py.

import { cellAt, range, shaped } from "./arrays.js";
import { heat } from "./colors.js";
import { pairOf, preparedPair, sample } from "./pairs.js";
import { roundEven, toBytes } from "./pictures.js";
import { fixed, percent } from "./words.js";

const [HIT, MISSED, FALSE] = [1, 2, 3];

export function reading({ lattice, error: ERROR, ink: INK, colors, table, motion }) {
  // There, back, how far from home, and how far that may be, for every pixel.
  function waysOf({ forward, backward }, beta) {
    const [, h, w] = forward.shape;
    const n = h * w;
    const planes = new Float32Array(2 * n);
    for (let i = 0; i < n; i += 1) [planes[i], planes[n + i]] = [backward[2 * i], backward[2 * i + 1]];
    return range(n).map((i) => {
      const [x, y] = [forward[2 * i], forward[2 * i + 1]];
      const [bx, by] = sample(planes, [2, h, w], (i % w) + x, Math.floor(i / w) + y);
      const lengths = Math.hypot(x, y) + Math.hypot(backward[2 * i], backward[2 * i + 1]);
      return { x, y, bx, by, gap: Math.hypot(x + bx, y + by), limit: 0.01 * lengths + beta };
    });
  }

  function inked(frame, verdicts, [h, w]) {
    const n = h * w;
    const out = new Uint8Array(12 * n);
    for (let i = 0; i < n; i += 1) {
      const gray = (frame[i] + frame[n + i] + frame[2 * n + i]) / 3;
      const pale = roundEven((0.35 * gray + 0.65) * 255);
      for (let k = 0; k < 4; k += 1) {
        const [dy, dx] = [k >> 1, k & 1];
        const to = 3 * ((2 * Math.floor(i / w) + dy) * 2 * w + 2 * (i % w) + dx);
        out.set(INK[verdicts[i]]?.[dy][dx] ? colors[verdicts[i]] : [pale, pale, pale], to);
      }
    }
    return shaped(out, 2 * h, 2 * w, 3);
  }

  function compute(settings, inside, pair) {
    const [, h, w] = inside.forward.shape;
    const n = h * w;
    const known = Boolean(pair.hidden);
    const ways = waysOf(inside, settings.threshold / 10);
    const found = ways.map(({ gap, limit }) => gap > limit);
    const hidden = found.map((_, i) => known && Boolean(pair.hidden[i]));
    const verdicts = found.map((is, i) => {
      if (!known) return is ? HIT : 0;
      return is ? (hidden[i] ? HIT : FALSE) : (hidden[i] ? MISSED : 0);
    });
    const [y, x] = cellAt(settings.query, [h, w], lattice);
    const one = ways[y * w + x];
    const count = (flags) => flags.filter(Boolean).length;
    const both = count(found.map((is, i) => is && hidden[i]));
    return {
      frame1: toBytes(pair.frame1), error: heat(ways.map(({ gap }) => gap / ERROR), table, h, w),
      verdict: inked(pair.frame0, verdicts, [h, w]), start: [x, y], there: [x + one.x, y + one.y],
      home: [x + one.x + one.bx, y + one.y + one.by], gap: one.gap, limit: one.limit, found: count(found) / n, known,
      hidden: count(hidden) / n, recall: both / Math.max(1, count(hidden)), precision: both / Math.max(1, count(found)),
    };
  }

  function sentence({ threshold }, { start: [x, y], gap, limit, found, known, hidden, recall, precision }) {
    const verdict = gap <= limit ? "comes home" : "does not come home";
    const one = `The pixel in row ${fixed(y, 0)}, column ${fixed(x, 0)} ends ${fixed(gap, 1)} px from its start and ${verdict}. `;
    const share = `Threshold ${fixed(threshold / 10, 1)} px: ${percent(found)} of the frame called hidden`;
    if (!known) return `${one}${share}.`;
    return `${one}${share}, ${percent(hidden)} is; ${percent(recall)} of the hidden pixels found, `
      + `${percent(precision)} of those found are hidden.`;
  }

  const prepare = (settings, source, run) => preparedPair(pairOf(source, motion), run, "occlusion");
  return { prepare, compute, sentence };
}
