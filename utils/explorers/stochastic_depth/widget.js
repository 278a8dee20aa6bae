// Who keeps which branch, and the sums after every branch; the coins are thrown in Python.

const { samples: SAMPLES, branches: BRANCHES } = META.constants;
const CELL = 14;
const [WIDTH, HEIGHT] = [336, 272];
const BOX = { left: 44, right: 10, top: 10, bottom: 36 };

function build(stage, { change, settings }) {
  const map = cellMap({ rows: SAMPLES, columns: BRANCHES, cell: CELL, rim: 20,
    label: "Samples by branches of the twelve blocks. Arrow keys move the choice.",
    pick: (cell) => change({ cell }), at: () => settings().cell });
  map.names(range(BRANCHES).map((i) => (i % 2 ? "" : String(i / 2))), range(SAMPLES).map(String));
  const plot = draw("svg", { class: "depth-plot", width: WIDTH, height: HEIGHT, viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img", "aria-label": "What the branches add up to, block by block" });
  stage.append(make("div", {}, map.root,
    make("div", { class: "depth-note" }, "across: blocks, each its attention and its MLP; down: samples; hatched: left out")),
  plot);
  return (now, result) => {
    map.over.replaceChildren(...cellsOf(result, map.hatch),
      ...range(BRANCHES / 2 + 1).map((i) => draw("line", { class: "depth-block", x1: 2 * i * CELL, x2: 2 * i * CELL,
        y1: 0, y2: SAMPLES * CELL })),
      ...["depth-rim", "depth-edge"].map((name) => rectangle([...now.cell, 1, 1], CELL, { class: name })));
    plot.replaceChildren(...sumsOf(result));
  };
}

const cellsOf = ({ factors }, hatch) => [...factors].map((factor, i) => draw("rect", {
  x: (i % BRANCHES) * CELL, y: Math.floor(i / BRANCHES) * CELL, width: CELL, height: CELL,
  class: factor > 0 ? "depth-kept" : "depth-out", ...(factor > 0 ? {} : { fill: hatch }) }));

function sumsOf({ whole, own, mean, low, high, sample, count: many }) {
  const most = Math.max(...whole, ...own, ...high, ...mean);
  const bottom = HEIGHT - BOX.bottom;
  const x = (step) => BOX.left + (step / BRANCHES) * (WIDTH - BOX.left - BOX.right);
  const y = (sum) => bottom - (sum / most) * (bottom - BOX.top);
  const at = (sum, step) => `${x(step).toFixed(1)} ${y(sum).toFixed(1)}`;
  const line = (sums) => `M${[...sums].map(at).join("L")}`;
  const stairs = [...own].map((sum, step) => `${step ? `H${x(step).toFixed(1)}V${y(sum).toFixed(1)}` : `M${at(sum, 0)}`}`).join("");
  const text = (words, attributes) => draw("text", attributes, words);
  const unit = most > 60 ? 24 : 6;
  const levels = range(Math.floor(most / unit) + 1).flatMap((i) => [
    draw("line", { class: "depth-grid", x1: BOX.left, x2: WIDTH - BOX.right, y1: y(unit * i), y2: y(unit * i) }),
    text(String(unit * i), { x: BOX.left - 6, y: y(unit * i) + 4, "text-anchor": "end" })]);
  const blocks = range(BRANCHES / 4 + 1).map((i) =>
    text(String(2 * i), { x: x(4 * i), y: bottom + 14, "text-anchor": "middle" }));
  const keys = [["depth-whole", "the whole"], ["depth-own", `sample ${sample}`],
    ["depth-mean", `mean of ${plural(many, "sample")}`], ["depth-band", "9 samples in 10"]];
  return [...levels, ...blocks,
    draw("path", { class: "depth-band", d: `M${[...low].map(at).join("L")}L${[...high].map(at).reverse().join("L")}Z` }),
    draw("path", { class: "depth-whole", d: line(whole) }), draw("path", { class: "depth-own", d: stairs }),
    draw("path", { class: "depth-mean", d: line(mean) }),
    ...keys.flatMap(([name, words], i) => [
      draw("path", { class: name, d: `M${BOX.left + 8} ${BOX.top + 8 + 16 * i}h22${name === "depth-band" ? "v-5h-22z" : ""}` }),
      text(words, { x: BOX.left + 36, y: BOX.top + 12 + 16 * i })]),
    text("after block", { x: (BOX.left + WIDTH) / 2, y: HEIGHT - 6, "text-anchor": "middle" }),
    text("what the branches add, 1 each", { "text-anchor": "middle",
      transform: `translate(12 ${(BOX.top + bottom) / 2}) rotate(-90)` })];
}

const VIEW = { build };
