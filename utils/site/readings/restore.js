// A picture spoiled and restored: equal to utils/explorers/restore/compute.py.

import { clamp, shaped } from "./arrays.js";
import { signedColors } from "./colors.js";
import { packed, toBytes } from "./pictures.js";
import { psnr, ssim } from "./quality.js";
import { weatherOf } from "./weather.js";
import { fixed, general } from "./words.js";

export function reading({ unit, removed: REMOVED, same: SAME, diverging, weather }) {
  const spoil = weatherOf(weather);
  const strengthOf = ({ kind, strength }) => Number((strength * unit[kind]).toFixed(3));
  const clamped = (planes) => shaped(planes.map((v) => clamp(v, 0, 1)), ...planes.shape);

  function quality(picture, clean) {
    if (picture.every((v, i) => v === clean[i])) return [SAME, 1];
    return [Math.min(psnr(picture, clean), SAME), ssim(picture, clean)];
  }

  // All that does not change while the divider moves.
  function judged(spoiled, restored, clean) {
    const after = clamped(restored);
    return { before: spoiled, after, clean, qualities: [quality(spoiled, clean), quality(after, clean)] };
  }

  const planesOf = (tensor) => shaped(tensor, ...tensor.shape.slice(-3));

  function inWords(settings) {
    const value = general(strengthOf(settings));
    return { noise: `Noise of σ = ${value} gray levels`, rain: `Rain of strength ${value}`,
      blur: `Blur over ${value} pixels` }[settings.kind];
  }

  function difference({ before, after }) {
    const [, h, w] = before.shape;
    const n = h * w;
    const means = Float32Array.from({ length: n }, (_, i) => {
      let sum = 0;
      for (let c = 0; c < 3; c += 1) sum += before[c * n + i] - after[c * n + i];
      return sum / 3;
    });
    return signedColors(means, REMOVED, diverging, h, w);
  }

  const kept = new WeakMap(); // by the pass: it is judged once

  function compute(settings, inside, { clean }) {
    if (!kept.has(inside)) kept.set(inside, judged(planesOf(inside.spoiled), planesOf(inside.restored), clean));
    const ready = kept.get(inside);
    const { before, after, qualities: [[psnrBefore, ssimBefore], [psnrAfter, ssimAfter]] } = ready;
    ready.shown ??= {};
    ready.left ??= toBytes(clamped(before));
    ready.shown[settings.right] ??= settings.right === "removed" ? difference(ready)
      : toBytes(settings.right === "clean" ? clean : after);
    return { left: ready.left, right: ready.shown[settings.right], psnr_before: psnrBefore, psnr_after: psnrAfter,
      ssim_before: ssimBefore, ssim_after: ssimAfter, words: inWords(settings) };
  }

  function sentence({ right, divider }, result) {
    const gain = result.psnr_after - result.psnr_before;
    const seen = { restored: "right of it the model's answer", clean: "right of it the truth",
      removed: "right of it what the model took away (red: too bright, blue: too dark)" }[right];
    const ends = [result.psnr_before, result.psnr_after];
    const [before, after] = ends.map((end) => (end >= SAME ? "no difference" : `${fixed(end, 1)} dB PSNR`));
    const change = Math.max(...ends) < SAME ? `, ${fixed(Math.abs(gain), 1)} dB ${gain >= 0 ? "more" : "less"}` : "";
    return `${result.words}: left of the divider (at ${divider} %) the picture as it came, ${seen}. The picture came with `
      + `${before} and SSIM ${fixed(result.ssim_before, 2)}; restored it has ${after} and ${fixed(result.ssim_after, 2)}${change}.`;
  }

  async function prepare(settings, source, run) {
    const spoiled = spoil(source.picture, settings.kind, strengthOf(settings));
    const { inside } = await run("restore", { spoiled });
    return { inside: { ...inside, spoiled }, given: { clean: source.picture }, pixels: packed(toBytes(source.picture)) };
  }

  return { prepare, key: ({ kind, strength }) => [kind, strength], compute, sentence, spoil };
}
