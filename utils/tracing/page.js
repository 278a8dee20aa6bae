// The page of a trace: the run as a document, with contents, search, and the stepper at any place.
// What is folded, or far from the screen, is not drawn: so that a long run stays quick.

TRACE.unpacked = async (text) => {
  const zipped = new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]).stream();
  return new Response(zipped.pipeThrough(new DecompressionStream("gzip"))).json();
};

TRACE.page = (host, data, at) => {
  const { make, highlighted, tensorOf, nameOf, shapeOf, time, size, count, digits } = TRACE;
  const run = TRACE.unfold(data);
  const colors = TRACE.colorsOf(run);
  const sections = new Map(); // call -> its section, once it is drawn
  const rows = new Map(); // line -> its element, once it is drawn
  const DEEPEST = 4; // headings: the page has the first, what lies deeper is a bold line
  const SMALL = 1; // modules of this depth are open at first
  const CHUNK = 60; // lines that are drawn at a time

  // How many modules a call lies in: functions do not count.
  const depths = run.calls.map(() => 0);
  for (const { call, line } of run.stops) {
    if (line >= 0) continue;
    const above = run.parents[call].call;
    depths[call] = above < 0 ? 0 : depths[above] + (run.calls[above].kind === "module" ? 1 : 0);
  }
  const titleOf = (call) => {
    const { kind, name, path } = run.calls[call];
    return kind === "function" ? `${name}()` : path ? `${path} · ${name}` : name;
  };
  const innerOf = (call) => run.calls[call].lines.flatMap((line) => run.lines[line].calls);
  const shapesOf = (values) => values.filter(({ facts }) => facts >= 0).map(({ facts }) => shapeOf(run.facts[facts].shape));
  const isFar = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting) target.fill?.();
  }, { rootMargin: "1200px 0px" });

  // An element that is drawn when it comes near the screen, or when somebody needs it.
  const later = (element, draw, height) => {
    element.style.minHeight = `${height}px`;
    element.fill = () => {
      isFar.unobserve(element);
      element.fill = null;
      element.style.minHeight = "";
      draw();
    };
    isFar.observe(element);
    return element;
  };

  // ---- values, lines, calls -----------------------------------------------------------------

  const toLine = (number) => make("button", { type: "button", class: "trace-link",
    onclick: () => { const line = TRACE.lineNumber(run, number); if (line >= 0) go(run.stopOfLine[line]); } }, `line ${count(number)}`);
  const valueOf = (value) => {
    const name = make("code", { class: "page-name" }, value.name);
    if (value.facts < 0) return make("div", { class: "page-word" }, name, " = ", make("code", {}, value.text));
    return make("div", { class: "page-tensor" }, name, tensorOf(run, colors, value, toLine));
  };
  const codeOf = (text) => make("pre", { class: "page-code" }, make("code", {},
    ...text.split("\n").map((row, i, rows) => make("span", { class: "page-row", style: TRACE.hanging(row) }, ...highlighted(text)[i], i + 1 < rows.length ? "\n" : ""))));
  // Words with `code` in them.
  const wordsOf = (text) => text.split(/`([^`]+)`/).map((part, i) => (i % 2 ? make("code", {}, part) : part));
  const lineOf = (line) => {
    const { number, text, row, title, comment, values, seconds, newBytes, calls } = run.lines[line];
    const open = make("button", { type: "button", class: "page-step", title: "Open the stepper at this line",
      onclick: () => step(run.stopOfLine[line]) }, "step");
    const root = make("div", { class: "page-line", id: `line-${number}`, tabindex: -1 },
      ...(text ? [make("p", { class: "page-title" }, make("span", { class: "page-number" }, count(number)),
        make("b", {}, ...wordsOf(title)), make("span", { class: "trace-small" },
          `row ${row} · ${time(1e3 * seconds)}${newBytes ? ` · ${size(newBytes)} new` : ""}`), open),
      ...(comment ? [make("p", { class: "page-comment" }, ...wordsOf(comment))] : []), codeOf(text)] : []),
      ...calls.map(sectionOf),
      ...(values.length ? [make("div", { class: "page-values" }, ...values.map(valueOf))] : []));
    rows.set(line, root);
    return root;
  };
  const foldedOf = (lines) => make("details", { class: "page-helpers" },
    make("summary", {}, `${count(lines.length)} lines of sizes and checks`), ...lines.map(lineOf));

  // The lines of a call: helpers that follow each other in one fold, a hundred at a time.
  const groupsOf = (lines) => {
    const groups = [];
    for (const line of lines) {
      const { helper } = run.lines[line];
      if (helper && groups.at(-1)?.helper) groups.at(-1).lines.push(line);
      else groups.push({ helper, lines: [line] });
    }
    return groups;
  };
  const drawGroups = (groups) => {
    const drawn = groups.slice(0, CHUNK).flatMap(({ helper, lines }) => (helper && lines.length > 1 ? [foldedOf(lines)] : lines.map(lineOf)));
    const rest = groups.slice(CHUNK);
    if (!rest.length) return drawn;
    const more = make("div", { class: "page-more" });
    more.lines = new Set(rest.flatMap(({ lines }) => lines));
    later(more, () => more.replaceWith(...drawGroups(rest)), 60 * rest.length);
    return [...drawn, more];
  };
  let openAll = false;
  function sectionOf(call) {
    const { kind, about, described, source, given, returned, note, seconds, newBytes, lines } = run.calls[call];
    const level = 2 + depths[call];
    const isHeading = kind === "module" && level <= DEEPEST;
    const body = make("div", { class: "page-body", hidden: "" });
    const toggle = make("button", { type: "button", class: "page-toggle", "aria-expanded": "false",
      onclick: () => unfold(call, body.hidden) },
    make("span", { class: "page-mark", "aria-hidden": "true" }, "▸"), titleOf(call));
    const ends = [shapesOf(given).join(", "), shapesOf(returned).join(", ")].filter(Boolean).join(" → ");
    const root = make("section", { class: `page-call page-${kind}`, "data-call": call },
      make(isHeading ? `h${level}` : "p", { class: "page-head" }, toggle,
        make("span", { class: "trace-small" }, `${ends}${ends ? " · " : ""}${time(1e3 * seconds)}`)),
      ...(about ? [make("p", { class: "page-about" }, ...wordsOf(`${about}.`))] : []), body);
    body.draw = () => {
      const { file, first } = run.sources[source] ?? { file: "no source in Python", first: 0 };
      body.append(
        make("p", { class: "page-facts" }, ...(described ? [make("code", {}, described), make("br")] : []),
          make("span", { class: "trace-small" }, first ? `${file}, row ${first}` : file), " ",
          make("button", { type: "button", class: "page-step", title: "Open the stepper here",
            onclick: () => step(run.firstOf[call]) }, "step")),
        ...(given.length ? [make("details", { class: "page-given" }, make("summary", {}, `given: ${given.map(({ name }) => name).join(", ")}`),
          make("div", { class: "page-values" }, ...given.map(valueOf)))] : []),
        ...drawGroups(groupsOf(lines)),
        ...(lines.length || !returned.length ? [] : [make("div", { class: "page-values" }, ...returned.map(valueOf))]),
        ...(note ? [make("p", { class: "trace-note" }, `${note[0].toUpperCase()}${note.slice(1)}.`)] : []),
        make("p", { class: "page-end trace-small" }, `End of ${titleOf(call)}: ${time(1e3 * seconds)}, ${size(newBytes)} of new tensors`));
    };
    root.body = body;
    root.toggle = toggle;
    sections.set(call, root);
    if (openAll || (kind === "module" ? depths[call] < SMALL : depths[call] <= SMALL && innerOf(call).length > 1)) unfold(call, true);
    return root;
  }
  function unfold(call, wanted, now = false) {
    const { body, toggle } = sections.get(call);
    body.hidden = !wanted;
    toggle.setAttribute("aria-expanded", String(wanted));
    toggle.firstChild.textContent = wanted ? "▾" : "▸";
    if (wanted && body.draw) {
      const { draw } = body;
      body.draw = null;
      later(body, draw, 48 * run.calls[call].lines.length);
    }
    if (wanted && now) body.fill?.();
  }

  // ---- going to a place ---------------------------------------------------------------------

  let now = 0;
  function reveal({ call, line }) {
    const way = [];
    for (let one = call; one >= 0; one = run.parents[one].call) way.unshift(one);
    way.forEach((one, at) => {
      if (at) drawn(way[at - 1], run.parents[one].line);
      unfold(one, true, true);
    });
    if (line >= 0) drawn(call, line);
    const element = line >= 0 ? rows.get(line) : sections.get(call);
    for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    return element;
  }
  // Draws the lines of a call as far as this one.
  function drawn(call, line) {
    for (let more; !rows.has(line) && (more = sections.get(call).body.querySelector(":scope > .page-more"));) more.fill();
  }
  function go(to, { quiet = false } = {}) {
    now = Math.min(Math.max(to, 0), run.stops.length - 1);
    const element = reveal(run.stops[now]);
    document.querySelector(".page-now")?.classList.remove("page-now");
    element.classList.add("page-now");
    const place = () => element.scrollIntoView({ block: "start" });
    place();
    requestAnimationFrame(() => { place(); requestAnimationFrame(place); }); // what comes near is drawn, and moves it
    contents.show(run.stops[now].call);
    host.dataset.at = now;
    if (!quiet) history.replaceState(null, "", `#${now}`);
  }

  // ---- contents at the side -----------------------------------------------------------------

  const contents = (() => {
    const opened = new Set([0]);
    const root = make("nav", { class: "page-contents", "aria-label": "Contents" });
    let current = 0;
    // Functions between modules are no entries, but what they call is.
    const modulesIn = (call) => innerOf(call).flatMap((one) => (run.calls[one].kind === "module" ? [one] : modulesIn(one)));
    const entryOf = (call) => {
      const inner = modulesIn(call);
      const isOpen = opened.has(call);
      const { returned, name } = run.calls[call];
      const [shape] = shapesOf(returned);
      const fold = make("button", { type: "button", class: "page-fold", "aria-label": `Parts of ${titleOf(call)}`, "aria-expanded": String(isOpen),
        onclick: () => { if (isOpen) opened.delete(call); else opened.add(call); paint(); } }, isOpen ? "▾" : "▸");
      const link = make("a", { href: `#${run.firstOf[call]}`, title: `${titleOf(call)} ${shape ?? ""}`, "aria-current": call === current ? "true" : null,
        onclick: (event) => { event.preventDefault(); go(run.firstOf[call]); toggleContents(false); } },
      moduleName(call), " ", make("span", { class: "trace-small" }, name));
      return make("li", {}, make("div", { class: "page-entry" }, inner.length ? fold : make("span", { class: "page-fold" }), link),
        ...(inner.length && isOpen ? [make("ol", {}, ...inner.map(entryOf))] : []));
    };
    const moduleName = (call) => {
      let above = run.parents[call].call;
      while (above >= 0 && run.calls[above].kind !== "module") above = run.parents[above].call;
      const path = above < 0 ? "" : run.calls[above].path;
      return run.calls[call].path.slice(path ? path.length + 1 : 0) || run.model;
    };
    const paint = () => {
      root.replaceChildren(make("ol", {}, entryOf(0)));
      root.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    };
    return { root, paint, show: (call) => {
      let module = call;
      while (run.calls[module].kind !== "module") module = run.parents[module].call;
      current = module;
      for (let one = run.parents[module].call; one >= 0; one = run.parents[one].call) opened.add(one);
      paint();
    } };
  })();
  const toggleContents = (wanted) => {
    document.body.classList.toggle("page-with-contents", wanted);
    menu.setAttribute("aria-expanded", String(document.body.classList.contains("page-with-contents")));
  };
  const menu = make("button", { type: "button", class: "page-menu", "aria-expanded": "false", onclick: () => toggleContents() }, "Contents");

  // ---- search, folds, light and dark --------------------------------------------------------

  const search = make("input", { type: "search", class: "page-search", placeholder: "code, a title, or a shape: 64, 49, 49",
    "aria-label": "Search for code, a title, or a shape",
    oninput: () => { hits.textContent = search.value ? `${count(places().length)} places` : ""; },
    onkeydown: (event) => {
      if (event.key === "Enter") jump(event.shiftKey ? -1 : 1);
      else if (event.key === "Escape") search.blur();
      else return;
      event.preventDefault();
    } });
  const hits = make("output", { class: "page-hits" });
  const button = (label, title, onclick) => make("button", { type: "button", title, "aria-label": title, onclick }, label);
  let lastText = null;
  let lastPlaces = [];
  function places() {
    if (search.value !== lastText) {
      lastText = search.value;
      const words = lastText.trim().toLowerCase();
      const inCalls = words.length < 2 ? [] : run.stops.map(({ call, line }, at) => ({ call, line, at }))
        .filter(({ call, line }) => line < 0 && titleOf(call).toLowerCase().includes(words)).map((one) => one.at);
      lastPlaces = [...new Set([...TRACE.found(run, lastText), ...inCalls])].sort((a, b) => a - b);
    }
    return lastPlaces;
  }
  function jump(by) {
    const all = places();
    if (!all.length) { hits.textContent = search.value ? "nowhere" : ""; return; }
    const after = by > 0 ? all.findIndex((one) => one > now) : all.findLastIndex((one) => one < now);
    const which = after >= 0 ? after : by > 0 ? 0 : all.length - 1;
    go(all[which]);
    hits.textContent = `${count(which + 1)} of ${count(all.length)}`;
  }
  function foldAll(wanted) {
    openAll = wanted;
    for (const call of [...sections.keys()]) unfold(call, wanted || call === 0);
  }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
  const theme = button("◐", "Light or dark", () => { document.documentElement.dataset.theme = isDark() ? "light" : "dark"; });

  // ---- the stepper --------------------------------------------------------------------------

  const dialog = make("dialog", { class: "page-stepper", "aria-label": "Stepper" });
  let stepper = null;
  function step(to) {
    const place = make("div");
    const close = make("button", { type: "button", class: "page-close", onclick: () => dialog.close() }, "Back to the page");
    dialog.replaceChildren(close, place);
    dialog.showModal();
    stepper = TRACE.stepper(place, data, { at: to });
    stepper.root.focus();
  }
  dialog.addEventListener("close", () => { if (stepper) go(stepper.now()); });
  const KEYS = {
    "/": () => search.focus(),
    j: () => go(Math.min(now + 1, run.stops.length - 1)),
    k: () => go(Math.max(now - 1, 0)),
    o: () => { const { call } = run.stops[now]; unfold(call, sections.get(call).body.hidden, true); },
    s: () => step(now),
    c: () => toggleContents(),
  };
  document.addEventListener("keydown", (event) => {
    if (dialog.open || event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input")) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // ---- all together -------------------------------------------------------------------------

  const top = make("header", { class: "page-top" }, menu, search, hits, button("↑", "Place before", () => jump(-1)), button("↓", "Next place", () => jump(1)),
    button("Unfold all", "Unfold all", () => foldAll(true)), button("Fold all", "Fold all", () => foldAll(false)), theme);
  const main = make("main", { class: "page-main" },
    make("h1", {}, `${run.model}, line by line`), make("p", {}, `${run.said}.`),
    make("p", { class: "trace-small" }, "Each line of code is followed by the names that it bound or changed. Keys: / searches, j and k go to the next and the last step, o folds and unfolds, s opens the stepper, c the contents."),
    sectionOf(0));
  host.append(top, make("div", { class: "page-grid" }, contents.root, main), dialog);
  contents.paint();
  const wanted = Number(location.hash.slice(1)) || at;
  if (wanted) go(wanted, { quiet: true });
  addEventListener("hashchange", () => go(Number(location.hash.slice(1)) || 0, { quiet: true }));
};
