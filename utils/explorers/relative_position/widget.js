// Window, table and matrix of the relative position in the browser, as in compute.py.

const { sides: SIDES } = META.constants;
const PEAK = 2; // the largest value of the example table
const SMALLEST = 7; // pixels: where type would be smaller, cells carry no number

// The entry of the table that query i and key j read.
function entryOf(m, i, j) {
  const dy = Math.floor(i / m) - Math.floor(j / m);
  const dx = (i % m) - (j % m);
  return (dy + m - 1) * (2 * m - 1) + dx + m - 1;
}

function tableOf(m) {
  const offsets = range(2 * m - 1).map((i) => i - m + 1);
  return offsets.flatMap((dy) => offsets.map((dx) => PEAK * Math.exp(-((dy - 1) ** 2 + dx ** 2) / 4)));
}

const tokenOf = (cell, m) => Math.min(cell[0], m - 1) * m + Math.min(cell[1], m - 1);

function compute({ window_size: m, query, key }) {
  const table = tableOf(m);
  const index = range(m ** 4).map((pair) => entryOf(m, Math.floor(pair / m ** 2), pair % m ** 2));
  const [i, j] = [tokenOf(query, m), tokenOf(key, m)];
  const entry = entryOf(m, i, j);
  return { index, table, bias: index.map((at) => table[at]), query: i, key: j, entry,
    sharing: index.filter((at) => at === entry).length };
}

const signed = (offset) => (offset > 0 ? `+${offset}` : String(offset).replace("-", "−"));

function sentence({ window_size: m, show: shown }, { query, key, entry, table, sharing }) {
  const dy = signed(Math.floor(query / m) - Math.floor(key / m));
  const dx = signed((query % m) - (key % m));
  const bias = (table[entry] + 1e-6).toFixed(2);
  return `Query ${query} minus key ${key} is ${dy} rows and ${dx} columns, so this pair reads entry `
    + `(${dy} + ${m - 1})·${2 * m - 1} + (${dx} + ${m - 1}) = ${entry} of ${(2 * m - 1) ** 2}; the `
    + `example head holds a bias of ${bias} there. ${sharing} of ${count(m ** 4)} pairs share it. `
    + `The numbers are the ${shown}.`;
}

function build(stage, { change, settings }) {
  const captions = range(3).map(() => make("p", { class: "pair-caption" }));
  const holders = ["pair-left", "pair-values pair-table", "pair-values"].map((name, i) =>
    make("div", { class: name }, captions[i]));
  const bar = legend();
  stage.append(...holders);
  let maps = null;
  return (now, result, pixels) => {
    const m = now.window_size;
    if (maps?.m !== m) {
      maps?.all.forEach(({ root }) => root.remove());
      maps = { m, all: [windowMap(m, change, settings), tableMap(m, change, settings),
        matrixMap(m, change)] };
      maps.all.forEach(({ root }, i) => holders[i].append(root));
      holders[0].append(bar.root);
    }
    const [left, middle, right] = maps.all;
    captions[0].textContent = "Query minus key …";
    captions[1].textContent = `… is one of ${(2 * m - 1) ** 2} offsets …`;
    captions[2].textContent = `… shared by ${result.sharing} of ${count(m ** 4)} pairs`;
    left.picture(pixels);
    left.over.replaceChildren(...pairOn(left, m, result));
    const isIndex = now.show === "index";
    const top = isIndex ? (2 * m - 1) ** 2 - 1 : PEAK;
    bar.paint(isIndex ? "entry of the table" : "bias of the example head", top);
    paintValues(middle, isIndex ? range(result.table.length) : result.table, top, isIndex,
      (i) => i === result.entry);
    paintValues(right, isIndex ? result.index : result.bias, top, isIndex,
      (i) => result.index[i] === result.entry);
    right.now(result.query, result.key);
    right.over.append(ring([result.query, result.key], right.cell));
  };
}

const bounded = (cell, m) => cell.map((v) => Math.min(v, m - 1));

function windowMap(m, change, settings) {
  const place = (name) => bounded(settings()[name], m);
  let held = null; // which of the two a drag moves
  return cellMap({ rows: m, columns: m, cell: SIDES.picture / m,
    label: "The window. Arrow keys move the key, with Shift the query.",
    at: (event) => place(event.shiftKey ? "query" : "key"),
    pick: (cell, { from, event }) => {
      if (event.type === "pointerdown") held = same(from, place("query")) ? "query" : "key";
      if (event.type === "keydown") held = event.shiftKey ? "query" : "key";
      change({ [held]: cell });
    } });
}

