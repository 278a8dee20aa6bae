"""The figures of ViT-Adapter show the places, classes and directions that they were given."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from utils.figures.classes import PALETTE, class_colors, draw_classes
from utils.figures.directions import Directions, own_colors
from utils.figures.features import three_colors
from utils.figures.sampling import draw_reading, draw_reference_points


def test_reference_points_stand_in_the_middle_of_every_cell_and_the_query_in_one_place():
    picture = np.zeros((32, 64, 3))
    figure = draw_reference_points(picture, ((4, 8), (2, 4)), query=(1, 2), level=1)
    assert [len(ax.collections[-1].get_offsets()) for ax in figure.axes] == [32, 8]
    assert figure.axes[0].collections[-1].get_offsets()[0].tolist() == [1 / 16, 1 / 8]
    for ax in figure.axes:
        for line in ax.lines:
            assert line.get_xydata().tolist() == [[2.5 / 4, 1.5 / 2]]


def test_a_heavier_point_is_a_larger_disk_in_its_place():
    places = np.array([[0.75, 0.125], [0.5, 0.5]])
    ax = draw_reading(np.zeros((4, 2), int), query=(1, 1), places=places, weights=(0.7, 0.3)).axes[
        0
    ]
    first, second = (c for c in ax.collections if len(c.get_offsets()) == 1)
    assert first.get_offsets()[0].tolist() == [1.5, 0.5]
    assert first.get_sizes()[0] > second.get_sizes()[0]
    assert {"0.70", "0.30"} <= {text.get_text() for text in ax.texts}


def test_every_class_has_a_color_of_its_own():
    colors = class_colors(np.arange(13).reshape(1, 13))[0]
    assert len({tuple(color) for color in colors}) == 13 == len(PALETTE)
    names = [f"class {i}" for i in range(6)]
    figure = draw_classes(np.zeros((4, 4, 3)), {"truth": np.full((2, 3), 5)}, names=names)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == names
    keyed = [255 * np.array(to_rgb(patch.get_facecolor())) for patch in legend.get_patches()]
    assert np.allclose(keyed, colors[:6], atol=0.5)
    assert (figure.axes[1].images[0].get_array() == colors[5]).all()


def test_equal_features_have_equal_colors_also_in_another_map():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(6, 5, 8))
    directions = Directions.of(features)
    assert np.array_equal(directions.colors(features[:, ::-1]), own_colors(features)[:, ::-1])
    assert own_colors(features) / 255 == pytest.approx(three_colors(features), abs=0.01)
