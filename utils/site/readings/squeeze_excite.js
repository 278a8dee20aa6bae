// The gates of one MBConv: equal to utils/explorers/squeeze_excite/compute.py.

import { answerOf, inWords } from "./answers.js";
import { argmax, argmin, descending, floats, mean, range, shaped, slice } from "./arrays.js";
import { roundEven } from "./pictures.js";
import { preparedPicture } from "./single.js";
import { fixed, withSign } from "./words.js";

export function reading({ side: SIDE, per_class: PER_CLASS, channels: CHANNELS, classes, examples, scenes }) {
  const variance = (values) => {
    const middle = mean(values);
    return mean(values.map((v) => (v - middle) ** 2));
  };

  // What the pass over the scenes gave stands ready; the picture's own row comes from its pass.
  const joined = (own, layer) => ({ name: layer.name, gates: [own.gates, ...range(layer.gates.shape[0]).map((i) => slice(layer.gates, i))],
    filtered: [own.filtered, ...range(layer.filtered.levels.shape[0]).map((i) => inNumbers(layer.filtered, i))] });

  // Maps that travel in 256 steps each.
  function inNumbers({ low, step, levels }, row) {
    const [map, lows, steps] = [levels, low, step].map((tensor) => slice(tensor, row));
    const c = lows.length;
    return shaped(Float32Array.from(map, (level, i) => lows[i % c] + steps[i % c] * level), ...map.shape);
  }

  function compute(settings, inside) {
    const at = Math.min(settings.layer, inside.layers.length - 1);
    const { name, gates, filtered } = joined({ gates: slice(inside.layers[at].gates, 0), filtered: slice(inside.layers[at].filtered, 0) },
      scenes.layers[at]);
    const [mine, ...others] = gates;
    const hidden = mine.length;
    const every = range(hidden);
    const kinds = range(classes.length).map((kind) => every.map((c) =>
      mean(range(PER_CLASS).map((scene) => others[kind * PER_CLASS + scene][c]))));
    const means = every.map((c) => mean(kinds.map((kind) => kind[c])));
    const between = every.map((c) => variance(kinds.map((kind) => kind[c])));
    const telling = settings.order === "classes" ? between : every.map((c) => Math.abs(mine[c] - means[c]));
    const order = descending(telling.map((v) => roundEven(Math.fround(Math.fround(v) * 1e5)))).slice(0, CHANNELS);
    const [row, rank] = settings.picked;
    const channel = order[Math.min(rank, order.length - 1)];
    const whole = variance(others.map((one) => one[channel]));
    const map = filtered[row];
    const [h, w, c] = map.shape;
    const logits = row ? slice(scenes.logits, row - 1) : slice(inside.logits, 0);
    return {
      gates: floats([mine, ...kinds].flatMap((one) => order.map((k) => one[k])), 1 + kinds.length, order.length),
      means: floats(order.map((k) => means[k]), order.length), channels: shaped(Int32Array.from(order), order.length),
      example: row ? slice(examples, row - 1) : shaped(new Uint8Array(3), 1, 1, 3),
      filtered: floats(range(h * w).map((i) => map[i * c + channel]), h, w),
      gate: gates[row ? 1 + (row - 1) * PER_CLASS : 0][channel], channel,
      between: between[channel] / Math.max(whole, 1e-12), name, last_layer: inside.layers.length - 1, hidden,
      ...answerOf(logits, classes),
    };
  }

  function sentence({ picked, layer, mode, order }, result) {
    const rank = Math.min(picked[1], result.channels.length - 1);
    const [row] = picked;
    const [rows, shown] = result.gates.shape;
    const column = range(rows).map((i) => result.gates[i * shown + rank]);
    const [top, low] = [argmax(column.slice(1)), argmin(column.slice(1))];
    const who = row ? `in ${PER_CLASS} scenes with a ${classes[row - 1]}` : "in this picture";
    const mean_ = `${fixed(result.means[rank], 2)} over all classes`;
    const against = mode === "difference" ? `${withSign(column[row] - result.means[rank], 2)} from the mean ${mean_}` : `on average ${mean_}`;
    const sort = order === "classes" ? "tells classes apart" : "is unusual in this picture";
    return `MBConv ${Math.min(layer, result.last_layer)} (${result.name}), channel ${result.channel} of ${result.hidden} ${sort}: `
      + `its gate is ${fixed(column[row], 2)} ${who}, ${against}. It opens most for ${classes[top]} (${fixed(column[1 + top], 2)}), `
      + `least for ${classes[low]} (${fixed(column[1 + low], 2)}). ${fixed(100 * result.between, 0)} % of its variance lies `
      + `between the classes.${inWords(result)}`;
  }

  return { prepare: (settings, source, run) => preparedPicture(source, SIDE, run, "squeeze_excite"), compute, sentence };
}
