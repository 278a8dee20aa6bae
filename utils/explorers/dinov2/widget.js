// One head's weights over the picture, the patches in their own colors, all heads small.

const { size: [ROWS, COLUMNS], cell: CELL, heads: HEADS } = META.constants;
const WIDE = 212; // pixels for all heads

function build(stage, { change, settings }) {
  const sized = { rows: ROWS, columns: COLUMNS, cell: CELL, every: 4, at: () => settings().query,
    pick: (query) => change({ query, asks: "patch" }) };
  const seen = cellMap({ ...sized, label: "The picture under one head's weights. Arrow keys move the asking patch." });
  const own = cellMap({ ...sized, label: "The patches in the colors of what they hold. Arrow keys move the asking patch." });
  const titles = [make("div", { class: "dino-title" }), make("div", { class: "dino-title" }, "patches, three main directions"),
    make("div", { class: "dino-title" }, "every head, up to its own most")];
  const most = make("div", { class: "dino-note" });
  const heads = range(HEADS).map((number) => {
    const face = make("canvas", { class: "course-picture" });
    const root = make("button", { type: "button", class: "dino-head", title: `Head ${number}`, onclick: () => change({ head: number }) },
      face, make("span", {}, String(number)));
    return { root, face };
  });
  const grid = make("div", { class: "dino-heads" }, ...heads.map(({ root }) => root));
  stage.append(make("div", {}, titles[0], seen.root, most), make("div", {}, titles[1], own.root,
    make("div", { class: "dino-note" }, "equal colors: alike")),
  make("div", {}, titles[2], grid));
  return (now, { weights, mosaic, colors, block, head }, pixels) => {
    titles[0].textContent = `block ${block}, head ${head}: ${now.asks === "class" ? "the class token asks" : "the patch asks"}`;
    seen.picture(pixels);
    own.picture(colors);
    const top = Math.max(...weights);
    most.textContent = `dark 0, bright ${top.toFixed(3)}`;
    const rings = () => (now.asks === "patch" ? [ring(now.query, CELL)] : []);
    seen.over.replaceChildren(...[...weights].map((weight, i) => rectangle([Math.floor(i / COLUMNS), i % COLUMNS, 1, 1], CELL,
      { class: "dino-tile", fill: `rgb(${sequential(weight / top)})` })), ...rings());
    own.over.replaceChildren(...rings());
    const [shown, h, w] = mosaic.shape;
    const across = Math.ceil(Math.sqrt(shown));
    grid.style.setProperty("--across", across);
    grid.style.setProperty("--side", `${Math.floor(WIDE / across) - 4}px`);
    heads.forEach(({ root, face }, number) => {
      root.hidden = number >= shown;
      if (number >= shown) return;
      root.setAttribute("aria-pressed", String(number === head));
      const size = 3 * h * w;
      paintPicture(face, Object.assign(mosaic.subarray(number * size, (number + 1) * size), { shape: [h, w, 3] }));
    });
  };
}

const VIEW = {
  build,
  limits: (now, { last_block: block, last_head: head }) => ({ block, head }),
};
