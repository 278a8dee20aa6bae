// One GDFN on a picture: equal to utils/explorers/gate/compute.py.

import { descending, mean, quantile, range, shaped, slice, sum } from "./arrays.js";
import { openColors, signedColors } from "./colors.js";
import { packed, toBytes } from "./pictures.js";
import { placeOf, scaled } from "./steps.js";
import { weatherOf } from "./weather.js";
import { fixed } from "./words.js";

const EMPTY = 225;

export function reading({ mosaic: [DOWN, ACROSS], thumb: THUMB, large: LARGE, open: OPEN, strength, diverging, sequential, weather }) {
  const spoil = weatherOf(weather);
  const absolute = (values) => values.map(Math.abs);
  const mostOf = (values) => Math.max(quantile(absolute(values), 0.99), 1e-6);

  function mosaicOf(maps, size) {
    const small = maps.map((map) => scaled(map, size, THUMB));
    const all = new Float32Array(small.length * THUMB * THUMB);
    small.forEach((map, i) => all.set(map, i * THUMB * THUMB));
    const most = quantile(absolute(all), 0.99);
    const out = new Uint8Array(DOWN * THUMB * ACROSS * THUMB * 3).fill(EMPTY);
    small.forEach((map, i) => {
      const colors = signedColors(map, most, diverging, THUMB, THUMB);
      const [row, column] = [Math.floor(i / ACROSS) * THUMB, (i % ACROSS) * THUMB];
      for (let y = 0; y < THUMB; y += 1) {
        out.set(colors.subarray(3 * y * THUMB, 3 * (y + 1) * THUMB), 3 * ((row + y) * ACROSS * THUMB + column));
      }
    });
    return shaped(out, DOWN * THUMB, ACROSS * THUMB, 3);
  }

  const kept = new WeakMap(); // by block: what does not change with the channel

  function blockOf(halves) {
    if (!kept.has(halves)) {
      const { gate, content } = halves;
      const [hidden, h, w] = gate.shape;
      const through = gate.map((v, i) => v * content[i]);
      const maps = range(hidden).map((c) => through.subarray(c * h * w, (c + 1) * h * w));
      const passing = maps.map((map) => mean(absolute(map)));
      const order = descending(passing.map(Math.fround)).slice(0, DOWN * ACROSS);
      let open = 0;
      gate.forEach((v) => { open += v > OPEN; });
      kept.set(halves, { maps, passing, order, whole: sum(passing), open_all: open / gate.length,
        mosaic: mosaicOf(order.map((c) => maps[c]), [h, w]) });
    }
    return kept.get(halves);
  }

  function compute(settings, inside) {
    const { path, ...place } = placeOf(Object.keys(inside), settings);
    const { gate, content } = inside[path];
    const [hidden, h, w] = gate.shape;
    const { maps, passing, order, whole, open_all, mosaic } = blockOf(inside[path]);
    const number = Math.min(settings.cell[0] * ACROSS + settings.cell[1], order.length - 1);
    const channel = order[number];
    const three = [slice(gate, channel), slice(content, channel), maps[channel]];
    const most = three.map(mostOf);
    const large = three.map((map) => scaled(map, [h, w], LARGE));
    return {
      mosaic, gate: openColors(large[0], most[0], sequential, LARGE, LARGE),
      content: signedColors(large[1], most[1], diverging, LARGE, LARGE),
      through: signedColors(large[2], most[2], diverging, LARGE, LARGE),
      most_gate: most[0], most_content: most[1], most_through: most[2], number, shown: order.length, channel, hidden,
      open_here: three[0].filter((v) => v > OPEN).length / (h * w), open_all, share: passing[channel] / whole,
      height: h, width: w, ...place,
    };
  }

  const SCENES = { none: "sun", rain: "rain", noise: "noise", blur: "blur" };

  function sentence({ kind }, result) {
    return `${result.place}, the scene in ${SCENES[kind]}: the gate of channel ${result.channel} is open (above ${OPEN}) at `
      + `${fixed(100 * result.open_here, 0)} % of ${result.height}×${result.width} pixels, and ${fixed(100 * result.share, 1)} % of `
      + `all that comes through comes through it. All ${result.hidden} gates together are open at ${fixed(100 * result.open_all, 0)} %.`;
  }

  async function prepare({ kind }, source, run) {
    const { inside } = await run("gate", { spoiled: spoil(source.picture, kind, strength[kind]) });
    return { inside, given: source, pixels: packed(toBytes(source.picture)) };
  }

  return { prepare, key: ({ kind }) => kind, compute, sentence };
}
