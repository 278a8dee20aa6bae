// The matrix of one head, and the channels that it compares and mixes; all numbers from Python.

const { side: SIDE, shown: SHOWN } = META.constants;

const figureOf = (name) => {
  const canvas = make("canvas", { class: "course-picture mdta-picture" });
  const words = make("figcaption");
  return { root: make("figure", { class: name }, canvas, words), canvas, words };
};

function build(stage, { change, settings }) {
  const place = make("div", { class: "mdta-place" });
  const holder = make("div", { class: "mdta-holder" });
  const bar = make("canvas", { class: "mdta-bar", width: 256, height: 1 });
  const most = make("span");
  const left = make("div", {}, place, make("div", { class: "mdta-place" }, "query channel ↓, key channel →"), holder,
    make("div", { class: "mdta-legend" }, make("span", {}, "weight 0"), bar, most));
  const [query, key, before, after] = range(4).map(() => figureOf("mdta-large"));
  const score = make("div", { class: "mdta-score" });
  const title = make("div", { class: "mdta-title" });
  const thumbs = range(SHOWN).map(() => figureOf("mdta-small"));
  stage.append(left, make("div", { class: "mdta-right" },
    make("div", { class: "mdta-title" }, "compared: whole pictures"),
    make("div", { class: "mdta-row" }, query.root, key.root, score), title,
    make("div", { class: "mdta-grid" }, ...thumbs.map(({ root }) => root)),
    make("div", { class: "mdta-title" }, "and what becomes of it"),
    make("div", { class: "mdta-row" }, before.root, make("div", { class: "mdta-arrow" }, "→"), after.root)));
  const context = bar.getContext("2d");
  range(256).forEach((i) => {
    context.fillStyle = `rgb(${sequential(i / 255)})`;
    context.fillRect(i, 0, 1, 1);
  });
  const part = (pictures, i) => {
    const [, h, w] = pictures.shape;
    return Object.assign(pictures.slice(i * h * w * 3, (i + 1) * h * w * 3), { shape: [h, w, 3] });
  };
  const show = ({ canvas, words }, pixels, text) => {
    paintPicture(canvas, pixels);
    words.textContent = text;
  };
  let map = null;
  let at = [0, 0];
  return (now, result) => {
    const { weights, row, column, mixed } = result;
    const d = weights.shape[0];
    if (map?.d !== d) { // another head width: another matrix
      map = cellMap({ rows: d, columns: d, cell: SIDE / d, every: Math.ceil(d / 12),
        label: "Weights: a row is a query channel, a column a key channel. Arrow keys move the cell.",
        pick: (pair) => change({ pair }), at: () => at });
      map.d = d;
      holder.replaceChildren(map.root);
    }
    at = [row, column];
    const top = Math.max(...weights);
    const colors = Uint8Array.from([...weights].flatMap((weight) => sequential(weight / top)));
    map.picture(Object.assign(colors, { shape: [d, d, 3] }));
    const cell = SIDE / d;
    map.over.replaceChildren(rectangle([row, 0, 1, d], cell, { class: "mdta-row-rim" }),
      rectangle([row, 0, 1, d], cell, { class: "mdta-row-edge" }), ring(at, cell));
    place.textContent = `${result.place}, head ${result.head}`;
    most.textContent = top.toFixed(2);
    show(query, result.query, `query ${row}`);
    show(key, result.key, `key ${column}`);
    score.innerHTML = "";
    score.append(make("b", {}, `${result.cosine < 0 ? "−" : "+"}${Math.abs(result.cosine).toFixed(2)}`),
      "cosine", make("b", {}, `×${result.temperature.toFixed(2)}`), "temp.",
      make("b", {}, weights[row * d + column].toFixed(3)), "weight");
    const shown = mixed.shape[0];
    title.textContent = `mixed: values, by the weights of row ${row}`;
    thumbs.forEach((thumb, i) => {
      thumb.root.style.visibility = i < shown ? "visible" : "hidden";
      if (i < shown) {
        show(thumb, part(mixed, i), `${result.mixed_channels[i]}: ${result.mixed_weights[i].toFixed(2)}`);
      }
    });
    show(before, result.before, `value ${row} (±${result.most_before.toFixed(2)})`);
    show(after, result.after, `new ${row} (±${result.most_after.toFixed(2)})`);
  };
}

const VIEW = {
  build,
  limits: (now, { last_step: step, last_block: block, last_head: head }) => ({ step, block, head }),
};
