// ---- settings -------------------------------------------------------------------------------

class BadSetting extends Error {}

const say = (value) => (Array.isArray(value) ? `(${value.join(", ")})` : String(value));

function allowedRange({ kind, values }) {
  const [first, last] = [values[0], values.at(-1)];
  if (kind === "choice") return `one of ${values.map(say).join(", ")}`;
  if (kind === "slider") return `a whole number from ${first} to ${last}`;
  return `a (row, column) from (0, 0) to ${say(last)}`;
}

function isAllowed({ kind, values }, value) {
  if (kind === "choice") return values.includes(value);
  const between = (v, low, high) => Number.isInteger(v) && v >= low && v <= high;
  if (kind === "slider") return between(value, values[0], values.at(-1));
  return value?.length === 2 && value.every((v, axis) => between(v, values[0][axis], values.at(-1)[axis]));
}

// The same three parts, in the same words, as check_settings in Python.
function checkSettings(settings) {
  for (const control of META.controls) {
    const { name } = control;
    if (!isAllowed(control, settings[name])) {
      throw new BadSetting(`${name} ${say(settings[name])} came: ${name} is ${allowedRange(control)}; `
        + `pass ${name}=${say(control.default)}`);
    }
  }
}

// ---- controls -------------------------------------------------------------------------------

let controlsMade = 0;

function sliderOf({ name, label, values: [low, high], reads }, change) {
  const id = `course-${name}-${++controlsMade}-${Math.random().toString(36).slice(2)}`;
  const read = make("output", { class: "course-read", for: id });
  const input = make("input", { type: "range", id, min: low, max: high, step: 1, name, "aria-label": label,
    oninput: () => change({ [name]: Number(input.value) }) });
  const root = make("div", { class: "course-control", "data-name": name },
    make("div", { class: "course-label" }, make("label", { for: id }, label), read), input);
  const paint = (value, off, most = high, own = undefined) => {
    input.max = most; // another setting may limit this one
    input.value = value;
    input.disabled = off;
    const words = off ? "–" : own ?? valueInWords(Math.min(value, most), reads);
    read.textContent = words;
    input.setAttribute("aria-valuetext", words);
    root.classList.toggle("course-off", off);
  };
  return { root, paint };
}

// A value of a slider as people write it.
function valueInWords(value, reads) {
  if (!reads) return String(value);
  const { before, after, factor, power, digits } = reads;
  const part = power && value < 0 ? `1/${power ** -value}` : (power ? power ** value : value * factor).toFixed(digits);
  const unit = value === 1 && / \w+s$/.test(after) ? after.slice(0, -1) : after; // one of them
  return `${before}${part.replace("-", "−")}${unit}`;
}

function choiceOf({ name, label, values, names }, change) {
  const group = `${name}-${Math.random().toString(36).slice(2)}`;
  const inputs = values.map((value) => make("input", { type: "radio", name: group, value: say(value),
    onchange: () => change({ [name]: value }) }));
  const root = make("fieldset", { class: "course-control course-choice", "data-name": name },
    make("legend", { class: "course-label" }, label),
    make("span", { class: "course-options" },
      ...inputs.map((input, i) => make("label", {}, input, make("span", {}, names[i])))));
  const paint = (value, off) => {
    inputs.forEach((input, i) => { input.checked = values[i] === value; });
    root.disabled = off;
    root.classList.toggle("course-off", off);
  };
  return { root, paint };
}

const MAKERS = { slider: sliderOf, choice: choiceOf };
