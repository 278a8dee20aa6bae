"""Every curve of a figure is drawn, and no two look alike."""

from utils.figures import draw_curves
from utils.figures.costs import draw_costs
from utils.figures.style import look


def test_more_curves_than_colors_are_all_drawn():
    curves = {f"curve {i}": ([1, 2, 3], [i + 1, i + 2, i + 4]) for i in range(9)}
    for figure in (draw_curves(curves, x="x", y="y"), draw_costs({"y": curves}, x="x")):
        (ax,) = figure.axes
        assert [line.get_label() for line in ax.lines] == list(curves)
        looks = {(x.get_color(), x.get_marker(), str(x.get_linestyle())) for x in ax.lines}
        assert len(looks) == 9


def test_looks_differ():
    assert len({str(look(number)) for number in range(28)}) == 28
