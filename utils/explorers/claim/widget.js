// Scores by arm and seed, losses by step, and the curve of a run that goes on just now.

const [WIDTH, HEIGHT] = [345, 268];
const BOX = { left: 96, right: 14, top: 16, bottom: 40 };
const INKS = ["frame0", "frame1", "grid", "sample", "masked"];
const DASHES = ["", "7 4", "8 3 2 3", "2 3", "9 3 2 3 2 3"];

function build(stage, { send, work }) {
  const [scores, losses] = range(2).map((i) => draw("svg", { class: "claim-plot", width: WIDTH,
    height: HEIGHT, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img",
    "aria-label": i ? "Loss by step" : "Score by arm and seed" }));
  const press = make("button", { type: "button", class: "claim-train" });
  const state = make("span", { class: "claim-state" });
  stage.append(make("div", { class: "claim-plots" }, scores, losses),
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

const color = (i) => `var(--course-${INKS[i]})`;
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
  const x = (v) => BOX.left + ((v - low) / (high - low)) * (WIDTH - BOX.left - BOX.right);
  const row = (HEIGHT - BOX.top - BOX.bottom) / arms;
  const y = (i) => BOX.top + (i + 0.55) * row;
  const bottom = HEIGHT - BOX.bottom;
  const digits = high - low < 0.5 ? 3 : high - low < 5 ? 2 : 0;
  const axis = ticks(low, high).flatMap((v) => [
    draw("line", { x1: x(v), x2: x(v), y1: BOX.top, y2: bottom, class: "claim-grid" }),
    text(x(v), bottom + 14, v.toFixed(digits), { "text-anchor": "middle" })]);
  const marks = range(arms).flatMap((i) => [
    text(BOX.left - 8, y(i) + 4, names[i], { "text-anchor": "end", class: i === arm ? "claim-followed" : "" }),
    draw("line", { x1: x(means[i]), x2: x(means[i]), y1: y(i) - 12, y2: y(i) + 12, stroke: color(i),
      "stroke-width": 3 }),
    text(x(means[i]), y(i) - 15, means[i].toFixed(2), { "text-anchor": "middle" }),
    ...range(seeds).map((s) => draw("circle", { cx: x(scores[i * seeds + s]),
      cy: y(i) + 6 * (s - (seeds - 1) / 2), r: 4, fill: color(i), class: "claim-dot" }))]);
  const star = live >= 0 ? [draw("path", { class: "claim-live-mark",
    d: `M${x(live)} ${y(trained) - 8}l7 8l-7 8l-7 -8z` })] : [];
  return [...axis, ...marks, ...star,
    text((BOX.left + WIDTH) / 2, HEIGHT - 8, measure, { "text-anchor": "middle", class: "claim-label" })];
}

function lossesOf({ curves, names, arm, steps, live, live_done: part, live_arm: trained }) {
  const [arms, points] = curves.shape;
  const all = [...curves, ...live].filter((v) => v > 0);
  const [low, high] = [Math.log(Math.min(...all)), Math.log(Math.max(...all))];
  const left = 54;
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
    class: "claim-curve", stroke: color(i), "stroke-dasharray": DASHES[i],
    "stroke-width": i === arm ? 3 : 1.4 }));
  const legend = range(arms).flatMap((i) => [
    draw("line", { x1: WIDTH - 126, x2: WIDTH - 102, y1: BOX.top + 6 + 15 * i, y2: BOX.top + 6 + 15 * i,
      stroke: color(i), "stroke-dasharray": DASHES[i], "stroke-width": i === arm ? 3 : 1.4 }),
    text(WIDTH - 96, BOX.top + 10 + 15 * i, names[i])]);
  const size = Math.max(1, Math.ceil(live.length / 60));
  const means = range(Math.floor(live.length / size)).map((i) =>
    live.slice(i * size, (i + 1) * size).reduce((sum, v) => sum + v, 0) / size);
  const own = trained < 0 || !means.length ? [] : [draw("path", { d: line(means, part), class: "claim-live" })];
  return [...axis, ...levels, ...lines, ...own, ...legend,
    text((left + WIDTH) / 2, HEIGHT - 8, "step; training loss of the first seed", { "text-anchor": "middle",
      class: "claim-label" })];
}

const VIEW = {
  build,
  limits: (now, { last_arm: arm }) => ({ arm }),
};
