// What the injector adds to the ViT's tokens; the numbers come from Python.

const { keys: KEYS } = META.constants; // color and name of every class

function build(stage) {
  const panel = (caption, kind = "") => {
    const canvas = make("canvas", { class: `injector-map ${kind}`, width: 1, height: 1 });
    const words = make("figcaption", {}, caption);
    return { canvas, words, root: make("figure", { class: "injector-panel" }, canvas, words) };
  };
  const picture = panel("picture", "injector-picture");
  const before = panel("the ViT's tokens");
  const added = panel("");
  const after = panel("tokens after the injector");
  const out = panel("");
  const classes = panel("class of every pixel");
  const sign = (text) => make("span", { class: "injector-sign", "aria-hidden": "true" }, text);
  const bar = make("canvas", { class: "injector-bar", width: 256, height: 1 });
  const most = make("span");
  const context = bar.getContext("2d");
  range(256).forEach((i) => {
    context.fillStyle = `rgb(${sequential(i / 255)})`;
    context.fillRect(i, 0, 1, 1);
  });
  stage.append(make("div", { class: "injector-grid" }, picture.root, sign("→"), before.root, sign("+"),
    added.root, after.root, sign("→"), out.root, sign("→"), classes.root),
  make("div", { class: "injector-legend" }, make("span", {}, "length of what is added, beside the token's: 0"),
    bar, most));
  classes.words.classList.add("course-keys", "injector-keys");
  return (now, { before: tokens, strength, after: heard, out: end,
    classes: colors, kinds }, pixels) => {
    paintPicture(picture.canvas, pixels);
    paintPicture(before.canvas, tokens);
    paintPicture(after.canvas, heard);
    paintPicture(out.canvas, end);
    paintPicture(classes.canvas, colors);
    classes.words.replaceChildren(...(kinds === KEYS.length ? KEYS.slice(1).map((key) => keyOf(...key)) : ["class of every pixel"]));
    const top = Math.max(1, ...strength);
    const tiles = Uint8Array.from(Array.from(strength).flatMap((s) => sequential(s / top)));
    paintPicture(added.canvas, Object.assign(tiles, { shape: [...strength.shape, 3] }));
    most.textContent = top.toFixed(1);
    added.words.textContent = `added: ${(now.gamma / 10).toFixed(1)} × γ × read`;
    out.words.textContent = `map at 1/${now.out}`;
  };
}

const VIEW = { build };
