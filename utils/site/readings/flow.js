// The flow that the model finds: equal to utils/explorers/flow/compute.py.

import { floats, mean, range } from "./arrays.js";
import { flowColors, heat, longest, rimOf } from "./colors.js";
import { pairOf, preparedPair, sample } from "./pairs.js";
import { shaped, toBytes } from "./pictures.js";
import { fixed } from "./words.js";

export function reading({ arrows: ARROWS, error: ERROR, table, steps, pure, beyond }) {
  const wheel = { rim: rimOf({ steps, pure }), beyond };

  function compute(settings, flow, pair) {
    const [h, w] = flow.shape.slice(-2);
    const n = h * w;
    const known = Boolean(pair.flow);
    const truth = pair.flow ?? new Float32Array(2 * n);
    const lengthOf = (f, i) => Math.hypot(f[i], f[n + i]);
    const error = Float32Array.from(range(n), (i) => (known ? Math.hypot(flow[i] - truth[i], flow[n + i] - truth[n + i]) : 0));
    const left = shaped(new Float32Array(3 * n), 3, h, w);
    let still = 0;
    for (let i = 0; i < n; i += 1) {
      const back = sample(pair.frame1, [3, h, w], (i % w) + flow[i], Math.floor(i / w) + flow[n + i]);
      for (let c = 0; c < 3; c += 1) {
        left[c * n + i] = Math.abs(back[c] - pair.frame0[c * n + i]);
        still += Math.abs(pair.frame1[c * n + i] - pair.frame0[c * n + i]);
      }
    }
    const most = longest(known ? truth : flow, n);
    const arrows = (f) => floats(range(ARROWS ** 2).flatMap((k) => {
      const [y, x] = [[Math.floor(k / ARROWS), h], [k % ARROWS, w]].map(([at, side]) => Math.floor(((at + 0.5) * side) / ARROWS));
      return [x, y, f[y * w + x], f[n + y * w + x]];
    }), ARROWS ** 2, 4);
    return {
      frame1: toBytes(pair.frame1), colors: flowColors(flow, [h, w], most, wheel),
      truth: flowColors(truth, [h, w], most, wheel), difference: toBytes(left),
      error: heat(error.map((e) => e / ERROR), table, h, w), arrows: arrows(flow), arrows_truth: arrows(truth), most, known,
      own: Boolean(pair.own), mean_error: mean(error), mean_motion: mean(range(n).map((i) => lengthOf(known ? truth : flow, i))),
      still_difference: (255 * still) / (3 * n), warped_difference: 255 * mean(left),
    };
  }

  function sentence({ moves, dx, dy, turn, zoom }, result) {
    const fetched = `Fetching frame 1 back along it leaves a difference of ${fixed(result.warped_difference, 0)} of 255; `
      + `without it, ${fixed(result.still_difference, 0)}.`;
    const motion = fixed(result.mean_motion, 1);
    if (!result.known) return `Your two frames: a mean motion of ${motion} px is found. ${fetched}`;
    const what = moves === "subject" && !result.own ? "The striped shape" : "All";
    return `${what} moves ${dx < 0 ? "left" : "right"} ${Math.abs(dx)}, ${dy < 0 ? "up" : "down"} ${Math.abs(dy)} px, `
      + `turns ${turn}°, zoom ${zoom} %: mean motion ${motion} px, mean error ${fixed(result.mean_error, 1)} px. ${fetched}`;
  }

  // The scene is drawn anew with the motion of the sliders.
  async function drawn({ moves, dx, dy, turn, zoom }, run) {
    const { inside } = await run(`world_${moves}`, { dx, dy, turn, zoom: zoom / 100 });
    const planes = (array) => shaped(array, ...array.shape.slice(1));
    return { frame0: planes(inside.frame0), frame1: planes(inside.frame1), flow: planes(inside.flow) };
  }

  const motionOf = ({ dx, dy, turn, zoom }) => ({ dx, dy, turn, zoom: zoom / 100 });

  async function prepare(settings, source, run) {
    const pair = source.scene ? await drawn(settings, run) : pairOf(source, motionOf(settings));
    return preparedPair(pair, run, "flow");
  }

  return { prepare, key: ({ moves, dx, dy, turn, zoom }) => [moves, dx, dy, turn, zoom], compute, sentence };
}
