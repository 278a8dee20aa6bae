// Scores by arm and seed, losses by step, what each arm answers, and a run that goes on just now.

const [WIDTH, HEIGHT] = [345, 252];
const BOX = { left: 96, right: 14, top: 16, bottom: 40 };
const MEANS = 48; // pixels for the column of means
const [LARGEST_TILE, GAP] = [84, 6];
const INKS = ["frame0", "frame1", "grid", "sample", "masked"];
const DASHES = ["", "7 4", "8 3 2 3", "2 3", "9 3 2 3 2 3", "1 2", "12 3", "4 2"];
const ink = (i) => `var(--course-${INKS[i % INKS.length]})`;
const dash = (i) => DASHES[i % DASHES.length];

function build(stage, { change, send, work }) {
  const [scores, losses] = range(2).map((i) => draw("svg", { class: "claim-plot", width: WIDTH,
    height: HEIGHT, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img",
    "aria-label": i ? "Loss by step" : "Score by arm and seed" }));
  const press = make("button", { type: "button", class: "claim-train" });
  const state = make("span", { class: "claim-state" });
  const answers = answersOf(change);
  stage.append(make("div", { class: "claim-plots" }, scores, losses), answers.root,
    make("div", { class: "claim-row" }, press, state));
  press.addEventListener("click", () => send({ do: work().going ? "stop" : "train" }));
  return (now, result) => {
    const { names, arm, seconds, hardware } = result;
    const { state: at, going } = work();
    press.textContent = going ? "Stop"
      : `Train “${names[arm]}” now (about ${Math.ceil(seconds)} s on ${hardware})`;
    press.disabled = at === "stopping";
    state.textContent = stateOf(at, result);
    scores.replaceChildren(...scoresOf(result));
    losses.replaceChildren(...lossesOf(result));
    answers.paint(result);
  };
}

// What became of the run, from its own state; its curve stays whatever that is.
function stateOf(at, { names, steps, live_arm: trained, live_done: part, live_score: score }) {
  const name = trained < 0 ? "the run" : `“${names[trained]}”`;
  const done = `${name}, ${Math.round(100 * part)} % of ${count(steps)} steps`;
  return { working: part < 1 ? done : `${name}: measuring its score …`, stopping: `${done}: stopping …`,
    stopped: `${done}: stopped`, failed: `${done}: ended by an error`, lost: `${done}: its kernel is gone`,
    done: score >= 0 ? `${name} reached ${score.toFixed(2)} here` : "" }[at] ?? "";
}

const text = (x, y, words, attributes = {}) => draw("text", { x, y, ...attributes }, words);

// A round step so that at most five ticks fit between two numbers.
function ticks(low, high) {
  const rough = (high - low) / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * unit).find((s) => s >= rough);
  const first = Math.ceil(low / step);
  return range(Math.floor(high / step) - first + 1).map((i) => (first + i) * step);
}

function scoresOf({ scores, means, names, arm, measure, live_arm: trained, live_score: live }) {
  const [arms, seeds] = scores.shape;
  const all = [...scores, ...(live >= 0 ? [live] : [])];
  const spread = (Math.max(...all) - Math.min(...all)) || 1;
  const [low, high] = [Math.min(...all) - 0.12 * spread, Math.max(...all) + 0.12 * spread];
  const x = (v) => BOX.left + ((v - low) / (high - low)) * (WIDTH - BOX.left - MEANS);
  const row = (HEIGHT - BOX.top - BOX.bottom) / arms;
  const y = (i) => BOX.top + (i + 0.55) * row;
  const bottom = HEIGHT - BOX.bottom;
  const marked = ticks(low, high);
  const digits = Math.max(0, -Math.floor(Math.log10(marked.length > 1 ? marked[1] - marked[0] : 1) + 1e-9));
  const axis = marked.flatMap((v) => [
    draw("line", { x1: x(v), x2: x(v), y1: BOX.top, y2: bottom, class: "claim-grid" }),
    text(x(v), bottom + 14, v.toFixed(digits), { "text-anchor": "middle" })]);
  const marks = range(arms).flatMap((i) => [
    text(BOX.left - 8, y(i) + 4, names[i], { "text-anchor": "end", class: i === arm ? "claim-followed" : "" }),
    draw("line", { x1: x(means[i]), x2: x(means[i]), y1: y(i) - 0.35 * row, y2: y(i) + 0.35 * row, stroke: ink(i),
      "stroke-width": 3 }),
    text(WIDTH - 6, y(i) + 4, means[i].toFixed(2), { "text-anchor": "end", class: i === arm ? "claim-followed" : "" }),
    ...range(seeds).map((s) => draw("circle", { cx: x(scores[i * seeds + s]),
      cy: y(i) + Math.min(6, 0.22 * row) * (s - (seeds - 1) / 2), r: 4, fill: ink(i), class: "claim-dot" }))]);
  const star = live >= 0 ? [draw("path", { class: "claim-live-mark",
    d: `M${x(live)} ${y(trained) - 8}l7 8l-7 8l-7 -8z` })] : [];
  return [...axis, ...marks, ...star, text(WIDTH - 6, 11, "mean", { "text-anchor": "end", class: "claim-label" }),
    text((BOX.left + WIDTH - MEANS) / 2, HEIGHT - 8, measure, { "text-anchor": "middle", class: "claim-label" })];
}

