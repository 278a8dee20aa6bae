"""`course.py restore`: a folder of pictures in, the restored ones out, and what goes wrong said."""

import os
import re

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from utils.checkpoints import load_official, load_shipped
from utils.cli import __main__ as entry
from utils.cli import restore as command
from utils.cli._tasks import TASKS
from utils.io import only_writer, read_image, write_image
from utils.models import create_model
from utils.models.restormer import Eightfold
from utils.reference import recipe
from utils.training.metrics import psnr
from utils.world import degrade, photograph


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "pictures"
    made.mkdir()
    return made


@pytest.fixture
def small(monkeypatch):
    """The shipped model's place is taken by one that is quick and always there."""
    torch.manual_seed(5)
    model = create_model("restormer_nano", depths=(1, 1, 1, 1), refinement=0).eval()
    monkeypatch.setattr(command, "load", lambda weights, task, options: model)
    return model


def paint(path, size=(40, 31), **options):
    h, w = size
    rng = np.random.default_rng(len(path.name))
    array = rng.integers(0, 255, (h, w, 3), dtype=np.uint8)
    Image.fromarray(array).save(path, **options)


def restore(folder, *more):
    return entry.main(["restore", str(folder), "--out", str(folder.parent / "out"), *more])


def test_every_picture_is_restored_under_its_name_in_any_size(folder, small, capsys):
    paint(folder / "a.png", (33, 50))
    paint(folder / "b.JPG", (5, 9), format="JPEG")
    paint(folder / "c.jpeg")
    (folder / "notes.txt").write_text("no picture, no complaint")
    (folder / "._a.png").write_bytes(b"what another system left")
    assert restore(folder) == 0
    out = folder.parent / "out"
    assert sorted(path.name for path in out.iterdir()) == ["a.png", "b.JPG", "c.jpeg"]
    assert Image.open(out / "a.png").size == (50, 33)
    assert Image.open(out / "b.JPG").format == "JPEG"
    with torch.no_grad():
        want = small(read_image(folder / "a.png")[None])[0].clamp(0, 1)
    assert (read_image(out / "a.png") - want).abs().max() < 0.51 / 255
    assert "3 of 3 pictures restored" in capsys.readouterr().out


def test_careful_sees_every_picture_eight_ways(folder, small, capsys):
    paint(folder / "a.png", (17, 24))
    assert restore(folder, "--careful") == 0
    picture = read_image(folder / "a.png")[None]
    with torch.no_grad():
        want, once = Eightfold(small)(picture)[0].clamp(0, 1), small(picture)[0].clamp(0, 1)
    found = read_image(folder.parent / "out" / "a.png")
    assert (found - want).abs().max() < 0.51 / 255
    assert (found - once).abs().max() > 1 / 255


def test_names_come_in_natural_order_with_a_progress_bar(folder, small, capsys):
    for name in ("p10.png", "p9.png", "p1.png"):
        paint(folder / name, (8, 8))
    assert restore(folder) == 0
    shown = capsys.readouterr().err
    assert -1 < shown.find("p1.png") < shown.find("p9.png") < shown.find("p10.png")
    assert "3/3" in shown


@pytest.mark.parametrize("number", range(1, 9))
def test_exif_orientation_is_kept(folder, small, number):
    tag = Image.Exif()
    tag[0x0112] = number
    paint(folder / "turned.jpg", (24, 40), exif=tag, quality=95)
    assert restore(folder) == 0
    with Image.open(folder.parent / "out" / "turned.jpg") as made:
        shown = np.asarray(ImageOps.exif_transpose(made), dtype=float)
    with Image.open(folder / "turned.jpg") as source:
        upright = torch.from_numpy(np.array(ImageOps.exif_transpose(source))).permute(2, 0, 1)
    with torch.no_grad():
        want = small(upright[None] / 255)[0].clamp(0, 1).permute(1, 2, 0).numpy()
    assert shown.shape == want.shape
    assert np.abs(shown - 255 * want).mean() < 12  # JPEG's own loss on noise; turned, it is 60


def test_a_bad_file_is_named_and_the_rest_goes_on(folder, small, capsys):
    for name in ("a1.png", "a3.png"):
        paint(folder / name)
    (folder / "a2.png").write_bytes((folder / "a1.png").read_bytes()[:200])
    (folder / "a4.jpg").write_text("no picture")
    assert restore(folder) == 1
    shown = capsys.readouterr()
    assert "a2.png' is damaged or cut short" in shown.out + shown.err
    assert "left out: a2.png, a4.jpg" in shown.err
    assert "2 of 4 pictures restored" in shown.out
    out = folder.parent / "out"
    assert sorted(path.name for path in out.iterdir()) == ["a1.png", "a3.png"]


