// ---- the view -------------------------------------------------------------------------------

const SLOW = 150; // milliseconds after which a view says that it waits
const SILENT = 7000; // after which it says that nobody answers
const REST = 250; // of no movement, after which a draft is followed by the whole
const NOBODY = "The kernel does not answer: it is busy, or it was started anew. Wait, or run the cell again.";

// Python counts the questions that it has answered; a page without Python has no such count.
function conversation(model, section, silence) {
  let timers = [];
  const settle = () => {
    timers.forEach(clearTimeout);
    timers = [];
    section.classList.remove("course-busy");
    section.removeAttribute("aria-busy");
  };
  const next = () => {
    const asked = model.get("asked");
    if (asked === undefined) return undefined;
    model.set("asked", asked + 1);
    settle();
    timers = [
      setTimeout(() => { section.classList.add("course-busy"); section.setAttribute("aria-busy", "true"); }, SLOW),
      setTimeout(() => { settle(); silence(NOBODY); }, SILENT)];
    return asked + 1;
  };
  const answered = () => { if (model.get("answered") >= model.get("asked")) settle(); };
  return { next, answered, settle };
}

// A slow view answers with a draft while its settings move, and with the whole once the hand rests.
function drafting(model, section, whole) {
  let [timer, held] = [null, false];
  const rest = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (held) return;
      model.set("draft", false);
      whole();
    }, REST);
  };
  const down = () => { held = true; };
  const up = () => {
    held = false;
    if (model.get("draft")) rest();
  };
  const begin = (values) => {
    if (!Object.keys(values).some((name) => META.drafts.includes(name))) return;
    model.set("draft", true);
    rest();
  };
  section.addEventListener("pointerdown", down);
  const ends = ["pointerup", "pointercancel"];
  ends.forEach((name) => window.addEventListener(name, up));
  const close = () => {
    clearTimeout(timer);
    ends.forEach((name) => window.removeEventListener(name, up));
  };
  return { begin, close };
}

// Work beside the view, told from its beats: without them nothing goes on, whatever was said last.
function workOf(model, later) {
  let [heard, timer] = [performance.now(), null];
  const going = () => ["working", "stopping"].includes(model.get("work")?.state);
  const silent = () => going() && performance.now() - heard > SILENT;
  const listen = () => {
    heard = performance.now();
    clearInterval(timer);
    timer = going() ? setInterval(() => { if (silent()) { clearInterval(timer); later(); } }, 500) : null;
  };
  listen();
  const now = () => ({ state: silent() ? "lost" : model.get("work")?.state ?? "", going: going() && !silent() });
  return { listen, now, close: () => clearInterval(timer) };
}

// Below its full width a view stacks its parts, and what is still too wide is drawn smaller.
function fitting(section, stage) {
  const fit = () => {
    const wide = section.clientWidth;
    if (!wide) return;
    section.classList.toggle("course-narrow", wide < WIDTH_OF_VIEW);
    stage.style.zoom = "";
    const own = Math.max(stage.scrollWidth, ...[...stage.children].map((child) => child.scrollWidth));
    if (own > wide + 1) stage.style.zoom = String(wide / own);
  };
  const observer = new ResizeObserver(fit);
  observer.observe(section);
  fit();
  return () => observer.disconnect();
}

const WIDTH_OF_VIEW = 720;

// What the model answers to the picture, as a small picture beside the controls.
function saysOf(model) {
  const canvas = make("canvas", { class: "course-picture", role: "img", "aria-label": "What the model says" });
  const root = make("figure", { class: "course-says", hidden: "" }, make("figcaption", {}, "the model says"), canvas);
  let shown = null;
  const paint = () => {
    const packed = model.get("says");
    if (packed === shown || !packed?.dtype) return;
    shown = packed;
    paintPicture(canvas, unpack(packed));
    root.hidden = false;
  };
  return { root, paint };
}

