"""Touch a view as a reader would: every control once, by keyboard and by pointer."""

import io
import json

import numpy as np
from PIL import Image

SETTLE = 700  # milliseconds: longer than any answer of a small model
CHANGED = "([section, before]) => section.querySelector('.course-said').textContent !== before"
PAINTED = """async (section) => {
  const canvases = [...section.querySelectorAll('canvas')].map((c) => c.toDataURL());
  return [...section.querySelectorAll('svg')].map((s) => s.outerHTML).concat(canvases).join('');
}"""
CUT = """section => [...section.querySelectorAll('svg text')].filter((words) => {
  const svg = words.ownerSVGElement;
  if (getComputedStyle(svg).overflow === 'visible') return false;
  const [own, rim] = [words, svg].map((e) => e.getBoundingClientRect());
  const crossed = (low, high, at) => low < at - 1 && high > at + 1;
  return [rim.left, rim.right].some((x) => crossed(own.left, own.right, x))
    || [rim.top, rim.bottom].some((y) => crossed(own.top + 1, own.bottom - 1, y));
}).map((words) => words.textContent)"""


def touch_all(tab, section) -> None:
    """Move every control of a view: each time the sentence and the picture change."""
    for slider in section.locator("input[type=range]").all():
        to_limit = slider.evaluate("s => Number(s.value) === Number(s.max)")
        _changes(tab, section, lambda s=slider, k=to_limit: _press(s, "Left" if k else "Right"))
    for group in section.locator(".course-choice").all():
        choices = group.locator("input")
        if choices.count() == 1:  # the device chooser of a machine without a GPU
            continue
        picked = [c.is_checked() for c in choices.all()]
        other = choices.nth(0 if picked[-1] else len(picked) - 1)
        _changes(tab, section, lambda o=other: o.check(force=True))
        _reset(tab, section)
    for face in section.locator("[role=application]").all():
        tab.wait_for_timeout(SETTLE)  # what a reset brings may still be on its way
        _changes(tab, section, lambda f=face: _click(tab, section, f))
        _changes(tab, section, lambda f=face: _press_either(f))
        _reset(tab, section)


def choose_own_picture(tab, section) -> None:
    """Through a real file chooser: a picture is shown, what is none is refused in words."""
    handle = section.element_handle()
    painted = handle.evaluate(PAINTED)
    _choose(tab, section, "own.png", picture_file())
    tab.wait_for_function(
        f"async ([s, was]) => await ({PAINTED})(s) !== was", arg=[handle, painted]
    )
    assert "course-error" not in section.locator(".course-said").get_attribute("class")
    _choose(tab, section, "own.png", b"no picture at all")
    refused = "s => s.querySelector('.course-error')?.textContent.includes('is not a picture')"
    tab.wait_for_function(refused, arg=handle)


def picture_file() -> bytes:
    """A small PNG of stripes, unlike the scene."""
    stream = io.BytesIO()
    stripes = np.arange(60 * 90 * 3, dtype=np.uint8).reshape(60, 90, 3)
    Image.fromarray(stripes).save(stream, "PNG")
    return stream.getvalue()


def _choose(tab, section, name: str, content: bytes) -> None:
    with tab.expect_file_chooser() as chooser:
        section.locator(".course-button").click()
    file = {"name": name, "mimeType": "image/png", "buffer": content}
    chooser.value.set_files(file)


def _click(tab, section, face) -> None:
    """Click one place; where the view stands there already, another one."""
    said = section.locator(".course-said").text_content()
    face.click(position={"x": 20, "y": 30})
    tab.wait_for_timeout(SETTLE)
    if section.locator(".course-said").text_content() == said:
        face.click(position={"x": 90, "y": 80})


def _press(element, arrow: str) -> None:
    element.focus()
    element.press(f"Arrow{arrow}")


def _press_either(face) -> None:
    face.focus()
    for arrow in ("Right", "Down"):
        face.press(f"Arrow{arrow}")


def _reset(tab, section) -> None:
    start = section.get_attribute("data-first")
    section.get_by_role("button", name="Reset").click()
    if start is not None:
        tab.wait_for_function(f"s => s.innerText.includes({json.dumps(start)})", arg=section)


def _changes(tab, section, gesture) -> None:
    handle = section.element_handle()
    said = section.locator(".course-said").text_content()
    painted = handle.evaluate(PAINTED)
    gesture()
    tab.wait_for_function(CHANGED, arg=[handle, said])
    assert handle.evaluate(PAINTED) != painted


def fits(section) -> bool:
    """Nothing sticks out of the view's fixed size, nothing is cut off."""
    inside = "s => s.scrollHeight <= s.clientHeight && s.scrollWidth <= s.clientWidth"
    own = section.evaluate(inside)
    cut = section.evaluate(CUT)
    assert not cut, f"words cut off at the rim of their drawing: {cut}"
    return own and section.locator(".course-said").evaluate(inside)
