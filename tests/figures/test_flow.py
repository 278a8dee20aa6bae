"""The wheel says what the published one says, with x to the right and y down."""

import math

import numpy as np
import pytest
import torch

from utils.figures.flow import (
    DIRECTIONS,
    add_arrows,
    draw_flows,
    draw_maps,
    flow_colors,
    longest,
    wheel_colors,
    wheel_picture,
)
from utils.figures.style import new_figure


def published_color(x, y):
    """Middlebury's computeColor, one pixel and one channel at a time, in whole numbers."""
    rim = []
    for i in range(15):
        rim.append((255, 255 * i // 15, 0))
    for i in range(6):
        rim.append((255 - 255 * i // 6, 255, 0))
    for i in range(4):
        rim.append((0, 255, 255 * i // 4))
    for i in range(11):
        rim.append((0, 255 - 255 * i // 11, 255))
    for i in range(13):
        rim.append((255 * i // 13, 0, 255))
    for i in range(6):
        rim.append((255, 0, 255 - 255 * i // 6))
    x, y = float(x), float(y)
    length = math.sqrt(x * x + y * y)
    place = (math.atan2(-y, -x) / math.pi + 1) / 2 * (len(rim) - 1)
    first = int(place)
    second, share = (first + 1) % len(rim), place - first
    out = []
    for channel in range(3):
        color = (1 - share) * rim[first][channel] / 255 + share * rim[second][channel] / 255
        color = 1 - length * (1 - color) if length <= 1 else 0.75 * color
        out.append(int(255 * color))
    return out


def one(x, y):
    return torch.tensor([x, y], dtype=torch.float32).reshape(2, 1, 1)


def test_colors_equal_the_published_ones():
    angles, lengths = np.linspace(-3, 3, 37), (0.2, 0.5, 0.999, 1.4)
    for angle in angles:
        for length in lengths:
            x, y = length * math.cos(angle), length * math.sin(angle)
            ours = flow_colors(one(x, y), most=1)[0, 0].astype(int)
            assert np.abs(ours - published_color(x, y)).max() <= 1, (angle, length)


@pytest.mark.parametrize(
    ("name", "color"),
    [
        ("right", (255, 0, 0)),  # red
        ("down", (255, 229, 0)),  # yellow
        ("left", (0, 209, 255)),  # cyan to blue
        ("up", (88, 0, 255)),  # violet
    ],
)
def test_the_four_directions_have_their_known_colors(name, color):
    x, y = DIRECTIONS[name]
    assert np.abs(flow_colors(one(x, y), most=1)[0, 0].astype(int) - color).max() <= 1
    assert np.abs(np.array(published_color(x, y)) - color).max() <= 1
    assert (flow_colors(one(5 * x, 5 * y))[0, 0] == flow_colors(one(x, y), most=1)[0, 0]).all()


def test_a_zero_with_a_minus_sign_points_right_too():
    assert flow_colors(one(1.0, -0.0), most=1)[0, 0].tolist() == [255, 0, 0]


def test_stillness_is_white_and_what_is_too_long_is_darker():
    assert flow_colors(one(0, 0))[0, 0].tolist() == [255, 255, 255]
    assert flow_colors(one(9, 0), most=3)[0, 0].tolist() == [191, 0, 0]


def test_the_longest_flow_of_a_picture_lies_on_the_rim():
    flow = torch.rand(2, 40, 50, generator=torch.Generator().manual_seed(0)) - 0.5
    colors = flow_colors(8 * flow)
    y, x = np.unravel_index(int(flow.norm(dim=0).argmax()), (40, 50))
    assert colors[y, x].max() >= 254  # a rim color; what lies beyond is at most 191


def test_the_first_channel_is_x_and_pictures_keep_their_shape():
    flow = torch.zeros(2, 3, 5)
    flow[0, 1, 4] = 2.0  # row 1, column 4 moves to the right
    colors = flow_colors(flow)
    assert colors.shape == (3, 5, 3)
    assert colors[1, 4].tolist() == [255, 0, 0]
    assert (colors.reshape(15, 3).sum(1) < 765).sum() == 1


def test_the_legend_lies_as_the_picture_does():
    wheel = wheel_picture(101).astype(int)
    middle = 50
    places = {"right": (middle, 98), "down": (98, middle), "left": (middle, 2), "up": (2, middle)}
    for name, place in places.items():
        x, y = (0.96 * part for part in DIRECTIONS[name])
        assert np.abs(wheel[place] - published_color(x, y)).max() <= 8, name
    assert (wheel[0, 0] == 255).all()
    assert wheel_colors().shape == (55, 3)


def test_arrows_point_where_pixels_go():
    ax = new_figure(200, 200).add_subplot()
    ax.imshow(np.zeros((8, 12, 3)))
    flow = torch.zeros(2, 8, 12)
    flow[0], flow[1] = 3.0, 1.0
    add_arrows(ax, flow, every=4)
    quiver = ax.collections[0]
    assert sorted(set(quiver.X)) == [2, 6, 10]
    assert sorted(set(quiver.Y)) == [2, 6]
    assert (quiver.U == 3).all()
    assert (quiver.V == 1).all()
    assert quiver.angles == quiver.scale_units == "xy"
    assert ax.yaxis_inverted()  # down on the screen is more y


def test_figures_share_one_scale():
    flows = {"short": torch.full((2, 4, 6), 0.5), "long": torch.full((2, 4, 6), 3.0)}
    assert longest(*flows.values()) == pytest.approx(3 * 2**0.5)
    assert longest(flows["short"]) == 1.0
    figure = draw_flows(flows, arrows=2)
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles == ["short", "long", ""]
    assert figure.axes[2].get_xlabel().startswith("rim: 4.2 px")
    short, long = (figure.axes[i].images[0].get_array()[0, 0].astype(int) for i in (0, 1))
    assert short.sum() > long.sum()  # paler
    maps = draw_maps({"a": torch.zeros(3, 4), "b": torch.ones(3, 4)}, label="px", most=2)
    assert [ax.images[0].get_clim() for ax in maps.axes[:2]] == [(0, 2), (0, 2)]
