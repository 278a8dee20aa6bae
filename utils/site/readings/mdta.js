// One head of one MDTA: equal to utils/explorers/mdta/compute.py.

import { descending, floats, most, quantile, range, shaped, slice, softmax } from "./arrays.js";
import { signedColors } from "./colors.js";
import { packed, toBytes } from "./pictures.js";
import { placeOf } from "./steps.js";
import { fixed, general, grouped, withSign } from "./words.js";

export function reading({ shown: SHOWN, diverging }) {
  const largest = (values) => most(values.map(Math.abs));
  const colored = (map, end) => signedColors(map, end ?? largest(map), diverging, ...map.shape);

  function compute(settings, inside) {
    const { path, ...place } = placeOf(Object.keys(inside), settings);
    const { cosines: all, temperature: learnt, q, k, v, size } = inside[path];
    const [heads, d] = all.shape;
    const head = Math.min(settings.head, heads - 1);
    const learned = learnt[head];
    const temperature = learned * 2 ** settings.doublings;
    const cosines = slice(all, head);
    const weights = range(d).map((i) => softmax(Array.from(slice(cosines, i), (c) => c * temperature)));
    const [row, column] = settings.pair.map((channel) => Math.min(channel, d - 1));
    const heaviest = descending(weights[row].map(Math.fround)).slice(0, SHOWN);
    const values = range(d).map((i) => slice(v, head, i));
    const after = shaped(new Float32Array(values[0].length), ...values[0].shape);
    values.forEach((map, j) => map.forEach((value, i) => { after[i] += weights[row][j] * value; }));
    const brightest = Math.max(...values.map((map) => quantile(map.map(Math.abs), 0.98)));
    const ends = [largest(values[row]), largest(after)];
    const [h, w] = values[0].shape;
    const mixed = new Uint8Array(heaviest.length * 3 * h * w);
    heaviest.forEach((channel, i) => mixed.set(colored(values[channel], brightest), i * 3 * h * w));
    return {
      weights: floats(weights.flat(), d, d), query: colored(slice(q, head, row)), key: colored(slice(k, head, column)),
      before: colored(values[row], ends[0]), after: colored(after, ends[1]), mixed: shaped(mixed, heaviest.length, h, w, 3),
      mixed_channels: shaped(Int32Array.from(heaviest), heaviest.length),
      mixed_weights: floats(heaviest.map((channel) => weights[row][channel]), heaviest.length), most_before: ends[0],
      most_after: ends[1], row, column, cosine: cosines[row * d + column], temperature, learned, height: size[0], width: size[1],
      ...place, head, last_head: heads - 1,
    };
  }

  function sentence({ doublings }, result) {
    const [d] = result.weights.shape;
    const weight = result.weights[result.row * d + result.column];
    const scale = doublings ? ` (${fixed(result.learned, 2)} was learned, × ${general(2 ** doublings)})` : " (as learned)";
    return `${result.place}, head ${result.head}: all ${result.height}×${result.width} pixels of query channel ${result.row} and `
      + `key channel ${result.column} give one cosine, ${withSign(result.cosine, 2)}; at temperature ${fixed(result.temperature, 2)}`
      + `${scale} that is a weight of ${fixed(weight, 3)} (${fixed(1 / d, 3)} would be the same for all). New channel ${result.row} `
      + `takes most, ${fixed(result.mixed_weights[0], 3)}, from channel ${result.mixed_channels[0]}. The matrix has ${d}×${d} = `
      + `${grouped(d * d)} numbers.`;
  }

  async function prepare(settings, source, run) {
    const { inside } = await run("mdta", { picture: source.picture });
    return { inside, given: source, pixels: packed(toBytes(source.picture)) };
  }

  return { prepare, compute, sentence };
}
