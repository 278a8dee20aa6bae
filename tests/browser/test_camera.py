"""The camera, from a film that Chromium takes for one: the browser's own permission and stream."""

import numpy as np
import pytest

from tests.browser.tabs import FLAGS
from tests.browser.test_lives import IMPORT

pytestmark = pytest.mark.browser
SIDE, STEP = 96, 8  # pixels; a bright square moves right by a step in every frame


def film(path) -> None:
    """Twenty frames, raw: gray noise under a white square that moves."""
    ground = np.random.default_rng(0).integers(40, 90, (SIDE, SIDE), dtype=np.uint8)
    frames = [f"YUV4MPEG2 W{SIDE} H{SIDE} F10:1 Ip A1:1 C420jpeg\n".encode()]
    for number in range(20):
        luma = ground.copy()
        left = STEP * (number % 8)
        luma[32:64, left : left + 32] = 235
        chroma = np.full(2 * (SIDE // 2) ** 2, 128, np.uint8)
        frames += [b"FRAME\n", luma.tobytes(), chroma.tobytes()]
    path.write_bytes(b"".join(frames))


@pytest.fixture
def filmed(tmp_path, chromium_path, chromium):
    """A Chromium whose camera is the film and which says yes when it is asked for it."""
    film(tmp_path / "film.y4m")
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    camera += [f"--use-file-for-fake-video-capture={tmp_path / 'film.y4m'}"]
    browser = chromium.browser_type.launch(executable_path=chromium_path, args=[*FLAGS, *camera])
    page = browser.new_page(viewport={"width": 1280, "height": 1400})
    page.set_default_timeout(30_000)
    yield page
    browser.close()


def test_three_views_take_what_the_camera_sees(lab, filmed):
    names = ["flow", "match", "restore"]
    lab.write("camera.ipynb", IMPORT, *(f'explore("{name}")' for name in names))
    lab.run(filmed, "camera.ipynb")
    for number, name in enumerate(names, start=2):
        section = filmed.locator(f".course-{name}")
        section.scroll_into_view_if_needed()
        said = section.locator(".course-said").text_content()
        section.get_by_role("button", name="Camera").click()
        filmed.wait_for_function("() => document.querySelector('video')?.videoWidth > 0")
        section.get_by_role("button", name="Take").click()
        changed = "([s, was]) => s.querySelector('.course-said').textContent !== was"
        filmed.wait_for_function(changed, arg=[section.element_handle(), said])
        assert "course-error" not in section.locator(".course-said").get_attribute("class")
        assert filmed.locator("video").count() == 0  # switched off again
        # A square of a ninth of the picture, whatever the view does with it.
        shown = lab.python(filmed, f"str(float((Out[{number}].picture > 0.6).float().mean()))")
        assert float(shown) == pytest.approx(1 / 9, abs=0.03)
        if name != "restore":  # two frames, 200 ms apart: the square has moved
            pair = f"Out[{number}].pair"
            moved = f"str(float(({pair}.frame0 - {pair}.frame1).abs().mean()))"
            assert float(lab.python(filmed, moved)) > 0.02
