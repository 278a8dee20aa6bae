"""The world's promises: exact, independent of the batch, fair, and hard where it should be."""

from dataclasses import fields
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from utils.errors import ConfigError
from utils.world import ARRANGEMENTS, CLASSES, PARTS, ShapesWorld, WorldConfig, scenes, shapes
from utils.world.dice import INDICES_PER_SPLIT, SPLITS, roll, seed_of
from utils.world.scenes import draw_scenes
from utils.world.shapes_world import render


def test_there_are_at_least_ten_classes_with_names_of_their_own():
    assert len(set(CLASSES)) == len(CLASSES) == len(PARTS) * len(ARRANGEMENTS) >= 10


def test_a_batch_has_the_promised_form():
    batch = ShapesWorld(WorldConfig(size=(64, 80))).batch(range(3))
    for frame in (batch.frame0, batch.frame1):
        assert frame.shape == (3, 3, 64, 80)
        assert frame.dtype == torch.float32
        assert float(frame.min()) >= 0
        assert float(frame.max()) <= 1
    assert batch.flow.shape == (3, 2, 64, 80)
    for mask in (batch.occluded, batch.out_of_frame, batch.subject):
        assert mask.shape == (3, 64, 80)
        assert mask.dtype == torch.bool
    assert set(batch.segmentation.unique().tolist()) <= set(range(len(CLASSES) + 1))
    own = batch.segmentation[batch.subject]
    assert torch.equal(own, (batch.label + 1)[batch.subject.nonzero()[:, 0]])


def test_a_batch_equals_its_items():
    world = ShapesWorld(split="val")
    indices = [7, 3, 100_000]
    together = world.batch(indices)
    for i, index in enumerate(indices):
        alone = world.batch([index])
        for field in fields(together):
            whole, item = getattr(together, field.name), getattr(alone, field.name)
            if whole.is_floating_point():
                assert torch.allclose(whole[i], item[0], atol=1e-5), field.name
            else:
                assert torch.equal(whole[i], item[0]), field.name


def test_the_cheap_way_gives_the_same_pictures():
    world = ShapesWorld()
    batch = world.batch(range(4))
    picture, label = world.pictures(range(4))
    assert torch.equal(picture, batch.frame0)
    assert torch.equal(label, batch.label)


def test_the_world_is_the_one_that_the_shipped_weights_know():
    """Recorded figures: whoever changes the scenes must train every shipped weight file again."""
    batch = ShapesWorld(split="test").batch(range(6))
    assert batch.label.tolist() == [10, 3, 4, 10, 11, 10]
    means = [0.48, 0.3332, 0.2871, 0.3495, 0.3688, 0.3516]
    assert batch.frame0.mean((1, 2, 3)).tolist() == pytest.approx(means, abs=2e-3)
    motions = [5.03, 11.294, 5.585, 7.354, 9.469, 10.058]
    assert batch.flow.norm(dim=1).mean((1, 2)).tolist() == pytest.approx(motions, abs=0.02)
    sizes = [1265, 1493, 1925, 1617, 1871, 1926]
    assert batch.subject.sum((1, 2)).tolist() == pytest.approx(sizes, abs=3)


def test_an_empty_batch_is_empty():
    batch = ShapesWorld().batch([])
    assert batch.frame0.shape == (0, 3, 96, 96)
    assert batch.label.shape == (0,)


def test_splits_never_share_a_seed():
    last = INDICES_PER_SPLIT - 1
    ranges = sorted((seed_of(split, 0), seed_of(split, last)) for split in SPLITS)
    assert all(a[1] < b[0] for a, b in pairwise(ranges))
    assert ranges[-1][1] < 2**32  # torch's CPU generator forgets the rest of a seed
    rows = torch.cat([roll(split, list(range(50)), count=4) for split in SPLITS])
    assert len(rows.unique(dim=0)) == 50 * len(SPLITS)


def test_the_global_generator_is_neither_read_nor_moved():
    torch.manual_seed(1)
    first = ShapesWorld().pictures([5])[0]
    state = torch.get_rng_state()
    torch.manual_seed(2)
    assert torch.equal(ShapesWorld().pictures([5])[0], first)
    torch.manual_seed(1)
    assert torch.equal(torch.get_rng_state(), state)