def test_outputs_are_written_whole_or_not_at_all(folder, small, monkeypatch, capsys):
    paint(folder / "a.png")
    assert restore(folder) == 0
    out = folder.parent / "out"
    before = (out / "a.png").read_bytes()

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert restore(folder) == 1
    assert "No space left" in capsys.readouterr().out
    assert [path.name for path in out.iterdir()] == ["a.png"]
    assert (out / "a.png").read_bytes() == before


def test_large_pictures_are_restored_in_tiles(folder, small, monkeypatch, capsys):
    paint(folder / "large.png", (70, 130))
    sizes = []
    small.register_forward_pre_hook(lambda module, given: sizes.append(given[0].shape[2:]))
    assert restore(folder, "--tile", "48") == 0
    assert len(sizes) == 2 * 5
    assert max(max(size) for size in sizes) <= 48
    assert Image.open(folder.parent / "out" / "large.png").size == (130, 70)


def test_when_the_devices_memory_runs_out_the_rest_is_done_on_the_cpu(folder, small, monkeypatch):
    paint(folder / "a.png", (16, 16))
    usual, calls = small.forward, []

    def full_at_first(picture):
        calls.append(1)
        if len(calls) == 1:
            raise torch.OutOfMemoryError("out of memory")
        return usual(picture)

    monkeypatch.setattr(small, "forward", full_at_first)
    assert restore(folder) == 0
    assert len(calls) == 2


WRONG = [
    (
        ["--task", "deraining"],
        "--task deraining came without --weights: .*--weights deraining.pth",
        2,
    ),
    (
        ["--weights", "w.pth"],
        "--weights came without --task: say what it is for, one of deraining",
        2,
    ),
    (["--options", "o.yml"], "--options came without --weights", 2),
    (["--device", "tpu"], "the device 'tpu' came: this machine has .*cpu; name one of them", 1),
    (
        ["--weights", "w.pth", "--task", "dual-pixel-defocus-deblurring"],
        "takes two views of each",
        2,
    ),
    (["--tile", "100"], "--tile 100 came: it is a multiple of 8", 2),
    (
        ["--weights", "nowhere.pth", "--task", "gaussian_gray_denoising"],
        "there is no file nowhere.pth",
        1,
    ),
]


@pytest.mark.parametrize(("more", "text", "status"), WRONG)
def test_a_call_that_makes_no_sense_says_so_and_writes_nothing(folder, more, text, status, capsys):
    paint(folder / "a.png", (8, 8))
    assert restore(folder, *more) == status
    assert re.search(text, capsys.readouterr().err)
    assert not (folder.parent / "out").exists()


def test_folders_are_checked(folder, capsys):
    assert restore(folder / "nowhere") == 2
    assert "there is no folder" in capsys.readouterr().err
    assert restore(folder) == 1
    assert (
        "no picture (.png, .jpg, .jpeg, .tif, .tiff, .webp, .bmp) lies in"
        in capsys.readouterr().err
    )
    paint(folder / "a.png", (8, 8))
    assert entry.main(["restore", str(folder), "--out", f"{folder}/../{folder.name}"]) == 2
    assert "so that none is overwritten" in capsys.readouterr().err


@pytest.fixture(scope="module")
def gray_weights(tmp_path_factory):
    """A file as the authors publish it: the gray network under `params`."""
    path = tmp_path_factory.mktemp("weights") / "gaussian_gray_denoising_blind.pth"
    torch.save({"params": recipe.state_dict("restormer_denoise_gray")}, path)
    return path


def test_a_file_of_the_authors_fills_the_network_of_its_task(folder, gray_weights, capsys):
    Image.fromarray(np.arange(20 * 24, dtype=np.uint8).reshape(20, 24)).save(folder / "gray.png")
    paint(folder / "color.png", (8, 12))
    assert restore(folder, "--weights", str(gray_weights), "--task", "Gaussian_Gray_Denoising") == 0
    assert "entries loaded" in capsys.readouterr().out
    model = create_model("restormer_denoise_gray").eval()
    load_official(model, gray_weights)
    for name in ("gray.png", "color.png"):  # each color by itself
        picture = read_image(folder / name)
        with torch.no_grad():
            want = model(picture[:, None])[:, 0].clamp(0, 1)
        made = read_image(folder.parent / "out" / name)
        assert (made - want).abs().max() < 0.51 / 255, name


def test_a_file_of_another_network_is_refused(folder, gray_weights, capsys):
    paint(folder / "a.png", (8, 8))
    assert restore(folder, "--weights", str(gray_weights), "--task", "deraining") == 1
    assert "missing: " in capsys.readouterr().err
    assert not (folder.parent / "out").exists()


PUBLISHED = {  # task: in channels, out channels, norm with a bias
    "deraining": (3, 3, True),
    "motion_deblurring": (3, 3, True),
    "single_image_defocus_deblurring": (3, 3, True),
    "dual_pixel_defocus_deblurring": (6, 3, True),
    "gaussian_gray_denoising": (1, 1, False),
    "gaussian_color_denoising": (3, 3, False),
    "real_denoising": (3, 3, False),
}


