"""The seams of a tiled picture: frames where the tiles are, and the difference in gray levels."""

import torch

from utils.figures.seams import difference_colors, framed
from utils.figures.style import DIVERGING, color_table
from utils.models.restormer.tiles import tile_boxes

ORANGE = torch.tensor([230, 159, 0]) / 255


def test_lines_stand_where_tiles_begin_and_end_and_nowhere_else():
    boxes = tile_boxes((40, 56), tile=32, overlap=8)  # rows 0–32, 8–40; columns 0–32, 24–56
    drawn = framed(torch.ones(3, 40, 56), boxes)
    black = (drawn == 0).all(0)
    assert set(black[1].nonzero()[:, 0].tolist()) == {24, 32}
    assert black[:, 24].any()
    assert not black[5, :24].any()
    assert torch.equal(drawn[:, 9, 4], ORANGE)  # the third of four is the framed one
    assert torch.equal(drawn[:, 39, 31], ORANGE)
    assert torch.equal(drawn[:, 20, 15], torch.ones(3))


def test_the_nearest_edge_of_the_picture_gets_no_line():
    drawn = framed(torch.ones(3, 16, 24), [(0, 0, 16, 16), (0, 8, 16, 24)])
    assert (drawn[:, :, 0] == 1).all()


def test_colors_tell_the_sign_and_end_at_most():
    table = torch.from_numpy(color_table(DIVERGING).copy()).float() / 255
    gray = torch.full((3, 1, 3), 0.5)
    moved = gray + torch.tensor([-9.0, 0.0, 9.0]) / 255
    colors = difference_colors(moved, gray, most=5.0)
    assert torch.equal(colors[:, 0, 0], table[0])
    assert torch.equal(colors[:, 0, 1], table[128])
    assert torch.equal(colors[:, 0, 2], table[255])
