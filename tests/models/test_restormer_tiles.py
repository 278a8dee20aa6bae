"""A picture in tiles: every pixel counted once, seams unseen, memory that of one tile."""

from functools import partial
from itertools import pairwise
from statistics import mean

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from utils.checkpoints import load_shipped
from utils.models import create_model
from utils.models.restormer import Eightfold
from utils.models.restormer.tiles import STEP, _axis, restore_tiled, tile_boxes
from utils.tracing.cost import peak_bytes
from utils.training.metrics import psnr
from utils.world import degrade, photograph


class Spy(nn.Module):
    """Gives back what it gets, and remembers the sizes."""

    def __init__(self):
        super().__init__()
        self.sizes = []

    def forward(self, x):
        self.sizes.append(tuple(x.shape[2:]))
        return 2 * x


@given(
    side=st.integers(1, 300),
    tile=st.integers(2, 12).map(lambda n: n * STEP),
    share=st.integers(0, 6),
)
def test_what_all_tiles_count_sums_to_one_and_neighbors_overlap(side, tile, share):
    overlap = min(share * STEP, tile // 2 // STEP * STEP)
    spans = _axis(side, tile=tile, overlap=overlap)
    total = torch.zeros(side)
    for span in spans:
        assert span.part.start % STEP == 0
        assert len(span.fade) == span.part.stop - span.part.start <= tile
        assert (span.fade > 0).all()
        total[span.part] += span.fade
    assert torch.allclose(total, torch.ones(side), atol=1e-6)
    for left, right in pairwise(spans):
        assert left.part.stop - right.part.start >= overlap
        assert left.part.stop - left.part.start == tile


@pytest.mark.parametrize("size", [(40, 33), (65, 200), (7, 90)])
def test_a_model_without_a_far_view_gives_the_same_in_tiles(size):
    picture = torch.rand(2, 3, *size)
    spy, heard = Spy(), []
    tiled = restore_tiled(
        spy, picture, tile=32, overlap=8, after_tile=lambda *done: heard.append(done)
    )
    assert torch.allclose(tiled, 2 * picture, atol=1e-6)
    assert len(spy.sizes) > 1
    assert max(max(size) for size in spy.sizes) <= 32
    assert heard == [(i + 1, len(spy.sizes)) for i in range(len(spy.sizes))]


def test_what_fits_into_one_tile_is_restored_whole():
    model = create_model("restormer_nano").eval()
    picture = torch.rand(1, 3, 30, 21)
    with torch.no_grad():
        whole = model(picture)
    assert torch.equal(restore_tiled(model, picture, tile=32, overlap=8), whole)


def test_a_gray_model_and_other_numbers_of_channels():
    model = create_model("restormer_nano", in_channels=6, dual_pixel=True).eval()
    assert restore_tiled(model, torch.rand(1, 6, 40, 20), tile=24, overlap=8).shape == (
        1,
        3,
        40,
        20,
    )


class InTiles(nn.Module):
    """The tiled call as a module, so that its memory can be counted."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return restore_tiled(self.model, x, tile=32, overlap=8)


def test_memory_is_bounded_by_the_tile():
    model = create_model("restormer_nano").eval()
    tile, large = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 512)
    one, all_tiles, whole = (
        peak_bytes(partial(m, x))
        for m, x in ((model, tile), (InTiles(model), large), (model, large))
    )
    output = 4 * large.numel()
    assert all_tiles < one + 2 * output
    assert all_tiles < whole / 3


WRONG = [
    ({"tile": 100}, "a tile of 100 pixels came: a tile's side is a multiple of 8"),
    ({"tile": 0}, "a tile of 0 pixels came"),
    ({"tile": 64, "overlap": 40}, "an overlap of 40 pixels came for tiles of 64"),
    ({"overlap": 12}, "an overlap of 12 pixels came"),
    ({"overlap": -8}, "an overlap of -8 pixels came"),
]


@pytest.mark.parametrize(("settings", "text"), WRONG)
def test_wrong_cuts_are_refused_and_the_remedy_helps(settings, text):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared below
        restore_tiled(nn.Identity(), torch.zeros(1, 3, 8, 8), **settings)
    assert str(caught.value).startswith(text)
    name, value = str(caught.value).rsplit("pass ", 1)[1].split("=")
    mended = restore_tiled(nn.Identity(), torch.zeros(1, 3, 8, 8), **{**settings, name: int(value)})
    assert mended.shape == (1, 3, 8, 8)


def jumps(tiled, whole, *, tile, overlap):
    """Mean steps of what tiling changed, from row to row: at the rims of tiles, and inside them.

    The whole picture has no seams, and its own edges would hide those of the tiles.
    """
    steps = (tiled - whole).diff(dim=2).abs().mean(dim=(0, 1, 3))
    spans = _axis(tiled.shape[2], tile=tile, overlap=overlap)
    rims = {s.part.start - 1 for s in spans[1:]} | {s.part.stop - 1 for s in spans[:-1]}
    inside = [float(step) for row, step in enumerate(steps) if row not in rims]
    return [float(steps[row]) for row in rims], inside


@pytest.mark.parametrize(
    ("name", "kind", "strength"),
    [
        ("astronaut", "noise", 25.0),
        ("coffee", "rain", 1.0),
        ("chelsea", "blur", 7.0),
        ("stereo_motorcycle", "noise", 50.0),
    ],
)
def test_tiled_is_as_good_as_whole_on_unseen_photographs(name, kind, strength):
    clean = photograph(name)[None, :, :200, :264]
    seed = torch.Generator().manual_seed(3)
    seen = degrade(clean, kind=kind, strength=strength, generator=seed)
    model = load_shipped("restormer_nano")
    with torch.no_grad():
        whole = model(seen)
    tiled = restore_tiled(model, seen, tile=96, overlap=32)
    assert psnr(tiled, clean) > psnr(whole, clean) - 0.2
    at_rims, inside = jumps(tiled, whole, tile=96, overlap=32)
    assert len(at_rims) == 4
    assert max(at_rims) <= max(inside)
    assert mean(at_rims) < 1.5 * mean(inside)
    hard = restore_tiled(model, seen, tile=96, overlap=0)
    at_rims, inside = jumps(hard, whole, tile=96, overlap=0)
    assert mean(at_rims) > 2 * mean(inside)


class LeftOnly(nn.Module):
    """Adds each pixel's left neighbor: no two of the eight views give the same."""

    def forward(self, x):
        return x + 2 * nn.functional.pad(x, (1, 0, 0, 0))[..., :-1]


def test_eight_views_turned_back_are_the_same_whatever_way_the_picture_lies():
    picture = torch.arange(2 * 3 * 5 * 7.0).reshape(2, 3, 5, 7)
    seen = Eightfold(LeftOnly())(picture)
    four = sum(
        nn.functional.pad(picture, pad)[(..., *keep)]
        for pad, keep in (
            ((1, 0, 0, 0), (slice(None), slice(0, -1))),
            ((0, 1, 0, 0), (slice(None), slice(1, None))),
            ((0, 0, 1, 0), (slice(0, -1), slice(None))),
            ((0, 0, 0, 1), (slice(1, None), slice(None))),
        )
    )
    torch.testing.assert_close(seen, picture + 2 * four / 4)  # every neighbor counts alike
    for turn in (lambda x: x.rot90(1, (-2, -1)), lambda x: x.flip(-1)):
        torch.testing.assert_close(Eightfold(LeftOnly())(turn(picture)), turn(seen))


def test_eight_views_of_the_shipped_model_restore_better():
    clean = photograph("coffee")[None, :, 120:216, 140:236]
    noisy = degrade(clean, kind="noise", strength=25.0, generator=torch.Generator().manual_seed(0))
    model = load_shipped("restormer_nano")
    with torch.no_grad():
        once, eightfold = model(noisy), Eightfold(model)(noisy)
    assert psnr(eightfold, clean) > psnr(once, clean) + 0.05


def test_the_boxes_are_those_that_the_model_sees():
    spy, size = Spy(), (61, 93)
    restore_tiled(spy, torch.zeros(1, 3, *size), tile=40, overlap=16)
    boxes = tile_boxes(size, tile=40, overlap=16)
    assert spy.sizes == [(bottom - top, right - left) for top, left, bottom, right in boxes]
    covered = torch.zeros(size)
    for top, left, bottom, right in boxes:
        covered[top:bottom, left:right] += 1
    assert covered.min() >= 1
