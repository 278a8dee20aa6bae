// Who feeds whom in ViT-Adapter; everything is counted here.

const { steps: STEPS, size: [HIGH, WIDE], lanes: [VIT_LANE, SIDE_LANE], groups: [FIRST, APART],
  parts: [INJECT, BLOCKS, BLOCKS_WIDE, EXTRACT], strides: STRIDES, extra: EXTRA, variants: VARIANTS } = META.constants;
const GROUPS = (STEPS - 2) / 3;
const { values: NAMES, names: WORDS } = META.controls.find(({ name }) => name === "variant");
const LETTERS = Object.fromEntries(NAMES.map((name, i) => [name, WORDS[i]]));
const OUT = [[64, 4], [44, 8], [30, 16], [18, 32]]; // pixels on the screen, stride
const [PACE, MOVE] = [1500, 600]; // ms per step when played; of one movement

// ---- counts -----------------------------------------------------------------------------------

function compute({ step, variant, side }) {
  const { blocks, heads, points, vitHeads } = VARIANTS[variant];
  const tokens = (side / 16) ** 2;
  const cells = STRIDES.reduce((sum, stride) => sum + (side / stride) ** 2, 0);
  if (step === 0 || step === STEPS - 1) return { interaction: -1, part: -1, tokens, cells, reads: 0 };
  const [interaction, part] = [Math.floor((step - 1) / 3), (step - 1) % 3];
  const extractors = 1 + (interaction === GROUPS - 1 ? EXTRA : 0);
  const reads = [tokens * heads * points * STRIDES.length, blocks * vitHeads * tokens ** 2,
    cells * heads * points * extractors][part];
  return { interaction, part, tokens, cells, reads };
}

function sentence({ step, variant, side }, { interaction, part, tokens, cells, reads }) {
  const { blocks, heads, points, vitHeads, channels } = VARIANTS[variant];
  const name = `ViT-Adapter-${LETTERS[variant]}`;
  if (part === 0) {
    return `${name}, injector ${interaction}: each of the ${count(tokens)} ViT tokens asks the side path's `
      + `${count(cells)} cells; ${heads} heads read ${points} points on 3 maps, ${count(reads)} reads in all.`;
  }
  if (part === 1) {
    return `${name}, blocks ${interaction * blocks} to ${(interaction + 1) * blocks - 1} of the plain ViT: `
      + `${count(tokens)} tokens ask each other in ${vitHeads} heads, ${count(reads)} weights in all.`;
  }
  if (part === 2) {
    const last = interaction === GROUPS - 1 ? `${1 + EXTRA} in a row` : "one";
    return `${name}, extractor ${interaction} (${last}): each of the side path's ${count(cells)} cells asks the `
      + `${count(tokens)} ViT tokens; ${heads} heads read ${points} points, ${count(reads)} reads in all.`;
  }
  if (step === 0) {
    return `${name}, start: the picture becomes ${count(tokens)} tokens of the plain ViT (1/16) and `
      + `${count(cells)} cells of the side path (1/8, 1/16, 1/32).`;
  }
  const sides = [4, 8, 16, 32].map((s) => `${side / s}×${side / s}`).join(", ");
  return `${name}, pyramid: the side path's ${count(cells)} cells become four maps of ${sides} with `
    + `${count(channels)} channels; each gets the ViT tokens of one interaction on top.`;
}

// ---- drawing ----------------------------------------------------------------------------------

const groupAt = (i) => FIRST + i * APART;
// Where a step stands, for the pointer.
const middles = range(STEPS).map((step) => {
  if (step === 0) return 60;
  if (step === STEPS - 1) return 650;
  const part = (step - 1) % 3;
  return groupAt(Math.floor((step - 1) / 3)) + [INJECT, BLOCKS + BLOCKS_WIDE / 2, EXTRACT][part];
});

// The ways that values take in a step: lists of points.
function waysOf(step) {
  if (step === 0) return [[[70, 141], [100, VIT_LANE]], [[70, 141], [100, SIDE_LANE]]];
  if (step === STEPS - 1) return [[[560, SIDE_LANE], [606, 140]], [[560, VIT_LANE], [606, 140]]];
  const x = groupAt(Math.floor((step - 1) / 3));
  return [
    [[[x + INJECT, SIDE_LANE], [x + INJECT, VIT_LANE]]],
    [[[x + INJECT, VIT_LANE], [x + EXTRACT, VIT_LANE]]],
    [[[x + EXTRACT, VIT_LANE], [x + EXTRACT, SIDE_LANE]]],
  ][(step - 1) % 3];
}

const text = (x, y, words, attributes = {}) => draw("text", { x, y, ...attributes }, words);

function box([x, y], wide, words, lit) {
  const [across, tall] = wide < 40 ? [`rotate(-90 ${x + wide / 2} ${y})`, 52] : [null, 38];
  return draw("g", { class: lit ? "interaction-box interaction-asks" : "interaction-box" },
    draw("rect", { x, y: y - tall / 2, width: wide, height: tall, rx: 4 }),
    text(x + wide / 2, y + 4, words, {
      "text-anchor": "middle", transform: across,
    }));
}

