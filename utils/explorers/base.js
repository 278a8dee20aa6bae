// What every view shares. META (names, words and ranges, as in Python) and VIEW (the view's own
// half) stand in the same module; utils/explorers/module.py joins the three.

// ---- elements -------------------------------------------------------------------------------

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const make = (tag, attributes = {}, ...children) => {
  const element = fill(document.createElement(tag), attributes, children);
  // The notebook moves between its cells with the arrow keys, unless the focused element says no.
  if (element.tabIndex >= 0) element.setAttribute("data-lm-suppress-shortcuts", "true");
  return element;
};

const draw = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

// ---- numbers, arrays, colors ----------------------------------------------------------------

const range = (n) => Array.from({ length: n }, (_, i) => i);
const count = (n) => n.toLocaleString("en-US");
const plural = (n, word) => `${count(n)} ${word}${n === 1 ? "" : "s"}`;
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

const TYPES = { "<f4": Float32Array, "<i4": Int32Array, "|u1": Uint8Array };

function bytesOf(data) {
  if (typeof data === "string") return Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
}

// {dtype, shape, data} -> a typed array that knows its shape
function unpack(packed) {
  const array = new TYPES[packed.dtype](bytesOf(packed.data).buffer);
  return Object.assign(array, { shape: packed.shape });
}

const unpackAll = (values) =>
  Object.fromEntries(
    Object.entries(values).map(([name, v]) => [name, v?.dtype ? unpack(v) : v]),
  );

const SEQUENTIAL = bytesOf(META.sequential); // 256 × RGB, dark = little

function sequential(t) {
  const at = 3 * Math.round(clamp(t, 0, 1) * 255);
  return [SEQUENTIAL[at], SEQUENTIAL[at + 1], SEQUENTIAL[at + 2]];
}

const css = (element, name) => getComputedStyle(element).getPropertyValue(`--course-${name}`).trim();

// ---- a picture cut into cells, with room for drawing on it ------------------------------------

let patterns = 0;

// The parts of a map: `root` to place, `canvas` with the picture, `over` to draw on (in pixels),
// `picture(pixels)` to change it, `names(x, y)` to change what stands on the rim. Pointer and arrow
// keys call `pick([row, column])`; with `hover` pointing is enough.
function cellMap({ rows, columns, cell, label, every = 1, rim = 18, pick, at, hover }) {
  const [width, height] = [columns * cell, rows * cell];
  const canvas = make("canvas", { class: "course-picture", width, height });
  const hatch = `course-hatch-${++patterns}-${Math.random().toString(36).slice(2)}`;
  const over = draw("g");
  const svg = draw("svg", { class: "course-over", width, height, viewBox: `0 0 ${width} ${height}` },
    draw("defs", {}, hatching(hatch)), over);
  const face = make("div", {
    class: "course-face", style: `width:${width}px;height:${height}px`, tabindex: pick ? 0 : null,
    role: pick ? "application" : "img", "aria-label": label,
  }, canvas, svg);
  const numbers = (n, axis) => make("div", { class: `course-rim course-rim-${axis}` },
    ...range(n).map((i) => make("span", {}, i % every ? "" : String(i))));
  const rims = [numbers(columns, "x"), numbers(rows, "y")];
  const names = (...texts) => rims.forEach((r, axis) =>
    [...r.children].forEach((span, i) => { span.textContent = texts[axis][i]; }));
  const root = make("div", {
    class: "course-map", style: `--cell:${cell}px;--rim:${rim}px`,
  }, make("span"), ...rims, face);
  if (pick) pickable(face, { rows, columns, cell, pick, at, hover });
  let shown = null;
  const picture = (pixels) => {
    if (pixels === shown) return;
    shown = pixels;
    paintPicture(canvas, pixels);
  };
  return { root, face, canvas, over, picture, names, cell, hatch: `url(#${hatch})` };
}