def subject_shares(split, count, config=None):
    """How much of each subject is visible, of all that it would show with nothing above it."""
    config = config or WorldConfig()
    drawn = draw_scenes(config, split, list(range(count)))
    batch = render(drawn, size=config.size)
    h, w = config.size
    y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    shares = []
    for i in range(count):
        k = int(drawn.subject[i])
        own = drawn.poses0.to_own()[i, k]
        u = own[0, 0] * x + own[0, 1] * y + own[0, 2]
        v = own[1, 0] * x + own[1, 1] * y + own[1, 2]
        top, bottom = (t[i, k].expand(h, w) for t in (drawn.top, drawn.bottom))
        part = int(drawn.label[i, k]) // len(ARRANGEMENTS)
        whole = shapes.signed_distance(u, v, part=part, top=top, bottom=bottom) < 0
        assert not bool(whole[[0, -1]].any() or whole[:, [0, -1]].any()), "cut by the frame"
        near = (u.sub(top).abs() < 0.3) & (v < -0.2) | (u.sub(bottom).abs() < 0.3) & (v > 0.2)
        seen = batch.subject[i] & whole
        shares.append((float(seen.sum() / whole.sum()), float((seen & near).sum()), i))
        assert bool((whole & near).sum() == (seen & near).sum()), f"a part of {i} is hidden"
    return [share for share, *_ in shares]


def test_the_subject_is_visible_and_its_parts_are_whole():
    shares = subject_shares("train", 200)
    assert min(shares) >= 0.70
    assert sum(share < 0.99 for share in shares) > 40  # and shapes do hide it


def test_a_crowd_hides_no_more_than_it_may():
    crowd = WorldConfig(distractors=(8, 8), distractor_scale=(0.2, 0.35))
    shares = subject_shares("train", 80, crowd)
    assert min(shares) >= 0.70
    assert sum(share < 0.9 for share in shares) > 2


def test_class_says_nothing_about_color_texture_size_or_place():
    """Per class, the mean of everything else is that of all scenes, within chance."""
    config = WorldConfig()
    drawn = draw_scenes(config, "train", list(range(3000)))
    every = torch.arange(3000)
    k = drawn.subject
    label = drawn.label[every, k]
    facts = torch.cat(
        [
            drawn.poses0.center[every, k],
            drawn.poses0.angle[every, k, None],
            drawn.poses0.scale[every, k, None],
            drawn.surfaces.colors[every, k].flatten(1),
            drawn.surfaces.waves[every, k].flatten(1),
            drawn.surfaces.sharpness[every, k, None],
            drawn.stripe_phase[every, k],
            drawn.background.colors.flatten(1),
            k[:, None].float(),
        ],
        dim=1,
    )
    standard = (facts - facts.mean(0)) / facts.std(0)
    for kind in range(len(CLASSES)):
        mine = standard[label == kind]
        assert len(mine) == pytest.approx(3000 / len(CLASSES), rel=0.35)
        # Of 12 × 41 means the largest by chance is about 3.5 standard errors.
        assert float((mine.mean(0) * len(mine) ** 0.5).abs().max()) < 4.5


def test_another_class_would_change_nothing_else(monkeypatch):
    """The same random numbers with another class: the subject looks the same but for its parts."""

    def facts():
        drawn = draw_scenes(WorldConfig(), "train", list(range(50)))
        every, k = torch.arange(50), drawn.subject
        own = (drawn.poses0.center, drawn.poses0.angle, drawn.poses0.scale, drawn.stripe_phase)
        own += (drawn.surfaces.colors, drawn.surfaces.waves, drawn.surfaces.sharpness)
        ground = (drawn.background.colors, drawn.background.waves, drawn.background.sharpness)
        return drawn.label[every, k], [*(t[every, k] for t in own), *ground]

    label, before = facts()
    original = scenes.roll

    def other_class(*arguments, **more):
        table = original(*arguments, **more)
        table[:, 0] = (table[:, 0] + 0.5) % 1  # the first number is the subject's class
        return table

    monkeypatch.setattr(scenes, "roll", other_class)
    other_label, after = facts()
    assert bool((label != other_label).all())
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def warp(picture, flow):
    """The second frame seen from the first; written here, so that it stands on torch alone."""
    h, w = picture.shape[-2:]
    y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    grid = torch.stack([x + flow[:, 0], y + flow[:, 1]], -1)
    grid = 2 * grid / torch.tensor([w - 1, h - 1]) - 1
    return functional.grid_sample(picture, grid, mode="bicubic", align_corners=True)


