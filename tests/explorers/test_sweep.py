"""Every view over its whole range: a new room is tested here without a change."""

import html
import re
from dataclasses import fields, replace

import numpy as np
import pytest

from utils.cells.output import still_of
from utils.errors import CourseError
from utils.explorers import explore, explorer_class, list_explorers
from utils.explorers.settings import controls_of

VIEWS = list_explorers()
HEAVY = {"flow": 7, "architecture": 5, "restore": 4, "gate": 3}  # every n-th setting, each a pass
NUMBER = re.compile(r"\d[\d,.]*")


def test_the_first_three_views_are_there():
    assert {"windows", "shift_mask", "relative_position"} <= set(VIEWS)


@pytest.mark.parametrize("name", VIEWS)
def test_the_sweep_covers_every_value_of_every_control(name):
    kind = explorer_class(name)
    swept = list(kind.sweep())
    for control_name, control in controls_of(kind.maths.Settings).items():
        reached = {getattr(settings, control_name) for settings in swept}
        if control.kind == "point":  # corners, and more than them
            assert {control.values[0], control.values[-1]} <= reached
            assert len(reached) > 4
        else:
            assert reached >= set(control.values)


def every(name, each):
    """The views' names, with the share of settings: a pass each is long for every run."""
    marks = [pytest.mark.slow] if each == 1 and name in HEAVY else []
    return pytest.param(name, each, marks=marks, id=f"{name}-{each}")


@pytest.mark.parametrize(
    ("name", "each"),
    [every(name, 1) for name in VIEWS] + [every(name, each) for name, each in HEAVY.items()],
)
def test_every_setting_has_a_result_and_a_sentence_with_two_numbers(name, each):
    view = explore(name)
    for settings in list(view.sweep())[::each]:
        for f in fields(settings):
            view.set_trait(f.name, getattr(settings, f.name))
        assert not view.error
        result = view.result()
        assert all(getattr(result, f.name) is not None for f in fields(result))
        assert len(NUMBER.findall(view.sentence)) >= 2
        assert "0x" not in view.sentence


@pytest.mark.parametrize("name", VIEWS)
def test_every_control_changes_the_sentence(name):
    """Seen from the start: each control has a value that says something else."""
    view = explore(name)
    for control_name, control in controls_of(view.maths.Settings).items():
        said = set()
        for value in control.values[:40]:
            settings = replace(view.settings, **{control_name: value})
            said.add(view.maths.sentence(settings, view.maths.compute(settings)))
            if len(said) > 1:
                break
        assert len(said) > 1, control_name


@pytest.mark.parametrize("name", VIEWS)
def test_the_still_renders_and_says_the_same_as_the_view(name):
    view = explore(name)
    data, facts = still_of(view)
    assert data["text/plain"] == view.sentence == facts["image/png"]["alt"]
    alt = f'alt="{html.escape(view.sentence)}"'
    caption = f"{html.escape(view.sentence)}</figcaption>"
    assert alt in data["text/html"]
    assert caption in data["text/html"]
    assert "<script" not in data["text/html"]
    assert len(data["image/png"]) > 5000
    if VIEWS.index(name) % 4 == 0:
        assert still_of(explore(name))[0] == data


@pytest.mark.parametrize("name", VIEWS)
def test_a_bad_setting_is_a_sentence_in_the_view_and_mends_itself(name, plain_types):
    view = explore(name)
    control_name = next(iter(controls_of(view.maths.Settings)))
    good = getattr(view, control_name)
    view.set_trait(control_name, "nonsense")
    assert view.error.startswith(f"{control_name} nonsense came: {control_name} is ")
    assert view.error.endswith(f"pass {control_name}={good}")
    assert still_of(view)[0] == {"text/plain": view.error}
    with pytest.raises(CourseError):
        view.result()
    view.set_trait(control_name, good)
    assert view.error == ""


@pytest.mark.parametrize("name", VIEWS)
def test_the_learners_own_picture_is_shown_and_taken_back(name, a_picture_file):
    view = explore(name)
    if not view.takes_picture:
        return
    first = view.pixels
    view.upload = memoryview(a_picture_file)
    assert not view.error
    assert view.pixels["data"] != first["data"]
    assert view.pixels["shape"] == first["shape"]
    view._asked(view, {"do": "scene"}, [])
    assert view.pixels["data"] == first["data"]
    view.upload = b"no picture at all"
    assert view.error
    assert view.pixels["data"] == first["data"]


@pytest.fixture
def a_picture_file():
    import io

    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.arange(60 * 90 * 3, dtype=np.uint8).reshape(60, 90, 3)).save(stream, "PNG")
    return stream.getvalue()