function hatching(id) {
  return draw("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse",
    patternTransform: "rotate(45)" },
  draw("rect", { width: 6, height: 6, class: "course-hatch-ground" }),
  draw("line", { x1: 1, y1: 0, x2: 1, y2: 6, class: "course-hatch-line" }));
}

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function pickable(face, { rows, columns, cell, pick, at, hover = false }) {
  const under = (event) => {
    const box = face.getBoundingClientRect();
    return [clamp(Math.floor((event.clientY - box.top) / cell), 0, rows - 1),
      clamp(Math.floor((event.clientX - box.left) / cell), 0, columns - 1)];
  };
  let down = null;
  face.addEventListener("pointerdown", (event) => {
    down = under(event);
    face.setPointerCapture(event.pointerId);
    face.focus({ preventScroll: true });
    pick(down, { from: down, event });
  });
  face.addEventListener("pointermove", (event) => {
    if (down || hover) pick(under(event), { from: down, event });
  });
  face.addEventListener("pointerup", () => { down = null; });
  face.addEventListener("pointercancel", () => { down = null; });
  face.addEventListener("keydown", (event) => {
    const step = ARROWS[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const [row, column] = at(event);
    pick([clamp(row + step[0], 0, rows - 1), clamp(column + step[1], 0, columns - 1)], { event });
  });
}

function paintPicture(canvas, pixels) {
  const [h, w] = pixels.shape;
  const image = new ImageData(w, h);
  for (let i = 0; i < h * w; i += 1) {
    image.data.set(pixels.subarray(3 * i, 3 * i + 3), 4 * i);
    image.data[4 * i + 3] = 255;
  }
  canvas.width = w;
  canvas.height = h;
  canvas.getContext("2d").putImageData(image, 0, 0);
}

const ring = ([row, column], cell) => draw("g", { class: "course-query" },
  draw("circle", { cx: (column + 0.5) * cell, cy: (row + 0.5) * cell, r: clamp(cell * 0.36, 3, 15) }),
  draw("circle", { cx: (column + 0.5) * cell, cy: (row + 0.5) * cell, r: clamp(cell * 0.12, 1.5, 5),
    class: "course-dot" }));

// Black with a white rim, from (x, y) to (x, y); nothing where there is no length to see.
function motionArrow([x0, y0], [x1, y1]) {
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length < 3) return [];
  const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
  const head = Math.min(9, length);
  const wing = (s) => `L${x1 - head * (ux - s * 0.5 * uy)} ${y1 - head * (uy + s * 0.5 * ux)}`;
  const d = `M${x0} ${y0}L${x1} ${y1}${wing(1)}M${x1} ${y1}${wing(-1)}`;
  return ["course-arrow-rim", "course-arrow"].map((name) => draw("path", { class: name, d }));
}

// The legend of flow: the color wheel (96×96 RGB as base64) with its directions, and a line below.
function flowWheel(rgb) {
  const canvas = make("canvas");
  paintPicture(canvas, Object.assign(bytesOf(rgb), { shape: [96, 96, 3] }));
  const words = ["up", "right", "down", "left"].map((way) => make("span", { class: `course-${way}` }, way));
  const most = make("p");
  return { root: make("div", { class: "course-legend", role: "img",
    "aria-label": "The color wheel: right is red, down yellow, left cyan-blue, up violet" },
  make("div", { class: "course-wheel" }, canvas, ...words), most), most };
}

const rectangle = ([row, column, rows, columns], cell, attributes) => draw("rect", {
  x: column * cell, y: row * cell, width: columns * cell, height: rows * cell, ...attributes });

// ---- settings -------------------------------------------------------------------------------

class BadSetting extends Error {}

const say = (value) => (Array.isArray(value) ? `(${value.join(", ")})` : String(value));

function allowedRange({ kind, values }) {
  const [first, last] = [values[0], values.at(-1)];
  if (kind === "choice") return `one of ${values.map(say).join(", ")}`;
  if (kind === "slider") return `a whole number from ${first} to ${last}`;
  return `a (row, column) from (0, 0) to ${say(last)}`;
}

