"""Views for everybody: names, zoom, narrow panels, right-to-left pages, fingers, hostile words."""

import pytest

from tests.browser.test_pages import open_page
from tests.browser.touch import picture_file
from utils.cells.output import still_of
from utils.explorers import explore, explorer_class, list_explorers
from utils.explorers.module import module_text
from utils.explorers.page import page
from utils.explorers.settings import controls_of

pytestmark = pytest.mark.browser
HOSTILE = (
    """</title><script>window.hacked = 1</script><img src=x onerror="window.hacked = 1">"'`${1}"""
)
STICKS_OUT = """(section) => {
  const rim = section.getBoundingClientRect();
  const scrolls = (element) => element !== section && (scrolls(element.parentElement)
    || ['auto', 'scroll'].includes(getComputedStyle(element).overflowX));
  return [...section.querySelectorAll('*')].filter((element) => {
    const own = element.getBoundingClientRect();
    return own.width && getComputedStyle(element).visibility === 'visible'
      && !element.ownerSVGElement && !scrolls(element.parentElement)
      && (own.right > rim.right + 2 || own.left < rim.left - 2);
  }).map((element) => `${element.tagName} ${element.getAttribute('class')}`);
}"""
HANDED = """([section, bytes, kind]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], 'own.png', { type: 'image/png' }));
  const how = { bubbles: true, cancelable: true };
  section.dispatchEvent(kind === 'drop' ? new DragEvent('drop', { ...how, dataTransfer: data })
    : new ClipboardEvent('paste', { ...how, clipboardData: data }));
}"""


def middle_of_cell(face, row, column, *, size):
    box = face.bounding_box()
    return (
        box["x"] + (column + 0.5) * box["width"] / size[1],
        box["y"] + (row + 0.5) * box["height"] / size[0],
    )


@pytest.mark.parametrize("width", [800, 400])
def test_nothing_is_cut_in_a_narrow_panel(width, tab, tmp_path):
    tab.set_viewport_size({"width": width, "height": 900})
    for name in list_explorers():
        open_page(explore(name), tab, tmp_path)
        section = tab.locator(".course-explorer")
        tab.wait_for_timeout(100)
        assert section.evaluate(STICKS_OUT) == [], name
        assert section.evaluate("s => s.scrollWidth <= s.clientWidth + 1"), name
        if width == 400:  # the controls stand below the picture
            stage, panel = (
                section.locator(f".course-{p}").bounding_box() for p in ("stage", "panel")
            )
            assert panel["y"] >= stage["y"] + stage["height"] - 1, name


def test_every_slider_has_the_name_that_is_written_beside_it(tab, tmp_path):
    for name in ("windows", "flow", "claim", "mdta"):
        view = explore(name)
        open_page(view, tab, tmp_path)
        for control in controls_of(view.maths.Settings).values():
            if control.kind == "slider":
                named = tab.get_by_role("slider", name=control.label, exact=True)
                assert named.count() == 1, (name, control.label)
                assert named.get_attribute("aria-valuetext")


@pytest.mark.parametrize("style", ["zoom: 1.6", "transform: scale(0.6)", "direction: rtl"])
def test_the_cell_under_the_pointer_is_picked_however_the_page_is_scaled(style, tab, tmp_path):
    open_page(explore("windows"), tab, tmp_path)
    tab.evaluate("(style) => document.body.setAttribute('style', style)", style)
    face = tab.locator("[role=application]")
    tab.mouse.click(*middle_of_cell(face, 3, 20, size=(16, 24)))
    assert "row 3, column 20" in tab.locator(".course-said").text_content()
    first, last = (tab.locator(".course-rim-x span").nth(i).bounding_box() for i in (0, 20))
    assert first["x"] < last["x"]


def test_a_swipe_scrolls_the_page_and_a_tap_picks(chromium, tmp_path):
    context = chromium.new_context(has_touch=True, viewport={"width": 400, "height": 300})
    tab = context.new_page()
    open_page(explore("windows"), tab, tmp_path)
    said = tab.locator(".course-said").text_content()
    x, y = middle_of_cell(tab.locator("[role=application]"), 6, 12, size=(16, 24))
    wire = context.new_cdp_session(tab)
    wire.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for far in range(15, 150, 15):
        there = [{"x": x, "y": y - far}]
        wire.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": there})
        tab.wait_for_timeout(20)
    wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    tab.wait_for_timeout(300)
    assert tab.evaluate("scrollY") > 50
    assert tab.locator(".course-said").text_content() == said
    tab.evaluate("scrollTo(0, 0)")
    tab.locator("[role=application]").scroll_into_view_if_needed()
    tab.touchscreen.tap(*middle_of_cell(tab.locator("[role=application]"), 3, 20, size=(16, 24)))
    assert "row 3, column 20" in tab.locator(".course-said").text_content()
    context.close()


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_may_be_dropped_or_pasted(kind, tab, tmp_path):
    open_page(explore("windows"), tab, tmp_path)
    canvas = tab.locator("canvas").first
    scene = canvas.evaluate("c => c.toDataURL()")
    section = tab.locator(".course-explorer").element_handle()
    tab.evaluate(HANDED, [section, list(picture_file()), kind])
    changed = "([c, was]) => c.toDataURL() !== was"
    tab.wait_for_function(changed, arg=[canvas.element_handle(), scene])


def test_hostile_words_stay_words(tab, tmp_path, monkeypatch):
    kind = explorer_class("windows")
    for name in ("title", "hint"):
        monkeypatch.setattr(kind, name, HOSTILE)
    monkeypatch.setattr(kind, "_esm", module_text(kind))
    monkeypatch.setattr(kind.maths, "sentence", lambda settings, result: HOSTILE)
    view = explore("windows")
    still = still_of(view)[0]["text/html"]
    assert "<script" not in still.lower()
    view.error = HOSTILE
    for text in (page(view), f"<!doctype html><title>x</title>{still}"):
        file = tmp_path / "hostile.html"
        file.write_text(text, encoding="utf-8")
        tab.goto(file.as_uri())
        tab.wait_for_timeout(300)
        assert tab.evaluate("window.hacked") is None
    open_page(view, tab, tmp_path)
    assert tab.locator(".course-said").text_content() == HOSTILE
    assert tab.title() == HOSTILE


CAMERA = """() => {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext('2d');
  setInterval(() => { pen.fillStyle = '#20c040'; pen.fillRect(0, 0, 64, 64); }, 20);
  const stream = canvas.captureStream(25);
  navigator.mediaDevices.getUserMedia = async () => stream;
  window.cameraIsOff = () => stream.getTracks().every((track) => track.readyState === 'ended');
}"""


def test_the_camera_gives_a_picture_and_is_switched_off(tab, tmp_path, monkeypatch):
    kind = explorer_class("windows")
    monkeypatch.setattr(kind, "takes_camera", True)
    monkeypatch.setattr(kind, "_esm", module_text(kind))
    open_page(explore("windows"), tab, tmp_path)
    tab.evaluate(CAMERA)
    tab.get_by_role("button", name="Camera").click()
    tab.wait_for_function("() => document.querySelector('video')?.videoWidth === 64")
    tab.wait_for_timeout(200)
    tab.get_by_role("button", name="Take").click()
    middle = "c => c.getContext('2d').getImageData(99, 99, 1, 1).data[1] > 150"
    tab.wait_for_function(middle, arg=tab.locator("canvas").first.element_handle())
    assert tab.evaluate("cameraIsOff()")
    assert tab.locator("video").count() == 0
