// Gates by class and channel; the numbers come from Python.

const { rows: ROWS, channels: CHANNELS, cell: CELL, names: NAMES, perClass: PER_CLASS,
  diverging: DIVERGING } = META.constants;

function build(stage, { change, settings }) {
  const faces = range(3).map(() => {
    const canvas = make("canvas", { class: "gates-face", width: 1, height: 1 });
    const title = make("figcaption");
    return { canvas, title, root: make("figure", {}, canvas, title) };
  });
  const map = cellMap({ rows: ROWS, columns: CHANNELS, cell: CELL,
    label: "Gates, class by row and channel by column. Arrow keys move the choice.",
    pick: (picked) => change({ picked }), at: () => settings().picked });
  const bar = make("canvas", { class: "gates-bar", width: 65, height: 1 });
  const [low, high, what] = range(3).map(() => make("span"));
  stage.append(make("div", { class: "gates-faces" }, ...faces.map(({ root }) => root)), map.root,
    make("div", { class: "gates-legend" }, low, bar, high, what));
  const answer = answerBars(stage);
  return (now, result, pixels) => {
    answer(result.says, result.parts);
    const { gates, means, channels, filtered, gate, channel, example } = result;
    const [row, column] = now.picked;
    paintPicture(faces[0].canvas, row ? example : pixels);
    const top = Math.max(...filtered, 1e-6);
    paintValues(faces[1].canvas, filtered.shape, Array.from(filtered, (v) => sequential(v / top)));
    paintValues(faces[2].canvas, filtered.shape, Array.from(filtered, (v) => sequential((v * gate) / top)));
    const titles = [row ? `a ${NAMES[row]}` : NAMES[0], `channel ${channel}, filtered`,
      `times its gate, ${gate.toFixed(2)}`];
    faces.forEach(({ title }, i) => { title.textContent = titles[i]; });

    const shown = channels.length;
    const values = now.mode === "gate" ? Array.from(gates)
      : Array.from(gates, (g, i) => g - means[i % shown]);
    const most = now.mode === "gate" ? 1 : Math.max(...values.map(Math.abs), 1e-6);
    const color = now.mode === "gate" ? sequential : (t) => DIVERGING[Math.round(32 * (t + 1))];
    map.picture(colored([ROWS, shown], values.map((v) => color(v / most))));
    map.names(Array.from(channels, String), NAMES);
    map.over.replaceChildren(...[1, 4, 7, 10].map((at) => draw("line", { x1: 0, x2: CHANNELS * CELL,
      y1: at * CELL, y2: at * CELL, class: at === 1 ? "gates-first" : "gates-line" })),
    ring([row, Math.min(column, shown - 1)], CELL));
    paintValues(bar, [1, 65], range(65).map((i) => color(now.mode === "gate" ? i / 64 : i / 32 - 1)));
    low.textContent = now.mode === "gate" ? "0" : `−${most.toFixed(2)}`;
    high.textContent = now.mode === "gate" ? "1" : `+${most.toFixed(2)}`;
    what.textContent = now.mode === "gate" ? `gate; classes: mean of ${PER_CLASS} scenes`
      : "gate − mean over the classes";
  };
}

const colored = (shape, colors) => Object.assign(Uint8Array.from(colors.flat()), { shape: [...shape, 3] });
const paintValues = (canvas, shape, colors) => paintPicture(canvas, colored(shape, colors));

const VIEW = { build, limits: (now, { last_layer: layer }) => ({ layer }) };
