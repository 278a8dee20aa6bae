// What the injectors add: equal to utils/explorers/injector/compute.py.

import { floats, mean, most, range, shaped } from "./arrays.js";
import { directionsOf } from "./directions.js";
import { packed, resized, toBytes } from "./pictures.js";
import { fixed } from "./words.js";

export function reading({ side: SIDE, strides: STRIDES, trained: TRAINED, palette, silent }) {
  const lengthOf = (values, from, c) => {
    let sum = 0;
    for (let k = from; k < from + c; k += 1) sum += values[k] ** 2;
    return Math.sqrt(sum);
  };

  function classColors(classes) {
    const out = new Uint8Array(3 * classes.length);
    classes.forEach((kind, i) => out.set(palette[kind % palette.length], 3 * i));
    return shaped(out, ...classes.shape, 3);
  }

  const fitted = new WeakMap(); // colors, by the map that they are fitted to
  const colorsOf = (map) => {
    if (!fitted.has(map)) fitted.set(map, directionsOf(map));
    return fitted.get(map);
  };

  function compute({ interaction, out }, { now, own, deaf }) {
    const level = STRIDES.indexOf(Number(out));
    const [before, after] = [now.before[interaction], now.after[interaction]];
    const [h, w, c] = before.shape;
    const added = after.map((v, i) => v - before[i]);
    const strength = floats(range(h * w).map((i) => lengthOf(added, i * c, c) / lengthOf(before, i * c, c)), h, w);
    const [tokens, outs] = [colorsOf(own.after[interaction]), colorsOf(own.maps[level])];
    const quiet = deaf.maps[level];
    const difference = now.maps[level].map((v, i) => v - quiet[i]);
    const other = now.classes.filter((kind, i) => kind !== deaf.classes[i]).length;
    return {
      before: tokens(before), strength, after: tokens(after), out: outs(now.maps[level]), classes: classColors(now.classes),
      changed: lengthOf(difference, 0, difference.length) / lengthOf(quiet, 0, quiet.length),
      recolored: other / now.classes.length, silent,
    };
  }

  function sentence({ gamma, interaction, out }, { strength, silent: quiet, changed, recolored }) {
    const said = `γ × ${fixed(gamma / TRAINED, 1)}: injector ${interaction} adds vectors ${fixed(mean(strength), 2)} times as long as `
      + `the ViT's tokens (mean of ${strength.length}; at most ${fixed(most(strength), 2)}).`;
    if (quiet) return `${said} This model's γ is 0, as before training: the ViT hears nothing.`;
    return `${said} Beside a deaf ViT (γ × 0.0) the map at 1/${out} changes by ${fixed(100 * changed, 0)} %, and `
      + `${fixed(100 * recolored, 1)} % of the pixels get another class.`;
  }

  const passes = new WeakMap(); // of a source, by γ in tenths

  async function prepare({ gamma }, source, run) {
    if (!passes.has(source)) passes.set(source, new Map());
    const made = passes.get(source);
    const picture = resized(source.picture, [SIDE, SIDE]);
    for (const tenths of [gamma, TRAINED, 0]) {
      if (!made.has(tenths)) made.set(tenths, (await run("injector", { picture, factor: tenths / TRAINED })).inside);
    }
    const inside = { now: made.get(gamma), own: made.get(TRAINED), deaf: made.get(0) };
    return { inside, given: source, pixels: source.pixels ? packed(source.pixels) : packed(toBytes(source.picture)) };
  }

  return { prepare, key: ({ gamma }) => gamma, compute, sentence };
}
