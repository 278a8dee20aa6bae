// A model as boxes and arrows, laid out by Python from one pass; one box is open.

const { drawing: HIGH, panels: PANELS } = META.constants;
const STILL = "(prefers-reduced-motion: reduce)";

const curve = ([x0, y0, ...rest]) => `M${x0} ${y0}C${rest.join(" ")}`;
const rect = ({ x, y, w, h }, attributes) => draw("rect", { x, y, width: w, height: h, ...attributes });
const words = (x, y, text, name = "", size = null) => draw("text", { x, y, class: name,
  style: size ? `font-size:${size}px` : null }, text);

// The box that an arrow key leads to: along the pass, or the nearest one above or below.
function neighbor(boxes, from, key) {
  if (key === "ArrowLeft" || key === "ArrowRight") {
    return clamp(from + (key === "ArrowRight" ? 1 : -1), 0, boxes.length - 1);
  }
  const sign = key === "ArrowDown" ? 1 : -1;
  const far = ({ x, y }) => [sign * (y - boxes[from].y), Math.abs(x - boxes[from].x)];
  const found = range(boxes.length).filter((i) => far(boxes[i])[0] > 1);
  const cost = (i) => { const [down, across] = far(boxes[i]); return down + 2 * across; };
  return found.length ? found.reduce((a, b) => (cost(b) < cost(a) ? b : a)) : from;
}

function boxOf(box, at, open) {
  const { x, y, w, h, mark, channels, both, attends, path } = box;
  const fitting = (text) => Math.min(10, (1.62 * w) / String(text).length);
  const middle = [x + w / 2, y + h / 2];
  return draw("g", { class: `network-box${attends ? " network-attends" : ""}`, role: "radio", "data-box": at + 1,
    "aria-label": `${path}, ${channels} channels`, onclick: () => open(at, true) },
  draw("title", {}, `${path}: ${channels} channels`),
  ...(both ? [rect({ x: x + 3, y: y + 3, w, h }, { class: "network-frame1", rx: 3 })] : []),
  rect({ x, y, w, h }, { class: both ? "network-body network-frame0" : "network-body", rx: 3 }),
  words(middle[0], middle[1] - 1.5, mark, "network-mark", fitting(mark)),
  words(middle[0], middle[1] + 9.5, channels, "network-count", fitting(channels)));
}

function paintLayout(svg, { boxes, frames, arrows, lanes, pictures, height }, open) {
  svg.setAttribute("viewBox", `0 0 720 ${height}`);
  svg.setAttribute("height", height);
  const drawn = {
    arrows: arrows.map(({ path, far }) => draw("path", { d: curve(path), class: `network-arrow${far ? " network-far" : ""}` })),
    boxes: boxes.map((box, at) => boxOf(box, at, open)),
    pictures: pictures.map(() => make("canvas", { width: 1, height: 1 })),
  };
  svg.replaceChildren(
    ...lanes.flatMap(({ y, name, size }) => [words(4, y - 3, name, "network-lane"), words(4, y + 10, size, "network-size"),
      draw("line", { x1: 0, x2: 720, y1: y + 19.5, y2: y + 19.5, class: "network-rule" })]),
    ...frames.map((frame) => rect(frame, { class: "network-group" })),
    ...drawn.arrows, ...frames.map(({ x, y, title }) => words(x + 1, y - 2.5, title, "network-title")), ...drawn.boxes,
    ...pictures.map((place, i) => draw("foreignObject", { x: place.x, y: place.y, width: place.w, height: place.h },
      drawn.pictures[i])));
  return drawn;
}

// To a view of this page, where there is one.
function jump(name, note) {
  const other = document.querySelector(`.course-explorer.course-${name}`);
  note.textContent = other ? "" : `It is not on this page yet: run explore("${name}") in a cell.`;
  other?.scrollIntoView({ block: "center", behavior: matchMedia(STILL).matches ? "auto" : "smooth" });
}

function build(stage, { change, settings }) {
  const svg = draw("svg", { class: "network-drawing", width: 720, role: "radiogroup",
    "aria-label": "The boxes of the model, in the order of the pass. Arrow keys go from box to box." });
  const wide = make("div", { class: "network-scroll" }, svg);
  const panels = range(PANELS).map(() => ({ canvas: make("canvas", { class: "network-map", role: "img" }), words: make("figcaption") }));
  const code = make("pre", { tabindex: 0, "aria-label": "The code that ran" });
  const named = make("span");
  const fold = make("details", { class: "network-code" }, make("summary", {}, "The code that ran: ", named), code);
  fold.querySelector("summary").setAttribute("data-lm-suppress-shortcuts", "true");
  const links = make("span", { class: "network-links" });
  const note = make("span", { role: "status" });
  stage.append(
    make("div", { class: "network-wide", style: `height:${HIGH}px` }, wide),
    make("div", { class: "network-maps" }, ...panels.map((p) => make("figure", {}, p.canvas, p.words))),
    make("p", { class: "network-more" }, links, note), fold);
  let [shown, drawn, boxes] = ["", null, []];
  const open = (at, focus) => {
    change({ box: at + 1 });
    if (focus) drawn.boxes[at].focus({ preventScroll: true });
  };
  svg.addEventListener("keydown", (event) => {
    const at = Number(event.target.closest("[data-box]")?.dataset.box) - 1;
    if (event.key === "Enter" || event.key === " ") fold.open = !fold.open;
    else if (event.key in ARROWS) open(neighbor(boxes, at, event.key), true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return (now, { drawing, opened, pictures, maps, captions, code: text, path, views }) => {
    const layout = JSON.stringify(drawing);
    if (layout !== shown) {
      [shown, boxes] = [layout, drawing.boxes];
      drawn = paintLayout(svg, drawing, open);
    }
    const [n, h, w] = pictures.shape;
    range(n).forEach((i) => paintPicture(drawn.pictures[i], cut(pictures, i, h, w)));
    drawn.boxes.forEach((box, i) => {
      box.setAttribute("aria-checked", i === opened);
      box.setAttribute("tabindex", i === opened ? 0 : -1);
      box.setAttribute("data-lm-suppress-shortcuts", "true");
    });
    drawn.arrows.forEach((arrow, i) => arrow.classList.toggle("network-read", drawing.arrows[i].target === opened));
    wide.scrollLeft = Math.min(wide.scrollLeft, boxes[opened].x - 40);
    wide.scrollLeft = Math.max(wide.scrollLeft, boxes[opened].x + boxes[opened].w + 40 - wide.clientWidth);
    const [count, tall, across] = maps.shape;
    panels.forEach(({ canvas, words: said }, i) => {
      canvas.parentElement.hidden = i >= count;
      if (i >= count) return;
      paintPicture(canvas, cut(maps, i, tall, across));
      canvas.setAttribute("aria-label", `${path}, ${captions[i]}`);
      said.textContent = captions[i];
    });
    named.textContent = path;
    code.textContent = text;
    note.textContent = "";
    links.replaceChildren(...(views.length ? ["How it works: "] : []), ...views.map((name) =>
      make("button", { type: "button", onclick: () => jump(name, note) }, `explore("${name}")`)));
  };
}

const cut = (pixels, i, h, w) => Object.assign(pixels.subarray(i * h * w * 3, (i + 1) * h * w * 3), { shape: [h, w, 3] });

const VIEW = {
  build,
  limits: (now, { drawing, last }) => ({ box: drawing?.boxes.length, channel: last }),
  reads: (now, { drawing, opened, first, channels }) => ({
    box: drawing && `${opened + 1} of ${drawing.boxes.length}`, channel: `${first} of ${channels}` }),
};
