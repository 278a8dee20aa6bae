// Which processor runs the models: the CPU, or by choice the graphics chip after a check.

import { runtimeOn } from "./runtime.js";
import { trusted } from "./selfcheck.js";

const NAMES = { cpu: "CPU (WebAssembly)", gpu: "GPU (WebGPU)" };
const OFFSETS = { cpu: "one thread", gpu: "" };

// What a view asks to run its graphs. `table` says of each graph which weights it needs and how its
// outputs are nested; `told(share, words)` hears how the loading goes.
export async function processor({ graphs }, { table, worker, told }) {
  const chip = await hasAdapter();
  let [kind, reason] = ["cpu", ""];
  const settings = (heard) => ({ worker, told: heard });
  await prepare(graphs[0], table, settings, told);

  async function pass(on, graph, feeds) {
    const runtime = await runtimeOn(on, settings());
    const { weights, structure } = table[graph];
    const { out, ms } = await runtime.run(graph, { weights, feeds: asFeeds(feeds) });
    return { inside: nested(structure, out), ms };
  }

  // On the graphics chip, the first pass of each graph is compared with a stored answer.
  async function chosen(wanted, graph) {
    if (wanted !== "gpu") return ["cpu", ""];
    const fault = await trusted(graph, { check: table[graph].check, run: (feeds) => pass("gpu", graph, feeds) });
    return fault ? ["cpu", `${fault}; now on the CPU. `] : ["gpu", ""];
  }

  async function run(graph, feeds, { model, place }) {
    [kind, reason] = await chosen(model.get("device"), graph);
    const answer = await pass(kind, graph, feeds);
    if (kind !== model.get("device")) model.set("device", kind);
    const threads = OFFSETS[kind] && `, ${OFFSETS[kind]}`;
    model.set("ran", `${reason}${NAMES[kind]}${threads}, ${Math.round(answer.ms)} ms`);
    place.dataset.ms = String(Math.round(answer.ms));
    place.dataset.kind = kind;
    return answer;
  }

  return { devices: chip ? ["cpu", "gpu"] : ["cpu"], run };
}

async function prepare(graph, table, settings, told) {
  told(0.02, "loading the runtime …");
  const runtime = await runtimeOn("cpu", settings((share) => told(0.8 * share, "loading the runtime …")));
  told(0.8, "loading the model …");
  await runtime.open(graph, table[graph].weights, (share) => told(0.8 + 0.18 * share, "loading the model …"));
  told(0.98, "first pass …");
}

async function hasAdapter() {
  try {
    return Boolean(await navigator.gpu?.requestAdapter());
  } catch {
    return false;
  }
}

// Numbers and arrays as the runtime takes them; copies, since the worker keeps what it gets.
function asFeeds(feeds) {
  return Object.fromEntries(Object.entries(feeds).map(([name, value]) =>
    [name, typeof value === "number" ? Float32Array.of(value) : Float32Array.from(value)]));
}

// Named outputs in the places where the view's `run` has them.
export function nested(structure, out) {
  if (structure?.tensor) {
    const { data, shape } = out[structure.tensor];
    return Object.assign(data, { shape });
  }
  if (Array.isArray(structure)) return structure.map((part) => nested(part, out));
  if (structure && typeof structure === "object") {
    return Object.fromEntries(Object.entries(structure).map(([key, part]) => [key, nested(part, out)]));
  }
  return structure;
}
