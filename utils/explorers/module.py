"""Put together what the browser gets: one plain module and one style sheet per view.

A browser module that arrives as text cannot import another file, so the shared files (`browser/`)
and the view's own half (`widget.js`) are joined here. `widget.js` declares

    const VIEW = { compute, sentence, build };

`build(stage, tools)` makes the elements once and returns `paint(settings, result)`; `compute` and
`sentence` are there when the arithmetic is the module's own.
"""

import base64
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from utils.cells.look import COLORS_CSS, SEQUENTIAL
from utils.cells.output import LIVE_CSS
from utils.explorers.settings import controls_of
from utils.figures.style import color_table

if TYPE_CHECKING:
    from utils.explorers.base import Explorer

HERE = Path(__file__).parent
BROWSER = HERE / "browser"
PARTS = ("elements", "maps", "motion", "controls", "pictures", "view", "page")
END = """
export { VIEW };
export default { render: ({ model, el }) => show({ model, el }) };
"""


def module_text(view: "type[Explorer]") -> str:
    """The whole module of a view, as `_esm` wants it."""
    return "\n".join([f"const META = {script_json(facts_of(view))};", body_text(view.name), END])


def body_text(name: str) -> str:
    """What stands between META and the exports: the shared files and the view's own half."""
    shared = [(BROWSER / f"{part}.js").read_text(encoding="utf-8") for part in PARTS]
    own = (HERE / name / "widget.js").read_text(encoding="utf-8")
    return "\n".join([*shared, own])


@cache
def style_text(name: str) -> str:
    """The whole style sheet of a view: colors, what all share, its own."""
    parts = [BROWSER / "base.css", HERE / name / "widget.css"]
    return "\n".join([COLORS_CSS, LIVE_CSS, *(part.read_text(encoding="utf-8") for part in parts)])


def script_json(value: object) -> str:
    """JSON that may stand in a script of a page: no text in it can end the script.

    >>> script_json("</script>")
    '"\\\\u003c/script>"'
    """
    return json.dumps(value).replace("<", "\\u003c")


def facts_of(view: "type[Explorer]") -> dict[str, object]:
    """What the module has to know about the view: the same words and ranges as in Python."""
    start = view.maths.Settings()
    controls = [
        {
            "name": name,
            "kind": control.kind,
            "label": control.label,
            "values": _values(control.values, control.kind),
            "names": control.names,
            "reads": control.reads and asdict(control.reads),
            "default": getattr(start, name),
        }
        for name, control in controls_of(view.maths.Settings).items()
    ]
    return {
        "name": view.name,
        "title": view.title,
        "says": hasattr(view.maths, "says"),
        "hint": view.hint,
        "height": view.height,
        "controls": controls,
        "inModule": view.in_module,
        "devices": getattr(view, "devices", ()),  # only a view with a model has them
        "picture": view.takes_picture,
        "frames": view.takes_frames,
        "camera": view.takes_camera,
        "drafts": view.drafts,
        "constants": getattr(view.maths, "CONSTANTS", {}),
        "sequential": base64.b64encode(color_table(SEQUENTIAL).tobytes()).decode(),
    }


def _values(values: tuple, kind: str) -> list:
    return [values[0], values[-1]] if kind in ("slider", "point") else list(values)
