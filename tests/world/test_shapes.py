"""Shapes of one kind look alike in every small patch and differ as wholes."""

from collections import Counter

import pytest
import torch
from torch.nn import functional

from utils.world import PARTS, shapes


@pytest.mark.parametrize("part", range(len(PARTS)))
def test_small_patches_without_order_tell_no_arrangement(part):
    """The multiset of all 9×9 patches is the same, patch for patch, in all arrangements."""
    scale = 20 / (2 * shapes.PART_PLACE)  # then parts are 20 pixels apart, a whole number
    y, x = torch.meshgrid(torch.arange(-40.0, 41), torch.arange(-48.0, 49), indexing="ij")

    def patches(top, bottom):
        u, v = (x + 0.25) / scale, (y + 0.25) / scale  # no pixel exactly on an edge
        places = (torch.full_like(u, t * shapes.PART_PLACE) for t in (top, bottom))
        top_place, bottom_place = places
        distance = shapes.signed_distance(u, v, part=part, top=top_place, bottom=bottom_place)
        look = (distance < 0).float() + (distance < -shapes.OUTLINE)
        columns = functional.unfold(look[None, None], 9)[0].T.to(torch.uint8)
        return Counter(row.numpy().tobytes() for row in columns)

    pair, other_pair, rising, falling = (
        patches(*ends) for ends in ((-1, -1), (1, 1), (1, -1), (-1, 1))
    )
    assert pair == rising == falling == other_pair


@pytest.mark.parametrize("part", range(len(PARTS)))
def test_the_arrangements_do_differ(part):
    y, x = torch.meshgrid(*(torch.linspace(-1, 1, n) for n in (60, 80)), indexing="ij")
    drawn = []
    for label in range(3 * part, 3 * part + 3):
        ends = shapes.part_places(torch.tensor(label), torch.tensor(0.0))
        top, bottom = (end.expand(60, 80) for end in ends)
        drawn.append(shapes.signed_distance(x, y, part=part, top=top, bottom=bottom) < 0)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert int((drawn[a] ^ drawn[b]).sum()) > 20
