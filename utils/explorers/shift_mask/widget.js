// The roll, the regions and the mask in the browser, in the same steps as compute.py.

const { size: [ROWS, COLUMNS], cell: CELL, letters: LETTERS } = META.constants;
const MATRIX = 256; // pixels, the side of the drawn mask
const ROLL = 300; // milliseconds
const cells = () => range(ROWS * COLUMNS).map((i) => [Math.floor(i / COLUMNS), i % COLUMNS]);
const wrap = (at, side) => ((at % side) + side) % side;

// Where the roll takes a cell, and the region that it then belongs to.
function placeOf(size, shift, [y, x]) {
  const [row, column] = [wrap(y - shift, ROWS), wrap(x - shift, COLUMNS)];
  const strip = (at, side) => (shift === 0 ? 0 : (at >= side - size) + (at >= side - shift));
  return { row, column, label: 3 * strip(row, ROWS) + strip(column, COLUMNS) };
}

// The cells of a window of the rolled map, row by row, at their places before the roll.
const membersOf = (size, shift, row, column) => range(size * size).map((i) => [
  wrap(row * size + Math.floor(i / size) + shift, ROWS),
  wrap(column * size + (i % size) + shift, COLUMNS)]);

function maskOf(size, shift, row, column) {
  const labels = membersOf(size, shift, row, column).map((cell) => placeOf(size, shift, cell).label);
  return labels.flatMap((i) => labels.map((j) => Number(i !== j)));
}

function compute({ window_size: size, shift: wanted, query }) {
  const shift = Math.min(wanted, size - 1);
  const place = placeOf(size, shift, query);
  const [row, column] = [Math.floor(place.row / size), Math.floor(place.column / size)];
  const windows = range(ROWS / size).flatMap((r) => range(COLUMNS / size).map((c) => [r, c]));
  return {
    labels: cells().map((cell) => placeOf(size, shift, cell).label),
    mask: maskOf(size, shift, row, column),
    tokens: membersOf(size, shift, row, column).flat(),
    row, column,
    token: (place.row % size) * size + (place.column % size),
    shift,
    total: windows.flatMap(([r, c]) => maskOf(size, shift, r, c)).filter(Boolean).length,
  };
}

const pairsOf = (tokens) => range(tokens.length / 2).map((i) => [tokens[2 * i], tokens[2 * i + 1]]);
const lettersOf = ({ tokens, labels }) =>
  pairsOf(tokens).map(([y, x]) => LETTERS[labels[y * COLUMNS + x]]);

function sentence({ query: [row, column], shown }, result) {
  const letters = lettersOf(result);
  const regions = [...new Set(letters)].sort();
  const names = `${regions.length === 1 ? "region" : "regions"} ${regions.join(", ")}`;
  const n = letters.length;
  const masked = result.mask.filter(Boolean).length;
  const sees = n - result.mask.slice(result.token * n, (result.token + 1) * n).filter(Boolean).length;
  return `Shift ${result.shift}, shown ${shown} the roll. The window in row ${result.row}, column `
    + `${result.column} holds ${names}: ${masked} of its ${n * n} pairs get −100 `
    + `(${count(result.total)} in the whole map). Query ${letters[result.token]} from row ${row}, `
    + `column ${column} is token ${result.token} and may see ${sees} of ${n} tokens.`;
}


function build(stage, { change, settings }) {
  const offset = () => (settings().shown === "after" ? Math.min(settings().shift,
    settings().window_size - 1) : 0);
  const map = cellMap({ rows: ROWS, columns: COLUMNS, cell: CELL,
    label: "The map with its windows. Arrow keys move the query.",
    pick: ([y, x]) => change({ query: [(y + offset()) % ROWS, (x + offset()) % COLUMNS] }),
    at: () => settings().query.map((v, axis) => wrap(v - offset(), [ROWS, COLUMNS][axis])) });
  const [left, right] = [make("p", { class: "mask-caption" }), make("p", { class: "mask-caption" })];
  const holder = make("div", { class: "mask-matrix" });
  stage.append(make("div", {}, left, map.root), make("div", {}, right, holder));
  right.textContent = "Query ↓ may see key → (hatched: −100)";

  const roll = roller(map);
  let matrix = null;
  return (now, result, pixels) => {
    left.textContent = `${now.shown === "after" ? "After" : "Before"} the roll: equal letters were neighbors`;
    roll(now.shown === "after" ? 1 : 0, result.shift, pixels, content(map, now, result));
    const n = Math.sqrt(result.mask.length);
    if (matrix?.n !== n) {
      matrix = { n, ...matrixOf(n, change, settings) };
      holder.replaceChildren(matrix.root);
    }
    paintMatrix(matrix, result, n);
  };
}