function lossesOf({ curves, names, arm, steps, live, live_done: part, live_arm: trained }) {
  const [arms, points] = curves.shape;
  const all = [...curves, ...live].filter((v) => v > 0);
  const [low, high] = [Math.log(Math.min(...all)), Math.log(Math.max(...all))];
  const left = 66;
  const bottom = HEIGHT - BOX.bottom;
  const x = (share) => left + share * (WIDTH - left - BOX.right);
  const y = (v) => BOX.top + ((high - Math.log(v)) / (high - low || 1)) * (bottom - BOX.top);
  const line = (values, share) => [...values].map((v, i) =>
    `${i ? "L" : "M"}${x(((i + 0.5) / values.length) * share).toFixed(1)} ${y(v).toFixed(1)}`).join("");
  const axis = [0, 0.5, 1].flatMap((share) => [
    draw("line", { x1: x(share), x2: x(share), y1: BOX.top, y2: bottom, class: "claim-grid" }),
    text(x(share), bottom + 14, count(Math.round(share * steps)), { "text-anchor": "middle" })]);
  const levels = [high, (high + low) / 2, low].map((v) =>
    text(left - 5, y(Math.exp(v)) + 4, String(Number(Math.exp(v).toPrecision(2))), { "text-anchor": "end" }));
  const lines = range(arms).map((i) => draw("path", { d: line(curves.subarray(i * points, (i + 1) * points), 1),
    class: "claim-curve", stroke: ink(i), "stroke-dasharray": dash(i),
    "stroke-width": i === arm ? 3 : 1.4 }));
  const size = Math.max(1, Math.ceil(live.length / 60));
  const means = range(Math.floor(live.length / size)).map((i) =>
    live.slice(i * size, (i + 1) * size).reduce((sum, v) => sum + v, 0) / size);
  const own = trained < 0 || !means.length ? [] : [draw("path", { d: line(means, part), class: "claim-live" })];
  return [...axis, ...levels, ...lines, ...own,
    text((left + WIDTH) / 2, HEIGHT - 8, "step", { "text-anchor": "middle", class: "claim-label" }),
    text(0, 0, "training loss, first seed", { "text-anchor": "middle", class: "claim-label",
      transform: `translate(11 ${(BOX.top + bottom) / 2}) rotate(-90)` })];
}

// One column for each thing that is given and for each arm: its name, its line, a picture per example.
// A press on an arm follows it. Made anew only when the claim changes, so that the focus stays.
function answersOf(change) {
  const root = make("div", { class: "claim-answers" });
  let [made, columns] = ["", []];
  const paint = ({ titles, names, arm, tiles, live_tile: live, live_arm: trained, live_done: part }) => {
    const [, examples, h, w] = tiles.shape;
    const key = JSON.stringify([titles, names]);
    if (made !== key) {
      const heads = [...titles, ...names, "live"];
      const side = Math.min(LARGEST_TILE, Math.floor((720 - GAP * heads.length) / heads.length));
      columns = heads.map((name, i) => columnOf(name, i - titles.length, { arms: names.length, examples, side, change }));
      columns.forEach((column, i) => column.show(tiles, i));
      root.replaceChildren(...columns.map((column) => column.root));
      root.style.setProperty("--ratio", w / h);
      made = key;
    }
    columns.forEach((column, i) => column.follow(i - titles.length === arm));
    const own = columns.at(-1);
    own.root.style.visibility = live.length ? "visible" : "hidden";
    if (!live.length) return;
    own.name(`“${names[trained]}” ${part < 1 ? `at ${Math.round(100 * part)} %` : "trained here"}`);
    own.show(live, 0);
  };
  return { root, paint };
}

function columnOf(name, arm, { arms, examples, side, change }) {
  const isArm = arm >= 0 && arm < arms;
  const words = make("span", { class: "claim-name" }, name);
  const line = draw("svg", { class: "claim-line", width: side, height: 5, "aria-hidden": "true" }, ...(isArm
    ? [draw("line", { x1: 0, x2: side, y1: 2.5, y2: 2.5, stroke: ink(arm), "stroke-dasharray": dash(arm),
      "stroke-width": 3 })] : []));
  const faces = range(examples).map((i) => make("canvas", { class: "course-picture claim-tile", role: "img",
    "aria-label": `${name}, example ${i + 1}` }));
  const root = make(isArm ? "button" : "div", { class: "claim-column", style: `width:${side}px`,
    ...(isArm ? { type: "button", title: `Follow “${name}”`, onclick: () => change({ arm: arm + 1 }) } : {}) },
  words, line, ...faces);
  const show = (tiles, column) => {
    const [h, w] = tiles.shape.slice(-3);
    const size = 3 * h * w;
    faces.forEach((face, i) => paintPicture(face, Object.assign(
      tiles.subarray((column * examples + i) * size, (column * examples + i + 1) * size), { shape: [h, w, 3] })));
  };
  const follow = (on) => { if (isArm) root.setAttribute("aria-pressed", String(on)); };
  return { root, show, follow, name: (text) => { words.textContent = text; } };
}

const VIEW = {
  build,
  reads: (now, { names, arm }) => ({ arm: names && `“${names[arm]}”` }),
  limits: (now, { last_arm: arm }) => ({ arm }),
};
