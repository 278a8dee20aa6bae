// The way through Restormer's U, and maps as small pictures.

import { range, shaped } from "./arrays.js";

function nameOf(level, ups) {
  const [kind, number] = level.split(".");
  if (kind === "encoder") return `Down ${Number(number) + 1}`;
  if (kind === "decoder") return `Up ${ups - Number(number)}`;
  return { latent: "Bottom", refinement: "Refinement" }[level] ?? level;
}

// The block that a step and a number mean; sliders beyond the model stop at its end.
export function placeOf(paths, settings) {
  const levels = new Map();
  for (const path of paths) {
    const level = path.slice(0, path.lastIndexOf("."));
    levels.set(level, [...(levels.get(level) ?? []), path]);
  }
  const names = [...levels.keys()];
  const step = Math.min(settings.step, names.length - 1);
  const level = levels.get(names[step]);
  const block = Math.min(settings.block, level.length - 1);
  const ups = names.filter((name) => name.startsWith("decoder")).length;
  return { path: level[block], place: `${nameOf(names[step], ups)}, block ${block + 1} of ${level.length}`, step, block,
    last_step: names.length - 1, last_block: level.length - 1 };
}

// A map (h, w) as side × side: the mean of what falls into a place, or the nearest where it is smaller.
export function scaled(map, [h, w], side) {
  const out = new Float32Array(side * side);
  const spans = (size) => range(side).map((i) => (w > side
    ? [Math.floor((i * size) / side), Math.ceil(((i + 1) * size) / side)]
    : [Math.floor(((i + 0.5) * size) / side), Math.floor(((i + 0.5) * size) / side) + 1]));
  const [rows, columns] = [spans(h), spans(w)];
  rows.forEach(([top, bottom], y) => columns.forEach(([left, right], x) => {
    let sum = 0;
    for (let r = top; r < bottom; r += 1) for (let c = left; c < right; c += 1) sum += map[r * w + c];
    out[y * side + x] = sum / ((bottom - top) * (right - left));
  }));
  return shaped(out, side, side);
}