def test_all_published_tasks_name_their_network_and_their_file(capsys):
    assert list(TASKS) == list(PUBLISHED)
    with torch.device("meta"):
        for name, task in TASKS.items():
            config = create_model(task.model).config
            found = (config.in_channels, config.out_channels, config.norm_bias)
            assert found == PUBLISHED[name], name
    with pytest.raises(SystemExit):
        entry.main(["restore", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for name, task in TASKS.items():
        assert f"{name} ({task.file})" in shown
    assert "Each result is as large as its picture" in shown


def test_two_views_are_read_together(folder, monkeypatch, capsys):
    torch.manual_seed(5)
    small = {"depths": (1, 1, 1, 1), "refinement": 0, "channels": 8, "num_heads": (1, 1, 2, 2)}
    model = create_model("restormer_dual_pixel", **small).eval()
    monkeypatch.setattr(command, "load", lambda weights, task, options: model)
    right = folder.parent / "right"
    right.mkdir()
    paint(folder / "a.png", (17, 24))
    paint(right / "a.png", (24, 17))
    paint(folder / "bb.png", (17, 24))
    paint(right / "bb.png", (17, 24))
    options = ("--weights", "w.pth", "--task", "dual_pixel_defocus_deblurring", "--right")
    assert restore(folder, *options, str(right)) == 1
    assert "views of 17×24 and 24×17 pixels came" in capsys.readouterr().out
    views = torch.cat([read_image(place / "bb.png") for place in (folder, right)])[None]
    with torch.no_grad():
        want = model(views)[0].clamp(0, 1)
    assert (read_image(folder.parent / "out" / "bb.png") - want).abs().max() < 0.51 / 255


def test_png_keeps_what_is_lossless_and_names_never_meet(folder, small, capsys):
    for name in ("a.jpg", "a.png", "b.jpg"):
        paint(folder / name, (9, 12))
    paint(folder / "c.tif", (9, 12))
    assert restore(folder, "--png", "--device", "cpu") == 0
    out = folder.parent / "out"
    assert sorted(p.name for p in out.iterdir()) == ["a.jpg.png", "a.png", "b.png", "c.png"]
    assert "restoring on cpu, each picture at its own size" in capsys.readouterr().out
    with torch.no_grad():
        want = small(read_image(folder / "b.jpg")[None])[0].clamp(0, 1)
    assert (read_image(out / "b.png") - want).abs().max() < 0.51 / 255


def test_an_output_that_cannot_be_is_said_before_the_work(folder, small, capsys):
    paint(folder / "a.png", (8, 8))
    inside = folder / "new" / "out"
    assert entry.main(["restore", str(folder), "--out", str(inside)]) == 2
    assert "--out lies inside" in capsys.readouterr().err
    assert not inside.parent.exists()
    assert entry.main(["restore", str(folder), "--out", str(folder / "a.png")]) == 2
    assert "--out lies inside" in capsys.readouterr().err
    (folder.parent / "file").touch()
    assert entry.main(["restore", str(folder), "--out", str(folder.parent / "file")]) == 2
    assert "is a file" in capsys.readouterr().err


def test_two_runs_on_one_output_do_not_meet(folder, small, capsys):
    paint(folder / "a.png", (8, 8))
    with only_writer(folder.parent / "out"):
        assert restore(folder) == 1
    assert "another run is writing 'out'" in capsys.readouterr().err
    assert restore(folder) == 0
    assert sorted(p.name for p in folder.parent.iterdir()) == ["out", "pictures"]


def test_options_of_the_authors_stand_in_for_a_task(folder, tmp_path_factory, capsys):
    torch.manual_seed(5)
    place = tmp_path_factory.mktemp("options")
    official = recipe.state_dict("restormer_derain")
    torch.save({"params": official}, place / "deraining.pth")
    (place / "o.yml").write_text(
        "network_g:\n  type: Restormer\n  dim: 48\n  num_blocks: [4,6,6,8]\n"
    )
    model = command.load(place / "deraining.pth", None, place / "o.yml")
    assert model.config == create_model("restormer_derain").config
    assert f"{len(official)} entries loaded" in capsys.readouterr().out


@pytest.mark.parametrize(("kind", "strength"), [("noise", 25.0), ("rain", 1.0)])
def test_the_shipped_model_restores_a_photograph(folder, kind, strength):
    clean = photograph("coffee")[:, 100:228, 100:260]
    seed = torch.Generator().manual_seed(0)
    seen = degrade(clean[None], kind=kind, strength=strength, generator=seed)[0]
    write_image(folder / "coffee.png", seen)
    assert restore(folder) == 0
    made = read_image(folder.parent / "out" / "coffee.png")
    came = read_image(folder / "coffee.png")
    assert psnr(made[None], clean[None]) > psnr(came[None], clean[None]) + 5
    assert load_shipped("restormer_nano").config.in_channels == 3
