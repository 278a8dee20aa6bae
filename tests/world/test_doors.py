"""The world's public functions say what they cannot take."""

import pytest
import torch

from utils.errors import ConfigError, CourseError
from utils.world import WorldConfig, degrade, held_out_middles, moved_photograph, training_crops

SEED = torch.Generator().manual_seed(0)


@pytest.mark.parametrize(
    ("picture", "told"),
    [
        (torch.zeros(3, 8, 8), r"shape \(3, 8, 8\) came: pictures are \(b, 3, h, w\)"),
        (torch.zeros(1, 3, 0, 8), "at least one pixel"),
        (255 * torch.rand(1, 3, 8, 8), "divide by 255"),
        (torch.zeros(1, 3, 8, 8, dtype=torch.uint8), "torch.uint8 came"),
        (None, "a picture of NoneType came"),
        (torch.full((1, 3, 8, 8), torch.nan), "NaN or infinite"),
    ],
)
@pytest.mark.parametrize("kind", ["noise", "rain", "blur"])
def test_what_is_no_batch_of_pictures_is_said(picture, told, kind, plain_types):
    with pytest.raises(CourseError, match=told):
        degrade(picture, kind=kind, strength=1.0, generator=SEED)


@pytest.mark.parametrize("strength", ["25", None, float("nan"), [1.0, "2"]])
def test_strengths_are_numbers(strength, plain_types):
    with pytest.raises(CourseError, match="the strength"):
        degrade(torch.zeros(2, 3, 8, 8), kind="noise", strength=strength, generator=SEED)


@pytest.mark.parametrize("side", [0, -3, 10_000, "8"])
def test_squares_fit_into_the_photographs(side, plain_types):
    with pytest.raises(ConfigError, match="side"):
        held_out_middles(side)


@pytest.mark.parametrize("size", [(0, 8), (10**9, 8), 64, ("8", 8)])
def test_pieces_have_a_size_that_can_be(size, plain_types):
    with pytest.raises(ConfigError, match=r"size|pieces"):
        training_crops(1, size=size, generator=SEED)


def test_worlds_and_motions_that_cannot_be_are_said(plain_types):
    for wrong in ({"size": (10**9, 64)}, {"size": "64"}, {"tilt": float("nan")}, {"tilt": None}):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            WorldConfig(**wrong)
    with pytest.raises(CourseError, match="motion"):
        moved_photograph("coffee", seed=0, motion=float("nan"))
