"""Views live in a page of the site, from disk and from a server: touched, held to Python."""

import io
import json
from dataclasses import asdict

import numpy as np
import pytest
from PIL import Image

from tests.site.cases import swept
from tests.site.conftest import Site
from utils.explorers import explorer_class, list_explorers
from utils.site.readings.facts import graphs_for, is_plain

pytestmark = pytest.mark.browser
WITHOUT_MODEL = [name for name in list_explorers() if not graphs_for(name)]
READY = "(f) => ['ready', 'failed'].includes(f.dataset.state)"
SAID = "([f, text]) => f.querySelector('.course-said').textContent === text"
SET = """([f, values]) => {
  for (const [name, value] of Object.entries(values)) f.courseModel.set(name, value);
  f.courseModel.save_changes();
}"""
DROP = """async ([f, bytes]) => {
  const files = new DataTransfer();
  files.items.add(new File([Uint8Array.from(bytes)], 'own.png', { type: 'image/png' }));
  const section = f.querySelector('.course-explorer');
  const event = { dataTransfer: files, bubbles: true, cancelable: true };
  section.dispatchEvent(new DragEvent('drop', event));
}"""


def place_of(tab, name):
    """The view's place, live."""
    place = tab.wait_for_selector(f"figure[data-view={name}]")
    place.scroll_into_view_if_needed()
    tab.wait_for_function(READY, arg=place, timeout=120_000)
    assert place.get_attribute("data-state") == "ready", place.inner_text()
    return place


def said(place):
    return place.query_selector(".course-said").text_content()


def three_of(name):
    """Three settings of the sweep, far from each other."""
    every = list(swept(name))
    return [every[0], every[len(every) // 2], every[-1]]


def hold_to_python(tab, name):
    """The sentence at three settings, and an own picture that changes what is seen."""
    maths = explorer_class(name).maths
    place = place_of(tab, name)
    for settings in three_of(name):
        want = maths.sentence(settings, maths.compute(settings))
        tab.evaluate(SET, [place, json.loads(json.dumps(asdict(settings)))])
        try:
            tab.wait_for_function(SAID, arg=[place, want], timeout=60_000)
        except Exception:
            assert said(place) == want  # shows both
            raise
    if explorer_class(name).takes_picture:
        change_picture(tab, place)


def change_picture(tab, place):
    seen = "(f) => JSON.stringify([...f.querySelectorAll('canvas')].map((c) => c.toDataURL()))"
    before = tab.evaluate(seen, place)
    noise = np.random.default_rng(0).integers(0, 255, (40, 30, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize((300, 400), 0).save(file, "PNG")
    tab.evaluate(DROP, [place, list(file.getvalue())])
    tab.wait_for_function(f"([f, old]) => ({seen})(f) !== old", arg=[place, before], timeout=60_000)


def test_views_without_a_model_live_from_disk(plain_site, tab):
    tab.goto(plain_site.from_disk)
    hold_to_python(tab, "windows")
    hold_to_python(tab, "attend")


def test_what_needs_python_is_said(plain_site, tab):
    tab.goto(plain_site.from_disk)
    place = place_of(tab, "claim")
    assert "needs Python" in place.query_selector(".course-note").text_content()
    place.query_selector(".claim-train").click()
    tab.wait_for_function(SAID, arg=[place, CLICKED])
    hold_to_python(tab, "cost")
    assert not place_of(tab, "cost").query_selector("input[value=this]")


CLICKED = "Training needs Python: install the course and press this button there."


def test_a_narrow_page_is_not_wider_than_the_screen(plain_site, tab):
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.goto(plain_site.from_disk)
    for name in ("windows", "attend", "cost", "claim"):
        place_of(tab, name)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390, name


def test_where_scripts_do_not_come_the_still_stays(tmp_path, chromium):
    site = Site(tmp_path, ["windows"])
    (tmp_path / "_static" / "course" / "views" / "windows.js").unlink()
    page = chromium.new_page()
    page.goto(site.from_disk)
    page.wait_for_function(READY, arg=page.query_selector("figure"))
    assert page.query_selector("figure").get_attribute("data-state") == "failed"
    assert "The still of windows." in page.query_selector("figure").inner_text()
    page.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in WITHOUT_MODEL if is_plain(n)])
def test_every_view_without_a_model_lives_from_a_server(name, tmp_path, served, tab):
    Site(tmp_path, [name])
    tab.goto(served(tmp_path))
    hold_to_python(tab, name)
