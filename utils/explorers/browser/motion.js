// ---- arrows, the wheel of colors, answers ----------------------------------------------------

// Black with a white rim, from (x, y) to (x, y); nothing where there is no length to see.
function motionArrow([x0, y0], [x1, y1]) {
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length < 3) return [];
  const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
  const head = Math.min(9, length);
  const wing = (s) => `L${x1 - head * (ux - s * 0.5 * uy)} ${y1 - head * (uy + s * 0.5 * ux)}`;
  const d = `M${x0} ${y0}L${x1} ${y1}${wing(1)}M${x1} ${y1}${wing(-1)}`;
  return ["course-arrow-rim", "course-arrow"].map((name) => draw("path", { class: name, d }));
}

// The legend of flow: the color wheel (96×96 RGB as base64) with its directions, and a line below.
function flowWheel(rgb) {
  const canvas = make("canvas");
  paintPicture(canvas, Object.assign(bytesOf(rgb), { shape: [96, 96, 3] }));
  const words = ["up", "right", "down", "left"].map((way) => make("span", { class: `course-${way}` }, way));
  const most = make("p");
  return { root: make("div", { class: "course-legend", role: "img",
    "aria-label": "The color wheel: right is red, down yellow, left cyan-blue, up violet" },
  make("div", { class: "course-wheel" }, canvas, ...words), most), most };
}


// What the model answers, as bars among the controls; `show(names, parts)` changes them.
function answerBars(stage) {
  const rows = range(3).map(() => ({ name: make("span"), part: make("b"), bar: make("i") }));
  const title = make("p", { class: "course-label" }, "The model says");
  const root = make("div", { class: "course-answer" }, title,
    ...rows.map(({ name, part, bar }) => make("div", {}, make("span", { class: "course-bar" }, bar), name, part)));
  return (names, parts) => {
    if (!root.isConnected) stage.parentElement?.querySelector(".course-buttons").before(root);
    root.hidden = !names.length;
    rows.forEach(({ name, part, bar }, i) => {
      bar.parentElement.parentElement.hidden = i >= names.length;
      if (i >= names.length) return;
      name.textContent = names[i];
      part.textContent = `${(100 * parts[i]).toFixed(0)} %`;
      bar.style.width = `${100 * parts[i]}%`;
    });
  };
}
