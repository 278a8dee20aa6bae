// The sampling points of one query: equal to utils/explorers/deformable/compute.py.

import { cellAt, floats, most, range, shaped, slice, sum } from "./arrays.js";
import { preparedPicture } from "./single.js";
import { fixed } from "./words.js";

export function reading({ lattice, strides: STRIDES, vit: VIT, side: SIDE }) {
  function compute(settings, { side, injectors, extractors }) {
    const injects = settings.asks === "vit";
    const layer = (injects ? injectors : extractors)[settings.interaction];
    const [, heads] = layer.weights.shape;
    const head = Math.min(settings.head, heads - 1);
    const stride = injects ? VIT : Number(settings.asks);
    const size = Math.floor(side / stride);
    const [row, column] = cellAt(settings.query, [size, size], lattice);
    const before = injects ? 0 : sum(STRIDES.filter((s) => s < stride).map((s) => Math.floor(side / s) ** 2));
    const index = before + row * size + column;
    const cut = (tensor) => (settings.heads === "all" ? slice(tensor, index) : slice(tensor, index, head));
    const [locations, weights] = [cut(layer.locations), cut(layer.weights)];
    const [levels, points] = weights.shape.slice(-2);
    const read = injects ? STRIDES : [VIT];
    const at = Uint8Array.from(range(weights.length), (i) => read[Math.floor(i / points) % levels]);
    const whole = sum(weights);
    const own = [(column + 0.5) / size, (row + 0.5) / size];
    const far = range(weights.length).map((i) => Math.hypot(locations[2 * i] - own[0], locations[2 * i + 1] - own[1]));
    return {
      points: floats(locations, weights.length, 2), weights: floats(weights, weights.length), stride: shaped(at, at.length),
      shares: floats(STRIDES.map((s) => sum(Array.from(weights).filter((_, i) => at[i] === s)) / whole), 3),
      token: [row, column], size, away: (sum(far.map((v, i) => v * weights[i])) / whole) * side,
      outside: range(weights.length).filter((i) => [0, 1].some((k) => locations[2 * i + k] < 0 || locations[2 * i + k] > 1)).length,
      side, head, last_head: heads - 1,
    };
  }

  function sentence({ asks, heads, interaction }, result) {
    const { token: [row, column], weights, size, head, shares, outside, away, side } = result;
    const which = heads === "all" ? "all heads" : `head ${head}`;
    const place = `row ${row}, column ${column} of ${size}×${size}`;
    const injector = () => `Injector ${interaction}, ${which}: the ViT's token in ${place} reads ${weights.length} points of the `
      + `side path (${STRIDES.map((s, i) => `1/${s} gets ${fixed(100 * shares[i], 0)} %`).join(", ")} of the weight)`;
    const extractor = () => `Extractor ${interaction}, ${which}: the side path's cell in ${place} reads ${weights.length} points `
      + `of the ViT's map, the heaviest with ${fixed(most(weights), 2)}`;
    const beyond = outside ? ` ${outside} lie outside and read 0.` : "";
    return `${asks === "vit" ? injector() : extractor()}, ${fixed(away, 0)} of ${side} pixels away on average.${beyond}`;
  }

  return { prepare: (settings, source, run) => preparedPicture(source, SIDE, run, "deformable"), compute, sentence };
}
