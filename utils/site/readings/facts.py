"""What a reading has to know of Python's half: the same constants, words and stored runs."""

from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.explorers import explorer_class
from utils.explorers.arrays import pack, pack_result
from utils.explorers.pair import OWN_MOTION
from utils.figures.classes import PALETTE, class_colors
from utils.figures.flow import BEYOND, PURE, STEPS
from utils.figures.style import DIVERGING, SEQUENTIAL, color_table
from utils.world import CLASSES

degrade = import_module("utils.world.degrade")  # the package has a function of this name
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

# Views that a page shows as a still, and why.
STILLS = {
    "architecture": "a click traces the lines of a block, which only Python can",
    "one_query": "its steps are computed by the course's own attention, line by line",
    "stochastic_depth": "its throws are those of torch's dropout",
    "dinov2": "it opens with the learner's own weight file, of 84 MB or more",
}


def has_reading(name: str) -> bool:
    """Whether a view's reading is written."""
    return (READINGS / f"{name}.js").exists()


def is_plain(name: str) -> bool:
    """Whether a view computes in its own module."""
    return bool(explorer_class(name).in_module)


def answers(name: str) -> bool:
    """Whether a page answers for this view, in its own module or by a reading."""
    return is_plain(name) or has_reading(name)


def facts_for(name: str) -> Facts:
    """The constants of a reading, read from the modules that own them."""
    return FACTS[name]() if name in FACTS else {}


def graphs_for(name: str) -> list[str]:
    """The graphs that a view runs."""
    return GRAPHS.get(name, [name]) if has_reading(name) else []


def without_python(name: str, facts: Facts) -> Facts:
    """A view's facts, less the choices that only a kernel can answer."""
    if name != "cost":
        return facts
    controls = [
        {**c, "values": c["values"][:-1], "names": c["names"][:-1]} if c["name"] == "memory" else c
        for c in facts["controls"]
    ]
    return {**facts, "controls": controls}


def _maths(name: str) -> Any:
    return explorer_class(name).maths


def _constants(name: str, wanted: str) -> Facts:
    """Constants of a view's module, as the reading calls them: in small letters."""
    return {one: getattr(_maths(name), one.upper()) for one in wanted.split()}


def _motion() -> Facts:
    return {"motion": asdict(OWN_MOTION)}


def _wheel() -> Facts:
    return {"steps": STEPS, "pure": PURE, "beyond": BEYOND}


def _table(name: str = SEQUENTIAL) -> dict[str, Any]:
    return pack(color_table(name))


def _attend() -> Facts:
    return {**_constants("attend", "side patch kinds heads points channels"), **_motion()}


def _cost() -> Facts:
    m = _maths("cost")
    return {
        **_constants("cost", "kinds sides channels heads points window float"),
        "gigabyte": m.GB,
        "most": m.MOST_CELLS,
        "recorded": m._record(),
    }


def _claim() -> Facts:
    """Every claim with the result of each arm; what differs between arms stands with the arm."""
    m = _maths("claim")
    claims = {}
    for name in m.list_claims():
        stored = m.load_claim(name)
        results = [
            pack_result(m.compute(m.Settings(name, arm), None, stored))
            for arm in range(1, len(stored.facts["arms"]) + 1)
        ]
        arms = [{key: result[key] for key in ("seconds", "hardware")} for result in results]
        claims[name] = {**results[0], "arms": arms}
    return {"titles": m.TITLES, "claims": claims}


def _attention() -> Facts:
    m = _maths("attention")
    return {
        **_constants("attention", "lattice masked seen trace"),
        "side": m.side_of(m.default_model()),
        "classes": CLASSES,
    }


def _match() -> Facts:
    return {**_constants("match", "lattice radius"), **_motion()}


def _flow() -> Facts:
    return {**_constants("flow", "arrows error"), "table": _table(), **_wheel()}


def _occlusion() -> Facts:
    m = _maths("occlusion")
    colors = {k: [int(c[i : i + 2], 16) for i in (1, 3, 5)] for k, c in m.INK_COLOR.items()}
    return {
        **_constants("occlusion", "lattice error ink"),
        "colors": colors,
        "table": _table(),
        **_motion(),
    }


