"""How long a view takes to answer.

Python's part of a gesture, from new setting to arrays: at most 50 ms at the median without a pass
of a model, 400 ms with a nano model. And the whole of it, from the gesture to the painted picture
in a browser: at most 200 ms at the median on two cores.
"""

import time
from dataclasses import fields
from typing import Any

from utils.cli.benches.gestures import gesture_rows
from utils.cli.benches.timing import Row, Settings, Timing, unit_seconds
from utils.explorers import explore, list_explorers

GESTURES = 24  # settings of the sweep, evenly spread over it
PASSES = 3  # other pictures for a view with a model: each makes it run


def run(settings: Settings) -> list[Row]:
    """For each view its gestures in Python, the passes of its model, its gestures in a browser."""
    rows = []
    for name in list_explorers():
        started = time.perf_counter()
        view = explore(name)
        opened = f"opens in {1000 * (time.perf_counter() - started):.0f} ms"
        swept = list(view.sweep())
        chosen = swept[:: max(1, len(swept) // GESTURES)][:GESTURES]
        times = [_seconds(view, one) for one in chosen]
        rows.append(_row(name, f"{len(times)} gestures", times, settings, opened))
        if hasattr(view, "inside"):
            passes = [_pass(view) for _ in range(PASSES)]
            rows.append(_row(name, "a pass of its model", passes, settings, ""))
    return rows + gesture_rows(list_explorers(), unit_seconds(settings.device))


def _row(name: str, case: str, times: list[float], settings: Settings, note: str) -> Row:
    return Row(name, case, Timing(tuple(times), unit_seconds(settings.device)), note=note)


def _seconds(view: Any, setting: Any) -> float:
    """Seconds of one gesture: all settings change together, the view answers once."""
    started = time.perf_counter()
    with view.hold_trait_notifications():
        for f in fields(setting):
            view.set_trait(f.name, getattr(setting, f.name))
    if view.error:
        raise RuntimeError(f"{view.name}: {view.error}")
    return time.perf_counter() - started


def _pass(view: Any) -> float:
    view.take_picture(None)  # what was kept is forgotten
    started = time.perf_counter()
    view.refresh()
    return time.perf_counter() - started
