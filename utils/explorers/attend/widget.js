// Eight pictures, one query; the numbers come from Python.

const { side: SIDE, cell: CELL, kinds: KINDS, names: NAMES } = META.constants;
const OUTLINED = { window: "line", shifted: "line", grid: "grid" };
const [VEIL, TILE] = [0.62, 0.85]; // how much of what lies below is covered

// The line around all cells that are asked.
function outlineOf(asked) {
  const inside = (y, x) => y >= 0 && x >= 0 && y < SIDE && x < SIDE && asked[y * SIDE + x] > 0;
  const step = ([y, x, dy, dx]) => `M${x * CELL} ${y * CELL}l${dx * CELL} ${dy * CELL}`;
  return range(SIDE * SIDE).map((i) => [Math.floor(i / SIDE), i % SIDE])
    .filter(([y, x]) => inside(y, x)).flatMap(([y, x]) => [
      ...(inside(y, x - 1) ? [] : [[y, x, 1, 0]]), ...(inside(y, x + 1) ? [] : [[y, x + 1, 1, 0]]),
      ...(inside(y - 1, x) ? [] : [[y, x, 0, 1]]), ...(inside(y + 1, x) ? [] : [[y + 1, x, 0, 1]]),
    ]).map(step).join("");
}

const middle = ([x, y]) => [(x + 0.5) * CELL, (y + 0.5) * CELL];

function marks(kind, asked, { points, expected }, query) {
  const [row, column] = query;
  const drawn = [];
  if (OUTLINED[kind]) {
    const d = outlineOf(asked);
    drawn.push(draw("path", { d, class: "attend-rim" }), draw("path", { d, class: `attend-${OUTLINED[kind]}` }));
  }
  if (kind === "deformable") {
    range(points.length / 2).map((i) => [points[2 * i] * CELL, points[2 * i + 1] * CELL])
      .filter((place) => place.every((v) => v >= 0 && v <= SIDE * CELL))
      .forEach(([cx, cy]) => drawn.push(draw("circle", { cx, cy, r: 2.6, class: "attend-point" })));
  }
  drawn.push(draw("g", { class: "course-query attend-query" }, draw("circle", {
    cx: (column + 0.5) * CELL, cy: (row + 0.5) * CELL, r: 5 })));
  if (kind === "matching") drawn.push(...motionArrow(middle([column, row]), middle(expected)));
  return drawn;
}

function build(stage, { change, settings }) {
  const maps = KINDS.map((kind) => {
    const [name, whose] = NAMES[kind];
    const map = cellMap({ rows: SIDE, columns: SIDE, cell: CELL, every: SIDE, rim: 0,
      label: `${name} (${whose}). Arrow keys move the query.`,
      pick: (query) => change({ query }), at: () => settings().query });
    map.names(range(SIDE).map(() => ""), range(SIDE).map(() => ""));
    const most = make("p", { class: "attend-most" });
    const root = make("figure", { class: `attend-view attend-view-${kind}` },
      make("figcaption", {}, make("b", {}, name), make("span", {}, whose)), map.root, most);
    return { ...map, most, root };
  });
  stage.append(make("div", { class: "attend-views" }, ...maps.map(({ root }) => root)));
  return ({ query }, result, pixels) => {
    const { weights, asked, tops, counts, frame1 } = result;
    const n = SIDE * SIDE;
    KINDS.forEach((kind, i) => {
      const [mine, free] = [weights.subarray(i * n, (i + 1) * n), asked.subarray(i * n, (i + 1) * n)];
      const map = maps[i];
      map.picture(blended(kind === "matching" ? frame1 : pixels, SIDE,
        (cell) => (free[cell] ? [sequential(mine[cell] / tops[i]), TILE] : [[255, 255, 255], VEIL])));
      map.over.replaceChildren(...marks(kind, free, result, query));
      map.most.textContent = `${plural(counts[i], "cell")}, weight 0 to ${Number(tops[i].toPrecision(2))}`;
    });
  };
}

const VIEW = { build };
