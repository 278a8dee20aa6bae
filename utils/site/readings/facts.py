"""What a reading has to know of Python's half: the same constants, words and stored runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from utils.explorers import explorer_class

READINGS = Path(__file__).parent
Facts = dict[str, Any]

# What a page without Python cannot do, as said below the view and at the click.
NEEDS: dict[str, dict[str, str]] = {
    "claim": {
        "note": "These are the stored runs. Training an arm anew needs Python: in the installed "
        "course the button trains it while you watch.",
        "click": "Training needs Python: install the course and press this button there.",
    },
    "cost": {
        "note": "The times are those of the machine that is named. Measuring yours needs Python: "
        "in the installed course the button does it.",
        "click": "Measuring needs Python: install the course and press this button there.",
    },
}


def has_reading(name: str) -> bool:
    """Whether a view's reading is written."""
    return (READINGS / f"{name}.js").exists()


def is_plain(name: str) -> bool:
    """Whether a view computes in its own module."""
    return bool(explorer_class(name).in_module)


def facts_for(name: str) -> Facts:
    """The constants of a reading, read from the modules that own them."""
    return FACTS[name]() if name in FACTS else {}


def graphs_for(name: str) -> list[str]:
    """The graphs that a view runs."""
    return GRAPHS.get(name, [])


def without_python(name: str, facts: Facts) -> Facts:
    """A view's facts, less the choices that only a kernel can answer."""
    if name != "cost":
        return facts
    controls = [
        {**c, "values": c["values"][:-1], "names": c["names"][:-1]} if c["name"] == "memory" else c
        for c in facts["controls"]
    ]
    return {**facts, "controls": controls}


FACTS: dict[str, Callable[[], Facts]] = {}
GRAPHS: dict[str, list[str]] = {}
