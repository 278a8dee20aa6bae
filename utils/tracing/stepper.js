// The stepper of a trace: the tree of calls, the source with its present line, the tensor card.
// The same text serves a notebook (anywidget) and a page from disk; it needs nothing else. All text
// of the run becomes text of the page, never markup.

const TRACE = (() => {
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== null && value !== false) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  };
  const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const count = (n) => n.toLocaleString("en-US");
  const digits = (x) => {
    if (x === null) return "–";
    const size = Math.abs(x);
    if (Number.isInteger(x) && size < 1e6) return String(x);
    return size >= 1e5 || (size < 1e-3 && x !== 0) ? x.toExponential(2) : String(Number(x.toPrecision(4)));
  };
  const shapeOf = (shape) => (shape.length ? `(${shape.join(", ")}${shape.length === 1 ? "," : ""})` : "()");
  const time = (ms) => (ms >= 100 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(2)} ms`);
  const size = (n) => (n >= 1e5 ? `${(n / 1e6).toFixed(2)} MB` : `${(n / 1e3).toFixed(1)} kB`);

  // ---- code in colors -----------------------------------------------------------------------

  const WORDS = "and as assert async await break class continue def del elif else except finally for from global if import in is lambda None nonlocal not or pass raise return True try False while with yield";
  const TOKENS = new RegExp([
    String.raw`(?<comment>#[^\n]*)`,
    String.raw`(?<string>(?:\b[rbfuRBFU]{1,2})?(?:"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))`,
    String.raw`(?<digits>\b\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?\b)`,
    String.raw`(?<keyword>\b(?:${WORDS.split(" ").join("|")})\b)`,
  ].join("|"), "g");

  // The rows of a text of Python, each as a list of nodes.
  function highlighted(text) {
    const rows = [[]];
    const add = (piece, kind) => piece.split("\n").forEach((words, at) => {
      if (at) rows.push([]);
      if (words) rows.at(-1).push(kind ? make("span", { class: `trace-${kind}` }, words) : words);
    });
    let done = 0;
    for (const found of text.matchAll(TOKENS)) {
      add(text.slice(done, found.index));
      add(found[0], Object.keys(found.groups).find((kind) => found.groups[kind] !== undefined));
      done = found.index + found[0].length;
    }
    add(text.slice(done));
    return rows;
  }

  // What is too long goes on further to the right than it began.
  const hanging = (row) => {
    const indent = row.length - row.trimStart().length + 4;
    return `padding-left:${indent}ch;text-indent:-${indent}ch`;
  };

  // ---- the run ------------------------------------------------------------------------------

  // Adds to each call where it was called from, and lists all stops in the order of execution: the
  // start of every call, and every line.
  function unfold(data) {
    const stops = [];
    const parents = data.calls.map(() => ({ call: -1, line: -1 }));
    const firstOf = data.calls.map(() => 0);
    const stopOfLine = data.lines.map(() => 0);
    const visit = (call) => {
      firstOf[call] = stops.length;
      stops.push({ call, line: -1 });
      for (const line of data.calls[call].lines) {
        stopOfLine[line] = stops.length;
        stops.push({ call, line });
        for (const inner of data.lines[line].calls) {
          parents[inner] = { call, line };
          visit(inner);
        }
      }
    };
    visit(0);
    return { ...data, stops, parents, firstOf, stopOfLine };
  }

  const lineNumber = (run, number) => run.lines.findIndex((line) => line.number === number);

  function valuesAt(run, { call, line }) {
    if (line >= 0) return run.lines[line].values;
    const { given, returned, lines } = run.calls[call];
    return lines.length ? given : [...given, ...returned];
  }

  // For a line that binds nothing: what the names in it stood for just then.
  function readAt(run, { call, line }) {
    if (line < 0) return [];
    const { given, lines } = run.calls[call];
    const before = [given, ...lines.slice(0, lines.indexOf(line)).map((one) => run.lines[one].values)].flat();
    const names = new Set(run.lines[line].text.match(/[A-Za-z_]\w*/g) ?? []);
    const last = new Map(before.filter(({ name }) => names.has(name)).map((value) => [value.name, value]));
    return [...last.values()].map((value) => ({ ...value, sort: "read" }));
  }

  // Where the keys lead from a stop; -1 where there is nothing.
  const MOVES = {
    next: (run, at) => (at + 1 < run.stops.length ? at + 1 : -1),
    back: (run, at) => at - 1,
    down: (run, at) => {
      let { call, line } = run.stops[at];
      const { lines } = run.calls[call];
      const place = line < 0 ? 0 : lines.indexOf(line) + 1;
      if (place < lines.length) return run.stopOfLine[lines[place]];
      while (run.parents[call].call >= 0) { // the end: on to what its caller does next
        const parent = run.parents[call];
        const siblings = run.lines[parent.line].calls;
        const other = siblings[siblings.indexOf(call) + 1];
        if (other !== undefined) return run.firstOf[other];
        const rest = run.calls[parent.call].lines;
        const after = rest[rest.indexOf(parent.line) + 1];
        if (after !== undefined) return run.stopOfLine[after];
        call = parent.call;
      }
      return -1;
    },
    up: (run, at) => {
      const { call, line } = run.stops[at];
      const { lines } = run.calls[call];
      if (line < 0) return MOVES.out(run, at);
      const place = lines.indexOf(line);
      return place > 0 ? run.stopOfLine[lines[place - 1]] : run.firstOf[call];
    },
    in: (run, at) => {
      const { call, line } = run.stops[at];
      if (line < 0) return run.calls[call].lines.length ? run.stopOfLine[run.calls[call].lines[0]] : -1;
      const [inner] = run.lines[line].calls;
      return inner === undefined ? -1 : run.firstOf[inner];
    },
    out: (run, at) => {
      const { line } = run.parents[run.stops[at].call];
      return line < 0 ? -1 : run.stopOfLine[line];
    },
  };
  const KEYS = { ArrowDown: "down", ArrowUp: "up", ArrowRight: "next", ArrowLeft: "back", Enter: "in", Escape: "out", Backspace: "out" };

  // The stops at which a shape appears, whole or as a part; without digits, a piece of code.
  function found(run, text) {
    const wanted = (text.match(/\d+/g) ?? []).map(Number);
    const words = text.trim().toLowerCase();
    if (!words) return [];
    const within = (shape) => shape.some((_, at) => wanted.every((n, i) => shape[at + i] === n));
    const all = run.stops.map((stop, at) => ({ stop, at })).filter(({ stop }) => stop.line >= 0);
    const shapes = ({ stop }) => valuesAt(run, stop).filter((v) => v.facts >= 0).map((v) => run.facts[v.facts].shape);
    const isShape = wanted.length && !/[a-z_]/.test(words.replace(/(\d)\s*x\s*(?=\d)/g, "$1,"));
    if (!isShape) return all.filter(({ stop }) => run.lines[stop.line].text.toLowerCase().includes(words)
      || run.lines[stop.line].title.toLowerCase().includes(words)).map(({ at }) => at);
    const whole = all.filter((one) => shapes(one).some((s) => s.length === wanted.length && within(s)));
    return (whole.length ? whole : all.filter((one) => shapes(one).some(within))).map(({ at }) => at);
  }

  // ---- the three panels ---------------------------------------------------------------------

  const nameOf = (run, index) => {
    const call = run.calls[index];
    if (call.kind === "function") return `${call.name.split(".").at(-1)}()`;
    const above = run.parents[index].call;
    const path = above < 0 ? "" : run.calls[above].path;
    const own = path && call.path.startsWith(`${path}.`) ? call.path.slice(path.length + 1) : call.path;
    return own || call.name;
  };

  function treeOf(run, go) {
    const opened = new Set([0]);
    const root = make("div", { class: "trace-tree", role: "tree", "aria-label": "Calls" });
    const innerOf = (call) => run.calls[call].lines.flatMap((line) => run.lines[line].calls);
    let current = 0;
    const rowsOf = (call, depth) => {
      const inner = innerOf(call);
      const isOpen = opened.has(call);
      const toggle = make("span", { class: "trace-toggle", onclick: (event) => {
        event.stopPropagation();
        if (isOpen) opened.delete(call);
        else opened.add(call);
        paint();
      } }, inner.length ? (isOpen ? "▾" : "▸") : "");
      const { kind, name, returned } = run.calls[call];
      const tensor = returned.find((value) => value.facts >= 0);
      const row = make("div", { class: `trace-call trace-${kind}`, role: "treeitem",
        "aria-selected": String(call === current), "aria-expanded": inner.length ? String(isOpen) : null,
        "aria-level": depth + 1, style: `padding-left:${4 + 11 * depth}px`,
        title: `${nameOf(run, call)} · ${name}`, onclick: () => go(run.firstOf[call]) },
      toggle, make("span", { class: "trace-name" }, nameOf(run, call)),
      tensor ? make("span", { class: "trace-small" }, run.facts[tensor.facts].shape.join("×")) : null);
      return [row, ...(isOpen ? inner.flatMap((one) => rowsOf(one, depth + 1)) : [])];
    };
    const paint = () => {
      root.replaceChildren(...rowsOf(0, 0));
      const row = root.querySelector("[aria-selected=true]");
      if (row) toMiddle(root, row);
    };
    return { root, show: (call) => {
      current = call;
      for (let one = call; one >= 0; one = run.parents[one].call) opened.add(one);
      paint();
    } };
  }

  function toMiddle(box, row) {
    box.scrollTop = row.offsetTop - box.offsetTop - (box.clientHeight - row.offsetHeight) / 2;
  }

  function codeOf(run, go) {
    const title = make("div", { class: "trace-title" });
    const rows = make("div", { class: "trace-rows" });
    const inside = make("div", { class: "trace-inside" });
    const root = make("div", { class: "trace-code" }, title, rows, inside);
    let shown = -1;
    const build = (call) => {
      const { source, lines, name, path, kind } = run.calls[call];
      const { file, first, text } = run.sources[source] ?? { file: "no source in Python", first: 0, text: [] };
      title.replaceChildren(make("b", {}, path || run.model), ` ${kind === "module" ? "" : "in "}${name} `,
        make("span", { class: "trace-small" }, file));
      const ran = new Map();
      for (const line of lines) {
        const { row, last } = run.lines[line];
        for (let at = row; at <= last; at += 1) if (!ran.has(at)) ran.set(at, line);
      }
      rows.replaceChildren(...highlighted(text.join("\n")).map((words, i) => {
        const at = first + i;
        return make("div", { class: `trace-row${ran.has(at) ? " trace-ran" : ""}`, "data-row": at,
          onclick: () => ran.has(at) && go(run.stopOfLine[ran.get(at)]) },
        make("span", { class: "trace-number" }, String(at)), make("span", { class: "trace-text", style: hanging(text[i]) }, ...(words.length ? words : [" "])));
      }));
    };
    return { root, show: ({ call, line }) => {
      if (shown !== call) build(call);
      shown = call;
      const { row, last } = line >= 0 ? run.lines[line] : { row: run.sources[run.calls[call].source]?.first ?? 0, last: 0 };
      let now = null;
      for (const element of rows.children) {
        const at = Number(element.dataset.row);
        const isNow = at === row || (at > row && at <= last);
        element.classList.toggle("trace-now", isNow);
        if (isNow && !now) now = element;
      }
      if (now) toMiddle(rows, now);
      const calls = line >= 0 ? run.lines[line].calls : [];
      inside.replaceChildren(make("span", { class: "trace-small" }, calls.length ? "goes into " : ""),
        ...calls.map((one) => make("button", { type: "button", onclick: () => go(run.firstOf[one]) }, nameOf(run, one))));
    } };
  }

  const SORTS = { read: "read here", given: "given", bound: "bound here", changed: "written into", returned: "returned" };

  // The colors of the pictures: a function that draws a slice, and a strip that shows them all.
  function colorsOf(run) {
    const lut = bytesOf(run.colors);
    const draw = (canvas, { size: [h, w], data }) => {
      const cells = bytesOf(data);
      canvas.width = w;
      canvas.height = h;
      const image = new ImageData(w, h);
      cells.forEach((cell, i) => image.data.set([lut[3 * cell], lut[3 * cell + 1], lut[3 * cell + 2], 255], 4 * i));
      canvas.getContext("2d").putImageData(image, 0, 0);
      const scale = Math.min(168 / w, 132 / h);
      Object.assign(canvas.style, { width: `${Math.max(w * scale, 12)}px`, height: `${Math.max(h * scale, 12)}px` });
    };
    const strip = () => {
      const bar = make("canvas", { class: "trace-bar", width: 256, height: 1, "aria-hidden": "true" });
      const context = bar.getContext("2d");
      for (let i = 0; i < 256; i += 1) {
        context.fillStyle = `rgb(${lut[3 * i]},${lut[3 * i + 1]},${lut[3 * i + 2]})`;
        context.fillRect(i, 0, 1, 1);
      }
      return bar;
    };
    return { draw, strip };
  }

  const shown = (x) => (typeof x === "number" ? digits(x) : x);
  const rank = (corner) => (Array.isArray(corner) ? 1 + rank(corner[0] ?? 0) : 0);
  const nested = (corner) => (Array.isArray(corner) ? `[${corner.map(nested).join(", ")}]` : shown(corner));

  // A few numbers of a tensor: rows and columns as a table, more axes as nested lists.
  function numbersOf(corner, name) {
    const rows = rank(corner) === 0 ? [[corner]] : rank(corner) === 1 ? [corner] : corner;
    if (rank(corner) > 2) return make("pre", { class: "trace-nested", "aria-label": name }, corner.map(nested).join("\n"));
    return make("table", { "aria-label": name },
      ...rows.map((cells) => make("tr", {}, ...cells.map((x) => make("td", {}, shown(x))))));
  }

  // Slices of a tensor: the picture, its numbers, and a slider where there is more than one.
  function slicesOf(run, colors, name, { slices, opened, ends }) {
    const canvas = make("canvas", { class: "trace-picture", role: "img" });
    const place = make("output", { class: "trace-small trace-at" });
    const numbers = make("div", { class: "trace-numbers" });
    const slider = slices.length < 2 ? null : make("input", { type: "range", class: "trace-slider", min: 0, max: slices.length - 1,
      value: opened, "aria-label": `Which slice of ${name}`, oninput: () => show(Number(slider.value)) });
    const show = (at) => {
      const one = slices[at];
      colors.draw(canvas, one);
      canvas.setAttribute("aria-label", `Values of ${name}${one.at}, on a scale from ${digits(ends[0])} to ${digits(ends[1])}`);
      place.textContent = `${name}${one.at}`;
      if (slider) slider.setAttribute("aria-valuetext", one.at);
      numbers.replaceChildren(numbersOf(one.corner, `${name}${one.cornerAt}`),
        make("p", { class: "trace-small" }, `${name}${one.cornerAt}`));
    };
    show(opened);
    const legend = make("div", { class: "trace-legend" }, digits(ends[0]), colors.strip(), digits(ends[1]));
    return { picture: make("div", { class: "trace-slices" }, canvas, legend, slider, place), numbers };
  }

  // A tensor with all that is known of it; `toLine` gives a link to a line by its number.
  function tensorOf(run, colors, value, toLine) {
    const { shape, dtype, device, mean, std, low, high, bad, nbytes, slices } = run.facts[value.facts];
    const row = (name, ...text) => [make("dt", {}, name), make("dd", {}, ...text)];
    const origin = () => {
      if (!value.origin) return [`${size(nbytes)}, new`];
      const [line, name] = value.origin;
      const words = [`${size(nbytes)}: ${value.isView ? "a view of " : "the same tensor as "}`, make("code", {}, name)];
      return line ? [...words, " of ", toLine(line)] : words;
    };
    const parts = slices.length ? slicesOf(run, colors, value.name, run.facts[value.facts]) : { picture: null, numbers: null };
    return make("div", { class: "trace-tensor" },
      make("p", { class: "trace-shape" }, shapeOf(shape)),
      make("p", { class: "trace-small" }, `${dtype} on ${device}, ${SORTS[value.sort]}`),
      parts.picture,
      make("dl", {}, ...row("mean ± std", mean === null ? "–" : `${digits(mean)} ± ${digits(std)}`),
        ...row("range", mean === null ? "–" : `${digits(low)} … ${digits(high)}`),
        ...(bad ? row("not finite", count(bad)) : []), ...row("memory", ...origin())),
      parts.numbers);
  }

  function cardOf(run, go) {
    const root = make("div", { class: "trace-card" });
    const colors = colorsOf(run);
    const toLine = (number) => make("button", { type: "button", class: "trace-link", onclick: () => {
      const line = lineNumber(run, number);
      if (line >= 0) go(run.stopOfLine[line]);
    } }, `line ${count(number)}`);
    let wanted = "";
    const show = (stop) => {
      const made = valuesAt(run, stop);
      const values = made.length ? made : readAt(run, stop);
      const note = stop.line < 0 ? run.calls[stop.call].note : "";
      const chosen = values.find(({ name }) => name === wanted) ?? values.find(({ facts }) => facts >= 0) ?? values[0];
      const tabs = values.map((value) => make("button", { type: "button", class: "trace-tab",
        "aria-pressed": String(value === chosen), onclick: () => { wanted = value.name; show(stop); } }, value.name));
      const body = [];
      if (!chosen) body.push(make("p", { class: "trace-none" }, "This line binds and reads no value."));
      else if (chosen.facts >= 0) body.push(tensorOf(run, colors, chosen, toLine));
      else body.push(make("p", { class: "trace-word" }, chosen.text), make("p", { class: "trace-small" }, SORTS[chosen.sort]));
      root.replaceChildren(make("div", { class: "trace-tabs" }, ...tabs),
        ...(note ? [make("p", { class: "trace-note" }, `${note[0].toUpperCase()}${note.slice(1)}.`)] : []), ...body);
    };
    return { root, show };
  }

  // ---- all together -------------------------------------------------------------------------

  function stepper(host, data, { at = 0, moved = () => {} } = {}) {
    const run = unfold(data);
    let now = -1;
    const tree = treeOf(run, (to) => go(to));
    const code = codeOf(run, (to) => go(to));
    const card = cardOf(run, (to) => go(to));
    const said = make("p", { class: "trace-said", "aria-live": "polite" });
    const place = make("output", { class: "trace-place" });
    const hits = make("output", { class: "trace-hits" });
    const search = make("input", { type: "search", class: "trace-search", placeholder: "a shape: 64, 49, 32",
      "aria-label": "Jump to the lines where a shape appears", "data-lm-suppress-shortcuts": "true",
      oninput: () => { hits.textContent = search.value ? `${count(found(run, search.value).length)} lines` : ""; },
      onkeydown: (event) => {
        event.stopPropagation();
        if (event.key === "Escape") root.focus();
        if (event.key === "Enter") jump(event.shiftKey ? -1 : 1);
      } });
    const jump = (step) => {
      const all = found(run, search.value);
      if (!all.length) { hits.textContent = search.value ? "no line" : ""; return; }
      const after = step > 0 ? all.findIndex((one) => one > now) : all.findLastIndex((one) => one < now);
      const which = after >= 0 ? after : (step > 0 ? 0 : all.length - 1);
      go(all[which]);
      hits.textContent = `${count(which + 1)} of ${count(all.length)}`;
    };
    const button = (move, label, title) => make("button", { type: "button", "data-move": move, title,
      onclick: (event) => {
        walk(move);
        // After a click the keys are the stepper's again; who pressed the button by key stays on it.
        if (event.detail || document.activeElement?.disabled) root.focus({ preventScroll: true });
      } }, label);
    const buttons = [button("up", "↑", "Line before (arrow up)"), button("down", "↓", "Next line (arrow down)"),
      button("back", "←", "Step before, wherever (arrow left)"), button("next", "→", "Next step, wherever (arrow right)"),
      button("in", "in ↵", "Go into what this line calls (Enter)"), button("out", "out esc", "Back to the caller (Escape)")];
    const root = make("section", { class: "course course-live trace-stepper", tabindex: 0, role: "application",
      "aria-label": `${run.model}, line by line`, "data-lm-suppress-shortcuts": "true",
      onkeydown: (event) => {
        const move = KEYS[event.key];
        if (!move || event.target.closest("button, input")?.matches("input") || event.altKey || event.ctrlKey || event.metaKey) return;
        if (event.key === "Enter" && event.target.closest("button")) return;
        if (event.key === "Escape" && MOVES.out(run, now) < 0) return; // for what lies around it
        event.preventDefault();
        event.stopPropagation();
        walk(move);
      } },
    make("div", { class: "trace-bar-top" }, ...buttons, search, hits, place),
    make("div", { class: "trace-body" }, tree.root, code.root, card.root), said);
    const walk = (move) => {
      const to = MOVES[move](run, now);
      if (to >= 0) go(to);
    };
    const go = (to) => {
      const next = Math.min(Math.max(to, 0), run.stops.length - 1);
      if (next === now) return;
      now = next;
      const stop = run.stops[now];
      tree.show(stop.call);
      code.show(stop);
      card.show(stop);
      place.textContent = `step ${count(now + 1)} of ${count(run.stops.length)}`;
      said.textContent = sentence(run, now);
      for (const one of buttons) one.disabled = MOVES[one.dataset.move](run, now) < 0;
      moved(now);
    };
    host.replaceChildren(root);
    go(at);
    return { go, root, now: () => now };
  }

  function sentence(run, at) {
    const { call, line } = run.stops[at];
    const { name, path, seconds, newBytes, kind } = run.calls[call];
    const where = path || run.model;
    const words = valuesAt(run, run.stops[at]).filter(({ facts }) => facts >= 0)
      .map((value) => `${value.name} ${shapeOf(run.facts[value.facts].shape)}`);
    const took = (ms, bytes) => `${time(1e3 * ms)}${bytes ? `, ${size(bytes)} of new tensors` : ""}`;
    if (line < 0) {
      const what = kind === "module" ? `${where} (${name}) starts` : `${name}() starts in ${where}`;
      return `${what}${words.length ? ` with ${words.join(", ")}` : ""}. It takes ${took(seconds, newBytes)}.`;
    }
    const { number, row, title, values, seconds: own, newBytes: made } = run.lines[line];
    const sorts = values.some(({ sort }) => sort === "returned") ? "returns" : "binds";
    return `Line ${count(number)}, row ${row} of ${name}${title ? ` (${title})` : ""}: ${words.length ? `${sorts} ${words.join(", ")}` : "no tensor"}; ${took(own, made)}.`;
  }

  return { stepper, unfold, found, MOVES, sentence, make, highlighted, hanging, colorsOf, tensorOf, nameOf, shapeOf, time, size, count, digits, lineNumber };
})();
