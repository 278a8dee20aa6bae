"""A pair of the learner's own pictures: two files or none, and a sentence for each mistake."""

import argparse

import numpy as np
import pytest
import torch
from PIL import Image

from utils.cli import __main__ as entry
from utils.cli import flow as command
from utils.figures.flow import LEGEND, flow_colors, longest
from utils.io import read_flo, read_image
from utils.models import create_model
from utils.reference import recipe


class Right(torch.nn.Module):
    """Stands for a model: says that everything moves 3 right and 1 down, in its own pixels."""

    def __init__(self):
        super().__init__()
        self.config = create_model("gmflow_nano").config
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, frame0, frame1):
        assert frame0.max() > 1.5  # frames come in 0..255
        self.size = tuple(frame0.shape[-2:])
        flow = torch.tensor([3.0, 1.0]).reshape(1, 2, 1, 1).expand(1, 2, *self.size)
        return argparse.Namespace(flow=flow)


@pytest.fixture
def right(monkeypatch):
    model = Right()
    monkeypatch.setattr(command, "load_shipped", lambda name: model)
    return model


def picture(path, size=(40, 60), **settings):
    h, w = size
    values = np.random.default_rng(0).integers(0, 255, (h, w, 3), dtype=np.uint8)
    Image.fromarray(values).save(path, **settings)
    return str(path)


def run(*arguments):
    return entry.main(["flow", *map(str, arguments)])


def test_both_files_are_written_and_say_the_same(right, tmp_path, capsys):
    a, b = picture(tmp_path / "a.png"), picture(tmp_path / "b.png")
    assert run(a, b, "--out", tmp_path / "new" / "folder") == 0
    out = tmp_path / "new" / "folder"
    assert sorted(p.name for p in out.iterdir()) == ["a_to_b.flo", "a_to_b.png"]
    flow = read_flo(out / "a_to_b.flo")
    assert flow.shape == (2, 40, 60)
    assert flow[:, 7, 9].tolist() == [3.0, 1.0]  # x first
    shown = (255 * read_image(out / "a_to_b.png")).round().byte().permute(1, 2, 0).numpy()
    assert shown.shape == (LEGEND[1], 60 + LEGEND[0], 3)
    assert (shown[:40, :60] == flow_colors(flow, most=longest(flow))).all()
    assert len(np.unique(shown[:, 60:].reshape(-1, 3), axis=0)) > 200  # the wheel
    assert "mean motion 3.2 px" in capsys.readouterr().out


def test_large_frames_are_estimated_small_and_the_flow_is_of_full_size(right, tmp_path):
    a, b = picture(tmp_path / "a.jpg", (90, 120)), picture(tmp_path / "b.jpg", (90, 120))
    assert run(a, b, "--out", tmp_path, "--longest", 40) == 0
    assert right.size == (30, 40)
    flow = read_flo(tmp_path / "a_to_b.flo")
    assert flow.shape == (2, 90, 120)
    assert flow[:, 50, 70].tolist() == pytest.approx([9.0, 3.0])


def test_each_model_has_its_own_largest_size(right, tmp_path, monkeypatch):
    a, b = picture(tmp_path / "a.png", (300, 600)), picture(tmp_path / "b.png", (300, 600))
    monkeypatch.setattr(command, "model_of", lambda weights: right)
    assert run(a, b, "--out", tmp_path) == 0
    assert right.size == (128, 256)
    assert run(a, b, "--out", tmp_path, "--weights", "any.pth") == 0
    assert right.size == (256, 512)


def test_pictures_are_turned_upright(right, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera on its side
    a, b = (picture(tmp_path / n, (40, 60), exif=exif) for n in ("a.jpg", "b.jpg"))
    assert run(a, b, "--out", tmp_path) == 0
    assert read_flo(tmp_path / "a_to_b.flo").shape == (2, 60, 40)


@pytest.mark.parametrize("size", [(1, 1), (33, 50)])
def test_any_size_runs_through_a_real_model(size):
    model = create_model("gmflow_nano", layers=1, widths=(8, 8, 8), channels=8).eval()
    frame = torch.rand(3, *size)
    assert command.estimate(model, frame, frame, longest=64).shape == (2, *size)


@pytest.mark.parametrize("name", ["gmflow", "gmflow_refine"])
def test_weights_say_themselves_which_model_they_are_for(name, tmp_path):
    torch.save({"model": recipe.state_dict(name)}, tmp_path / "official.pth")
    model = command.model_of(tmp_path / "official.pth")
    assert model.config == create_model(name).config
    assert not model.training


def test_mistakes_are_sentences_and_nothing_is_written(right, tmp_path, capsys):
    a, small = picture(tmp_path / "a.png"), picture(tmp_path / "small.png", (40, 50))
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "cut.pth").write_bytes(b"no weights")
    out = tmp_path / "out"
    for arguments, said in [
        ((a, small), "'a.png' is 40×60 and 'small.png' is 40×50: both frames of a pair have"),
        ((a, tmp_path / "none.png"), "'none.png' cannot be opened"),
        ((a, tmp_path / "text.png"), "'text.png' is not a picture"),
        ((a, a, "--weights", tmp_path / "none.pth"), "there is no file"),
        ((a, a, "--weights", tmp_path / "cut.pth"), "cut.pth"),
        ((a, a, "--longest", 8), "--longest 8 came: frames are scaled to at least 32 pixels"),
    ]:
        assert run(*arguments, "--out", out) == 1
        assert said in capsys.readouterr().err
        assert not out.exists()
    assert run(a, a, "--out", a) == 1
    assert "--out 'a.png' is a file" in capsys.readouterr().err


def test_where_a_device_fails_the_cpu_goes_on(right, tmp_path, monkeypatch, capsys):
    usual = command.estimate
    tried = []

    def estimate(model, *frames, longest):
        tried.append(next(model.parameters()).device.type)
        if len(tried) == 1:
            raise torch.OutOfMemoryError("no memory left")
        return usual(model, *frames, longest=longest)

    monkeypatch.setattr(command, "estimate", estimate)
    monkeypatch.setattr(command, "pick_device", lambda: torch.device("meta"))
    a = picture(tmp_path / "a.png")
    right.to = lambda device: right
    assert run(a, a, "--out", tmp_path) == 0
    shown = capsys.readouterr()
    assert "meta cannot do it (no memory left): now on the CPU" in shown.err
    assert "; cpu, " in shown.out
