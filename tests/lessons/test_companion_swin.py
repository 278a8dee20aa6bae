"""The companion of lesson 02 names sections, exercises and code that are there."""

import re
from pathlib import Path

import nbformat
import pytest

import utils.layers
import utils.models.swin
import utils.ops

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "lessons/02_swin"
TEXT = (FOLDER / "companion.md").read_text(encoding="utf-8")


def headings(path):
    book = nbformat.read(path, as_version=4)
    text = "\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
    return re.findall(r"^#{2,3} (.+)$", text, flags=re.MULTILINE)


@pytest.mark.parametrize("path", [FOLDER / "lesson.md", ROOT / "notebooks/02_swin.ipynb"])
def test_it_is_linked(path):
    assert "companion.md)" in path.read_text(encoding="utf-8")


def test_its_links_lead_somewhere():
    links = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert len(links) >= 3
    for link in links:
        assert (FOLDER / link).exists(), link


@pytest.mark.parametrize(
    "words",
    [
        *("1. From pixels to tokens", "2. W-MSA", "3. The block", "4. SW-MSA: the shift"),
        *("5. Patch merging", "6. Stages, head, whole model", "What people get wrong"),
        *("Stochastic depth", "The whole model, line by line"),
    ],
)
def test_a_section_that_it_names_is_in_the_notebook(words):
    assert words in TEXT
    found = headings(ROOT / "notebooks/02_swin.ipynb")
    assert sum(heading.startswith(words) for heading in found) == 1


@pytest.mark.parametrize(
    ("number", "step"),
    [
        *((2, "norm, average pooling"), (3, "Mlp:"), (4, "WindowAttention: qkv")),
        *((5, "PatchMerging:"), (7, "DropPath,"), (8, "softmax, scores times v")),
    ],
)
def test_an_exercise_has_the_number_that_it_names(number, step):
    titles = {
        2: "From the last map to the classes",
        3: "LayerNorm and GELU by hand",
        4: "One tensor into q, k, v and heads",
        5: "Four tokens into one",
        7: "Leave whole branches out",
        8: "The whole window attention",
    }
    row = next(line for line in TEXT.split("\n") if line.startswith(f"| {step}"))
    assert f"exercise {number} |" in row
    assert f"{number} · {titles[number]}" in headings(FOLDER / "solutions.ipynb")


@pytest.mark.parametrize("room", [utils.ops, utils.layers, utils.models.swin])
def test_our_names_are_real(room):
    """Every name of the middle column that a room could own is in one of them."""
    table = TEXT.split("## Its names and ours")[1].split("## ")[0]
    ours = {
        name
        for line in table.split("\n")[3:]
        if line.count("|") == 4
        for name in re.findall(r"`([A-Za-z_]+)`", line.split("|")[2])
    }
    rooms = (utils.ops, utils.layers, utils.models.swin)
    assert {name for name in ours if name[0].isupper()} <= {
        name for one in rooms for name in one.__all__
    }
    assert ours & set(room.__all__)
