// Windows, grid and axes in the browser: the same arithmetic as compute.py, cell by cell.

const [ROWS, COLUMNS] = META.constants.size;
const BEFORE = { window: "window", grid: "window", rows: "columns", columns: "rows" };
const MASKED = 1;
const SEEN = 2;

// Group and region of a cell: two cells see each other when both are equal.
function placeOf(kind, size, shift, row, column) {
  if (kind === "rows") return [row, 0];
  if (kind === "columns") return [column, 0];
  if (kind === "grid") {
    const [down, across] = [ROWS / size, COLUMNS / size]; // the strides
    return [(row % down) * across + (column % across), 0];
  }
  const [y, x] = [(row - shift + ROWS) % ROWS, (column - shift + COLUMNS) % COLUMNS]; // rolled
  const strip = (at, side) => (shift === 0 ? 0 : (at >= side - size) + (at >= side - shift));
  const group = Math.floor(y / size) * (COLUMNS / size) + Math.floor(x / size);
  return [group, 3 * strip(y, ROWS) + strip(x, COLUMNS)];
}

const cells = () => range(ROWS * COLUMNS).map((i) => [Math.floor(i / COLUMNS), i % COLUMNS]);
const shiftOf = ({ kind, window_size, shift }) =>
  (kind === "window" ? Math.min(shift, window_size - 1) : 0);

function compute(settings) {
  const { kind, window_size: size, layers, query } = settings;
  const shift = shiftOf(settings);
  const places = cells().map(([y, x]) => placeOf(kind, size, shift, y, x));
  const [group, region] = places[query[0] * COLUMNS + query[1]];
  const sees = places.map(([g, r]) => (g !== group ? 0 : r === region ? SEEN : MASKED));
  let reach = sees.map((value) => Number(value === SEEN));
  if (layers === 2) {
    const earlier = cells().map(([y, x]) => placeOf(BEFORE[kind], size, 0, y, x)[0]);
    const heard = new Set(earlier.filter((_, i) => reach[i]));
    reach = earlier.map((g) => Number(heard.has(g)));
  }
  const members = {};
  places.forEach(([g]) => { members[g] = (members[g] ?? 0) + 1; });
  const pairs = Object.values(members).reduce((sum, n) => sum + n * n, 0);
  return { group: places.map(([g]) => g), sees, reach, shift, pairs };
}

function nameOf({ kind, window_size: size }, shift) {
  if (kind === "window") {
    return `Windows of ${size}×${size}, ${shift ? `shifted by ${shift}` : "not shifted"}`;
  }
  if (kind === "grid") {
    return `Grid of ${size}×${size}, one cell every ${ROWS / size} rows and ${COLUMNS / size} columns`;
  }
  return `Axial attention along ${kind}`;
}

function sentence(settings, { sees, reach, shift, pairs }) {
  const [row, column] = settings.query;
  const n = ROWS * COLUMNS;
  const masked = sees.filter((v) => v === MASKED).length;
  const hidden = masked ? ` (${masked} more share its group but are masked)` : "";
  const first = `${nameOf(settings, shift)}: the query in row ${row}, column ${column} sees `
    + `${sees.filter((v) => v === SEEN).length} of ${n} cells${hidden}.`;
  const cost = ` One layer compares ${count(pairs)} pairs; all with all would be ${count(n * n)}.`;
  if (settings.layers === 1) return first + cost;
  return `${first} After two layers it has heard from ${reach.filter(Boolean).length} cells.${cost}`;
}

// The block that a cell is drawn in: its window, its row or column, or (grid) one stride.
function blockOf({ kind, window_size: size }, shift, [y, x]) {
  if (kind === "rows") return [y, 0];
  if (kind === "columns") return [0, x];
  if (kind === "grid") return [Math.floor(y * size / ROWS), Math.floor(x * size / COLUMNS)];
  return [Math.floor(((y - shift + ROWS) % ROWS) / size),
    Math.floor(((x - shift + COLUMNS) % COLUMNS) / size)];
}

function build(stage, { change, settings }) {
  const map = cellMap({ rows: ROWS, columns: COLUMNS, cell: META.constants.cell, every: 4,
    label: "The picture, cut into groups. Arrow keys move the query.",
    pick: (query) => change({ query }), at: () => settings().query });
  const keys = make("div", { class: "course-keys windows-keys" });
  stage.append(map.root, keys);
  return (now, { sees, reach, shift }, pixels) => {
    map.picture(pixels);
    const blocks = cells().map((cell) => blockOf(now, shift, cell));
    const seen = sees.map((value) => value === SEEN);
    keys.replaceChildren(keyOf(now.kind === "grid" ? "grid" : "seen", "seen"),
      ...(sees.includes(MASKED) ? [keyOf("hatch", "in its window, but masked")] : []),
      ...(now.layers === 2 ? [keyOf("dash", "heard of after two layers")] : []));
    map.over.replaceChildren(
      ...cells().map((cell, i) => veil(map, [...cell, 1, 1], blocks[i], sees[i], reach[i] || seen[i])),
      line(edges((i, j) => !same(blocks[i], blocks[j])), map, "windows-line"),
      line(outline(seen), map, "windows-rim"), line(outline(seen), map, `windows-seen-${now.kind}`),
      ...(now.layers === 2 ? [line(outline(reach), map, "windows-reach")] : []),
      ring(now.query, map.cell));
  };
}

// What the query hears nothing of is veiled, in two tints so that neighboring blocks differ.
function veil(map, box, [down, across], sees, open) {
  if (sees === MASKED) return rectangle(box, map.cell, { fill: map.hatch });
  return rectangle(box, map.cell,
    { class: open ? "windows-open" : `windows-veil windows-tint-${(down + across) % 2}` });
}

// Every edge between neighbors i and j that differ, as [row, column, down, across] in cells.
function edges(differ) {
  return cells().flatMap(([y, x], i) => [
    ...(x + 1 < COLUMNS && differ(i, i + 1) ? [[y, x + 1, 1, 0]] : []),
    ...(y + 1 < ROWS && differ(i, i + COLUMNS) ? [[y + 1, x, 0, 1]] : []),
  ]);
}

function outline(flags) {
  const flag = (y, x) => y >= 0 && x >= 0 && y < ROWS && x < COLUMNS && Boolean(flags[y * COLUMNS + x]);
  return cells().filter(([y, x]) => flag(y, x)).flatMap(([y, x]) => [
    ...(flag(y, x - 1) ? [] : [[y, x, 1, 0]]), ...(flag(y, x + 1) ? [] : [[y, x + 1, 1, 0]]),
    ...(flag(y - 1, x) ? [] : [[y, x, 0, 1]]), ...(flag(y + 1, x) ? [] : [[y + 1, x, 0, 1]]),
  ]);
}

const line = (list, { cell }, name) => draw("path", { class: name,
  d: list.map(([y, x, dy, dx]) => `M${x * cell} ${y * cell}l${dx * cell} ${dy * cell}`).join("") });

const VIEW = {
  compute, sentence, build,
  off: ({ kind }) => ({ window: [], grid: ["shift"] }[kind] ?? ["shift", "window_size"]),
  limits: ({ window_size }) => ({ shift: window_size - 1 }),
};
