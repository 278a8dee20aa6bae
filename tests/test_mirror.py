"""Tests mirror `utils`: a file has its test in the same place, so that one finds it."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
UTILS = TESTS.parent / "utils"
ROOMS = ("contracts", "ops", "layers", "models", "fast")
FILES = sorted(path for room in ROOMS for path in (UTILS / room).rglob("*.py"))

PAIRS = "fast/test_pairs.py"  # every pair of the registry, value and gradient
MODEL_PAIRS = "fast/models/test_pairs.py"
# Where a test stands elsewhere: the file or folder, its test, and why.
ELSEWHERE = {
    **{
        f"models/{name}/": (f"models/test_{name}.py", "one test for the files of one network")
        for name in ("swin", "maxvit", "restormer", "gmflow", "vit", "vit_adapter")
    },
    "models/restormer/tiles.py": ("models/test_restormer_tiles.py", "a tool beside the network"),
    "models/vit/dinov2.py": ("models/test_dinov2.py", "another network on the same blocks"),
    "models/base.py": ("models/test_elsewhere.py", "one table for the doors of all models"),
    "models/segmenter.py": ("models/test_elsewhere.py", "one table for the doors of all models"),
    "models/create.py": ("models/test_doors.py", "names and settings of all models"),
    "ops/_rules.py": ("ops/test_attacks.py", "one table of wrong calls for all operations"),
    "contracts/limits.py": ("contracts/test_annotations.py", "words of annotations"),
    "contracts/spec.py": ("contracts/test_annotations.py", "what an annotation becomes"),
    "contracts/tensors.py": ("contracts/test_annotations.py", "what an annotation becomes"),
    "contracts/settings.py": ("contracts/test_annotations.py", "what an annotation becomes"),
    "contracts/rules.py": ("contracts/test_contracts.py", "rules are tried through `checked`"),
    "fast/layers/": (PAIRS, "one law for all pairs: as the plain form"),
    "fast/ops/": (PAIRS, "one law for all pairs: as the plain form"),
    "fast/models/": (MODEL_PAIRS, "one law for all pairs: as the plain form"),
}


def place_of(path: Path) -> Path:
    inside = path.relative_to(UTILS)
    own = TESTS / inside.parent / f"test_{inside.stem.lstrip('_')}.py"
    if own.exists():
        return own
    name = inside.as_posix()
    places = [at for at in ELSEWHERE if name == at or (at.endswith("/") and name.startswith(at))]
    return TESTS / ELSEWHERE[max(places, key=len)][0] if places else own


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(UTILS).as_posix())
def test_every_file_has_its_test(path):
    if path.name != "__init__.py":
        assert place_of(path).exists(), f"write {place_of(path).relative_to(TESTS.parent)}"


def test_what_stands_elsewhere_says_why_and_is_still_needed():
    for at, (test, reason) in ELSEWHERE.items():
        assert (UTILS / at).exists(), f"{at} has gone"
        assert (TESTS / test).exists(), f"{test} has gone"
        assert len(reason.split()) >= 3
        own = TESTS / Path(at).parent / f"test_{Path(at).stem.lstrip('_')}.py"
        assert at.endswith("/") or not own.exists(), f"{at} has a test of its own now"
