// Where one query of a Swin looks: equal to utils/explorers/attention/compute.py.

import { answerOf, inWords } from "./answers.js";
import { argmax, cellAt, mod, most, range, shaped, slice } from "./arrays.js";
import { preparedPicture } from "./single.js";
import { counted, fixed } from "./words.js";

// Where place n of window (i, j) stands on the map, and back.
function geometry({ weights: { shape: [nh, nw] }, window_size: [wh, ww], shift_size: [sy, sx] }) {
  const [h, w] = [nh * wh, nw * ww];
  const strip = (at, side, size, shift) => (shift === 0 ? 0 : (at >= side - size) + (at >= side - shift));
  return {
    size: [h, w],
    cellOf: (i, j, n) => mod(i * wh + Math.floor(n / ww) + sy, h) * w + mod(j * ww + (n % ww) + sx, w),
    placeOf: (row, column) => {
      const [y, x] = [mod(row - sy, h), mod(column - sx, w)];
      return [Math.floor(y / wh), Math.floor(x / ww), (y % wh) * ww + (x % ww)];
    },
    regionOf: (i, j, n) => 3 * strip(i * wh + Math.floor(n / ww), h, wh, sy) + strip(j * ww + (n % ww), w, ww, sx),
  };
}

export function reading({ lattice, side, masked: MASKED, seen: SEEN, trace: TRACE, classes }) {
  // The row of one cell: its weights, and what it may see.
  function rowOf(block, row, column, weightsAt) {
    const { size: [h, w], cellOf, placeOf, regionOf } = geometry(block);
    const [out, sees] = [new Float32Array(h * w), new Uint8Array(h * w)];
    const [i, j, own] = placeOf(row, column);
    const region = regionOf(i, j, own);
    const weights = weightsAt(i, j, own);
    weights.forEach((weight, k) => {
      out[cellOf(i, j, k)] = weight;
      sees[cellOf(i, j, k)] = regionOf(i, j, k) === region ? SEEN : MASKED;
    });
    return [out, sees];
  }

  function meanOverHeads({ weights }, i, j, query) {
    const heads = weights.shape[2];
    const rows = range(heads).map((head) => slice(weights, i, j, head, query));
    return rows[0].map((_, k) => rows.reduce((all, row) => all + row[k], 0) / heads);
  }

  // What the query has heard after these blocks: from the last block back to the first, its row alone.
  function rollout(blocks, row, column) {
    const [h, w] = geometry(blocks[0]).size;
    let heard = new Float64Array(h * w);
    heard[row * w + column] = 1;
    for (const block of [...blocks].reverse()) {
      const next = heard.map((v) => v / 2);
      heard.forEach((v, cell) => {
        if (!v) return;
        const [weights] = rowOf(block, Math.floor(cell / w), cell % w, (i, j, q) => meanOverHeads(block, i, j, q));
        weights.forEach((weight, to) => { next[to] += (v * weight) / 2; });
      });
      heard = next;
    }
    return Float32Array.from(heard);
  }

  function compute(settings, { stages, logits }) {
    const stage = Math.min(settings.stage, stages.length - 1);
    const blocks = stages[stage];
    const block = Math.min(settings.block, blocks.length - 1);
    const now = blocks[block];
    const heads = now.weights.shape[2];
    const head = Math.min(settings.head, heads - 1);
    const [h, w] = geometry(now).size;
    const [row, column] = cellAt(settings.query, [h, w], lattice);
    const [weights, sees] = settings.mode === "head"
      ? rowOf(now, row, column, (i, j, q) => slice(now.weights, i, j, head, q))
      : [rollout(blocks.slice(0, block + 1), row, column), new Uint8Array(h * w).fill(SEEN)];
    return { weights: shaped(weights, h, w), sees: shaped(sees, h, w), token: [row, column], stage, block, head,
      last_stage: stages.length - 1, last_block: blocks.length - 1, last_head: heads - 1,
      window: now.window_size[0], shift: Math.max(...now.shift_size),
      ...(logits ? answerOf(slice(logits, 0), classes) : { says: [], parts: new Float32Array(0) }) };
  }

  function sentence({ mode }, result) {
    const { weights, sees, token: [row, column], stage, block, head, shift } = result;
    const [h, w] = weights.shape;
    const top = argmax(weights);
    const some = weights.filter((v) => v > TRACE);
    const mean = some.reduce((all, v) => all + v, 0) / some.length;
    const strong = weights.filter((v) => v > 2 * mean).length;
    const where = `the query in row ${row}, column ${column} of the ${h}×${w} map`;
    const looks = `looks most at row ${Math.floor(top / w)}, column ${top % w} (weight ${fixed(most(weights), 2)}); `
      + `${counted(strong, "cell")} ${strong === 1 ? "gets" : "get"} more than twice the mean.`;
    const says = inWords(result);
    if (mode === "stage") {
      return `Stage ${stage}, blocks 0 to ${block} together: ${where} has heard from ${counted(some.length, "cell")} `
        + `and ${looks}${says}`;
    }
    const masked = sees.filter((v) => v === MASKED).length;
    const hidden = masked ? ` ${counted(masked, "cell")} of its window ${masked === 1 ? "is" : "are"} masked.` : "";
    return `Stage ${stage}, block ${block} (${shift ? `shifted by ${shift}` : "not shifted"}), head ${head}: `
      + `${where} ${looks}${hidden}${says}`;
  }

  return { prepare: (settings, source, run) => preparedPicture(source, side, run, "attention"), compute, sentence };
}