function show({ model, el }) {
  const settings = () => Object.fromEntries(META.controls.map(({ name }) => [name, model.get(name)]));
  const ask = (needed = true) => (needed ? talk.next() : undefined);
  const change = (values) => {
    for (const [name, value] of Object.entries(values)) {
      if (!same(model.get(name), value)) model.set(name, value);
    }
    drafts.begin(values);
    ask(!META.inModule);
    model.save_changes();
  };
  const send = (message, buffers) => {
    const asked = ask();
    model.save_changes();
    model.send(asked === undefined ? message : { ...message, asked }, undefined, buffers);
  };
  const give = async ([picture, second]) => {
    if (second) return send({ do: "frames" }, [picture.buffer, second.buffer]);
    ask();
    model.set("upload", picture);
    return model.save_changes();
  };
  const reset = () => {
    for (const [name, value] of Object.entries(model.get("start"))) model.set(name, value);
    model.save_changes();
    send({ do: "scene" });
  };
  const device = META.devices.length > 1 ? [{ name: "device", kind: "choice", label: "Device",
    values: META.devices, names: META.devices.map((name) => name.toUpperCase()) }] : [];
  const controls = [...META.controls, ...device].filter(({ kind }) => kind in MAKERS)
    .map((control) => ({ name: control.name, ...MAKERS[control.kind](control, change) }));
  const ran = make("p", { class: "course-ran" });
  const says = saysOf(model);
  const said = make("p", { class: "course-said", "aria-live": "polite" });
  const complain = (text) => {
    said.textContent = text;
    said.classList.add("course-error");
  };
  const stage = make("div", { class: "course-stage" });
  const section = make("section", { class: `course course-live course-explorer course-${META.name}`, dir: "ltr", lang: "en",
    "aria-label": META.title, style: `--height:${META.height}px` });
  const panel = make("div", { class: "course-panel" }, ...controls.map(({ root }) => root),
    ...(META.devices.length ? [ran] : []), ...(META.says ? [says.root] : []), pictureButtons(section, { give, reset, complain }));
  section.append(make("p", { class: "course-hint" }, make("b", {}, META.title), ` ${META.hint}`),
    make("span", { class: "course-wait", "aria-hidden": "true" }, "computing …"),
    make("div", { class: "course-body" }, stage, panel), said);
  el.append(section);

  let pixels = null;
  let packed = null;
  const picture = () => {
    if (packed !== model.get("pixels")) {
      packed = model.get("pixels");
      pixels = unpack(packed);
    }
    return pixels;
  };
  // Several values change together (a pick sets row and column): paint once.
  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => { waiting = false; update(); });
  };
  const talk = conversation(model, section, complain);
  const drafts = drafting(model, section, () => { ask(); model.save_changes(); });
  const work = workOf(model, later);
  const paint = VIEW.build(stage, { change, settings, send, work: work.now });

  const update = () => {
    const now = settings();
    const off = VIEW.off?.(now, model.get("arrays")) ?? [];
    const most = VIEW.limits?.(now, model.get("arrays")) ?? {};
    const words = VIEW.reads?.(now, model.get("arrays")) ?? {};
    controls.forEach(({ name, paint: set }) =>
      set(model.get(name), off.includes(name), most[name], words[name]));
    ran.textContent = model.get("ran") ?? "";
    if (META.says) says.paint();
    try {
      checkSettings(now);
      const result = VIEW.compute ? VIEW.compute(now) : unpackAll(model.get("arrays"));
      if (!Object.keys(result).length) return; // closed by the kernel
      paint(now, result, picture());
      said.textContent = VIEW.sentence ? VIEW.sentence(now, result) : model.get("sentence");
      said.classList.remove("course-error");
      if (model.get("error")) complain(model.get("error"));
    } catch (error) {
      if (!(error instanceof BadSetting)) throw error;
      complain(error.message);
    }
  };

  const events = [...META.controls.map(({ name }) => name), "pixels", "arrays", "sentence", "error",
    ...(META.devices.length ? ["device", "ran"] : []), ...(META.says ? ["says"] : [])].map((name) => `change:${name}`);
  const answered = () => {
    talk.answered();
    if (said.textContent === NOBODY) later();
  };
  const beaten = () => { work.listen(); later(); };
  events.forEach((event) => model.on(event, later));
  model.on("change:answered", answered);
  model.on("change:work", beaten);
  update();
  const unfit = fitting(section, stage);
  return () => {
    events.forEach((event) => model.off(event, later));
    model.off("change:answered", answered);
    model.off("change:work", beaten);
    talk.settle();
    drafts.close();
    work.close();
    unfit();
    VIEW.close?.();
  };
}
