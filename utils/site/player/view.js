// One view in its place: its module, its stand-in for the kernel, its models, its camera.

import { fromBase64, unpacked } from "./assets.js";
import { cameraFor } from "./camera.js";
import { standIn } from "./kernel.js";
import { packed } from "../readings/pictures.js";
import { GRAPHS, WORKER } from "./made.js";
import { processor } from "./processor.js";
import { sceneOf } from "./scene.js";

const styled = new Set();
const NO_PICTURE = Object.assign(new Uint8Array(3), { shape: [1, 1, 3] });

// `view` is what the view's script has handed over; `ready` is called when the first state stands.
export async function bring(view, { el, place, settings, told, ready }) {
  const { name, make, style, traits, reading: makeReading, facts, graphs, camera, needs } = view;
  addStyle(name, style);
  const scene = await sceneOf(view);
  const chip = graphs.length ? await processor(view, { table: GRAPHS, worker: WORKER, told }) : null;
  const { show, META } = make({ devices: chip?.devices ?? [], camera: false });
  const state = { ...structuredClone(traits), ...settings, error: "", arrays: {}, sentence: "" };
  state.start = { ...traits.start, ...settings };
  state.pixels = packed(scene.pixels ?? NO_PICTURE);
  const reading = makeReading?.(unfolded(facts.file ? await read(facts.file) : facts));
  if (reading) Object.assign(state, { asked: 0, answered: 0 });
  if (chip) Object.assign(state, { device: "cpu", ran: "" });
  const kernel = standIn({ state, settings: META.controls.map((control) => control.name), reading, source: scene,
    size: view.size,
    run: chip && ((graph, feeds) => chip.run(graph, feeds, { model: kernel.model, place })),
    told: (what, set) => needs && set("error", needs.click) });
  await kernel.refresh();
  if (state.error) throw new Error(state.error);
  ready();
  show({ model: kernel.model, el });
  place.courseModel = kernel.model; // for tests, and for whoever is curious
  const section = el.querySelector(".course-explorer");
  if (camera) cameraFor({ section, kernel, view });
  if (needs) section.after(note(needs.note));
}

const read = async (file) => JSON.parse(new TextDecoder().decode(await unpacked(file)));

function note(text) {
  return Object.assign(document.createElement("p"), { className: "course-note", textContent: text });
}

function addStyle(name, text) {
  if (styled.has(name)) return;
  styled.add(name);
  document.head.append(Object.assign(document.createElement("style"), { textContent: text }));
}

const TYPES = { "<f4": Float32Array, "<i4": Int32Array, "|u1": Uint8Array };

// Packed arrays among the facts become arrays that know their shape.
export function unfolded(value) {
  if (value?.dtype) {
    return Object.assign(new TYPES[value.dtype](fromBase64(value.data).buffer), { shape: value.shape });
  }
  if (Array.isArray(value)) return value.map(unfolded);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, unfolded(part)]));
  }
  return value;
}