function isAllowed({ kind, values }, value) {
  if (kind === "choice") return values.includes(value);
  const between = (v, low, high) => Number.isInteger(v) && v >= low && v <= high;
  if (kind === "slider") return between(value, values[0], values.at(-1));
  return value?.length === 2 && value.every((v, axis) => between(v, values[0][axis], values.at(-1)[axis]));
}

// The same three parts, in the same words, as check_settings in Python.
function checkSettings(settings) {
  for (const control of META.controls) {
    const { name } = control;
    if (!isAllowed(control, settings[name])) {
      throw new BadSetting(`${name} ${say(settings[name])} came: ${name} is ${allowedRange(control)}; `
        + `pass ${name}=${say(control.default)}`);
    }
  }
}

// ---- controls -------------------------------------------------------------------------------

function sliderOf({ name, label, values: [low, high] }, change) {
  const read = make("output", { class: "course-read" });
  const input = make("input", { type: "range", min: low, max: high, step: 1, name,
    oninput: () => change({ [name]: Number(input.value) }) });
  const root = make("label", { class: "course-control" },
    make("span", { class: "course-label" }, label, read), input);
  const paint = (value, off, most = high) => {
    input.max = most; // another setting may limit this one
    input.value = value;
    input.disabled = off;
    read.textContent = off ? "–" : Math.min(value, most);
    root.classList.toggle("course-off", off);
  };
  return { root, paint };
}

function choiceOf({ name, label, values, names }, change) {
  const group = `${name}-${Math.random().toString(36).slice(2)}`;
  const inputs = values.map((value) => make("input", { type: "radio", name: group, value: say(value),
    onchange: () => change({ [name]: value }) }));
  const root = make("fieldset", { class: "course-control course-choice", "data-name": name },
    make("legend", { class: "course-label" }, label),
    make("span", { class: "course-options" },
      ...inputs.map((input, i) => make("label", {}, input, make("span", {}, names[i])))));
  const paint = (value, off) => {
    inputs.forEach((input, i) => { input.checked = values[i] === value; });
    root.disabled = off;
    root.classList.toggle("course-off", off);
  };
  return { root, paint };
}

const MAKERS = { slider: sliderOf, choice: choiceOf };
const MAX_FILE = 8e6; // what one message to the kernel carries with ease

function buttons(model, complain) {
  const file = make("input", { type: "file", accept: "image/*", class: "course-file",
    "aria-label": "Your own picture", onchange: async () => {
      const [chosen] = file.files;
      file.value = "";
      if (!chosen) return;
      if (chosen.size > MAX_FILE) {
        complain(`a file of ${(chosen.size / 1e6).toFixed(1)} MB came: at most 8 MB can be sent; `
          + "save the picture smaller");
        return;
      }
      model.set("upload", new DataView(await chosen.arrayBuffer()));
      model.save_changes();
    } });
  const reset = make("button", { type: "button", onclick: () => {
    for (const [name, value] of Object.entries(model.get("start"))) model.set(name, value);
    model.save_changes();
    model.send({ do: "scene" });
  } }, "Reset");
  return make("div", { class: "course-buttons" },
    make("label", { class: "course-button" }, "Your picture…", file), reset);
}

// ---- the view -------------------------------------------------------------------------------

