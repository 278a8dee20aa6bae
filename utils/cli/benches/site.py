"""How long a reader of the site waits, in a real browser: a view's start, its passes, a gesture.

A page of its own for each view, from a bare server on this machine: first with an empty cache on a
line of 10 Mbit/s, then again. A gesture is a setting that changes, until the sentence has changed.
Needs a Chromium, and playwright, which `course.py test` installs.
"""

import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from utils.cli.benches.browser import FLAGS, find_chromium, served
from utils.cli.benches.timing import Row, Settings, Timing, unit_seconds
from utils.errors import ConfigError
from utils.explorers import explorer_class, list_explorers

QUICK = ("windows", "attend", "attention", "flow")
GESTURES = 6
SAME = 20  # seconds after which a sentence that is still the same was meant to be
LINE = {"offline": False, "latency": 20, "downloadThroughput": 1.25e6, "uploadThroughput": 1.25e6}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title>
<link rel="icon" href="data:,">{scripts}<body><figure data-view="{name}"></figure></body></html>
"""
READY = "() => ['ready', 'failed'].includes(document.querySelector('figure').dataset.state)"
GESTURE = """async (values) => {
  const place = document.querySelector('figure');
  const said = place.querySelector('.course-said');
  const before = said.textContent;
  const began = performance.now();
  for (const [name, value] of Object.entries(values)) place.courseModel.set(name, value);
  place.courseModel.save_changes();
  while (said.textContent === before && performance.now() - began < 20000) {
    await new Promise((next) => setTimeout(next, 1));
  }
  return (performance.now() - began) / 1000;
}"""


def run(settings: Settings) -> list[Row]:
    """Rows for four views; with `--all` for every one."""
    from playwright.sync_api import sync_playwright

    from utils.site.player import build

    names = list_explorers() if settings.all else list(QUICK)
    unit = unit_seconds(settings.device)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        scripts = build(folder, views=names)
        tags = "".join(f'<script defer src="_static/{path}"></script>' for path in scripts)
        for name in names:
            page = PAGE.format(name=name, scripts=tags)
            (folder / f"{name}.html").write_text(page, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=_browser(), args=FLAGS)
        with served(folder) as address:
            return [
                Row(name, case, Timing(tuple(seconds), unit), note=note)
                for name in names
                for case, seconds, note in _view(browser, f"{address}/{name}.html", name)
            ]


def _browser() -> str:
    found = find_chromium()
    if found is None:
        raise ConfigError(
            "no Chromium is here",
            allowed="the bench of the site drives one",
            mend="install it (Debian: apt-get install chromium)",
        )
    return found


def _view(browser: Any, address: str, name: str) -> Iterator[tuple[str, list[float], str]]:
    """What was measured of one view: case, seconds, note."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    tab = context.new_page()
    tab.set_default_timeout(120_000)
    line = context.new_cdp_session(tab)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", LINE)
    received: list[float] = []
    line.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    first = _opened(tab, address)
    yield "live, first visit at 10 Mbit/s", [first], f"{sum(received) / 1e6:.1f} MB"
    yield "live, from the cache", [_opened(tab, address)], ""
    swept = list(explorer_class(name).maths.sweep())
    chosen = swept[:: max(1, len(swept) // GESTURES)][:GESTURES]
    chosen = [one for one in chosen if getattr(one, "memory", "") != "this"]  # a kernel's alone
    gestures = [tab.evaluate(GESTURE, json.loads(json.dumps(asdict(one)))) for one in chosen]
    gestures = [seconds for seconds in gestures if seconds < SAME]
    yield f"{len(gestures)} gestures", gestures, ""
    if ms := tab.get_attribute("figure", "data-ms"):
        yield "a pass of its model", [max(float(ms), 1) / 1000], "one thread"
    context.close()


def _opened(tab: Any, address: str) -> float:
    """Seconds until the view of a page lives."""
    started = time.perf_counter()
    tab.goto(address)
    tab.wait_for_function(READY)
    seconds = time.perf_counter() - started
    if tab.get_attribute("figure", "data-state") != "ready":
        raise RuntimeError(f"{address}: {tab.inner_text('figure')}")
    return seconds
