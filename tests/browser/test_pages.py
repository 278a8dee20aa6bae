"""Views that compute in the browser: the same numbers as Python, and they live without a kernel."""

import io
import json
from dataclasses import asdict, fields

import numpy as np
import pytest
from PIL import Image

from tests.browser.touch import fits, touch_all
from utils.errors import CourseError
from utils.explorers import explore, explorer_class, list_explorers
from utils.explorers.cost.still import draw as draw_cost
from utils.explorers.page import page
from utils.explorers.settings import controls_of

pytestmark = pytest.mark.browser
IN_MODULE = [name for name in list_explorers() if explorer_class(name).in_module]
ALL = """async ([text, list]) => {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const { VIEW } = await import(url);
  return list.map((settings) => {
    const result = VIEW.compute(settings);
    return { ...result, said: VIEW.sentence(settings, result) };
  });
}"""
AT_ONCE = """async (section) => {
  const face = section.querySelector('[role=application]');
  const said = section.querySelector('.course-said');
  let answered = 0;
  face.focus();
  for (let i = 0; i < 6; i += 1) {
    await new Promise(requestAnimationFrame);
    const before = said.textContent;
    const key = i % 2 ? 'ArrowRight' : 'ArrowLeft';
    face.dispatchEvent(new KeyboardEvent('keydown', { key }));
    await null; await null;
    answered += said.textContent !== before;
  }
  return answered;
}"""


def open_page(view, tab, folder):
    """The view as a page from disk, in the browser's tab."""
    file = folder / "view.html"
    file.write_text(page(view), encoding="utf-8")
    tab.goto(file.as_uri())


@pytest.mark.parametrize("name", IN_MODULE)
def test_the_module_computes_what_python_computes(name, tab):
    kind = explorer_class(name)
    swept = list(kind.sweep())
    tab.goto("about:blank")
    settings = json.loads(json.dumps([asdict(s) for s in swept]))
    answers = tab.evaluate(ALL, [kind._esm, settings])
    for one, answer in zip(swept, answers, strict=True):
        result = kind.maths.compute(one)
        for f in fields(result):
            want = np.asarray(getattr(result, f.name), dtype=np.float64).ravel()
            have = np.asarray(answer[f.name], dtype=np.float64).ravel()
            np.testing.assert_allclose(have, want, rtol=1e-5, atol=1e-6, err_msg=f"{f.name} {one}")
        assert answer["said"] == kind.maths.sentence(one, result)


@pytest.mark.parametrize("name", IN_MODULE)
def test_a_page_from_disk_answers_without_a_kernel(name, tab, tmp_path):
    view = explore(name)
    open_page(view, tab, tmp_path)
    section = tab.locator(".course-explorer")
    assert section.locator(".course-said").text_content() == view.sentence
    assert fits(section)
    touch_all(tab, section)
    assert fits(section)
    # no timer and no message stands between a gesture and its answer
    assert section.element_handle().evaluate(AT_ONCE) >= 3  # of 6; at the rim nothing moves


def test_a_page_takes_the_readers_own_picture_and_gives_the_scene_back(tab, tmp_path):
    open_page(explore("windows"), tab, tmp_path)
    canvas = tab.locator("canvas").first
    picture = "c => c.toDataURL()"
    scene = canvas.evaluate(picture)
    stream = io.BytesIO()
    Image.new("RGB", (90, 60), (200, 30, 30)).save(stream, "PNG")
    own = {"name": "own.png", "mimeType": "image/png", "buffer": stream.getvalue()}
    tab.locator("input[type=file]").set_input_files(own)
    tab.wait_for_function(
        "([c, was]) => c.toDataURL() !== was", arg=[canvas.element_handle(), scene]
    )
    middle = "c => [...c.getContext('2d').getImageData(99, 99, 1, 1).data]"
    assert canvas.evaluate(middle) == [200, 30, 30, 255]
    tab.get_by_role("button", name="Reset").click()
    assert canvas.evaluate(picture) == scene


@pytest.mark.parametrize("name", IN_MODULE)
def test_a_bad_setting_reads_the_same_in_the_browser(name, tab, tmp_path, plain_types):
    control = next(iter(controls_of(explorer_class(name).maths.Settings)))
    view = explore(name, **{control: 5000})
    with pytest.raises(CourseError):
        view.result()
    open_page(view, tab, tmp_path)
    said = tab.locator(".course-said")
    assert said.text_content() == view.error
    assert "course-error" in said.get_attribute("class")


def test_the_curves_of_cost_read_the_same_live_and_still(tab, tmp_path):
    view = explore("cost")
    open_page(view, tab, tmp_path)
    live = tab.locator("svg.cost-plot")
    result = view.result()
    figure = draw_cost(view.settings, result, view.picture)
    tables = (result.work, result.memory, result.recorded)
    for number, (ax, table) in enumerate(zip(figure.axes, tables, strict=True)):
        title, lowest, *_ = live.nth(number).locator("text").all_text_contents()
        assert title.lower() == ax.get_title(loc="left")
        low = 10 ** np.floor(np.log10(table[table > 0].min()))
        assert lowest == ax.yaxis.get_major_formatter()(low, None)
