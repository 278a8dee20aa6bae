// Two layers of attention in the browser: the same arithmetic as compute.py, cell by cell.

const { places: PLACES, cell: CELL, ways: WAYS } = META.constants;
const PAIRS = { "block-grid": ["window", "grid"], "grid-block": ["grid", "window"],
  "block-block": ["window", "window"], "grid-grid": ["grid", "grid"], axial: ["columns", "rows"] };
const NAMES = { window: "its block", grid: "its grid group", rows: "its row", columns: "its column" };
const LOOKS = { window: "near", rows: "near", grid: "far", columns: "far" };

// The group of every cell. A side that does not fit is padded: the stride is rounded up.
function groupsOf(kind, side, size) {
  const across = Math.ceil(side / size); // windows beside each other, and the grid's stride
  return range(side * side).map((i) => {
    const [y, x] = [Math.floor(i / side), i % side];
    if (kind === "rows") return y;
    if (kind === "columns") return x;
    if (kind === "grid") return (y % across) * across + (x % across);
    return Math.floor(y / size) * across + Math.floor(x / size);
  });
}

const tokenOf = (place, side) => place.map((at) => Math.floor((at * side) / PLACES));

function pairsOf(groups) {
  const members = {};
  groups.forEach((g) => { members[g] = (members[g] ?? 0) + 1; });
  return Object.values(members).reduce((sum, n) => sum + n * n, 0);
}

function compute({ layers, window_size: size, side, query, source }) {
  const [before, after] = PAIRS[layers].map((kind) => groupsOf(kind, side, size));
  const [token, start] = [tokenOf(query, side), tokenOf(source, side)];
  const [at, from] = [token, start].map(([y, x]) => y * side + x);
  const second = after.map((g) => Number(g === after[at]));
  const heard = new Set(before.filter((_, i) => second[i]));
  const relays = before.map((g, i) => Number(second[i] && g === before[from]));
  return {
    first: before.map((g) => Number(g === before[at])),
    second,
    reach: before.map((g) => Number(heard.has(g))),
    relays,
    ways: waysOf(relays, side, token, start),
    token, start, pairs: pairsOf(before) + pairsOf(after),
  };
}

// All relays where they are few; of many, the one nearest to both ends.
function waysOf(relays, side, ...ends) {
  const cells = range(side * side).filter((i) => relays[i]).map((i) => [Math.floor(i / side), i % side]);
  if (cells.length <= WAYS) return cells;
  const squares = ([y, x]) => ends.reduce((sum, [row, column]) => sum + (y - row) ** 2 + (x - column) ** 2, 0);
  return [cells.reduce((best, cell) => (squares(cell) < squares(best) ? cell : best))];
}

function nameOf({ layers, window_size: size }) {
  if (layers === "axial") return "Columns, then rows";
  const [before, after] = layers.split("-");
  return `${before[0].toUpperCase()}${before.slice(1)} of ${size}×${size}, then ${after}`;
}

function sentence(settings, { reach, relays, token, start, pairs }) {
  const { side } = settings;
  const [n, hands] = [side * side, relays.filter(Boolean).length];
  const word = hands ? `reaches it through ${plural(hands, "cell")}` : "does not reach it";
  return `${nameOf(settings)} on a ${side}×${side} map: after two layers the query in row ${token[0]}, `
    + `column ${token[1]} has heard from ${count(reach.filter(Boolean).length)} of ${count(n)} cells. `
    + `The cell in row ${start[0]}, column ${start[1]} ${word}. Both layers compare ${count(pairs)} `
    + `pairs; all with all would be ${count(n * n)}.`;
}

