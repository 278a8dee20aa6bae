// Both frames with the way there and back; the error; what was found of what is hidden.

const { size: [ROWS, COLUMNS], cell: CELL } = META.constants;

function build(stage, { change, settings }) {
  const map = (label, pick) => cellMap({ rows: ROWS, columns: COLUMNS, cell: CELL, rim: 0, every: 99, label,
    pick, at: () => settings().query });
  const zero = map("Frame 0. Arrow keys move the pixel.", (query) => change({ query }));
  const one = map("Frame 1, with the way back.");
  const error = map("How far from its start each pixel ends; dark is at home.");
  const verdict = map("Frame 0, with ink where the check calls it hidden.");
  const panel = (name, title, { root }) => make("div", { class: `hide-panel hide-${name}` },
    make("p", {}, title), root);
  const key = make("span", { class: "hide-key" });
  const last = panel("verdict", "called hidden: ", verdict);
  last.querySelector("p").append(key);
  stage.append(panel("zero", "frame 0: there", zero), panel("one", "frame 1: and back", one),
    panel("error", "how far from home: dark 0, bright 4 px", error), last);
  return (now, result, pixels) => {
    zero.picture(pixels);
    one.picture(result.frame1);
    error.picture(result.error);
    verdict.picture(result.verdict);
    const scale = (COLUMNS * CELL) / pixels.shape[1];
    const at = ([x, y]) => [(x + 0.5) * scale, (y + 0.5) * scale];
    const [start, there, home] = [result.start, result.there, result.home].map(at);
    zero.over.replaceChildren(...motionArrow(start, there), circle(start));
    one.over.replaceChildren(...motionArrow(there, home), circle(start));
    error.over.replaceChildren(circle(start));
    verdict.over.replaceChildren(circle(start));
    key.replaceChildren(...(result.known ? [ink("hit", "found"), ink("missed", "missed"),
      ink("false", "false alarm")] : [ink("hit", "truth not known")]));
  };
}

const ink = (name, word) => make("span", {}, make("i", { class: `hide-ink hide-ink-${name}` }), word);

const circle = ([cx, cy]) => draw("g", { class: "course-query" }, draw("circle", { cx, cy, r: 8 }),
  draw("circle", { cx, cy, r: 2.2, class: "course-dot" }));

const VIEW = { build };