def uniform(instance):
    """Pixels all of whose 5×5 neighbors belong to the same thing."""
    same = functional.pad(instance[:, None].float(), (2, 2, 2, 2), mode="replicate")
    return (functional.max_pool2d(same, 5, 1) == -functional.max_pool2d(-same, 5, 1))[:, 0]


@given(
    index=st.integers(0, 10_000),
    h=st.integers(64, 100),
    w=st.integers(64, 100),
    max_motion=st.floats(0, 20),
)
def test_the_second_frame_warped_by_the_flow_is_the_first(index, h, w, max_motion):
    config = WorldConfig(size=(h, w), max_motion=max_motion)
    batch = ShapesWorld(config, split="test").batch([index])
    there = warp(uniform(batch.instance1)[:, None].float(), batch.flow)[:, 0] > 0.999
    seen = uniform(batch.instance) & there & ~batch.occluded & ~batch.out_of_frame
    ground = seen & (batch.instance == 0)
    error = (warp(batch.frame1, batch.flow) - batch.frame0).abs().amax(1)
    # Interpolation alone; a flow that is off by one pixel gives 0.05 and more.
    assert float(error[ground].mean()) < 0.02
    assert float(error[seen].mean()) < 0.03  # outlines are as thin as two pixels


def test_no_motion_means_no_flow_and_the_same_frame():
    config = WorldConfig(max_motion=0.0, max_turn=0.0, max_zoom=1.0)
    batch = ShapesWorld(config).batch(range(3))
    assert float(batch.flow.abs().max()) < 1e-4
    assert torch.allclose(batch.frame0, batch.frame1, atol=1e-3)
    assert not bool(batch.occluded.any())


def test_motion_is_as_large_as_the_tests_of_flow_need():
    batch = ShapesWorld(split="test").batch(range(64))
    assert 6 < float(batch.flow.norm(dim=1).mean()) < 14


def test_number_of_shapes_follows_the_setting():
    for low, high in ((0, 0), (3, 3), (1, 5)):
        config = WorldConfig(distractors=(low, high))
        batch = ShapesWorld(config).batch(range(20))
        counts = [len(set(seen.unique().tolist()) - {0}) for seen in batch.instance]
        assert max(counts) <= high + 1
        assert min(counts) >= 1
        if high:
            assert max(counts) > low


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"size": (31, 96)}, r"the size \(31, 96\) came: both sides are at least 32 pixels"),
        ({"subject_scale": (0.4, 0.3)}, r"subject_scale=\(0.4, 0.3\) came: a smallest and a"),
        ({"distractor_scale": (0.1, 0.9)}, r"distractor_scale=\(0.1, 0.9\) came"),
        ({"distractors": (2, 9)}, r"distractors=\(2, 9\) came"),
        ({"photographs": 1.5}, "photographs=1.5 came: it is a part of all scenes"),
        ({"max_motion": -1.0}, r"max_motion=-1.0.* came: none is negative"),
        ({"max_zoom": 0.5}, r"max_zoom=0.5 came: .*; use 0, and 1 for max_zoom"),
    ],
)
def test_settings_that_make_no_sense_are_said(settings, told):
    with pytest.raises(ConfigError, match=told):
        WorldConfig(**settings)


def test_unknown_splits_and_indices_are_said():
    with pytest.raises(ConfigError, match="the split 'all' came: splits are train, val, test, sh"):
        ShapesWorld(split="all")
    with pytest.raises(ConfigError, match="the index -1 came: indices run from 0"):
        ShapesWorld().pictures([-1])


@pytest.mark.gpu
def test_a_gpu_paints_the_same():
    here, there = (ShapesWorld(device=device).batch(range(4)) for device in ("cpu", "cuda"))
    # A pixel whose center is on an edge may fall on the other side.
    assert float((here.frame0 - there.frame0.cpu()).abs().max()) < 1 / 255
    assert float((here.flow - there.flow.cpu()).abs().flatten().quantile(0.999)) < 1e-2
    assert float((here.segmentation != there.segmentation.cpu()).float().mean()) < 1e-3
    assert there.flow.is_cuda
