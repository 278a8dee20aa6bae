// Curves on logarithmic axes; the numbers come from Python.

const { kinds: KINDS, names: NAMES, sides: SIDES } = META.constants;
const [WIDTH, HEIGHT] = [232, 252];
const BOX = { left: 48, right: 8, top: 24, bottom: 34 };
const INKS = { window: "window", axial: "grid", channel: "frame0", all: "frame1", deformable: "sample" };
const DASHES = { window: "", axial: "7 4", channel: "9 3 2 3", all: "", deformable: "2 3" };
const [LEFT, RIGHT] = [Math.log2(SIDES[0]) - 0.3, Math.log2(SIDES.at(-1)) + 0.3];
const BOTTOM = HEIGHT - BOX.bottom;
const color = (kind) => `var(--course-${INKS[kind]})`;
const xOf = (side) => BOX.left + ((Math.log2(side) - LEFT) / (RIGHT - LEFT)) * (WIDTH - BOX.left - BOX.right);
const text = (x, y, words, attributes = {}) => draw("text", { x, y, ...attributes }, words);

function mark(kind, x, y, attributes = {}) {
  const fill = { fill: color(kind), ...attributes };
  if (kind === "channel") return draw("circle", { cx: x, cy: y, r: 3.4, ...fill });
  const d = { window: "m-3 -3h6v6h-6z", axial: "m0 -4l4 7h-8z", all: "m0 -4.4l4.4 4.4l-4.4 4.4l-4.4 -4.4z",
    deformable: "m0 4l4 -7h-8z" }[kind];
  return draw("path", { d: `M${x} ${y}${d}`, ...fill });
}

const PREFIXES = ["p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E"];

// 10 ** power of a unit, as "100 µs" or "1 GB"
function written(power, unit) {
  const thousands = Math.floor(power / 3);
  return `${10 ** (power - 3 * thousands)} ${PREFIXES[thousands + 4]}${unit}`.trim();
}

function axes({ title, unit, power }, low, high, y) {
  const step = Math.ceil((high - low) / 6);
  const powers = range(high - low + 1).map((i) => low + i).filter((p) => (p - low) % step === 0);
  return [text(0, 14, title, { class: "cost-title" }),
    ...powers.flatMap((p) => [draw("line", { class: "cost-line", x1: BOX.left, x2: WIDTH - BOX.right,
      y1: y(10 ** p), y2: y(10 ** p) }), text(BOX.left - 4, y(10 ** p) + 4,
      written(p + power, unit), { "text-anchor": "end" })]),
    ...SIDES.filter((_, i) => i % 2 === 0).map((side) => text(xOf(side), BOTTOM + 14, String(side),
      { "text-anchor": "middle" })),
    text((BOX.left + WIDTH) / 2, HEIGHT - 4, "side, pixels", { "text-anchor": "middle" })];
}

function plot(svg, label, table, { side, limit = 0, out = [], rings = [] }) {
  const rows = (values) => KINDS.map((_, i) => values.subarray(i * SIDES.length, (i + 1) * SIDES.length));
  const all = [...table, ...rings, limit].filter((v) => v > 0);
  const [low, high] = all.length ? [Math.floor(Math.log10(Math.min(...all))), Math.ceil(Math.log10(Math.max(...all)))]
    : [-1, 3];
  const y = (v) => BOTTOM - ((Math.log10(v) - low) / (high - low)) * (BOTTOM - BOX.top);
  const points = (row) => range(SIDES.length).filter((i) => row[i] > 0).map((i) => [xOf(SIDES[i]), y(row[i])]);
  const curves = rows(table).flatMap((row, k) => {
    const places = points(row);
    return [draw("polyline", { points: places.map((p) => p.join(",")).join(" "), class: "cost-curve",
      stroke: color(KINDS[k]), "stroke-dasharray": DASHES[KINDS[k]] }),
    ...places.map(([px, py]) => mark(KINDS[k], px, py))];
  });
  const here = rings.length ? rows(rings).flatMap((row, k) => points(row).map(([cx, cy]) =>
    draw("circle", { cx, cy, r: 5.5, class: "cost-ring", stroke: color(KINDS[k]) }))) : [];
  const ends = limit ? [draw("line", { class: "cost-limit", x1: BOX.left, x2: WIDTH - BOX.right, y1: y(limit),
    y2: y(limit) }), text(BOX.left + 3, y(limit) - 4, `${Math.round(limit / 1000)} GB`, { class: "cost-strong" }),
  ...KINDS.flatMap((kind, k) => (out[k] >= SIDES[0] && out[k] <= SIDES.at(-1)
    ? [draw("path", { d: `M${xOf(out[k])} ${y(limit)}m-5 -5l10 10m0 -10l-10 10`, class: "cost-cross-rim" }),
      draw("path", { d: `M${xOf(out[k])} ${y(limit)}m-5 -5l10 10m0 -10l-10 10`, class: "cost-cross",
        stroke: color(kind) })] : []))] : [];
  svg.replaceChildren(draw("line", { class: "cost-side", x1: xOf(side), x2: xOf(side), y1: BOX.top, y2: BOTTOM }),
    ...axes(label, low, high, y), ...curves, ...here, ...ends);
}

function build(stage, { change, settings, send, work: run }) {
  const svgs = ["Multiply-adds", "Memory", "Time"].map((what) => draw("svg", { class: "cost-plot", width: WIDTH,
    height: HEIGHT, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${what} by side of the picture` }));
  const nearest = (event) => {
    const far = SIDES.map((side) => Math.abs(xOf(side) - shareAt(event, face)[0] * WIDTH));
    return SIDES[far.indexOf(Math.min(...far))];
  };
  const face = make("div", { class: "cost-face", tabindex: 0, role: "application",
    "aria-label": "Multiply-adds by side of the picture. Arrow keys change the side." }, svgs[0]);
  face.addEventListener("pointerdown", (event) =>
    change({ side: nearest(event) }));
  face.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    change({ side: SIDES[clamp(SIDES.indexOf(settings().side) + step, 0, SIDES.length - 1)] });
  });
  const press = make("button", { type: "button", class: "cost-measure", onclick: () => send({ do: "measure" }) },
    "Measure on this machine");
  const state = make("span", { class: "cost-state" });
  const keys = KINDS.map((kind) => make("span", {}, draw("svg", { width: 30, height: 12 },
    draw("line", { x1: 0, x2: 30, y1: 6, y2: 6, stroke: color(kind), class: "cost-curve",
      "stroke-dasharray": DASHES[kind] }), mark(kind, 15, 6)), NAMES[kind]));
  stage.append(make("div", { class: "cost-plots" }, face, svgs[1], svgs[2]),
    make("div", { class: "cost-keys" }, ...keys), make("div", { class: "cost-row" }, press, state));
  return ({ side, layers }, { work, memory, runs_out: out, recorded, measured, limit, machine }) => {
    plot(svgs[0], { title: "Multiply-adds, one layer", unit: "", power: 6 }, work, { side });
    plot(svgs[1], { title: `Memory to train ${plural(layers, "layer")}`, unit: "B", power: 6 }, memory,
      { side, limit, out });
    plot(svgs[2], { title: "Time, one layer, forward", unit: "s", power: -3 }, recorded, { side, rings: measured });
    const done = measured.some((v) => v > 0);
    press.disabled = run().going;
    const told = [machine && `Lines: ${machine}.`, done && "Rings: this machine."].filter(Boolean).join(" ");
    state.textContent = run().going ? "measuring, about ten seconds …" : told;
  };
}

const VIEW = { build };