// Everything that rolls together with the picture, at its place before the roll.
function content(map, { window_size: size, query }, { labels, mask, tokens, token, row, column, shift }) {
  const n = size * size;
  const mine = pairsOf(tokens).map((pair) => pair.join());
  const tiles = cells().flatMap(([y, x], i) => {
    const member = mine.indexOf([y, x].join());
    const masked = member >= 0 && mask[token * n + member];
    const look = masked ? { fill: map.hatch }
      : { class: member >= 0 ? "mask-free" : `mask-face-tint mask-tint-${labels[i]}` };
    return [rectangle([y, x, 1, 1], CELL, look),
      draw("text", { x: (x + 0.5) * CELL, y: (y + 0.5) * CELL, class: member >= 0 ? "mask-mine" : "" },
        LETTERS[labels[i]])];
  });
  const boxes = range(ROWS / size).flatMap((r) => range(COLUMNS / size).map((c) =>
    rectangle([r * size + shift, c * size + shift, size, size], CELL, { class: "mask-line" })));
  const active = ["mask-halo", "mask-window"].map((name) =>
    rectangle([row * size + shift, column * size + shift, size, size], CELL, { class: name }));
  return draw("g", {}, ...tiles, ...boxes, ...active, ring(query, CELL));
}

// Draws picture and content rolled by t · shift cells. What falls out above and on the left comes
// back in below and on the right; before the roll is done, windows still stick out there.
function roller(map) {
  let [at, from, target, shift, begun, frame] = [null, 0, 0, 0, 0, 0];
  let [pixels, group] = [null, null];
  const source = document.createElement("canvas");
  const place = () => {
    const moved = -at * shift * CELL;
    const around = (side) => [[0, side], [side, 0], [side, side]];
    const copies = [[0, 0], ...(moved < 0 ? around(1) : []), ...(at < 1 ? around(-1) : [])];
    const context = map.canvas.getContext("2d");
    map.over.replaceChildren(...copies.map(([down, across], i) => {
      const [x, y] = [across * COLUMNS * CELL + moved, down * ROWS * CELL + moved];
      context.drawImage(source, x, y);
      const copy = i ? group.cloneNode(true) : group;
      copy.setAttribute("transform", `translate(${x} ${y})`);
      return copy;
    }));
  };
  const step = (time) => {
    const t = Math.min((time - begun) / ROLL, 1);
    at = from + (target - from) * t * t * (3 - 2 * t);
    place();
    frame = t < 1 ? requestAnimationFrame(step) : 0;
  };
  return (goal, cellsFar, newPixels, newGroup) => {
    if (pixels !== newPixels) paintPicture(source, pixels = newPixels);
    group = newGroup;
    const calm = at === null || matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (goal !== target && !calm) [from, begun] = [at, performance.now()];
    shift = cellsFar;
    if (calm) at = goal;
    else if (goal !== target && !frame) frame = requestAnimationFrame(step);
    target = goal;
    place();
  };
}

function matrixOf(n, change, settings) {
  return cellMap({ rows: n, columns: n, cell: MATRIX / n, hover: true,
    label: "The mask of the window. Arrow up and down move the query's row.",
    at: () => [compute(settings()).token, 0],
    pick: ([i]) => change({ query: pairsOf(compute(settings()).tokens)[i] }) });
}

function paintMatrix(matrix, result, n) {
  const letters = lettersOf(result);
  matrix.names(letters, letters);
  matrix.over.replaceChildren(
    ...Array.from(result.mask, (masked, i) => rectangle([Math.floor(i / n), i % n, 1, 1], matrix.cell,
      masked ? { fill: matrix.hatch } : { class: "mask-cell" })),
    rectangle([result.token, 0, 1, n], matrix.cell, { class: "mask-row" }),
    ring([result.token, result.token], matrix.cell));
}

const VIEW = {
  compute, sentence, build,
  limits: ({ window_size }) => ({ shift: window_size - 1 }),
};
