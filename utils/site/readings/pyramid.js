// The maps of two models and how fine their detail is: equal to utils/explorers/pyramid/compute.py.

import { floats, most, quantile, range, shaped, sum } from "./arrays.js";
import { heat } from "./colors.js";
import { directionsOf } from "./directions.js";
import { preparedPicture } from "./single.js";
import { fixed } from "./words.js";

// The squared amplitude of every frequency of one plane; frequency 0 stands at (0, 0).
function energyOf(plane, h, w) {
  const turns = (n) => range(n * n).map((i) => (-2 * Math.PI * ((Math.floor(i / n) * (i % n)) % n)) / n);
  const [across, down] = [turns(w), turns(h)];
  const [re, im] = [new Float64Array(h * w), new Float64Array(h * w)];
  for (let y = 0; y < h; y += 1) {
    for (let u = 0; u < w; u += 1) {
      for (let x = 0; x < w; x += 1) {
        re[y * w + u] += plane[y * w + x] * Math.cos(across[u * w + x]);
        im[y * w + u] += plane[y * w + x] * Math.sin(across[u * w + x]);
      }
    }
  }
  const out = new Float64Array(h * w);
  for (let v = 0; v < h; v += 1) {
    for (let u = 0; u < w; u += 1) {
      let [a, b] = [0, 0];
      for (let y = 0; y < h; y += 1) {
        const [c, s] = [Math.cos(down[v * h + y]), Math.sin(down[v * h + y])];
        a += re[y * w + u] * c - im[y * w + u] * s;
        b += re[y * w + u] * s + im[y * w + u] * c;
      }
      out[v * w + u] = a * a + b * b;
    }
  }
  return out;
}

export function reading({ side: SIDE, strides: STRIDES, table }) {
  // Mean amplitude over the channels, each without its mean; total energy 1.
  function amplitude(features) {
    const [h, w, c] = features.shape;
    const n = h * w;
    const energy = new Float64Array(n);
    for (let k = 0; k < c; k += 1) {
      const plane = Float64Array.from({ length: n }, (_, i) => features[i * c + k]);
      const mean = sum(plane) / n;
      energyOf(plane.map((v) => v - mean), h, w).forEach((v, i) => { energy[i] += v / c; });
    }
    const whole = Math.max(sum(energy), 1e-12);
    return shaped(energy.map((v) => Math.sqrt(v / whole)), h, w);
  }

  // Of every frequency, the larger of its cycles per picture down and across.
  function ringsOf([h, w]) {
    const cycles = (n) => range(n).map((i) => (i < n / 2 ? i : n - i));
    const [down, across] = [cycles(h), cycles(w)];
    return range(h * w).map((i) => Math.max(down[Math.floor(i / w)], across[i % w]));
  }

  function ringCurve(amplitudes, rings) {
    const means = range(most(rings)).map((r) => {
      const own = amplitudes.filter((_, i) => rings[i] === r + 1);
      return sum(own) / own.length;
    });
    return floats(means.map((v) => Math.log10((v + 1e-6) / (means[0] + 1e-6))), means.length);
  }

  function highPart(amplitudes, rings) {
    const energy = amplitudes.map((v) => v * v);
    const limit = most(rings) / 2;
    return sum(energy.filter((_, i) => rings[i] > limit)) / Math.max(sum(energy), 1e-12);
  }

  // Frequency 0 in the middle.
  function spectrum(amplitudes) {
    const [h, w] = amplitudes.shape;
    return floats(range(h * w).map((i) => {
      const [y, x] = [(Math.floor(i / w) + h - Math.floor(h / 2)) % h, ((i % w) + w - Math.floor(w / 2)) % w];
      return Math.log10(amplitudes[y * w + x] + 1e-6);
    }), h, w);
  }

  function colors(features) {
    const [h, w, c] = features.shape;
    if (c > 1) return directionsOf(features)(features);
    const [low, high] = [quantile(features, 0.02), quantile(features, 0.98)];
    return heat(Array.from(features, (v) => (v - low) / Math.max(high - low, 1e-12)), table, h, w);
  }

  function channelOf(features, channel) {
    const [h, w, c] = features.shape;
    return floats(range(h * w).map((i) => features[i * c + channel]), h, w, 1);
  }

  function compute(settings, inside) {
    const level = STRIDES.indexOf(Number(settings.level));
    const maps = { plain: inside.plain[level], adapter: inside.adapter[level] };
    const channels = Math.min(maps.plain.shape[2], maps.adapter.shape[2]);
    const channel = Math.min(settings.channel, channels);
    const result = { alone: inside.alone, channel, channels };
    for (const [name, map] of Object.entries(maps)) {
      const shown = channel ? channelOf(map, channel - 1) : map;
      const amplitudes = amplitude(shown);
      const rings = ringsOf(amplitudes.shape);
      Object.assign(result, { [name]: colors(shown), [`${name}_spectrum`]: spectrum(amplitudes),
        [`${name}_curve`]: ringCurve(amplitudes, rings), [`${name}_high`]: highPart(amplitudes, rings) });
    }
    return result;
  }

  function sentence({ level }, { plain, channel, channels, alone, plain_high: low, adapter_high: high }) {
    const [side] = plain.shape;
    const what = channel ? `channel ${channel} of ${channels}` : `all ${channels} channels`;
    const other = alone ? "its ViT alone, enlarged" : "the plain ViT with a simple pyramid";
    return `Map at 1/${level} (${side}×${side}), ${what}: of the variation, ${fixed(100 * low, 0)} % is finer than half the highest `
      + `frequency in ${other}, and ${fixed(100 * high, 0)} % in ViT-Adapter.`;
  }

  return { prepare: (settings, source, run) => preparedPicture(source, SIDE, run, "pyramid"), compute, sentence };
}