function show({ model, el }) {
  const settings = () => Object.fromEntries(META.controls.map(({ name }) => [name, model.get(name)]));
  const change = (values) => {
    for (const [name, value] of Object.entries(values)) {
      if (!same(model.get(name), value)) model.set(name, value);
    }
    model.save_changes();
  };
  const device = META.devices.length ? [{ name: "device", kind: "choice", label: "Device",
    values: META.devices, names: META.devices.map((name) => name.toUpperCase()) }] : [];
  const controls = [...META.controls, ...device].filter(({ kind }) => kind in MAKERS)
    .map((control) => ({ name: control.name, ...MAKERS[control.kind](control, change) }));
  const ran = make("p", { class: "course-ran" });
  const said = make("p", { class: "course-said", "aria-live": "polite" });
  const complain = (text) => {
    said.textContent = text;
    said.classList.add("course-error");
  };
  const stage = make("div", { class: "course-stage" });
  const panel = make("div", { class: "course-panel" }, ...controls.map(({ root }) => root),
    ...(device.length ? [ran] : []), buttons(model, complain));
  el.append(make("section", { class: `course course-explorer course-${META.name}`,
    "aria-label": META.title, style: `height:${META.height}px` },
  make("p", { class: "course-hint" }, make("b", {}, META.title), ` ${META.hint}`),
  make("div", { class: "course-body" }, stage, panel), said));

  let pixels = null;
  let packed = null;
  const picture = () => {
    if (packed !== model.get("pixels")) {
      packed = model.get("pixels");
      pixels = unpack(packed);
    }
    return pixels;
  };
  const send = (message) => model.send(message);
  const paint = VIEW.build(stage, { change, settings, send });

  const update = () => {
    const now = settings();
    const off = VIEW.off?.(now) ?? [];
    const most = VIEW.limits?.(now, model.get("arrays")) ?? {};
    controls.forEach(({ name, paint: set }) => set(model.get(name), off.includes(name), most[name]));
    ran.textContent = model.get("ran") ?? "";
    try {
      checkSettings(now);
      const result = VIEW.compute ? VIEW.compute(now) : unpackAll(model.get("arrays"));
      paint(now, result, picture());
      said.textContent = VIEW.sentence ? VIEW.sentence(now, result) : model.get("sentence");
      said.classList.remove("course-error");
      if (model.get("error")) complain(model.get("error"));
    } catch (error) {
      if (!(error instanceof BadSetting)) throw error;
      complain(error.message);
    }
  };

  // Several values change together (a pick sets row and column): paint once.
  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => { waiting = false; update(); });
  };
  const events = [...META.controls.map(({ name }) => name), "pixels", "arrays", "sentence", "error",
    ...(META.devices.length ? ["device", "ran"] : [])].map((name) => `change:${name}`);
  events.forEach((event) => model.on(event, later));
  update();
  return () => {
    events.forEach((event) => model.off(event, later));
    VIEW.close?.();
  };
}

// ---- a page without a kernel ------------------------------------------------------------------

// Stands in for the kernel's model; a picture is then decoded by the browser itself.
function pageModel(state) {
  const listeners = {};
  const scene = state.pixels;
  const model = {
    get: (name) => state[name],
    set: (name, value) => {
      state[name] = value;
      (listeners[`change:${name}`] ?? []).forEach((listener) => listener());
      if (name === "upload") ownPicture(value).then((own) => model.set("pixels", own));
    },
    save_changes: () => {},
    send: ({ do: what }) => what === "scene" && model.set("pixels", scene),
    on: (event, listener) => (listeners[event] ??= []).push(listener),
    off: (event, listener) => {
      listeners[event] = (listeners[event] ?? []).filter((other) => other !== listener);
    },
  };
  const ownPicture = async (view) => {
    const image = await createImageBitmap(new Blob([view]));
    const [h, w] = scene.shape;
    const scale = Math.max(h / image.height, w / image.width);
    const canvas = make("canvas", { width: w, height: h });
    const context = canvas.getContext("2d");
    const [iw, ih] = [image.width * scale, image.height * scale];
    context.drawImage(image, (w - iw) / 2, (h - ih) / 2, iw, ih);
    const rgb = context.getImageData(0, 0, w, h).data.filter((_, i) => i % 4 !== 3);
    return { dtype: "|u1", shape: [h, w, 3], data: new DataView(new Uint8Array(rgb).buffer) };
  };
  return model;
}
