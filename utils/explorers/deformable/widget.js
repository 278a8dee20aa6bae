// The points that one query reads, on the picture; the numbers come from Python.

const { size: [ROWS, COLUMNS], cell: CELL, strides: STRIDES } = META.constants;
const [WIDTH, HEIGHT] = [COLUMNS * CELL, ROWS * CELL];
const EDGE = 5; // a point beyond the picture is drawn hollow, this far inside its edge

// The area says the weight; the shape says which map is read.
function mark(stride, x, y, weight, attributes = {}) {
  const r = 3 + 17 * Math.sqrt(weight);
  if (stride === 8) return draw("circle", { cx: x, cy: y, r, ...attributes });
  const d = stride === 16
    ? `M${x} ${y - 1.2 * r}l${1.1 * r} ${1.9 * r}h${-2.2 * r}z`
    : `M${x - 0.88 * r} ${y - 0.88 * r}h${1.76 * r}v${1.76 * r}h${-1.76 * r}z`;
  return draw("path", { d, ...attributes });
}

function build(stage, { change, settings }) {
  let places = 1; // to click, per cell of the query's own map: an arrow key goes to the next cell
  const stepped = (to) => settings().query.map((from, axis) =>
    clamp(from + (to[axis] - from) * places, 0, ROWS - 1));
  const map = cellMap({ rows: ROWS, columns: COLUMNS, cell: CELL, every: 4,
    label: "The picture with the query and the points that it reads. Arrow keys move the query.",
    pick: (to, { event }) => change({ query: event.type === "keydown" ? stepped(to) : to }),
    at: () => settings().query });
  // The rim counts the cells of the query's own map, which may be coarser than the places to click.
  const rim = (size) => range(COLUMNS).map((i) => Math.floor((i + 0.5) * size / COLUMNS))
    .map((cell, i, cells) => (cell === cells[i - 1] || cell % Math.max(1, size / 4) ? "" : String(cell)));
  const shares = STRIDES.map(() => make("b"));
  const legend = make("div", { class: "deformable-legend" }, ...STRIDES.map((stride, i) =>
    make("span", {}, draw("svg", { width: 18, height: 18, class: "deformable-key" },
      mark(stride, 9, 9, 0.1, { class: "deformable-mark" })), `1/${stride} `, shares[i])));
  stage.append(map.root, legend);
  return (now, { points, weights, stride, shares: parts, token, size }, pixels) => {
    map.picture(pixels);
    places = Math.max(1, Math.round(ROWS / size));
    map.names(rim(size), rim(size));
    shares.forEach((b, i) => { b.textContent = `${(100 * parts[i]).toFixed(0)} %`; });
    const step = WIDTH / size;
    const [x, y] = [(token[1] + 0.5) * step, (token[0] + 0.5) * step];
    const spots = range(weights.length).map((i) => {
      const [px, py] = [points[2 * i] * WIDTH, points[2 * i + 1] * HEIGHT];
      const inside = px >= 0 && px <= WIDTH && py >= 0 && py <= HEIGHT;
      return { inside, px: clamp(px, EDGE, WIDTH - EDGE), py: clamp(py, EDGE, HEIGHT - EDGE),
        stride: stride[i], weight: weights[i] };
    });
    const lines = ["deformable-line-edge", "deformable-line"].flatMap((name) =>
      spots.map(({ px, py }) => draw("line", { x1: x, y1: y, x2: px, y2: py, class: name })));
    const marks = spots.toSorted((a, b) => b.weight - a.weight).map((p) =>
      mark(p.stride, p.px, p.py, p.inside ? p.weight : 0,
        { class: p.inside ? "deformable-mark" : "deformable-mark deformable-out" }));
    map.over.replaceChildren(
      rectangle([token[0], token[1], 1, 1], step, { class: "deformable-cell-edge" }),
      rectangle([token[0], token[1], 1, 1], step, { class: "deformable-cell" }),
      ...lines, ...marks, draw("g", { class: "course-query" },
        draw("circle", { cx: x, cy: y, r: 5, class: "course-dot" })));
  };
}

const VIEW = {
  build,
  off: ({ heads }) => (heads === "all" ? ["head"] : []),
  limits: (now, { last_head: head }) => ({ head }),
};
