"""Curves of cost stand where their numbers say, and say their names once."""

from utils.figures.costs import draw_costs


def test_panels_share_looks_and_name_the_curves_once():
    counted = {"all": ((14, 28), (196, 784)), "few": ((14, 28), (20, 40))}
    timed = {"all": ((14, 28), (1.0, 9.0)), "few": ((14, 28), (0.5, 0.7))}
    figure = draw_costs({"products": counted, "ms": timed}, x="side")
    first, last = figure.axes
    assert [line.get_ydata().tolist() for line in first.lines] == [[196, 784], [20, 40]]
    assert [line.get_color() for line in first.lines] == [line.get_color() for line in last.lines]
    assert first.lines[0].get_marker() != first.lines[1].get_marker()
    assert [text.get_text() for text in first.get_legend().get_texts()] == ["all", "few"]
    assert last.get_legend() is None
    assert [tick.get_text() for tick in last.get_xticklabels()] == ["14", "28"]
    assert (first.get_yscale(), last.get_xscale()) == ("log", "log")
    assert first.get_title(loc="left") == "products"
