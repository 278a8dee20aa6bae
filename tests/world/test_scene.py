"""The one scene: the same picture at every size, moved exactly as told."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from utils.errors import ConfigError
from utils.world import Motion, scene, scene_picture
from utils.world.scene import SHOWN


@pytest.mark.parametrize("index", range(len(SHOWN)))
def test_it_is_a_good_example(index):
    """A clear subject, several shapes, and a background that can be seen."""
    batch = scene((96, 96), index=index)
    counts = batch.instance.flatten().bincount()
    assert len(counts) >= 4
    assert 0.15 < float(batch.subject.float().mean()) < 0.35
    ground = batch.frame0[0][:, batch.instance[0] == 0]
    assert float(ground.std(1).mean()) > 0.04
    assert 3 < float(batch.flow.norm(dim=1).mean()) < 16


def test_it_is_the_same_picture_at_every_size():
    small = scene_picture((96, 96))
    for side in (192, 224, 288):
        large = scene_picture((side, side))
        assert large.shape == (1, 3, side, side)
        reduced = functional.interpolate(large, (96, 96), mode="area")
        assert float((reduced - small).abs().mean()) < 0.035


def test_the_picture_is_the_first_frame():
    assert torch.equal(scene_picture((64, 80)), scene((64, 80)).frame0)
    moved = scene((64, 80), motion=Motion(dx=3, turn=10))
    assert torch.equal(moved.frame0, scene_picture((64, 80)))


@given(dx=st.floats(-12, 12), dy=st.floats(-12, 12))
def test_a_shift_moves_the_subject_and_nothing_else(dx, dy):
    batch = scene(motion=Motion(dx=dx, dy=dy))
    flow = batch.flow[0]
    own = flow[:, batch.subject[0]]
    expected = torch.tensor([dx, dy])[:, None].expand_as(own)
    assert torch.allclose(own, expected, atol=1e-4)
    assert float(flow[:, ~batch.subject[0]].abs().max()) < 1e-4


@given(
    dx=st.floats(-10, 10), dy=st.floats(-10, 10), turn=st.floats(-30, 30), zoom=st.floats(0.8, 1.25)
)
def test_when_all_moves_the_flow_is_one_similarity_about_the_middle(dx, dy, turn, zoom):
    h, w = 64, 80
    flow = scene((h, w), motion=Motion(dx, dy, turn, zoom), moves="all").flow[0]
    y, x = torch.meshgrid(
        torch.arange(h) - (h - 1) / 2, torch.arange(w) - (w - 1) / 2, indexing="ij"
    )
    cos, sin = zoom * math.cos(math.radians(turn)), zoom * math.sin(math.radians(turn))
    expected = torch.stack([cos * x - sin * y + dx - x, sin * x + cos * y + dy - y])
    assert torch.allclose(flow, expected, atol=1e-3)


def test_a_turn_and_a_zoom_leave_the_subject_where_it_is():
    batch = scene(motion=Motion(turn=20, zoom=1.2))
    flow = batch.flow[0][:, batch.subject[0]]
    assert float(flow.norm(dim=0).max()) > 5
    assert float(flow.mean(1).norm()) < 1.5


def test_a_positive_turn_is_clockwise():
    batch = scene(motion=Motion(turn=20))
    y, x = batch.subject[0].nonzero().T.float()
    dx, dy = batch.flow[0][:, batch.subject[0]]
    slopes = [float(((a - a.mean()) * d).mean() / a.var()) for a, d in ((y, dx), (x, dy))]
    sine = math.sin(math.radians(20))
    assert slopes == pytest.approx([-sine, sine], rel=0.1)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"index": 9}, "the scene 9 came: scenes 0 to 2 were chosen"),
        ({"motion": Motion(dx=60)}, r"dx=60.* came: dx and dy reach 48 pixels"),
        ({"motion": Motion(zoom=0.0)}, "zoom=0.0.* came: .*; choose a smaller motion"),
        ({"size": (8, 96)}, "both sides are at least 32 pixels"),
    ],
)
def test_what_makes_no_sense_is_said(settings, told):
    with pytest.raises(ConfigError, match=told):
        scene(**settings)