function build(stage, { change, settings }) {
  let held = "query";
  const map = cellMap({ rows: PLACES, columns: PLACES, cell: CELL,
    label: "The picture with the query's groups. Arrow keys move the query, with Shift the source.",
    at: (event) => settings()[event.shiftKey ? "source" : "query"],
    pick: (place, { from, event }) => {
      const { side, ...now } = settings();
      if (event.type === "pointerdown") held = near(from, now.source, side) ? "source" : "query";
      if (event.type === "keydown") {
        held = event.shiftKey ? "source" : "query";
        place = stepped(now[held], place, side);
      }
      change({ [held]: place });
    } });
  const legend = make("p", { class: "multi-legend" });
  stage.append(map.root, legend);
  return (now, result, pixels) => {
    const { side, window_size: size, layers } = now;
    const cell = (PLACES * CELL) / side;
    const kinds = PAIRS[layers];
    map.picture(pixels);
    map.names(rim(side), rim(side));
    const all = result.relays.filter(Boolean).length;
    const one = result.ways.length < all ? `1 of ${all} that hand on` : "hands its word on";
    legend.replaceChildren(...[...new Set(kinds)].map((kind) => key(LOOKS[kind], NAMES[kind])),
      ...(all ? [key("way", "source"), key("relay", one)] : [key("way", "source, unheard")]));
    const looks = [[result.first, LOOKS[kinds[0]]], [result.second, LOOKS[kinds[1]]]];
    if (looks[0][1] === "far") looks.reverse(); // green on top: its cells are the small ones
    map.over.replaceChildren(
      shape(boxes(result.reach, side, cell, false), "multi-veil"),
      ...(kinds.includes("window") ? [shape(lattice(side, size, cell), "multi-lines")] : []),
      ...looks.flatMap(([flags, look]) => [
        shape(boxes(flags, side, cell, true), `multi-fill-${look}`),
        shape(outline(flags, side, cell), `multi-rim${side > 50 ? " multi-thin" : ""}`),
        shape(outline(flags, side, cell), `multi-${look}${side > 50 ? " multi-thin" : ""}`)]),
      ...way(result, side, cell), ring(result.token, cell));
  };
}

// Near enough to the source's square to take hold of it.
const near = (place, source, side) =>
  place.every((at, axis) => Math.abs(at - source[axis]) <= Math.max(2, PLACES / side / 2));

// An arrow key moves by a whole cell of the map.
function stepped(was, place, side) {
  const wide = PLACES / side;
  return place.map((at, axis) => clamp(was[axis] + (at - was[axis]) * wide, 0, PLACES - 1));
}

// The number of every seventh or so cell, over the cell's middle.
function rim(side) {
  const [wide, every] = [PLACES / side, Math.max(1, side / 7)];
  return range(PLACES).map((i) => {
    const cell = Math.floor(i / wide);
    return i % wide === Math.floor(wide / 2) && cell % every === 0 ? String(cell) : "";
  });
}

const shape = (d, name) => draw("path", { class: name, d });

const boxes = (flags, side, cell, wanted) => range(side * side).filter((i) => Boolean(flags[i]) === wanted)
  .map((i) => `M${(i % side) * cell} ${Math.floor(i / side) * cell}h${cell}v${cell}h${-cell}z`).join("");

function lattice(side, size, cell) {
  const cuts = range(Math.ceil(side / size) - 1).map((i) => (i + 1) * size * cell);
  return cuts.map((at) => `M${at} 0V${side * cell}M0 ${at}H${side * cell}`).join("");
}

function outline(flags, side, cell) {
  const flag = (y, x) => y >= 0 && x >= 0 && y < side && x < side && Boolean(flags[y * side + x]);
  const line = (y, x, dy, dx) => `M${x * cell} ${y * cell}l${dx * cell} ${dy * cell}`;
  return range(side * side).filter((i) => flags[i]).map((i) => {
    const [y, x] = [Math.floor(i / side), i % side];
    return (flag(y, x - 1) ? "" : line(y, x, 1, 0)) + (flag(y, x + 1) ? "" : line(y, x + 1, 1, 0))
      + (flag(y - 1, x) ? "" : line(y, x, 0, 1)) + (flag(y + 1, x) ? "" : line(y + 1, x, 0, 1));
  }).join("");
}

const key = (look, words) => make("span", {}, make("i", { class: `multi-key-${look}` }), words);

// From the source over the cells that hand on, to the query: each layer in its own color.
function way({ relays, ways, token, start }, side, cell) {
  const middle = ([y, x]) => [(x + 0.5) * cell, (y + 0.5) * cell];
  const [from, to] = [middle(start), middle(token)];
  const hands = ways.map(middle);
  const others = hands.length < relays.filter(Boolean).length
    ? range(side * side).filter((i) => relays[i]).map((i) => middle([Math.floor(i / side), i % side])) : [];
  const leg = (a, b) => `M${a.join(" ")}L${b.join(" ")}`;
  const [one, two] = [hands.map((r) => leg(from, r)).join(""), hands.map((r) => leg(r, to)).join("")];
  return [shape(one + two, "multi-way-rim"), shape(one, "multi-way-one"), shape(two, "multi-way-two"),
    ...others.map(([cx, cy]) => draw("circle", { cx, cy, r: 1.8, class: "multi-other" })),
    ...hands.map(([cx, cy]) => draw("circle", { cx, cy, r: 4, class: "multi-relay" })),
    draw("rect", { x: from[0] - 6, y: from[1] - 6, width: 12, height: 12, class: "multi-source" })];
}

const VIEW = {
  compute, sentence, build,
  off: ({ layers }) => (layers === "axial" ? ["window_size"] : []),
};
