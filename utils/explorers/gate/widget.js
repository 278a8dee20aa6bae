// What comes through every gate, and one gate at work; the colors come from Python.

const { mosaic: [ROWS, COLUMNS], thumb: THUMB } = META.constants;

function build(stage, { change, settings }) {
  const place = make("div", { class: "gate-title" });
  let number = 0;
  const map = cellMap({ rows: ROWS, columns: COLUMNS, cell: THUMB, rim: 0,
    label: "What comes through, channel by channel. Arrow keys move the choice.",
    pick: (cell) => change({ cell }),
    at: () => [Math.floor(number / COLUMNS), number % COLUMNS] });
  const figures = range(3).map(() => {
    const canvas = make("canvas", { class: "gate-picture" });
    const [name, scale] = [make("b"), make("span")];
    return { root: make("figure", {}, canvas, make("figcaption", {}, name, scale)), canvas, name, scale };
  });
  const signs = ["×", "="].map((sign) => make("div", { class: "gate-sign" }, sign));
  stage.append(make("div", {}, place, map.root,
    make("div", { class: "gate-note" }, "red: above zero, blue: below; most comes through the first")),
  make("div", { class: "gate-column" }, figures[0].root, signs[0], figures[1].root, signs[1],
    figures[2].root));
  return (now, result) => {
    number = result.number;
    place.textContent = `${result.place}: what comes through, ${result.shown} of ${result.hidden} channels`;
    map.picture(result.mosaic);
    const cell = [Math.floor(number / COLUMNS), number % COLUMNS, 1, 1];
    map.over.replaceChildren(rectangle(cell, THUMB, { class: "gate-rim" }),
      rectangle(cell, THUMB, { class: "gate-edge" }));
    [["gate", `0 … ${result.most_gate.toFixed(2)}`], ["content", `±${result.most_content.toFixed(2)}`],
      ["through", `±${result.most_through.toFixed(2)}`]].forEach(([name, scale], i) => {
      paintPicture(figures[i].canvas, result[name]);
      figures[i].name.textContent = i ? name : `gate ${result.channel}`;
      figures[i].scale.textContent = scale;
    });
  };
}

const VIEW = {
  build,
  limits: (now, { last_step: step, last_block: block }) => ({ step, block }),
};
