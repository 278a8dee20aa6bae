"""A pair of the learner's own pictures: two files or none, and a sentence for each mistake."""

import argparse

import numpy as np
import pytest
import torch
from PIL import Image

from utils.cli import __main__ as entry
from utils.cli import _pair as command
from utils.figures.flow import LEGEND, flow_colors, longest
from utils.io import only_writer, read_flo, read_image
from utils.io.film import film_facts, film_file, read_film
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
    (tmp_path / "any.pth").touch()
    assert run(a, b, "--out", tmp_path) == 0
    assert right.size == (128, 256)
    assert run(a, b, "--out", tmp_path, "--weights", tmp_path / "any.pth") == 0
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
        ((a, tmp_path / "none.png"), "there is no file"),
        ((a, tmp_path / "text.png"), "'text.png' is not a picture"),
        ((a, a, "--weights", tmp_path / "none.pth"), "there is no file"),
        ((a, a, "--weights", tmp_path / "cut.pth"), "cut.pth"),
        ((a, a, "--longest", 8), "--longest 8 came: frames are scaled to at least 32 pixels"),
    ]:
        assert run(*arguments, "--out", out) in (1, 2)
        assert said in capsys.readouterr().err
        assert not out.exists()
    assert run(a, a, "--out", a) == 2
    assert "a.png is a file; name another folder" in capsys.readouterr().err
    for few in ([], [a], [a, a, "--video", a]):
        assert run(*few, "--out", out) == 2
        assert "name FRAME0 and FRAME1, or --video FILM" in capsys.readouterr().err


def test_the_way_back_is_the_flow_of_the_frames_exchanged(tmp_path, monkeypatch):
    torch.manual_seed(3)
    model = create_model("gmflow_nano", layers=1, widths=(8, 8, 8), channels=8).eval()
    monkeypatch.setattr(command, "model_of", lambda weights: model)
    a, b = picture(tmp_path / "a.png"), picture(tmp_path / "b.png", quality=20)
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (40, 60, 3), np.uint8)).save(b)
    assert run(a, b, "--out", tmp_path / "out", "--backward", "--device", "cpu") == 0
    frames = (read_image(b), read_image(a))
    found = read_flo(tmp_path / "out" / "b_to_a.flo")
    assert torch.allclose(found, command.estimate(model, *frames, longest=256))
    assert not torch.allclose(found, read_flo(tmp_path / "out" / "a_to_b.flo"))


def film(path, frames=4, size=(40, 62)):
    with film_file(path, per_second=12.5) as add:
        for number in range(frames):
            add(np.full((*size, 3), 60 + 40 * number, np.uint8))
    return path


def test_a_film_becomes_flow_files_and_a_film(right, tmp_path, capsys):
    source = film(tmp_path / "walk.mp4")
    out = tmp_path / "out"
    assert run("--video", source, "--out", out, "--backward") == 0
    shown = capsys.readouterr()
    assert "3/3" in shown.err
    assert "6 flows in" in shown.out
    folder = out / "walk_flow"
    names = [f"{i:06}{end}.flo" for i in (1, 2, 3) for end in ("", "_backward")]
    assert sorted(p.name for p in folder.iterdir()) == names
    assert read_flo(folder / "000002.flo")[:, 7, 9].tolist() == [3.0, 1.0]
    assert film_facts(out / "walk_flow.mp4") == film_facts(source).__class__(3, 12.5)
    first = next(read_film(out / "walk_flow.mp4"))
    assert first.shape == (3, LEGEND[1], 62 + LEGEND[0])
    want = flow_colors(read_flo(folder / "000001.flo"))[10, 30] / 255
    assert np.abs(first[:, 10, 30].numpy() - want).max() < 0.1
    assert sorted(p.name for p in out.iterdir()) == [
        "walk_flow",
        "walk_flow.mp4",
        "walk_flow_backward.mp4",
    ]
    film(source, frames=2)  # a shorter film of that name leaves nothing of the longer one
    assert run("--video", source, "--out", out) == 0
    assert [p.name for p in folder.iterdir()] == ["000001.flo"]


def test_mistakes_with_films_are_sentences(right, tmp_path, capsys, monkeypatch):
    (tmp_path / "text.mp4").write_text("no film")
    (tmp_path / "cut.mp4").write_bytes(film(tmp_path / "a.mp4").read_bytes()[:900])
    for name, told in [
        ("none.mp4", "there is no file"),
        ("text.mp4", "'text.mp4' cannot be read (InvalidDataError): MP4, WebM"),
        ("cut.mp4", "'cut.mp4' "),
        (film(tmp_path / "one.mp4", frames=1).name, "'one.mp4' has less than two frames"),
    ]:
        assert run("--video", tmp_path / name, "--out", tmp_path / "out") in (1, 2)
        assert told in capsys.readouterr().err
    with only_writer(tmp_path / "out" / "a_flow"):
        assert run("--video", tmp_path / "a.mp4", "--out", tmp_path / "out") == 1
    assert "another run is writing 'a_flow'" in capsys.readouterr().err
    disk = argparse.Namespace(free=1000)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: disk)
    assert run("--video", tmp_path / "a.mp4", "--out", tmp_path / "out") == 1
    assert "3 flows of 40×62 came: 0.0 GB: the disk of" in capsys.readouterr().err


def test_weights_say_what_was_taken_from_them(tmp_path, capsys):
    state = recipe.state_dict("gmflow")
    torch.save({"model": state, "model_ema": state}, tmp_path / "both.pth")
    command.model_of(tmp_path / "both.pth")
    assert "entries loaded from 'model_ema', not from 'model'" in capsys.readouterr().out


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
    assert "course: cpu, " in shown.out