// Picking an offset in the table moves the key there, or as near as the window allows.
function tableMap(m, change, settings) {
  const place = (name) => bounded(settings()[name], m);
  const map = cellMap({ rows: 2 * m - 1, columns: 2 * m - 1, cell: SIDES.table / (2 * m - 1), rim: 20,
    label: "The table of offsets. Arrow keys move the key by choosing another offset.",
    at: () => place("query").map((v, axis) => v - place("key")[axis] + m - 1),
    pick: (offset) => {
      change({ key: place("query").map((v, axis) => clamp(v - offset[axis] + m - 1, 0, m - 1)) });
    } });
  const sparse = map.cell < 18 ? 2 : 1;
  const offsets = range(2 * m - 1).map((i) =>
    ((i - m + 1) % sparse ? "" : signed(i - m + 1).replace("+", "")));
  map.names(offsets, offsets);
  return map;
}

function matrixMap(m, change) {
  const n = m * m;
  const cellOf = (token) => [Math.floor(token / m), token % m];
  let [query, key] = [0, 0];
  const map = cellMap({ rows: n, columns: n, cell: SIDES.matrix / n, rim: 20, every: n > 16 ? 6 : 1,
    label: "All pairs, query by row and key by column. Arrow keys move the pair.",
    at: () => [query, key],
    pick: (pair) => change({ query: cellOf(pair[0]), key: cellOf(pair[1]) }) });
  return { ...map, now: (i, j) => { [query, key] = [i, j]; } };
}

function pairOn(map, m, { query, key }) {
  const { cell } = map;
  const [[qy, qx], [ky, kx]] = [query, key].map((t) => [Math.floor(t / m), t % m]);
  const grid = range(m).flatMap((i) => range(m).map((j) =>
    rectangle([i, j, 1, 1], cell, { class: "pair-line" })));
  const ends = { x1: (kx + 0.5) * cell, y1: (ky + 0.5) * cell, x2: (qx + 0.5) * cell,
    y2: (qy + 0.5) * cell };
  return [...grid, rectangle([ky, kx, 1, 1], cell, { class: "pair-halo" }),
    rectangle([ky, kx, 1, 1], cell, { class: "pair-key" }),
    draw("line", { ...ends, class: "pair-arrow-halo" }), draw("line", { ...ends, class: "pair-arrow" }),
    ring([qy, qx], cell)];
}

function paintValues(map, values, top, isIndex, marked) {
  const n = Math.sqrt(values.length);
  const colors = Array.from(values, (v) => sequential(v / top));
  map.picture(Object.assign(Uint8Array.from(colors.flat()), { shape: [n, n, 3] }));
  const words = Array.from(values, (v) => (isIndex ? String(v) : v.toFixed(1)));
  const type = Math.min(11, (map.cell - 5) / (0.62 * Math.max(...words.map((word) => word.length))));
  const texts = type < SMALLEST ? [] : colors.map(([r, g, b], i) => draw("text", {
    x: ((i % n) + 0.5) * map.cell, y: (Math.floor(i / n) + 0.5) * map.cell, "font-size": type,
    class: 0.3 * r + 0.6 * g + 0.1 * b > 128 ? "pair-light" : "pair-dark",
  }, words[i]));
  const boxes = colors.flatMap((_, i) => (marked(i) ? [[Math.floor(i / n), i % n, 1, 1]] : []));
  map.over.replaceChildren(...texts,
    ...boxes.map((box) => rectangle(box, map.cell, { class: "pair-same-halo" })),
    ...boxes.map((box) => rectangle(box, map.cell, { class: "pair-same" })));
}

function legend() {
  const canvas = make("canvas", { width: 256, height: 1 });
  paintPicture(canvas, Object.assign(SEQUENTIAL.slice(), { shape: [1, 256, 3] }));
  const [low, high, what] = range(3).map(() => make("span"));
  low.textContent = "0";
  const paint = (name, top) => { [high.textContent, what.textContent] = [String(top), name]; };
  return { root: make("div", { class: "pair-bar" }, low, canvas, high, what), paint };
}

const VIEW = { compute, sentence, build };
