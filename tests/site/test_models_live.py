"""The models in the page: each says what Python says; the camera, and a wrong processor."""

import statistics

import numpy as np
import pytest

pytest.importorskip("onnx", reason="only the site's build needs onnx")
pytest.importorskip("onnxscript", reason="only the site's build needs onnxscript")

from tests.browser.tabs import FLAGS
from tests.site.conftest import Site
from tests.site.test_player import hold_to_python, place_of, said
from utils.errors import ConfigError
from utils.explorers import list_explorers
from utils.site.player.onnxruntime import runtime_files
from utils.site.readings.facts import graphs_for
from utils.world import Motion, scene

pytestmark = pytest.mark.browser
WITH_MODEL = [name for name in list_explorers() if graphs_for(name)]
QUICK = "attention"
FILM = (640, 480)
WAY = (6.0, -4.0)  # of the film from its first to its second picture, in pixels of the view

# A graphics chip that is not there: its thread computes on the CPU, and `wrong` spoils the answer.
CHIP = """
Object.defineProperty(navigator, 'gpu', { value: { requestAdapter: async () => ({}) } });
const Real = Worker;
window.Worker = class extends Real {
  postMessage(message, ...more) {
    this.chip ||= message.what === 'start' && message.gpu;
    super.postMessage(message.what === 'start' ? { ...message, gpu: false } : message, ...more);
  }
  set onmessage(listener) {
    super.onmessage = (event) => {
      if (WRONG && this.chip && event.data.out) {
        for (const { data } of Object.values(event.data.out)) {
          data.forEach((v, i) => { data[i] = 0.5 * v; });
        }
      }
      listener(event);
    };
  }
};
"""


@pytest.fixture(scope="session")
def runtime():
    """The runtime, from the cache or from npm; without it no model can live."""
    try:
        return runtime_files()
    except ConfigError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def quick_site(runtime, tmp_path_factory):
    return Site(tmp_path_factory.mktemp("quick"), [QUICK])


@pytest.fixture(scope="session")
def whole_site(runtime, tmp_path_factory):
    return Site(tmp_path_factory.mktemp("whole"), WITH_MODEL)


def test_a_model_lives_from_disk(quick_site, tab):
    tab.goto(quick_site.from_disk)
    hold_to_python(tab, QUICK)
    assert "CPU" in place_of(tab, QUICK).query_selector(".course-ran").text_content()


@pytest.mark.parametrize("wrong", [False, True])
def test_a_processor_is_trusted_after_a_check_alone(wrong, quick_site, tab):
    tab.add_init_script(CHIP.replace("WRONG", str(wrong).lower()))
    tab.goto(quick_site.from_disk)
    place = place_of(tab, QUICK)
    before = said(place)
    place.query_selector("input[value=gpu]").evaluate("(input) => input.click()")
    words = "off the stored one; now on the CPU" if wrong else "GPU (WebGPU)"
    tab.wait_for_function(
        "([f, words]) => f.querySelector('.course-ran').textContent.includes(words)",
        arg=[place, words],
        timeout=60_000,
    )
    assert place.get_attribute("data-kind") == ("cpu" if wrong else "gpu")
    assert said(place) == before


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in WITH_MODEL if name != QUICK])
def test_every_model_lives_from_a_server(name, whole_site, served, tab):
    tab.goto(served(whole_site.folder))
    hold_to_python(tab, name)


@pytest.mark.slow
def test_every_model_lives_from_disk_on_a_narrow_page(whole_site, tab):
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.goto(whole_site.from_disk)
    for name in WITH_MODEL:
        place_of(tab, name)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390, name


@pytest.mark.slow
def test_a_film_of_known_motion_gives_its_flow(whole_site, chromium, chromium_path, tmp_path):
    film = tmp_path / "film.y4m"
    film.write_bytes(y4m())
    flags = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    flags += [f"--use-file-for-fake-video-capture={film}"]
    browser = chromium.browser_type.launch(executable_path=chromium_path, args=[*FLAGS, *flags])
    tab = browser.new_page(viewport={"width": 1280, "height": 1200})
    tab.goto(whole_site.from_disk)
    place = place_of(tab, "flow")
    place.query_selector(".course-camera-button").click()
    ways = []
    for _ in range(60):
        tab.wait_for_timeout(200)
        arrows = tab.evaluate("(f) => [...f.courseModel.get('arrays').arrows]", place)
        if "Your two frames" in said(place):
            ways.append((statistics.median(arrows[2::4]), statistics.median(arrows[3::4])))
    browser.close()
    # In the mirror, the film's way and its way back; between them the pictures rest.
    far = max(ways, key=lambda way: abs(way[0]))
    sign = 1 if far[0] > 0 else -1
    assert abs(far[0] - sign * WAY[0]) < 1
    assert abs(far[1] + sign * WAY[1]) < 1


def y4m() -> bytes:
    """Two pictures in turn, each for a second, between which all moves by WAY."""
    wide, tall = FILM
    scale = tall / 96
    batch = scene((tall, tall), motion=Motion(dx=WAY[0] * scale, dy=WAY[1] * scale), moves="all")
    pictures = [_frame(x[0].permute(1, 2, 0).numpy()) for x in (batch.frame0, batch.frame1)]
    head = f"YUV4MPEG2 W{wide} H{tall} F10:1 Ip A1:1 C420jpeg\n".encode()
    return head + b"".join(b"FRAME\n" + pictures[k // 10 % 2] for k in range(40))


def _frame(rgb) -> bytes:
    """One picture as brightness and two half-size planes of color, gray at both sides."""
    wide, tall = FILM
    full = np.full((tall, wide, 3), 0.5)
    full[:, (wide - tall) // 2 : (wide + tall) // 2] = rgb
    y = 16 + full @ [65.481, 128.553, 24.966]
    u = 128 + full @ [-37.797, -74.203, 112.0]
    v = 128 + full @ [112.0, -93.786, -18.214]
    halves = [p.reshape(tall // 2, 2, wide // 2, 2).mean((1, 3)) for p in (u, v)]
    return b"".join(p.clip(0, 255).round().astype(np.uint8).tobytes() for p in (y, *halves))
