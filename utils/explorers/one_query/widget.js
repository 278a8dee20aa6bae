// The five steps of attention for one query; the numbers come from Python.

const { side: SIDE, cell: CELL, steps: STEPS, top: TOP } = META.constants;
const BEAT = 1600; // milliseconds between steps while it plays
const SPREAD = 700; // in which the scores spread from the query over the picture
const [PANEL, ROW] = [320, 58]; // the right half: its width, a row

const factor = (v) => (v < 0 ? `(${number(v)})` : number(v));
const number = (v) => v.toFixed(2).replace("-0.00", "0.00").replace("-", "−");
const paintOf = (rgb) => `rgb(${Array.from(rgb).map((v) => Math.round(255 * clamp(v, 0, 1))).join(",")})`;
const text = (x, y, words, name = "", anchor = "start") =>
  draw("text", { x, y, class: name, "text-anchor": anchor }, words);
const colorOf = (colors, i) => paintOf(colors.subarray(3 * i, 3 * i + 3));

// What every step has to say, as rows of a drawing.
const ROWS = {
  query: ({ q }) => ["r", "g", "b"].flatMap((name, i) => [
    text(92 + 78 * i, 20, `${name} ${number(q[i])}`),
    draw("rect", { x: 92 + 78 * i, y: 27, width: clamp(Math.abs(q[i]) * 8, 1, 70), height: 9,
      class: q[i] < 0 ? "one-minus" : "one-plus" })]),
  scores: ({ q, k, key, scores }) => [
    text(92, 20, `q · k, row ${key[0]}, column ${key[1]}:`),
    text(24, 40, `${range(3).map((i) => `${factor(q[i])}·${factor(k[i])}`).join(" + ")}`, "one-small"),
    text(PANEL - 8, 20, `= ${number(scores[key[0] * SIDE + key[1]])}`, "one-bold", "end")],
  scale: ({ key, scores, scaled }) => {
    const at = key[0] * SIDE + key[1];
    return [text(92, 20, `${number(scores[at])} / √3`), text(PANEL - 8, 20, `= ${number(scaled[at])}`, "one-bold", "end"),
      text(92, 37, `all: ${number(Math.min(...scaled))} to ${number(Math.max(...scaled))}`, "one-small")];
  },
  softmax: ({ weights, top, rest, colors }) => {
    let x = 92;
    const parts = [...Array.from(top).map((i) => [weights[i], colorOf(colors, i)]), [rest, null]];
    const bars = parts.map(([part, fill]) => {
      const bar = draw("rect", { x, y: 8, width: 226 * part, height: 17, fill: fill ?? "none", class: "one-part" });
      x += 226 * part;
      return bar;
    });
    return [...bars, text(92, 40, `${TOP} largest ${number(1 - rest)} + others ${number(rest)} = 1`, "one-small")];
  },
  mix: ({ output, colors }, query) => [
    ...[["before", colorOf(colors, query[0] * SIDE + query[1])], ["after", paintOf(output)]].flatMap(([name, fill], i) => [
      draw("rect", { x: 92 + 48 * i, y: 4, width: 44, height: 22, fill, class: "one-part" }),
      text(114 + 48 * i, 40, name, "one-small", "middle")]),
    text(PANEL - 8, 20, `(${Array.from(output).map(number).join(", ")})`, "one-bold", "end")],
};
const NAMES = { query: "query", scores: "scores", scale: "÷ √d", softmax: "softmax", mix: "mix" };

function lines({ top, weights }) {
  return Array.from(top).filter((i) => weights[i] > 0.004).map((i) => draw("path", { class: "one-line", pathLength: 1,
    d: `M${((i % SIDE) + 0.5) * CELL} ${(Math.floor(i / SIDE) + 0.5) * CELL}L${SIDE * CELL} ${SIDE * CELL - 20}`,
    "stroke-width": clamp(40 * weights[i], 1.2, 12) }));
}

function build(stage, { change, settings }) {
  const map = cellMap({ rows: SIDE, columns: SIDE, cell: CELL, every: 2,
    label: "The picture in patches; arrow keys move the query", pick: (query) => change({ query }), at: () => settings().query });
  const steps = draw("svg", { class: "one-steps", width: PANEL, height: 5 * ROW, role: "img", viewBox: `0 0 ${PANEL} ${5 * ROW}` });
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let [timer, frame, before] = [null, null, ""];
  const next = () => change({ step: STEPS[(STEPS.indexOf(settings().step) + 1) % STEPS.length] });
  const stop = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = calm.matches ? "Next step" : "▶ Play";
    play.setAttribute("aria-pressed", "false");
  };
  const beat = () => {
    if (!play.isConnected) return stop();
    next();
    return settings().step === STEPS.at(-1) && stop();
  };
  const toggle = () => {
    if (timer) return stop();
    next();
    if (calm.matches || settings().step === STEPS.at(-1)) return null;
    timer = setInterval(beat, BEAT);
    play.textContent = "❚❚ Pause";
    return play.setAttribute("aria-pressed", "true");
  };
  const play = make("button", { type: "button", class: "one-play", "aria-pressed": "false", onclick: toggle });
  stop();
  stage.append(map.root, make("div", { class: "one-side" }, steps, play));
  stage.addEventListener("keydown", (event) => {
    if (event.target !== play || !["ArrowRight", "ArrowLeft"].includes(event.key)) return;
    const at = STEPS.indexOf(settings().step) + (event.key === "ArrowRight" ? 1 : -1);
    change({ step: STEPS[clamp(at, 0, STEPS.length - 1)] });
    event.preventDefault();
    event.stopPropagation();
  });
  return (now, result, pixels) => {
    const at = STEPS.indexOf(now.step);
    const values = [null, result.scores, result.scaled, result.weights, result.weights][at];
    const spread = (far) => {
      const [low, high] = values ? [Math.min(...values), Math.max(...values)] : [0, 1];
      const reached = (i) => Math.hypot(Math.floor(i / SIDE) - now.query[0], (i % SIDE) - now.query[1]) <= far;
      map.picture(values ? blended(pixels, SIDE, (i) => (reached(i)
        ? [sequential((values[i] - low) / (high - low || 1)), 0.88] : [[0, 0, 0], 0])) : pixels);
    };
    cancelAnimationFrame(frame);
    const began = performance.now();
    const move = () => {
      const share = (performance.now() - began) / SPREAD;
      spread(share < 1 ? share * SIDE * 1.42 : Infinity);
      if (share < 1) frame = requestAnimationFrame(move);
    };
    if (now.step === "scores" && before !== "scores" && before && !calm.matches) move();
    else spread(Infinity);
    before = now.step;
    map.over.replaceChildren(...(now.step === "mix" ? lines(result) : []),
      ...(at > 0 && at < 3 ? [rectangle([...result.key, 1, 1], CELL, { class: "one-key" })] : []), ring(now.query, CELL));
    steps.setAttribute("aria-label", `Steps up to ${NAMES[now.step]}`);
    steps.replaceChildren(...STEPS.map((step, i) => draw("g", { transform: `translate(0 ${i * ROW})`,
      class: `one-step${i === at ? " one-now" : ""}${i > at ? " one-later" : ""}` },
    draw("rect", { x: 0.5, y: 0.5, width: PANEL - 1, height: ROW - 8, rx: 4, class: "one-ground" }),
    text(10, 20, String(i + 1), "one-bold"), text(24, 20, NAMES[step], "one-bold"),
    ...(i <= at ? ROWS[step](result, now.query) : []))));
  };
}

const VIEW = { build };
