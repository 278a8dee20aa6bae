"""A run of any model as a document on disk, or a sentence for each mistake."""

import base64
import gzip
import json
import re

import pytest

from utils.checkpoints import load_shipped
from utils.cli import __main__ as entry
from utils.cli._run import inputs_of, size_of
from utils.models import create_model, list_models


def data_in(path):
    zipped = re.search(r'id="run">([A-Za-z0-9+/=]*)</script>', path.read_text(encoding="utf-8"))[1]
    return json.loads(gzip.decompress(base64.b64decode(zipped)))


def test_in_training_a_sample_is_dropped_and_the_others_are_scaled(tmp_path, capsys):
    out = tmp_path / "run.html"
    words = ["trace", "swin_t", "--size", "32", "36", "--train", "--out", str(out)]
    assert entry.main(words) == 0
    assert "run.html, " in capsys.readouterr().out
    data = data_in(out)
    assert data["facts"][0]["shape"] == [4, 3, 32, 36]
    notes = [call["note"] for call in data["calls"] if call["name"] == "DropPath"]
    said = re.compile(r"left out sample \d of 4, the rest times 1\.")
    dropped = [note for note in notes if said.match(note)]
    assert dropped
    assert out.read_bytes() == _again(words, out)


def _again(words, out):
    """The same command gives the same document but for the times."""
    before = out.read_bytes()
    first = data_in(out)
    assert entry.main(words) == 0
    second = data_in(out)
    for data in (first, second):
        for part in (*data["calls"], *data["lines"]):
            part["seconds"] = 0
    assert first == second
    out.write_bytes(before)
    return before


def test_markdown_with_a_slice_of_ones_own(tmp_path):
    out = tmp_path / "run.md"
    words = ["trace", "gmflow_nano", "--size", "32", "48", "--out", str(out)]
    assert entry.main([*words, "--slice", "[:1, :2, :2, :2]"]) == 0
    text = out.read_text(encoding="utf-8")
    assert text.startswith("# GMFlow, line by line")
    assert "`frame0[:1, :2, :2, :2]` = `[[[[" in text


def test_the_page_opens_where_it_is_told(tmp_path):
    out = tmp_path / "run.html"
    words = ["trace", "vit_nano", "--size", "32", "32", "--out", str(out), "--at", "vit.blocks.1"]
    assert entry.main(words) == 0
    at = re.search(r"textContent\), (\d+)\)", out.read_text(encoding="utf-8"))[1]
    assert int(at) > 10


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["swin_nano", "--slice", "a"], "slice='a' came"),
        (["swin_nano", "--at", "nothing like this"], "no line with 'nothing like this' ran"),
    ],
)
def test_a_mistake_gets_a_sentence_and_leaves_no_file(words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert entry.main(["trace", *words]) == 1
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_every_model_gets_pictures_that_it_takes():
    for name in ("restormer_denoise_gray", "restormer_dual_pixel"):
        model = create_model(name, depths=(1, 1, 1, 1), refinement=1)
        (picture,) = inputs_of(model, (32, 40), samples=2)
        assert model(picture).shape[-2:] == (32, 40)
    frames = inputs_of(load_shipped("gmflow_nano"), (32, 48), samples=1)
    assert len(frames) == 2
    assert frames[0].max() > 1.5
    assert size_of(create_model("swin_nano"), "swin_nano") == (96, 96)
    assert {"swin_t", "vit_adapter_nano"} <= set(list_models())