def _upsampling() -> Facts:
    return {**_constants("upsampling", "pictures places"), **_wheel(), **_motion()}


def _deformable() -> Facts:
    m = _maths("deformable")
    side = m.side_of(m.default_model())
    return {"lattice": m.LATTICE, "strides": m.SIDE_STRIDES, "vit": m.VIT, "side": side}


def _squeeze_excite() -> Facts:
    """The model's pass over the stored scenes stands ready: the page runs the picture alone."""
    m = _maths("squeeze_excite")
    inside = m._scene_inside()
    layers = [
        {
            "name": layer.name,
            "gates": pack(layer.gates[1:].numpy()),
            "filtered": _in_shades(layer.filtered[1:].numpy()),
        }
        for layer in inside.layers
    ]
    examples = m.scenes()[:: m.PER_CLASS]
    return {
        **_constants("squeeze_excite", "side per_class channels"),
        "classes": CLASSES,
        "examples": pack(_as_bytes(examples.numpy())),
        "scenes": {"layers": layers, "logits": pack(inside.logits[1:].numpy())},
    }


def _in_shades(maps: NDArray) -> Facts:
    """Maps (rows, h, w, c) for the eye alone: each has 256 steps, a fourth of the bytes."""
    low = maps.min((1, 2))
    step = np.maximum(maps.max((1, 2)) - low, 1e-12) / 255
    levels = ((maps - low[:, None, None]) / step[:, None, None]).round().astype(np.uint8)
    return {"low": pack(low), "step": pack(step), "levels": pack(levels)}


def _as_bytes(pictures: NDArray) -> NDArray:
    return np.moveaxis((255 * pictures).round(), 1, -1).astype(np.uint8)


def _weather() -> Facts:
    """The numbers of rain and noise, as the world has them."""
    return {
        "levels": degrade.GRAY_LEVELS,
        "drops": degrade.RAIN_DROPS,
        "shine": degrade.RAIN_SHINE,
        "length": degrade.STREAK_LENGTH,
        "lean": degrade.STREAK_LEAN,
    }


def _restore() -> Facts:
    return {
        **_constants("restore", "unit removed same"),
        "diverging": _table(DIVERGING),
        "weather": _weather(),
    }


def _gate() -> Facts:
    return {
        **_constants("gate", "mosaic thumb large open strength"),
        "diverging": _table(DIVERGING),
        "sequential": _table(),
        "weather": _weather(),
    }


def _mdta() -> Facts:
    return {**_constants("mdta", "shown"), "diverging": _table(DIVERGING)}


def _injector() -> Facts:
    m = _maths("injector")
    model = m.default_model()
    gammas = [i.injector.gamma for i in m.adapter_of(model).interactions]
    return {
        "side": m.side_of(model),
        **_constants("injector", "strides trained"),
        "palette": class_colors(np.arange(len(PALETTE))[None])[0].tolist(),
        "silent": not any(bool(gamma.any()) for gamma in gammas),
    }


def _pyramid() -> Facts:
    m = _maths("pyramid")
    side = m.side_of(m.default_model())
    return {"side": side, "strides": m.STRIDES, "table": _table()}


FACTS: dict[str, Callable[[], Facts]] = {
    "attend": _attend,
    "attention": _attention,
    "claim": _claim,
    "cost": _cost,
    "deformable": _deformable,
    "flow": _flow,
    "gate": _gate,
    "injector": _injector,
    "match": _match,
    "mdta": _mdta,
    "occlusion": _occlusion,
    "pyramid": _pyramid,
    "restore": _restore,
    "squeeze_excite": _squeeze_excite,
    "upsampling": _upsampling,
}
# Every view with a model runs the graph of its own name; these run others beside it, or none.
GRAPHS = {
    "flow": ["flow", "world_subject", "world_all"],
    "attend": [],
    "claim": [],
    "cost": [],
}
