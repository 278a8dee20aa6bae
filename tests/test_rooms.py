"""The rooms of `utils`: what may import what. Read from the source, so that nothing is run."""

import ast
import sys
from pathlib import Path

import pytest

UTILS = Path(__file__).parents[1] / "utils"
FILES = sorted(UTILS.rglob("*.py"))

OURS = {
    "__init__": "",
    "errors": "",
    "device": "",
    "tap": "",
    "syllabus": "",
    "caching": "",
    "switch": "tap",
    "contracts": "errors caching switch",
    "ops": "errors tap caching contracts switch",
    "layers": "errors tap contracts switch ops",
    "models": "errors tap contracts switch ops layers",
    "fast": "errors tap caching contracts switch ops layers models",
    "io": "errors contracts",
    "checkpoints": "errors models io",
    "world": "errors contracts ops io",
    "training": "errors contracts device fast ops models world checkpoints io",
    "cells": "",
    "tracing": "errors tap caching switch cells fast models reference io",
    "reference": "",
    "figures": "errors contracts cells io tracing",  # show_source: its example runs in a trace
}
OURS["explorers"] = " ".join(OURS)
OURS["checks"] = " ".join(room for room in OURS if room != "explorers")
OURS["classroom"] = "checks"
OURS["welcome"] = " ".join(room for room in OURS if room not in ("explorers", "checks"))
OURS["site"] = " ".join(room for room in OURS if room not in ("checks", "classroom", "welcome"))
OURS["cli"] = " ".join(OURS)

# These rooms run on a bare GPU machine. PIL comes with scikit-image.
BARE = "torch numpy einops jaxtyping safetensors skimage tqdm sklearn PIL"
GROUND = "errors device tap caching switch contracts"
ON_BARE = f"{GROUND} fast ops layers models io checkpoints world training"
DRAWING = "matplotlib ipywidgets anywidget traitlets IPython jupyter_server"
OTHERS = {
    **dict.fromkeys(ON_BARE.split(), BARE),
    "models": f"{BARE} yaml",
    "training": f"{BARE} bm3d cv2",  # baselines, measured where they are installed
    "io": f"{BARE} av tifffile",  # tifffile comes with scikit-image
    "__init__": "",
    "reference": "numpy torch",
    "tracing": f"{BARE} {DRAWING}",
    "cells": f"{BARE} {DRAWING}",
    "figures": f"{BARE} {DRAWING}",
    "syllabus": "",
    "explorers": f"{BARE} {DRAWING}",
    "welcome": f"{BARE} {DRAWING}",
    "classroom": "",
    "checks": f"{BARE} {DRAWING}",
    # only its build needs the last ones: it exports models and writes pages
    "site": f"{BARE} {DRAWING} onnx sphinx docutils latex2mathml",
    "cli": f"{BARE} {DRAWING} nbformat nbclient nbconvert transformers jupyter_core playwright",
}
PAPERS = {"swin", "maxvit", "restormer", "gmflow", "vit", "vit_adapter"}
MAY_IMPORT = {"vit_adapter": {"vit"}}  # the one paper that stands on another


def room_of(path: Path) -> str:
    return path.relative_to(UTILS).parts[0].removesuffix(".py")


def imported(source: str, package: str = "utils") -> set[str]:
    """Every module that this source imports, `from a.b import c` as a.b.c, relative ones resolved.

    What stands under `if TYPE_CHECKING` counts too: a name in an annotation is a tie as well.
    """
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) + 1 - node.level]
            origin = ".".join(filter(None, [*(base if node.level else []), node.module]))
            names |= {f"{origin}.{alias.name}" for alias in node.names}
    return names


def package_of(path: Path) -> str:
    return ".".join(path.relative_to(UTILS.parent).parts[:-1])


def faults(path: Path, source: str) -> list[str]:
    """What this file imports against the table."""
    room = room_of(path)
    paper = path.relative_to(UTILS).parts[1].removesuffix(".py") if room == "models" else None
    wrong = []
    for name in sorted(imported(source, package_of(path))):
        top, *rest = name.split(".")
        if top != "utils":
            if top not in sys.stdlib_module_names and top not in OTHERS[room].split():
                wrong.append(f"{room} imports {top}")
        elif rest and rest[0] in OURS and rest[0] not in {room, *OURS[room].split()}:
            wrong.append(f"{room} imports utils.{rest[0]}")
        elif paper in PAPERS and rest[:1] == ["models"] and len(rest) > 1:
            others = PAPERS - {paper} - MAY_IMPORT.get(str(paper), set())
            wrong += [f"the paper {paper} imports the paper {rest[1]}"] * (rest[1] in others)
    return wrong


def test_every_room_is_in_the_table():
    assert {room_of(path) for path in FILES} <= set(OURS)
    assert {
        path.name for path in (UTILS / "models").iterdir() if (path / "__init__.py").exists()
    } <= PAPERS


@pytest.mark.parametrize("room", sorted(OURS))
def test_imports_keep_to_the_table(room):
    found = {
        str(path.relative_to(UTILS)): wrong
        for path in FILES
        if room_of(path) == room and (wrong := faults(path, path.read_text(encoding="utf-8")))
    }
    assert not found


@pytest.mark.parametrize(
    ("file", "line", "fault"),
    [
        ("ops/windows.py", "from utils.models import swin", "ops imports utils.models"),
        ("ops/windows.py", "from utils import models", "ops imports utils.models"),
        ("ops/windows.py", "from ..layers.mlp import Mlp", "ops imports utils.layers"),
        ("ops/windows.py", "import scipy.signal", "ops imports scipy"),
        ("errors.py", "import utils.tap", "errors imports utils.tap"),
        ("models/swin/x.py", "from utils.models.maxvit import y", "the paper swin imports"),
        ("checks/x.py", "from utils.explorers import explore", "checks imports utils.explorers"),
        ("training/loop.py", "def f():\n    import matplotlib", "training imports matplotlib"),
    ],
)
def test_a_wrong_import_is_seen(file, line, fault):
    assert fault in " ".join(faults(UTILS / file, line))


def test_the_adapter_may_import_the_plain_vit():
    line = "from utils.models.vit import ViT"
    assert not faults(UTILS / "models" / "vit_adapter" / "x.py", line)


def circles(files: list[Path]) -> list[str]:
    """Modules that import each other by any way, where the names lead inside of the given files."""
    names = {".".join(f.relative_to(UTILS.parent).with_suffix("").parts): f for f in files}
    ties: dict[str, set[str]] = {}
    for name, file in names.items():
        found = imported(file.read_text(encoding="utf-8"), package_of(file))
        ties[name] = {
            module for one in found for module in (one, one.rpartition(".")[0]) if module in names
        } - {name}
    while free := [name for name, others in ties.items() if not others & set(ties)]:
        for name in free:
            del ties[name]
    return sorted(ties)


@pytest.mark.parametrize("room", ["cells", "figures", "tracing"])
def test_no_module_of_a_room_imports_one_that_imports_it(room):
    assert not circles(
        [path for path in FILES if room_of(path) == room and path.stem != "__init__"]
    )


def test_a_circle_is_seen(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "UTILS", tmp_path / "utils")
    (tmp_path / "utils").mkdir()
    texts = {
        "a": "from utils.b import x",
        "b": "def f():\n    import utils.a",
        "c": "import utils.a",
    }
    files = [tmp_path / "utils" / f"{name}.py" for name in texts]
    for file in files:
        file.write_text(texts[file.stem])
    assert circles(files) == ["utils.a", "utils.b", "utils.c"]
    assert circles(files[1:]) == []
