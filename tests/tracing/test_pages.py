"""A trace as Markdown, as a page and as the output of a notebook's cell."""

import base64
import json
import re

import pytest
import torch
from torch import nn

from utils.errors import ConfigError
from utils.models import create_model
from utils.tracing import trace
from utils.tracing.data import data_of


@pytest.fixture(scope="module")
def seen():
    model = create_model("swin_nano", drop_path=0.4).train()
    torch.manual_seed(0)
    with torch.no_grad():
        return trace(model.stages[0], torch.randn(3, 8, 8, 32))


def test_the_document_holds_every_call_and_line(seen, tmp_path):
    seen.to_markdown(tmp_path / "stage.md")
    text = (tmp_path / "stage.md").read_text(encoding="utf-8")
    assert text.startswith(f"# SwinStage, line by line\n\n{seen}.\n")
    calls = list(seen.calls())
    for word in ("Start", "End"):
        assert re.findall(rf"^#+ {word}: (.*)$", text, re.M).count("blocks.0 · SwinBlock") == 1
        assert len(re.findall(rf"^(?:#+ |\*\*){word}: ", text, re.M)) == len(calls)
    numbers = [int(n) for n in re.findall(r"^\*\*(\d+)(?: · .+)?\*\* · row ", text, re.M)]
    assert numbers == [
        line.number
        for call in calls
        for folded, lines in steps(call)
        if not folded
        for line in lines
    ] or sorted(numbers) == numbers
    assert "- `windows` (bound): **(3, 2, 2, 16, 32)** float32 on cpu, " in text
    assert "a view of `returned` of line" in text
    assert re.search(r"\*\*(Left out sample|Nothing was left out)", text)
    assert not re.search(r"/(tmp|home|work|root)/", text)


def test_the_page_holds_the_run_and_loads_nothing(seen, tmp_path):
    seen.to_html(tmp_path / "stage.html")
    text = (tmp_path / "stage.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href)\s*=|@import|https?://(?!www\.w3\.org)", text)
    data = json.loads(re.search(r'id="run">(.*?)</script>', text, re.S)[1])
    lines = list(seen.lines())
    assert [line["text"] for line in data["lines"]] == [line.text for line in lines]
    assert len(data["calls"]) == sum(1 for _ in seen.calls())
    for line, one in zip(lines, data["lines"], strict=True):
        shapes = [data["facts"][v["facts"]]["shape"] for v in one["values"] if v["facts"] >= 0]
        assert shapes == [list(v.facts.shape) for v in line.values if v.facts is not None]
    assert len(data["facts"]) < sum(len(line["values"]) for line in data["lines"])  # said once


def test_a_picture_goes_from_its_smallest_to_its_largest_value():
    data = data_of(trace(nn.Identity(), torch.arange(-6.0, 6).reshape(3, 4)))
    (fact,) = data["facts"]
    picture = fact["picture"]
    cells = list(base64.b64decode(picture["data"]))
    assert (tuple(picture["size"]), picture["low"], picture["high"]) == ((3, 4), -6, 5)
    assert cells == [int(255 * i / 11) for i in range(12)]
    assert fact["corner"] == [[-6, -5, -4], [-2, -1, 0], [2, 3, 4]]


@pytest.mark.parametrize("write", ["to_markdown", "to_html"])
def test_a_file_is_whole_or_not_there(seen, tmp_path, write, monkeypatch):
    with pytest.raises(ConfigError, match="a folder that does not exist"):
        getattr(seen, write)(tmp_path / "nowhere" / "run")
    file = tmp_path / "run"
    file.write_text("the old one")

    def full(*args):
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space left"):
        getattr(seen, write)(file)
    assert file.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [file]


def test_a_cell_gets_the_view_a_still_and_a_stable_sentence(seen):
    data, facts = seen._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert "application/vnd.jupyter.widget-view+json" in data
    words = data["text/plain"]
    assert facts["image/png"]["alt"] == words
    assert "(3, 8, 8, 32) goes in, (3, 8, 8, 32), (3, 4, 4, 64) comes out" in words
    assert words.endswith(": windows (3, 2, 2, 16, 32).")
    assert not re.search(r"0x|\bms\b|\d\.\d", words)


def test_the_view_begins_where_it_is_told(seen, plain_types):
    view = seen.stepper(at="x = merge_windows")
    assert "`x = merge_windows(" in view.sentence
    view.at = 0
    assert "At the start of SwinStage" in view.sentence
    assert len(view.draw().axes) == 2
    with pytest.raises(ConfigError, match="no line with 'no such line' ran"):
        seen.stepper(at="no such line")
