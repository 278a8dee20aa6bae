// Noise, rain and blur: equal to utils/world/degrade.py with the views' dice.

import { clamp, shaped } from "./arrays.js";
import { dice, gaussian } from "./dice.js";

const SEED = 0; // of the views: always the same drops and the same noise

// A line of a length (pixels) at an angle (radians) as a kernel that sums to 1.
function lineKernel(length, angle) {
  const reach = Math.max(1, Math.ceil(length / 2));
  const side = 2 * reach + 1;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const half = Math.max(length / 2, 0.5);
  const ink = new Float64Array(side * side).map((_, i) => {
    const [x, y] = [(i % side) - reach, Math.floor(i / side) - reach];
    const [along, across] = [x * cos + y * sin, y * cos - x * sin];
    return clamp(half + 0.5 - Math.abs(along), 0, 1) * clamp(1 - Math.abs(across), 0, 1);
  });
  const whole = ink.reduce((a, b) => a + b, 0);
  return { reach, weights: ink.map((v) => v / whole) };
}

// Planes (c, h, w) under a kernel; edges are continued.
function convolved(planes, [c, h, w], { reach, weights }) {
  const side = 2 * reach + 1;
  const out = new Float32Array(c * h * w);
  const used = [...weights.keys()].filter((k) => weights[k] !== 0);
  for (let plane = 0; plane < c; plane += 1) {
    for (const k of used) {
      const [dy, dx, weight] = [Math.floor(k / side) - reach, (k % side) - reach, weights[k]];
      for (let y = 0; y < h; y += 1) {
        const row = (plane * h + clamp(y + dy, 0, h - 1)) * w;
        for (let x = 0; x < w; x += 1) out[(plane * h + y) * w + x] += weight * planes[row + clamp(x + dx, 0, w - 1)];
      }
    }
  }
  return out;
}

export function weatherOf({ levels, drops, shine, length: [low, high], lean }) {
  const noise = (picture, strength) => {
    const rolled = gaussian(dice(SEED), picture.length);
    return picture.map((v, i) => v + (strength / levels) * rolled[i]);
  };

  // Drops fall at random places; the exposure draws each into a bright streak.
  const rain = (picture, strength) => {
    const [, h, w] = picture.shape;
    const roll = dice(SEED);
    const [first, second] = roll.many(2);
    const [fall, bright] = [roll.many(h * w), roll.many(h * w)];
    const start = fall.map((v, i) => (v < drops * strength ? 0.3 + 0.7 * bright[i] : 0));
    const angle = ((lean * Math.PI) / 180) * (2 * second - 1) + Math.PI / 2;
    const kernel = lineKernel(low + (high - low) * first, angle);
    const top = Math.max(...kernel.weights);
    const streaks = convolved(start, [1, h, w], { reach: kernel.reach, weights: kernel.weights.map((v) => v / top) });
    return picture.map((v, i) => v + shine * Math.min(streaks[i % (h * w)], 1) * (1 - v));
  };

  const blur = (picture, strength) => {
    const [turn] = dice(SEED).many(1);
    return strength === 0 ? picture.slice() : convolved(picture, picture.shape, lineKernel(strength, Math.PI * turn));
  };

  const kinds = { noise, rain, blur, none: (picture) => picture.slice() };
  return (picture, kind, strength) => shaped(kinds[kind](picture, strength), ...picture.shape);
}
