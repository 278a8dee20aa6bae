"""The bench's clock for gestures, and the draft that answers while a slow setting moves."""

import pytest

from tests.browser.test_lives import IMPORT
from utils.cli.benches.gestures import gesture_rows

pytestmark = pytest.mark.browser
FRAMED = "s => s.querySelector('.course-said').textContent.includes('The framed piece')"


@pytest.mark.slow
def test_a_gesture_is_timed_to_the_painted_picture():
    (row,) = gesture_rows(["windows"], unit=0.1)
    assert row.case == "gesture to paint"
    assert row.note == "14 gestures"  # four on the slider, six choices, four arrow keys
    assert row.timing
    assert 0 < row.timing.lowest < row.timing.median < 5


def test_a_piece_answers_while_the_hand_moves_and_the_whole_when_it_rests(lab, tab):
    lab.write("restore.ipynb", IMPORT, 'explore("restore")')
    lab.run(tab, "restore.ipynb")
    section = tab.locator(".course-restore")
    slider = section.locator("input[name=strength]")
    handle = section.element_handle()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    tab.mouse.move(box["x"] + box["width"] / 2, middle)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.8 * box["width"], middle, steps=4)
    tab.wait_for_function(FRAMED, arg=handle)
    assert section.locator(".restore-frame").count() == 1
    tab.wait_for_timeout(1000)  # the hand is still down: no whole pass begins
    assert handle.evaluate(FRAMED)
    tab.mouse.up()
    tab.wait_for_function(f"s => !({FRAMED})(s)", arg=handle)
    assert section.locator(".restore-frame").count() == 0
    assert lab.python(tab, "Out[2].sentence") == section.locator(".course-said").text_content()
    assert lab.python(tab, "str(Out[2].strength)") == "8"
