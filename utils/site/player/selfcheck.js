// Whether a processor answers as the CPU did when the site was built.

import { unpacked } from "./assets.js";

const TOLERANCE = 0.02; // of the stored answer's own size
const verdicts = new Map();

// Nothing where the answer is right, else what is wrong, in words; asked once for each graph.
export function trusted(graph, { check, run }) {
  if (!verdicts.has(graph)) verdicts.set(graph, verdict(graph, check, run));
  return verdicts.get(graph);
}

async function verdict(graph, check, run) {
  try {
    const { feeds, answers } = stored(await unpacked(`checks/${graph}`), check);
    const { inside } = await run(feeds);
    const off = offBy(leaves(inside), answers);
    return off <= TOLERANCE ? "" : `the graphics chip's answer is ${(100 * off).toFixed(0)} % off the stored one`;
  } catch (error) {
    return `the graphics chip cannot run this model (${error.message})`;
  }
}

// The inputs of the stored pass, and of each output some places with what stands there.
function stored(buffer, { feeds, answers }) {
  let at = 0;
  const next = (count, Kind) => {
    const array = new Kind(buffer.slice(at, at + 4 * count));
    at += 4 * count;
    return array;
  };
  return { feeds: Object.fromEntries(feeds.map(([name, count]) => [name, next(count, Float32Array)])),
    answers: answers.map((count) => ({ places: next(count, Int32Array), values: next(count, Float32Array) })) };
}

function leaves(inside) {
  if (ArrayBuffer.isView(inside)) return [inside];
  return inside && typeof inside === "object" ? Object.values(inside).flatMap(leaves) : [];
}

// The greatest difference of any output, by the greatest size of that output.
export function offBy(arrays, answers) {
  return Math.max(...answers.map(({ places, values }, i) => {
    const size = Math.max(...values.map(Math.abs), 1e-6);
    return Math.max(...values.map((value, k) => {
      const off = Math.abs(arrays[i][places[k]] - value) / size;
      return Number.isNaN(off) ? Infinity : off;
    }));
  }));
}
