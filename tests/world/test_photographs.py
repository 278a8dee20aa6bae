"""Photographs: licensed, offline, and the held-out ones never trained on."""

import pytest
import torch
from torch.nn import functional

from utils.errors import ConfigError
from utils.world import ShapesWorld, WorldConfig, moved, photo_textures, photographs
from utils.world.moved import (
    apply_homography,
    homography,
    move_picture,
    moved_photograph,
    moved_training_pairs,
)
from utils.world.photographs import (
    HELD_OUT,
    PHOTOGRAPHS,
    TRAINING,
    TRAINING_PHOTOGRAPHS,
    photograph,
    stereo_pair,
    training_crops,
    training_names,
)

PROMISED_HELD_OUT = {
    "astronaut",
    "coffee",
    "chelsea",
    "rocket",
    "retina",
    "hubble_deep_field",
    "stereo_motorcycle",
}


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_every_photograph_is_here_with_its_licence(name):
    picture = photograph(name)
    assert picture.dtype == torch.float32
    assert picture.shape[0] == 3
    assert min(picture.shape[1:]) > 90
    assert 0 <= float(picture.min()) < float(picture.max()) <= 1
    assert PHOTOGRAPHS[name].licence
    assert PHOTOGRAPHS[name].source


def test_what_is_held_out_is_what_was_promised():
    assert set(HELD_OUT) == PROMISED_HELD_OUT
    assert not set(training_names()) & PROMISED_HELD_OUT
    held_files = {PHOTOGRAPHS[name].file for name in HELD_OUT} | {"motorcycle_right.png"}
    assert not held_files & {PHOTOGRAPHS[name].file for name in TRAINING}


def test_no_training_function_looks_at_a_held_out_photograph(monkeypatch):
    """Every photograph that is read on the way to training data is written down."""
    read = []

    def spy(path):
        read.append(path.name)
        return original(path)

    original = photographs._read
    monkeypatch.setattr(photographs, "_read", spy)
    training_crops(200, size=(32, 40), generator=torch.Generator().manual_seed(0))
    moved_training_pairs(list(range(60)), size=(32, 40), motion=6)
    assert set(read) == {PHOTOGRAPHS[name].file for name in TRAINING}


def test_no_background_of_the_world_is_a_held_out_photograph(monkeypatch):
    read = []
    original = photographs._read
    monkeypatch.setattr(photographs, "_read", lambda path: read.append(path.name) or original(path))
    photo_textures._tiles.cache_clear()
    world = ShapesWorld(WorldConfig(photographs=1.0))
    chosen = world.scenes(range(200)).photograph
    world.pictures([0])
    expected = {entry.file for entry in TRAINING_PHOTOGRAPHS.values() if entry.package == "skimage"}
    assert set(read) == expected
    assert sorted(set(chosen.tolist())) == list(range(len(expected)))


def test_photographs_change_the_background_and_nothing_else():
    plain, with_photographs, half = (
        ShapesWorld(WorldConfig(photographs=part)).batch(range(40)) for part in (0.0, 1.0, 0.5)
    )
    assert torch.equal(plain.segmentation, with_photographs.segmentation)
    assert torch.equal(plain.flow, with_photographs.flow)
    ground = (plain.instance == 0)[:, None].expand(-1, 3, -1, -1)
    deep = plain.subject[:, None].expand(-1, 3, -1, -1)
    changed = (plain.frame0 - with_photographs.frame0).abs()
    assert float(changed[ground].mean()) > 0.05
    assert float(changed[deep].median()) == 0
    differs = (plain.frame0 != half.frame0).flatten(1).any(1)
    assert 10 < int(differs.sum()) < 30


def test_a_photographed_background_moves_with_the_flow():
    batch = ShapesWorld(WorldConfig(photographs=1.0), split="test").batch(range(20))
    ground = (batch.instance == 0) & ~batch.occluded & ~batch.out_of_frame
    landed = warp((batch.instance1 == 0)[:, None].float(), batch.flow)[:, 0] > 0.99
    seen = ground & landed
    error = (warp(batch.frame1, batch.flow) - batch.frame0).abs().mean(1)[seen].mean()
    wrong = (warp(batch.frame1, -batch.flow) - batch.frame0).abs().mean(1)[seen].mean()
    assert float(error) < 0.025
    assert float(wrong) > 3 * float(error)


def test_held_out_photographs_are_not_copies_of_training_ones():
    def thumbnail(name):
        small = functional.interpolate(photograph(name)[None], (16, 16), mode="area")
        gray = small.mean(1).flatten()
        return (gray - gray.mean()) / gray.std()

    held, train = ([thumbnail(name) for name in names] for names in (HELD_OUT, TRAINING))
    alike = torch.stack(held) @ torch.stack(train).T / 256
    assert float(alike.abs().max()) < 0.9


