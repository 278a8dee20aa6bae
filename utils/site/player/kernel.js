// Stands in for the notebook's kernel: a model with traits whose changes are answered in the page.

import { decoded, bytesFrom } from "./pictures.js";

// A view without a reading answers in its own module; the others get arrays and a sentence here.
export function standIn({ state, settings, reading, source, size, run, told = () => {} }) {
  const [listeners, first] = [new Map(), source];
  let [now, busy, again, made] = [source, null, false, {}];
  const get = (name) => state[name];
  const set = (name, value) => {
    state[name] = value;
    [...(listeners.get(`change:${name}`) ?? [])].forEach((listener) => listener());
  };
  const current = () => Object.fromEntries(settings.map((name) => [name, state[name]]));

  async function prepared() {
    const key = JSON.stringify([reading.key?.(current()) ?? null, state.device ?? null]);
    if (made.key !== key || made.source !== now) {
      const of = now;
      made = { key, source: of, ...(await reading.prepare(current(), of, run)) };
      if (made.pixels) set("pixels", made.pixels);
    }
    return made;
  }

  async function once() {
    try {
      const ready = await prepared();
      const values = current();
      const result = reading.compute(values, ready.inside, ready.given);
      set("error", "");
      set("arrays", result);
      set("sentence", reading.sentence(values, result));
    } catch (error) {
      console.error(error);
      set("error", error.message);
    }
    set("answered", state.asked);
  }

  // Changes that come while a pass goes on are answered together, after it.
  async function refresh() {
    if (!reading) return;
    again = true;
    busy ??= (async () => {
      while (again) {
        again = false;
        await once();
      }
      busy = null;
    })();
    await busy;
  }

  let other = () => {};
  const show = (what, { filmed = false } = {}) => {
    if (!filmed) other();
    now = what;
    if (!reading) set("pixels", bytesFrom(what));
    return refresh();
  };
  const tell = (work) => work.catch((error) => { set("error", error.message); set("answered", state.asked); });
  const own = async (file) => show({ picture: await decoded(file, size), own: true });
  const frames = async (files) => show({ frames: await Promise.all(files.map((file) => decoded(file, size))) });

  const model = {
    get,
    set: (name, value) => {
      set(name, value);
      if (name === "upload") tell(own(value));
    },
    save_changes: () => { refresh(); },
    send: ({ do: what, asked }, _, buffers) => {
      if (asked !== undefined) set("asked", asked);
      if (what === "scene") tell(show(first));
      else if (what === "frames") tell(frames(buffers));
      else refresh().then(() => told(what, set));
    },
    on: (event, listener) => listeners.set(event, [...(listeners.get(event) ?? []), listener]),
    off: (event, listener) => listeners.set(event, (listeners.get(event) ?? []).filter((one) => one !== listener)),
  };
  const complain = (text) => set("error", text);
  return { model, refresh, complain, film: (what) => show(what, { filmed: true }), onOther: (end) => { other = end; } };
}