function arrow([x0, y0], [x1, y1], lit) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const long = Math.hypot(dx, dy);
  const [ux, uy] = [dx / long, dy / long];
  const [bx, by] = [x1 - 9 * ux, y1 - 9 * uy];
  return draw("g", { class: lit ? "interaction-arrow interaction-reads" : "interaction-arrow" },
    draw("line", { x1: x0, y1: y0, x2: bx, y2: by }),
    draw("path", { d: `M${x1} ${y1}L${bx - 4.5 * uy} ${by + 4.5 * ux}L${bx + 4.5 * uy} ${by - 4.5 * ux}z` }));
}

function diagram({ step, variant }, { interaction, part, tokens, cells }) {
  const [start, end] = [step === 0, step === STEPS - 1];
  const lanes = [VIT_LANE, SIDE_LANE].flatMap((y) => [
    draw("line", { x1: 112, y1: y, x2: 606, y2: y, class: "interaction-lane" }),
    arrow([72, 141], [88, y], start)]);
  const groups = range(GROUPS).flatMap((i) => {
    const x = groupAt(i);
    const now = interaction === i ? part : -1;
    const upright = (at, words) => text(x + at, 150, words, { "text-anchor": "middle",
      transform: `rotate(-90 ${x + at} 150)`, class: "interaction-word" });
    return [
      arrow([x + INJECT, SIDE_LANE], [x + INJECT, VIT_LANE + 3], now === 0),
      arrow([x + EXTRACT, VIT_LANE], [x + EXTRACT, SIDE_LANE - 3], now === 2),
      box([x + BLOCKS, VIT_LANE], BLOCKS_WIDE, plural(VARIANTS[variant].blocks, "block"), now === 1),
      upright(INJECT + 12, `inject ${i}`), upright(EXTRACT + 12, `extract ${i}`),
      ...(now === 0 ? [asker(x + INJECT, VIT_LANE)] : []),
      ...(now === 2 ? [asker(x + EXTRACT, SIDE_LANE)] : []),
    ];
  });
  let top = 34;
  const maps = OUT.flatMap(([side, stride]) => {
    const y = top;
    top += side + 8;
    return [draw("rect", { x: 612, y, width: side, height: side,
      class: end ? "interaction-map interaction-asks" : "interaction-map" }),
    text(612 + side + 5, y + side / 2 + 4, `1/${stride}`)];
  });
  return [...lanes, box([88, VIT_LANE], 26, "patches", start), box([88, SIDE_LANE], 26, "prior", start),
    ...groups, ...maps, text(36, 186, "picture", { "text-anchor": "middle" }),
    text(88, 40, `plain ViT: ${count(tokens)} tokens at 1/16`, { class: "interaction-title" }),
    text(88, 244, `side path: ${count(cells)} cells at 1/8, 1/16, 1/32`, { class: "interaction-title" })];
}

const asker = (x, y) => draw("g", { class: "course-query" }, draw("circle", { cx: x, cy: y, r: 9 }),
  draw("circle", { cx: x, cy: y, r: 3, class: "course-dot" }));

// Dots go the way once; they rest at its end. Who wants no motion sees them at rest.
function dots(step) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return waysOf(step).flatMap(([from, to]) => range(3).map((i) => {
    const dot = draw("circle", { r: 4.5, class: "interaction-dot",
      transform: `translate(${to[0]} ${to[1] + (to[1] > from[1] ? -1 : 1) * 14 * (i + 1) * (from[0] === to[0])})` });
    const at = ([x, y]) => ({ transform: `translate(${x}px, ${y}px)` });
    if (!still && dot.animate) {
      dot.animate([at(from), at(to)], { duration: MOVE, delay: 120 * i, easing: "ease-in-out" });
    }
    return dot;
  }));
}

let playing = null;

function build(stage, { change, settings }) {
  const canvas = make("canvas", { class: "interaction-picture", width: 1, height: 1 });
  const drawing = draw("svg", { width: WIDE, height: HIGH, viewBox: `0 0 ${WIDE} ${HIGH}` });
  const face = make("div", { class: "interaction-face", tabindex: 0, role: "application",
    "aria-label": "Two lanes, the plain ViT and the side path. Arrow keys go a step back or on." },
  drawing, canvas);
  const go = (step) => change({ step: clamp(step, 0, STEPS - 1) });
  const stop = () => { clearInterval(playing); playing = null; play.textContent = "Play"; };
  const play = make("button", { type: "button", class: "interaction-play", onclick: () => {
    if (playing !== null) { stop(); return; }
    go(settings().step === STEPS - 1 ? 0 : settings().step + 1);
    play.textContent = "Stop";
    playing = setInterval(() => {
      if (!face.isConnected || settings().step === STEPS - 1) stop();
      else go(settings().step + 1);
    }, PACE);
  } }, "Play");
  face.addEventListener("pointerdown", (event) => {
    const x = shareAt(event, face)[0] * WIDE;
    const far = middles.map((middle) => Math.abs(middle - x));
    go(far.indexOf(Math.min(...far)));
  });
  face.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    go(settings().step + by);
  });
  stage.append(face, play);
  return (now, result, pixels) => {
    paintPicture(canvas, pixels);
    drawing.replaceChildren(...diagram(now, result), ...dots(now.step));
  };
}

const VIEW = { build, compute, sentence, close: () => clearInterval(playing) };
