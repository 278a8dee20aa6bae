"""The pool: the same batch for a step, classes that stay right under every mirror."""

import pytest
import torch

from utils.errors import ConfigError
from utils.training.pictures import PicturePool, part_map, turn_over
from utils.world import ARRANGEMENTS, PARTS, ShapesWorld, WorldConfig

WORLD = WorldConfig(size=(48, 56))


def test_a_batch_is_a_function_of_its_step():
    one, other = (PicturePool(WORLD, count=12) for _ in range(2))
    for step in range(4):  # one pool has seen the steps before, and has painted more
        one.batch(step, batch_size=4, seed=2)
    for mine, fresh in zip(
        one.batch(3, batch_size=4, seed=2), other.batch(3, batch_size=4, seed=2), strict=True
    ):
        assert torch.equal(mine, fresh)
    assert not torch.equal(
        one.batch(3, batch_size=4, seed=2)[0], one.batch(3, batch_size=4, seed=3)[0]
    )


def test_an_epoch_shows_every_scene_once():
    pool = PicturePool(WORLD, count=12)
    for step in range(3):
        pool.batch(step, batch_size=4, seed=0)
    assert pool.painted.all()


def test_the_pool_holds_what_the_world_paints():
    pool = PicturePool(WORLD, count=5)
    pool.paint(torch.tensor([3, 1]))
    picture, label = ShapesWorld(WORLD).pictures([3, 1])
    assert torch.equal(pool.label[[3, 1]], label)
    assert (pool.picture[[3, 1]].float() / 255 - picture).abs().max() <= 0.5 / 255 + 1e-6
    truth = ShapesWorld(WORLD).batch([3, 1]).subject
    assert torch.equal(pool.subject[[3, 1]], truth)


def arrangement_seen(parts: torch.Tensor) -> str:
    """The arrangement, read off where the two parts stand."""
    places = [(parts > low) & (parts <= low + len(PARTS)) for low in (0, len(PARTS))]  # top, bottom
    columns = torch.arange(parts.shape[1])
    rows = torch.arange(parts.shape[0])
    top_x, bottom_x = ((p.sum(0) * columns).sum() / p.sum() for p in places)
    top_y, bottom_y = ((p.sum(1) * rows).sum() / p.sum() for p in places)
    assert top_y < bottom_y
    return "rising" if top_x > bottom_x else "falling"


@pytest.mark.parametrize("sideways", [False, True])
@pytest.mark.parametrize("upside_down", [False, True])
def test_a_mirrored_picture_has_the_class_that_its_parts_show(sideways, upside_down):
    world = ShapesWorld(WorldConfig(size=(96, 96), tilt=0.0))
    scenes = world.scenes(range(24))
    b = len(scenes.label)
    picture, label = world.pictures(range(b))
    subject = torch.zeros(b, 96, 96, dtype=torch.bool)
    parts = part_map(scenes, size=(96, 96)).long()
    kind = label // len(ARRANGEMENTS)
    flip = torch.full((b,), sideways), torch.full((b,), upside_down)
    _, turned, _, shown = turn_over(
        picture, label, subject, parts, sideways=flip[0], upside_down=flip[1]
    )
    assert torch.equal(turned // len(ARRANGEMENTS), kind)
    seen = 0
    for i in range(b):
        name = ARRANGEMENTS[int(turned[i]) % len(ARRANGEMENTS)]
        kinds = (shown[i][shown[i] > 0] - 1) % len(PARTS)
        assert (kinds == kind[i]).all()
        if name != "pair":
            assert arrangement_seen(shown[i]) == name
            seen += 1
    assert seen > 8


def test_two_mirrors_give_the_first_picture_back():
    pool = PicturePool(WORLD, count=6)
    first = pool.batch(0, batch_size=6, seed=0)
    yes = torch.ones(6, dtype=torch.bool)
    once = turn_over(*first, sideways=yes, upside_down=yes)
    for before, after in zip(first, turn_over(*once, sideways=yes, upside_down=yes), strict=True):
        assert torch.equal(before, after)


def test_a_size_that_cells_do_not_fill_is_refused():
    with pytest.raises(ConfigError, match="multiples of 4"):
        PicturePool(WorldConfig(size=(50, 64)), count=2)
