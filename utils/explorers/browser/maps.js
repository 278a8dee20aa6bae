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
    class: "course-face", style: `aspect-ratio:${width}/${height}`, tabindex: pick ? 0 : null,
    role: pick ? "application" : "img", "aria-label": label,
  }, canvas, svg);
  const numbers = (n, axis) => make("div", { class: `course-rim course-rim-${axis}` },
    ...range(n).map((i) => make("span", {}, i % every ? "" : String(i))));
  const rims = [numbers(columns, "x"), numbers(rows, "y")];
  const names = (...texts) => rims.forEach((r, axis) =>
    [...r.children].forEach((span, i) => { span.textContent = texts[axis][i]; }));
  const root = make("div", {
    class: "course-map", style: `--cell:${cell}px;--rim:${rim}px;--face:${width}px`,
  }, make("span"), ...rims, face);
  if (pick) pickable(face, { rows, columns, pick, at, hover });
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

// What a mark means: a small swatch (`look`: hatch, dash, or a color) and its words.
const keyOf = (look, words) => make("span", { class: "course-key" }, make("i", look.startsWith("rgb")
  ? { style: `background:${look}` } : { class: `course-key-${look}` }), words);

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// Where a pointer stands in an element, as shares of its box: right at every zoom and scale.
function shareAt(event, element) {
  const box = element.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}

const SWIPE = 8; // pixels that a finger moves before it draws; up and down, the page scrolls

function pickable(face, { rows, columns, pick, at, hover = false }) {
  const under = (event) => {
    const [x, y] = shareAt(event, face);
    return [clamp(Math.floor(y * rows), 0, rows - 1), clamp(Math.floor(x * columns), 0, columns - 1)];
  };
  let down = null; // where it began
  let finger = null; // a touch that has not drawn yet
  const begin = (event) => {
    face.setPointerCapture(event.pointerId);
    face.focus({ preventScroll: true });
    pick(down, { from: down, event });
  };
  face.addEventListener("pointerdown", (event) => {
    down = under(event);
    if (event.pointerType === "touch") finger = event;
    else begin(event);
  });
  face.addEventListener("pointermove", (event) => {
    if (finger && Math.abs(event.clientX - finger.clientX) < SWIPE) return;
    if (finger) {
      const first = finger;
      finger = null;
      begin(first);
    }
    if (down || hover) pick(under(event), { from: down, event });
  });
  face.addEventListener("pointerup", () => {
    if (finger) begin(finger);
    [down, finger] = [null, null];
  });
  face.addEventListener("pointercancel", () => { [down, finger] = [null, null]; });
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

// The picture with every one of side × side cells partly under a color: `over(cell)` is [color, part].
function blended(pixels, side, over) {
  const [h, w] = pixels.shape;
  const colors = range(side * side).map(over);
  const out = new Uint8Array(pixels.length);
  for (let i = 0; i < h * w; i += 1) {
    const cell = Math.floor((Math.floor(i / w) * side) / h) * side + Math.floor(((i % w) * side) / w);
    const [color, part] = colors[cell];
    for (let c = 0; c < 3; c += 1) out[3 * i + c] = Math.round(pixels[3 * i + c] * (1 - part) + color[c] * part);
  }
  return Object.assign(out, { shape: pixels.shape });
}

const ring = ([row, column], cell) => draw("g", { class: "course-query" },
  draw("circle", { cx: (column + 0.5) * cell, cy: (row + 0.5) * cell, r: clamp(cell * 0.36, 3, 15) }),
  draw("circle", { cx: (column + 0.5) * cell, cy: (row + 0.5) * cell, r: clamp(cell * 0.12, 1.5, 5),
    class: "course-dot" }));

const rectangle = ([row, column, rows, columns], cell, attributes) => draw("rect", {
  x: column * cell, y: row * cell, width: columns * cell, height: rows * cell, ...attributes });
