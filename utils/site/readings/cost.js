// What attention costs, by formula; the times are those that were recorded.

import { floats, range } from "./arrays.js";
import { grouped } from "./words.js";

export function reading({ kinds: KINDS, sides: SIDES, channels: C, heads: HEADS, points: POINTS, window: WINDOW,
  float: FLOAT, gigabyte: GB, most: MOST_CELLS, recorded }) {
  const keys = (kind, cells) => ({ window: Math.min(WINDOW, cells) ** 2, axial: cells, channel: Math.floor(C / HEADS),
    all: cells ** 2 })[kind];

  function multiplyAdds(kind, cells) {
    const n = cells ** 2;
    if (kind === "deformable") return 2 * n * C * C + n * C * HEADS * POINTS * 3 + n * POINTS * 4 * C;
    return 4 * n * C * C + 2 * n * C * keys(kind, cells);
  }

  // Bytes that one layer keeps for the backward pass.
  function keptBytes(kind, cells, kept) {
    const n = cells ** 2;
    if (kind === "deformable") return FLOAT * n * (3 * C + HEADS * POINTS * (3 + 4 * 4));
    if (kind === "channel") return FLOAT * (5 * n * C + 4 * HEADS * Math.floor(C / HEADS) ** 2);
    return FLOAT * n * (5 * C + HEADS * (kept === "fused" ? 1 : keys(kind, cells)));
  }

  // The largest side in pixels whose layers fit into the memory.
  function largest(kind, { kept, layers, stride }, limit) {
    let [low, high] = [0, MOST_CELLS];
    while (low < high) {
      const middle = Math.floor((low + high + 1) / 2);
      if (layers * keptBytes(kind, middle, kept) <= limit) low = middle;
      else high = middle - 1;
    }
    return low * stride;
  }

  function compute(settings) {
    const cells = SIDES.map((side) => Math.floor(side / settings.stride));
    const limit = Number(settings.memory) * GB;
    const table = (number) => floats(KINDS.flatMap((kind) => cells.map((m) => number(kind, m))), KINDS.length, SIDES.length);
    return {
      work: table((kind, m) => multiplyAdds(kind, m) / 1e6),
      memory: table((kind, m) => (settings.layers * keptBytes(kind, m, settings.kept)) / 1e6),
      runs_out: Int32Array.from(KINDS, (kind) => largest(kind, settings, limit)),
      recorded: table((kind, m) => recorded.ms[kind][m] ?? -1),
      measured: table(() => -1),
      limit: limit / 1e6,
      machine: recorded.machine,
    };
  }

  function big(millions) {
    for (const [unit, size] of [["P", 1e9], ["T", 1e6], ["G", 1e3]]) {
      if (millions >= size) return `${grouped(millions / size, 1)} ${unit}`;
    }
    return `${grouped(millions, 1)} M`;
  }

  function sentence({ side, stride, kept, layers }, { work: table, runs_out: sides, limit }) {
    const at = SIDES.indexOf(side);
    const work = Object.fromEntries(KINDS.map((kind, i) => [kind, table[i * SIDES.length + at]]));
    const out = Object.fromEntries(range(KINDS.length).map((i) => [KINDS[i], grouped(sides[i])]));
    const cells = Math.floor(side / stride);
    const times = work.all / work.window;
    const words = kept === "plain" ? "with all weights stored" : "with fused attention";
    return `${side}×${side} pixels are ${grouped(cells * cells)} tokens: all with all takes ${big(work.all)} `
      + `multiply-adds a layer, ${grouped(times, times < 10 ? 1 : 0)} times a window's. Trained ${words}, `
      + `${layers} ${layers === 1 ? "layer fills" : "layers fill"} ${grouped(limit / 1000)} GB at a side of `
      + `${out.all} px (all with all), ${out.axial} (rows), ${out.window} (windows), ${out.channel} (channels), `
      + `${out.deformable} (deformable).`;
  }

  return { prepare: async () => ({}), compute, sentence };
}
