// Frame 0 with the query, frame 1 under its probability; the numbers come from Python.

const { size: [ROWS, COLUMNS], cell: CELL } = META.constants;
const SIDE = ROWS * CELL;

function build(stage, { change, settings }) {
  const zero = cellMap({ rows: ROWS, columns: COLUMNS, cell: CELL, rim: 0, every: 99,
    label: "Frame 0. Arrow keys move the query.",
    pick: (query) => change({ query }), at: () => settings().query });
  const one = cellMap({ rows: ROWS, columns: COLUMNS, cell: CELL, rim: 0, every: 99,
    label: "Frame 1 under the probability of each of its cells." });
  const bar = make("canvas", { class: "match-bar", width: 256, height: 1 });
  const most = make("span");
  const context = bar.getContext("2d");
  range(256).forEach((i) => {
    context.fillStyle = `rgb(${sequential(i / 255)})`;
    context.fillRect(i, 0, 1, 1);
  });
  const named = (number, map) => make("div", { class: `match-frame match-frame-${number}` },
    make("p", {}, `frame ${number}`), map.root);
  stage.append(
    make("div", { class: "match-frames" }, named(0, zero), named(1, one)),
    make("div", { class: "match-legend" }, make("span", {}, "probability 0"), bar, most,
      make("span", { class: "match-key" }, mark("match-plus", plus(7, 7, 6)), "expected"),
      make("span", { class: "match-key match-known" }, mark("match-diamond", diamond(7, 7, 5)), "truth")));
  const known = stage.querySelector(".match-known");
  return (now, { probability, frame1, token, expected, truth, known: isKnown, stride }, pixels) => {
    zero.picture(pixels);
    one.picture(frame1);
    const [h, w] = probability.shape;
    const cell = SIDE / h;
    const top = Math.max(...probability);
    most.textContent = top.toFixed(3);
    const tiles = range(h * w).map((i) => rectangle([Math.floor(i / w), i % w, 1, 1], cell,
      { fill: `rgb(${sequential(probability[i] / top)})`, "fill-opacity": veil(probability[i] / top) }));
    const start = [(token[1] + 0.5) * cell, (token[0] + 0.5) * cell];
    const end = expected.map((at) => (at + 0.5) * cell);
    const there = start.map((at, axis) => at + (truth[axis] / stride) * cell);
    known.style.visibility = isKnown ? "visible" : "hidden";
    zero.over.replaceChildren(...motionArrow(start, end), ring(token, cell));
    one.over.replaceChildren(...tiles, ring(token, cell), ...twice("match-plus", plus(...end, 8)),
      ...(isKnown ? twice("match-diamond", diamond(...there, 7)) : []));
  };
}

const veil = (part) => 0.6 + 0.35 * part; // the picture stays visible where little is expected
const plus = (x, y, r) => `M${x - r} ${y}H${x + r}M${x} ${y - r}V${y + r}`;
const diamond = (x, y, r) => `M${x - r} ${y}L${x} ${y - r}L${x + r} ${y}L${x} ${y + r}Z`;
const twice = (name, d) => [draw("path", { class: "match-rim", d }), draw("path", { class: name, d })];
const mark = (name, d) => draw("svg", { width: 14, height: 14, viewBox: "0 0 14 14" },
  draw("path", { class: name, d }));

const VIEW = { build };
