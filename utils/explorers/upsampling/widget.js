// A picture of pixels, and beside it the nine coarse cells that one of them mixes.

const { size: [ROWS, COLUMNS], cell: CELL, wheel: WHEEL } = META.constants;
const NINE = 84; // pixels of one of the nine cells

function build(stage, { change, settings }) {
  const map = cellMap({ rows: ROWS, columns: COLUMNS, cell: CELL, rim: 0, every: 999,
    label: "One picture of the flow. Arrow keys move the pixel.",
    pick: (query) => change({ query }), at: () => settings().query });
  const nine = cellMap({ rows: 3, columns: 3, cell: NINE, rim: 0, every: 9,
    label: "The nine coarse cells around the pixel, with their weights and flows." });
  const legend = flowWheel(WHEEL);
  const caption = make("p", { class: "up-caption" });
  const sums = make("p", { class: "up-sum" });
  stage.append(map.root, make("div", { class: "up-side" },
    caption, nine.root, make("div", { class: "up-foot" }, legend.root, sums)));
  nine.canvas.remove();
  return (now, result) => {
    map.picture(result.picture);
    const { corner: [top, left], factor, pixel } = result;
    const box = (name) => draw("rect", { x: left * CELL, y: top * CELL, width: 3 * factor * CELL,
      height: 3 * factor * CELL, class: name });
    const lines = [1, 2].flatMap((i) => {
      const at = i * factor * CELL;
      const [x, y, side] = [left * CELL, top * CELL, 3 * factor * CELL];
      return draw("path", { class: "up-line", d: `M${x + at} ${y}v${side}M${x} ${y + at}h${side}` });
    });
    map.over.replaceChildren(box("up-rim"), ...lines, box("up-box"), ring(pixel, CELL));
    const longest = Math.max(...result.around.map(Math.abs), 1e-6);
    nine.over.replaceChildren(...range(9).flatMap((i) => cell(i, result, nine, longest)),
      rectangle([1, 1, 1, 1], NINE, { class: "up-own" }));
    const beyond = result.inside.every(Boolean) ? "" : "; hatched: beyond the rim";
    caption.textContent = `its nine cells: weight, flow as arrow and color${beyond}`;
    legend.most.textContent = `rim: ${result.most.toFixed(1)} px`;
    const say = ([x, y]) => `(${x.toFixed(1)}, ${y.toFixed(1)})`;
    sums.replaceChildren(
      line("mixed (x, y), px", say(result.fine)), line("bilinear (x, y), px", say(result.bilinear)),
      line("truth (x, y), px", result.known ? say(result.truth) : "not known"));
  };
}

const line = (name, value) => make("span", {}, name, make("b", {}, value));

function cell(i, { weights, around, tints, inside }, nine, longest) {
  const place = [Math.floor(i / 3), i % 3, 1, 1];
  const [x, y] = [(place[1] + 0.5) * NINE, (place[0] + 0.38) * NINE];
  const half = [0, 1].map((axis) => (0.3 * NINE * around[2 * i + axis]) / longest);
  const fill = inside[i] ? `rgb(${tints.subarray(3 * i, 3 * i + 3)})` : nine.hatch;
  const part = weights[i];
  return [
    rectangle(place, NINE, { fill, class: "up-cell" }),
    ...motionArrow([x - half[0], y - half[1]], [x + half[0], y + half[1]]),
    draw("rect", { x: x - 38, y: y + 25, width: 76, height: 22, rx: 3, class: "up-plate" }),
    draw("rect", { x: x - 34, y: y + 28, width: 68, height: 5, class: "up-rail" }),
    draw("rect", { x: x - 34, y: y + 28, width: 68 * part, height: 5, fill: `rgb(${sequential(part)})` }),
    draw("text", { x, y: y + 40 }, `${(100 * part).toFixed(0)} %`),
  ];
}

const VIEW = { build };
