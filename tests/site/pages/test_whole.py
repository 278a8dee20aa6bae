"""The whole site, as `course.py site` builds it: rare, because it exports every model."""

import json
import re
import subprocess
import sys

import pytest

from tests.small_site import ROOT
from utils.explorers import list_explorers
from utils.site.pages.faults import faults
from utils.syllabus import CHAPTERS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    pytest.importorskip("sphinx", reason="requirements-site.txt is not installed")
    pytest.importorskip("onnx", reason="requirements-site.txt is not installed")
    folder = tmp_path_factory.mktemp("whole")
    # In a process of its own: checked shapes, as tests have them, keep a model from its export.
    call = [sys.executable, "-m", "utils.cli", "site", "--out", str(folder / "web"), "--zip"]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "web"


def test_nothing_is_wrong_with_any_page(whole):
    assert faults(whole) == []
    assert (whole.parent / "web.zip").stat().st_size > 1e6
    assert sorted(path.name for path in whole.parent.iterdir()) == ["web", "web.zip"]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)
def test_a_notebook_is_there_with_all_its_formulas(whole, chapter):
    page = (whole / f"notebooks/{chapter.name}.html").read_text(encoding="utf-8")
    book = json.loads((ROOT / f"notebooks/{chapter.name}.ipynb").read_text(encoding="utf-8"))
    texts = ["".join(c["source"]) for c in book["cells"] if c["cell_type"] == "markdown"]
    formulas = re.findall(r"\$\$[^$]+\$\$|\$[^$]+\$", "\n".join(texts))
    assert page.count("<math ") == len(formulas)
    assert "course/player.js" in page
    if chapter.number != "00":
        assert f"../lessons/{chapter.name}/exercises.html" in page
    if "02" <= chapter.number <= "06":
        assert "../docs/trace/" in page


def test_every_view_has_a_place(whole):
    pages = [path.read_text(encoding="utf-8") for path in whole.glob("notebooks/*.html")]
    placed = {name for page in pages for name in re.findall(r'data-view="(\w+)"', page)}
    # This one looks into a model that its notebook hands over.
    assert set(list_explorers()) - placed <= {"pyramid"}
