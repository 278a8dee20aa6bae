"""A trace as Markdown, as a page and as the output of a notebook's cell."""

import base64
import gzip
import json
import re

import pytest
import torch
from torch import nn

from utils.cells import output
from utils.errors import ConfigError
from utils.models import create_model
from utils.tracing import trace
from utils.tracing.data import TONES, data_of, packed
from utils.tracing.markdown import steps


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
    told = [(call, line) for call, line in _told(seen.root)]
    for word in ("Start", "End"):
        titles = re.findall(rf"^(?:#+ |\*\*){word}: (.+?)(?:\*\*)?$", text, re.M)
        assert titles.count("blocks.0 · SwinBlock") == 1
        assert len(titles) == sum(1 for _, line in told if line is None)
    headings = {len(sign) for sign in re.findall(r"^(#+) ", text, re.M)}
    assert headings == {1, 2, 3, 4}
    assert "**Start: blocks.0.mlp.fc1 · Linear**" in text  # deeper than headings go
    numbers = [int(n) for n in re.findall(r"^\*\*(\d+)(?: · .+)?\*\* · row ", text, re.M)]
    assert numbers == [line.number for _, line in told if line is not None]
    folded = re.findall(r"<summary>(\d+) lines of sizes and checks", text)
    assert sum(map(int, folded)) + len(numbers) == sum(1 for _ in seen.lines())
    assert "- `windows` (bound): **(3, 2, 2, 16, 32)** float32 on cpu, " in text
    assert "a view of `returned` of line" in text
    assert re.search(r"\*\*(Left out sample|Nothing was left out)", text)
    assert not re.search(r"/(tmp|home|work|root)/", text)


def _told(call):
    """What is not folded, in the order of the run."""
    yield call, None
    for folded, lines in steps(call):
        for line in () if folded else lines:
            yield call, line
            for inner in line.calls:
                yield from _told(inner)


def _run_in(text):
    """The data in a page."""
    zipped = re.search(r'id="run">([A-Za-z0-9+/=]*)</script>', text)[1]
    return json.loads(gzip.decompress(base64.b64decode(zipped)))


def test_the_page_holds_the_run_and_loads_nothing(seen, tmp_path):
    seen.to_html(tmp_path / "stage.html", at="windows = self.attention")
    text = (tmp_path / "stage.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href)\s*=|@import|https?://(?!www\.w3\.org)", text)
    data = _run_in(text)
    lines = list(seen.lines())
    assert [line["text"] for line in data["lines"]] == [line.text for line in lines]
    assert [line["helper"] for line in data["lines"]] == [line.is_helper for line in lines]
    assert len(data["calls"]) == sum(1 for _ in seen.calls())
    for line, one in zip(lines, data["lines"], strict=True):
        shapes = [data["facts"][v["facts"]]["shape"] for v in one["values"] if v["facts"] >= 0]
        assert shapes == [list(v.facts.shape) for v in line.values if v.facts is not None]
    assert len(data["facts"]) < sum(len(line["values"]) for line in data["lines"])  # said once
    at = int(re.search(r'"run"\)\.textContent\), (\d+)\)', text)[1])
    assert list(seen.root.walk())[at][2].text.startswith("windows = self.attention")


def test_pictures_go_from_the_smallest_to_the_largest_value_of_all():
    data = data_of(trace(nn.Identity(), torch.arange(-6.0, 18).reshape(2, 3, 4)))
    (fact,) = data["facts"]
    assert fact["ends"] == [-6, 17]
    for window, picture in enumerate(fact["slices"]):
        cells = list(base64.b64decode(picture["data"]))
        assert (picture["at"], tuple(picture["size"])) == (f"[{window}, :, :]", (3, 4))
        places = [i / 23 for i in range(12 * window, 12 * window + 12)]
        assert cells == pytest.approx([255 * place for place in places], abs=255 / TONES / 2 + 1)
        assert cells[0 if window == 0 else -1] == (0 if window == 0 else 255)
    first, second = (picture["corner"] for picture in fact["slices"])
    assert first == [[-6, -5, -4], [-2, -1, 0], [2, 3, 4]]
    assert second == [[6, 7, 8], [10, 11, 12], [14, 15, 16]]


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


def test_a_cell_gets_the_view_a_still_and_a_stable_sentence(seen, monkeypatch):
    told = []
    monkeypatch.setattr(output, "display", lambda data, **how: told.append((data, how)))
    seen._ipython_display_()
    (data, how), (live, _) = told  # the live view in an output of its own
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert list(live) == [output.MIME]
    words = data["text/plain"]
    assert how["metadata"]["image/png"]["alt"] == words
    assert f'alt="{words}"' in data["text/html"]
    assert "<b>SwinStage, line by line</b>" in data["text/html"]
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


HOSTILE = "</title></script><script>stolen = 1</script><img src=x onerror=stolen=1>`$x$ ``` **|"


class Hostile(nn.Module):
    """</script><script>stolen = 1</script>"""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 5)

    def forward(self, x, word):
        # </code></pre><script>stolen = 1</script>
        y = self.layer(x)
        return {word: y}

    def extra_repr(self):
        return HOSTILE


@pytest.fixture(scope="module")
def hostile():
    """Class, module, file, code, comment, docstring and values all want to be markup."""
    model = type(HOSTILE, (Hostile,), {"__doc__": Hostile.__doc__})()
    model.layer = type(HOSTILE, (nn.Linear,), {})(3, 5)
    seen = trace(model, torch.zeros(2, 3), HOSTILE)
    for call in seen.calls():
        call.note, call.path = HOSTILE, HOSTILE
        if call.source is not None:
            call.source.file = HOSTILE
    return seen


def test_no_name_becomes_markup_in_a_page(hostile, tmp_path):
    hostile.to_html(tmp_path / "run.html")
    text = (tmp_path / "run.html").read_text(encoding="utf-8")
    assert text.count("</script>") == 2
    assert text.count("</title>") == 1
    assert "stolen" not in re.sub(r"<title>[^<]*</title>", "", text)
    assert not set("<>&") & set(packed(hostile))
    assert HOSTILE in json.dumps(_run_in(text), ensure_ascii=False)  # and yet it is said


def test_no_name_becomes_markup_in_markdown_or_slides(hostile, tmp_path):
    """Through the converter of the course's slides, beside the still and a summary."""
    from nbformat import v4

    from utils.cli.lessons import slides
    from utils.tracing import show_source, summary

    hostile.to_markdown(tmp_path / "run.md")
    data, facts = hostile.stepper()._repr_mimebundle_()
    table = summary(type(HOSTILE, (nn.Linear,), {})(3, 5), torch.zeros(2, 3))
    source = show_source(Hostile)._repr_mimebundle_()
    outputs = [
        v4.new_output("execute_result", data, metadata=facts, execution_count=1),
        v4.new_output("display_data", {"text/html": table._repr_html_()}),
        v4.new_output("display_data", {"text/markdown": source["text/markdown"]}),
        v4.new_output("stream", text=f"{hostile}\n{table}\n{source['text/plain']}"),
    ]
    text = (tmp_path / "run.md").read_text(encoding="utf-8")
    cells = [v4.new_markdown_cell(f"# {HOSTILE}"), v4.new_markdown_cell(text)]
    cells[0].source = "# Slides"
    page = slides(v4.new_notebook(cells=[*cells, v4.new_code_cell("seen", outputs=outputs)]))
    assert not re.search(r"<script>stolen|<img src=x", page)
    assert "stolen" in page
