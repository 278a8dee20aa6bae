"""The annotation is the check: bodies of ops, layers and models refuse nothing themselves."""

import ast
from pathlib import Path

import pytest

UTILS = Path(__file__).parents[1] / "utils"
FILES = sorted(
    path for room in ("ops", "layers", "models") for path in (UTILS / room).rglob("*.py")
)

# What reads something that no annotation describes, and has to refuse it where it is read.
DOORS = {
    "models/create.py": "names and settings as texts, and what was probably meant",
    "models/options.py": "a file that somebody else wrote",
    "models/pictures.py": "a rule of its own make: it looks at the numbers of a picture",
    "models/base.py: __prepare_scriptable__": "torch calls it, not a person",
}


def refusals(path: Path) -> list[str]:
    """Functions of a file in which something is raised, or a helper for checks is called."""
    found = []
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            called = node.func if isinstance(node, ast.Call) else None
            name = getattr(called, "id", getattr(called, "attr", ""))
            # a dataclass of settings holds itself to its annotations: `check_fields`
            checks = name.lstrip("_").startswith("check_") and name != "check_fields"
            if isinstance(node, ast.Raise) or checks:
                found.append(function.name)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(UTILS).as_posix())
def test_no_body_refuses_anything(path):
    name = path.relative_to(UTILS).as_posix()
    if name not in DOORS:
        assert [one for one in refusals(path) if f"{name}: {one}" not in DOORS] == []


def test_every_door_is_still_one():
    for door in DOORS:
        name, _, function = door.partition(": ")
        found = refusals(UTILS / name)
        assert function in found if function else found