def test_without_scikit_learn_its_two_are_skipped_by_name(monkeypatch):
    monkeypatch.setattr(
        photographs, "_folder", lambda package, real=photographs._folder: real("skimage")
        if package == "skimage"
        else None,
    )  # fmt: skip
    assert photographs.missing() == ("china", "flower")
    assert set(TRAINING) - set(training_names()) == {"china", "flower"}
    with pytest.raises(
        ConfigError, match="china, flower are not on this machine: weights that are"
    ):
        training_names(require_all=True)
    with pytest.raises(
        ConfigError, match=r"'china' is not .*; install it: pip install scikit-learn"
    ):
        photograph("china")


def test_an_unknown_name_is_said():
    with pytest.raises(
        ConfigError, match="the photograph 'lena' came: there are astronaut, coffee"
    ):
        photograph("lena")


def test_changing_a_photograph_changes_only_the_copy():
    photograph("coffee").zero_()
    assert float(photograph("coffee").max()) > 0.5


def test_crops_have_their_size_and_depend_on_the_generator_alone():
    once, twice = (
        training_crops(6, size=(96, 120), generator=torch.Generator().manual_seed(3))
        for _ in range(2)
    )
    assert once.shape == (6, 3, 96, 120)
    assert torch.equal(once, twice)
    assert 0 <= float(once.min()) < float(once.max()) <= 1
    large = training_crops(2, size=(300, 400), generator=torch.Generator().manual_seed(3))
    assert large.shape == (2, 3, 300, 400)


def warp(picture, flow):
    h, w = picture.shape[-2:]
    y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    grid = torch.stack([x + flow[:, 0], y + flow[:, 1]], -1)
    grid = 2 * grid / torch.tensor([w - 1, h - 1]) - 1
    return functional.grid_sample(picture, grid, mode="bicubic", align_corners=True)


@pytest.mark.parametrize("name", HELD_OUT + TRAINING)
def test_the_moved_photograph_warped_back_is_the_first(name):
    pair = moved_photograph(name, seed=5, size=(64, 88), motion=8.0)
    seen = ~pair.out_of_frame[0]
    error = (warp(pair.frame1, pair.flow) - pair.frame0).abs().mean(1)[0][seen].mean()
    still = (pair.frame1 - pair.frame0).abs().mean(1)[0][seen].mean()
    assert float(error) < 0.02
    assert float(error) < 0.4 * float(still)


def test_mean_motion_is_what_was_asked_for():
    for motion in (0.0, 4.0, 8.0, 16.0):
        lengths = [
            float(moved_photograph("coffee", seed=s, motion=motion).flow.norm(dim=1).mean())
            for s in range(12)
        ]
        assert sum(lengths) / 12 == pytest.approx(motion, rel=0.1, abs=1e-5)


def test_the_flow_is_the_homography():
    generator = torch.Generator().manual_seed(0)
    start = torch.tensor([[0.0, 0.0], [50.0, 0.0], [50.0, 30.0], [0.0, 30.0]])
    end = start + 5 * torch.randn(4, 2, generator=generator)
    matrix = homography(start, end)
    assert torch.allclose(apply_homography(matrix, start), end.double())
    back = torch.linalg.inv(matrix)
    points = 50 * torch.rand(9, 2, generator=generator).double()
    assert torch.allclose(apply_homography(back, apply_homography(matrix, points)), points)


def test_a_small_photograph_never_shows_what_lies_beyond_its_edge():
    """A white picture with a black rim: no black may come into view."""
    white = torch.zeros(3, 100, 130)
    white[:, 1:-1, 1:-1] = 1
    for seed in range(20):
        pair = move_picture(white, seed=seed, size=(96, 96), motion=10.0)
        inner = pair.frame1[..., 3:-3, 3:-3]
        assert float(inner.min()) > 0.99


def test_batches_of_moved_photographs_are_seeded_one_by_one():
    together = moved_training_pairs([3, 8], size=(48, 64), motion=8)
    alone = moved_training_pairs([8], size=(48, 64), motion=8)
    assert torch.equal(together.frame1[1], alone.frame1[0])
    assert torch.equal(together.flow[1], alone.flow[0])
    assert together.flow.shape == (2, 2, 48, 64)


def test_too_much_motion_is_said():
    with pytest.raises(ConfigError, match="a motion of 50 pixels came for frames of 96×96"):
        moved.moved_photograph("coffee", seed=0, motion=50.0)


def test_the_stereo_pairs_flow_brings_the_right_view_to_the_left():
    pair = stereo_pair()
    assert pair.left.shape == pair.right.shape == (1, 3, 500, 741)
    assert pair.flow.shape == (1, 2, 500, 741)
    assert 0.9 < float(pair.known.float().mean()) < 0.95
    assert not bool(pair.flow[:, 1].any())
    assert float(pair.flow[:, 0].max()) == 0
    error = (warp(pair.right, pair.flow) - pair.left).abs().mean(1)
    wrong = (warp(pair.right, -pair.flow) - pair.left).abs().mean(1)
    assert float(error[pair.known].mean()) < 0.05
    assert float(wrong[pair.known].mean()) > 0.1
