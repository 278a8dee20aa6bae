// The frames large, blinking; beside them what is found and what is left. All comes from Python.

const { wheel: WHEEL, box: BOX } = META.constants;
let stop = () => {};
const PACE = 600; // milliseconds that a frame stays while the two blink

function build(stage) {
  const panels = Object.fromEntries([
    ["frame", "frame 0"], ["colors", "flow found"], ["truth", "true flow"],
    ["difference", "left, 1 fetched back"], ["error", "error, dark 0, bright 4 px"],
  ].map(([name, title]) => [name, panel(name, title)]));
  const button = make("button", { type: "button", class: "flow-blink", "aria-pressed": "false",
    onclick: () => blink(!timer) }, "Pause");
  panels.frame.title.after(button);
  const legend = flowWheel(WHEEL);
  stage.append(...Object.values(panels).map(({ root }) => root));

  let [number, timer, frames] = [0, null, []];
  const show = (which) => {
    number = which;
    paintPicture(panels.frame.canvas, frames[number]);
    panels.frame.title.textContent = `frame ${number}`;
    panels.frame.face.dataset.frame = number;
  };
  const blink = (on) => {
    clearInterval(timer);
    timer = on ? setInterval(() => frames.length && !document.hidden && show(1 - number), PACE) : null;
    stop = () => clearInterval(timer);
    button.setAttribute("aria-pressed", String(!timer));
    button.textContent = timer ? "Pause" : "Blink";
  };
  const step = () => { blink(false); show(1 - number); };
  panels.frame.face.addEventListener("click", step);
  panels.frame.face.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    step();
  });

  blink(!matchMedia("(prefers-reduced-motion: reduce)").matches);
  return (now, result, pixels) => {
    if (!legend.root.isConnected) stage.parentElement?.querySelector(".course-panel").append(legend.root);
    frames = [pixels, result.frame1];
    show(number);
    for (const name of ["colors", "truth", "difference", "error"]) {
      paintPicture(panels[name].canvas, result[name]);
    }
    const [h, w] = pixels.shape;
    panels.colors.over.replaceChildren(...arrows(result.arrows, h, w));
    panels.truth.over.replaceChildren(...(result.known ? arrows(result.arrows_truth, h, w) : []));
    for (const name of ["truth", "error"]) panels[name].root.classList.toggle("flow-unknown", !result.known);
    legend.most.textContent = `rim: ${result.most.toFixed(1)} px, white: still`;
    rest(stage, result);
  };
}

// Sliders that would change nothing are off: all of them for two frames of the learner's own.
function rest(stage, { known, own }) {
  const section = stage.closest(".course-explorer");
  if (!section) return;
  const sliders = section.querySelectorAll(".course-panel input[type=range]");
  for (const slider of sliders) slider.disabled = !known;
  section.querySelector("fieldset[data-name=moves]").disabled = !known || own;
}

function panel(name, title) {
  const canvas = make("canvas");
  const over = draw("svg", { viewBox: `0 0 ${BOX} ${BOX}` });
  const pressed = name === "frame"
    ? { tabindex: 0, role: "button", "aria-label": "Show the other frame" } : { role: "img", "aria-label": title };
  const face = make("div", { class: "flow-face", ...pressed },
    canvas, over);
  const caption = make("span", {}, title);
  return { root: make("div", { class: `flow-panel flow-${name}` }, make("p", {}, caption), face),
    canvas, over, face, title: caption };
}

function arrows(values, h, w) {
  const scale = BOX / Math.max(h, w);
  const [left, top] = [(BOX - w * scale) / 2, (BOX - h * scale) / 2];
  return range(values.shape[0]).flatMap((i) => {
    const [x, y, dx, dy] = values.subarray(4 * i, 4 * i + 4);
    const at = (px, py) => [left + (px + 0.5) * scale, top + (py + 0.5) * scale];
    return motionArrow(at(x, y), at(x + dx, y + dy));
  });
}

const VIEW = { build, close: () => stop() };
