"""Write the scripts of the site: the player, the views, the models."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from utils.cells.look import COLORS_CSS
from utils.explorers import explorer_class, list_explorers
from utils.explorers.arrays import as_json
from utils.explorers.base import Explorer
from utils.explorers.module import BROWSER, HERE, body_text, facts_of
from utils.io.whole import write_text
from utils.site.player.modules import joined, script_text
from utils.site.player.notices import write_notices
from utils.site.player.onnxruntime import runtime_files
from utils.site.player.packing import Sizes, write_asset, write_gzipped, write_packed
from utils.site.player.scenes import scene_of
from utils.site.readings.facts import (
    NEEDS,
    READINGS,
    answers,
    facts_for,
    graphs_for,
    has_reading,
    without_python,
)

PLAYER = Path(__file__).parent
FOLDER = "course"


def build(out: Path, *, views: Sequence[str] | None = None) -> list[str]:
    """Write `out/_static/course`; the classic scripts that every page includes, below `_static`."""
    folder = out / "_static" / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    sizes: Sizes = {}
    graphs: dict[str, Any] = {}
    names = list(list_explorers() if views is None else views)
    names = [name for name in names if answers(name)]
    for name in names:
        _write_view(folder, name, sizes)
    if wanted := sorted({graph for name in names for graph in graphs_for(name)}):
        from utils.site.export.models import write_models

        more, graphs = write_models(folder, wanted)
        sizes |= more
        write_notices(folder)
        for name, data in runtime_files().items():
            sizes[name] = write_gzipped(folder, name, data)
    _write_player(folder, sizes, graphs)
    return [f"{FOLDER}/player.js"]


def _write_player(folder: Path, sizes: Sizes, graphs: dict[str, Any]) -> None:
    style = [COLORS_CSS, *(path.read_text(encoding="utf-8") for path in STYLES)]
    made = {
        "SIZES": sizes,
        "GRAPHS": graphs,
        "BASE_STYLE": "\n".join(style),
        "WORKER": (PLAYER / "worker.js").read_text(encoding="utf-8"),
    }
    write_text(folder / "player.js", joined(PLAYER / "player.js", made=made) + ";\n")


STYLES = (BROWSER / "base.css", PLAYER / "player.css")


def _write_view(folder: Path, name: str, sizes: Sizes) -> None:
    """One script with all of a view but its models, and its scene."""
    kind = explorer_class(name)
    view = kind()
    scene = scene_of(view)
    parts = {
        "name": script_text(name),
        "make": _maker(kind),
        "style": script_text((HERE / name / "widget.css").read_text(encoding="utf-8")),
        "traits": script_text({**view.start, "start": view.start}),
        "size": script_text(kind.maths.PICTURE_SIZE),
        "scene": script_text(scene and {"file": scene.name, "parts": scene.parts}),
        "reading": joined(READINGS / f"{name}.js") + ".reading" if has_reading(name) else "null",
        "facts": _facts(folder, name, sizes),
        "graphs": script_text(graphs_for(name)),
        "camera": script_text(CAMERAS.get(name)),
        "frames": script_text(kind.takes_frames),
        "needs": script_text(NEEDS.get(name)),
    }
    write_asset(folder, f"views/{name}", _object(parts))
    if scene and scene.name not in sizes:  # views of one scene share its file
        sizes[scene.name] = write_packed(folder, scene.name, scene.data)


def _facts(folder: Path, name: str, sizes: Sizes) -> str:
    """What the reading knows: in the script, or in a file of its own where it is much."""
    text = script_text(as_json(facts_for(name)))
    if len(text) < LARGE:
        return text
    file = f"facts/{name}"
    sizes[file] = write_packed(folder, file, text.encode())
    return script_text({"file": file})


LARGE = 100_000  # characters
CAMERAS = {**dict.fromkeys(("flow", "match", "occlusion", "attention"), "live"), "restore": "shot"}


def _object(parts: dict[str, str]) -> str:
    return "{\n" + ",\n".join(f"{key}: {value}" for key, value in parts.items()) + "\n}"


def _maker(kind: type[Explorer]) -> str:
    """The view's module as a function; the page changes what it knows better than the build."""
    facts = without_python(kind.name, facts_of(kind))
    head = f"const META = Object.assign({script_text(facts)}, changes);"
    return f"(changes) => {{\n{head}\n{body_text(kind.name)}\nreturn {{ show, META, VIEW }};\n}}"
