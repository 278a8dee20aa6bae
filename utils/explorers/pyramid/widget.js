// The maps of two models and their frequencies; the numbers come from Python.

const [WIDE, HIGH] = [126, 122]; // of the chart

function build(stage) {
  const panel = (caption, kind = "") => {
    const canvas = make("canvas", { class: `pyramid-map ${kind}`, width: 1, height: 1 });
    return { canvas, root: make("figure", {}, canvas, make("figcaption", {}, caption)) };
  };
  const picture = panel("picture", "pyramid-picture");
  const plain = panel("ViT");
  const ours = panel("ViT-Adapter");
  const plainWaves = panel("ViT: frequencies");
  const ourWaves = panel("ViT-Adapter: frequencies");
  const chart = draw("svg", { width: WIDE + 34, height: HIGH + 38, role: "img",
    "aria-label": "amplitude by frequency of both models", class: "pyramid-chart" });
  const lines = make("figure", {}, chart, make("figcaption", {}, "log10 amplitude, by cycles"));
  stage.append(make("div", { class: "pyramid-grid" }, picture.root, plain.root, ours.root,
    lines, plainWaves.root, ourWaves.root));
  const waves = (canvas, spectrum, low, high) => {
    const colors = Array.from(spectrum).flatMap((s) => sequential((s - low) / (high - low)));
    paintPicture(canvas, Object.assign(Uint8Array.from(colors), { shape: [...spectrum.shape, 3] }));
  };
  return (now, result, pixels) => {
    paintPicture(picture.canvas, pixels);
    paintPicture(plain.canvas, result.plain);
    paintPicture(ours.canvas, result.adapter);
    const all = [...result.plain_spectrum, ...result.adapter_spectrum];
    const [low, high] = [Math.max(Math.min(...all), -3), Math.max(...all)];
    waves(plainWaves.canvas, result.plain_spectrum, low, high);
    waves(ourWaves.canvas, result.adapter_spectrum, low, high);
    chart.replaceChildren(...curves(result.plain_curve, result.adapter_curve));
  };
}

function curves(plain, ours) {
  const least = Math.floor(Math.min(-1, ...plain, ...ours));
  const most = Math.ceil(Math.max(0, ...plain, ...ours));
  const x = (i) => 30 + (WIDE * i) / Math.max(1, plain.length - 1);
  const y = (v) => 18 + (HIGH * (most - v)) / (most - least);
  const line = (values, name) => draw("path", { class: `pyramid-line ${name}`,
    d: Array.from(values).map((v, i) => `${i ? "L" : "M"}${x(i)} ${y(v)}`).join("") });
  const dots = (values, name, dot) => Array.from(values).map((v, i) => dot(x(i), y(v), name));
  const round = (cx, cy, name) => draw("circle", { cx, cy, r: 3.2, class: name });
  const square = (cx, cy, name) =>
    draw("rect", { x: cx - 3, y: cy - 3, width: 6, height: 6, class: name });
  const text = (px, py, words, anchor = "middle", name = "") =>
    draw("text", { x: px, y: py, "text-anchor": anchor, class: name }, words);
  const ticks = range(most - least + 1).map((i) => least + i).flatMap((v) => [
    text(24, y(v) + 4, String(v).replace("-", "−"), "end"),
    draw("line", { x1: 28, x2: 30 + WIDE, y1: y(v), y2: y(v), class: "pyramid-rule" })]);
  const end = Math.max(x(0), x(plain.length - 1));
  return [...ticks, line(plain, "pyramid-plain pyramid-dashed"), line(ours, "pyramid-ours"),
    ...dots(plain, "pyramid-plain-dot", square), ...dots(ours, "pyramid-ours-dot", round),
    text(x(0), HIGH + 33, "1"), text(end, HIGH + 33, String(plain.length)),
    text(30 + WIDE / 2, HIGH + 33, "cycles"),
    text(30, 10, "● ViT-Adapter", "start", "pyramid-ours-word"),
    text(30 + WIDE, 10, "■ ViT", "end", "pyramid-plain-word")];
}

const VIEW = { build, limits: (now, { channels: channel }) => ({ channel }) };
