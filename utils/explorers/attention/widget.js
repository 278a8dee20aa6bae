// The weights of one query, painted over the picture; the numbers come from Python.

const { size: [ROWS, COLUMNS], cell: CELL } = META.constants;
const [MASKED, SEEN] = [1, 2];

function build(stage, { change, settings }) {
  const map = cellMap({ rows: ROWS, columns: COLUMNS, cell: CELL, every: 4,
    label: "The picture under the query's weights. Arrow keys move the query.",
    pick: (query) => change({ query }), at: () => settings().query });
  const bar = make("canvas", { class: "attention-bar", width: 256, height: 1 });
  const most = make("span");
  const masked = keyOf("hatch", "masked");
  const legend = make("div", { class: "attention-legend" }, make("span", {}, "weight 0"), bar, most, masked);
  stage.append(map.root, legend);
  const answer = answerBars(stage);
  const context = bar.getContext("2d");
  range(256).forEach((i) => {
    context.fillStyle = `rgb(${sequential(i / 255)})`;
    context.fillRect(i, 0, 1, 1);
  });
  return (now, { weights, sees, token, says, parts }, pixels) => {
    map.picture(pixels);
    answer(says, parts);
    const [h, w] = weights.shape;
    const cell = (ROWS * CELL) / h;
    const top = Math.max(...weights);
    most.textContent = top.toFixed(3);
    masked.hidden = !sees.includes(MASKED);
    const place = (i) => [Math.floor(i / w), i % w, 1, 1];
    const tiles = range(h * w).map((i) => {
      if (sees[i] === MASKED) return rectangle(place(i), cell, { fill: map.hatch });
      if (sees[i] !== SEEN) return rectangle(place(i), cell, { class: "attention-veil" });
      return rectangle(place(i), cell,
        { class: "attention-tile", fill: `rgb(${sequential(weights[i] / top)})` });
    });
    const rim = borderOf(sees, h, w, cell);
    map.over.replaceChildren(...tiles, draw("path", { class: "attention-rim", d: rim }),
      draw("path", { class: "attention-edge", d: rim }), ring(token, cell));
  };
}

// The line around all cells of the query's window.
function borderOf(sees, h, w, cell) {
  const inside = (y, x) => y >= 0 && x >= 0 && y < h && x < w && sees[y * w + x] > 0;
  const step = ([y, x, dy, dx]) => `M${x * cell} ${y * cell}l${dx * cell} ${dy * cell}`;
  return range(h * w).map((i) => [Math.floor(i / w), i % w]).filter(([y, x]) => inside(y, x))
    .flatMap(([y, x]) => [
      ...(inside(y, x - 1) ? [] : [[y, x, 1, 0]]), ...(inside(y, x + 1) ? [] : [[y, x + 1, 1, 0]]),
      ...(inside(y - 1, x) ? [] : [[y, x, 0, 1]]), ...(inside(y + 1, x) ? [] : [[y + 1, x, 0, 1]]),
    ]).map(step).join("");
}

const VIEW = {
  build,
  off: ({ mode }) => (mode === "stage" ? ["head"] : []),
  limits: (now, { last_stage: stage, last_block: block, last_head: head }) => ({ stage, block, head }),
};
