// Two pictures in one place, parted by a divider; the pictures and the numbers come from Python.

const { shown: SIDE, side: PIXELS } = META.constants;
const PLACES = 101; // of the divider, in percent
const CELL = SIDE / (PLACES - 1);
const RIGHT = { restored: "restored", removed: "what was removed", clean: "the truth" };

function build(stage, { change, settings }) {
  const map = cellMap({ rows: PLACES - 1, columns: PLACES - 1, cell: CELL, rim: 0, every: PLACES,
    label: "The picture, as it came left of the divider. Arrow keys move the divider.",
    pick: ([, column]) => change({ divider: column }), at: () => [0, settings().divider] });
  map.names(range(PLACES).map(() => ""), range(PLACES).map(() => ""));
  const before = make("canvas", { class: "course-picture restore-before" });
  map.canvas.after(before);
  const names = ["left", "right"].map((side) => make("span", { class: `restore-name restore-${side}` }));
  names[0].textContent = "as it came";
  map.face.append(...names);
  const row = (name) => {
    const cells = [make("th", {}, name), make("td"), make("td")];
    return { root: make("tr", {}, ...cells), show: (a, b) => { [, cells[1].textContent, cells[2].textContent] = [0, a, b]; } };
  };
  const [came, made] = [row("as it came"), row("restored")];
  const words = make("caption");
  const table = make("table", { class: "restore-table" }, words,
    make("tr", {}, make("td"), make("th", {}, "PSNR"), make("th", {}, "SSIM")), came.root, made.root);
  stage.append(map.root);
  let placed = false;
  return (now, result) => {
    if (!placed) { // the numbers stand beside the controls that change them
      stage.parentElement.querySelector(".course-panel .course-ran").before(table);
      placed = true;
    }
    map.picture(result.right);
    if (before.shown !== result.left) paintPicture(before, result.left);
    before.shown = result.left;
    const x = now.divider / (PLACES - 1) * SIDE;
    before.style.clipPath = `inset(0 ${SIDE - x}px 0 0)`;
    map.over.replaceChildren(...frame(result.piece),
      draw("path", { class: "restore-rim", d: `M${x} 0V${SIDE}` }),
      draw("path", { class: "restore-line", d: `M${x} 0V${SIDE}` }),
      draw("circle", { class: "restore-knob", cx: x, cy: SIDE / 2, r: 13 }),
      draw("path", { class: "restore-arrows", d: `M${x - 4} ${SIDE / 2 - 5}l-5 5l5 5m8-10l5 5l-5 5` }));
    names[0].hidden = x < 80;
    names[1].hidden = SIDE - x < 130;
    names[1].textContent = RIGHT[now.right];
    words.textContent = result.words;
    came.show(decibels(result.psnr_before), result.ssim_before.toFixed(2));
    made.show(decibels(result.psnr_after), result.ssim_after.toFixed(2));
  };
}

// Around the piece that is restored while the hand moves.
function frame(piece) {
  if (!piece[3]) return [];
  return ["restore-frame-rim", "restore-frame"].map((name) => rectangle(piece, SIDE / PIXELS, { class: name }));
}

const decibels = (v) => (v >= META.constants.same ? "the same" : `${v.toFixed(1)} dB`);

const VIEW = { build, reads: (now, { words }) => ({ strength: words?.replace(/^\w+ of /, "") }) };
