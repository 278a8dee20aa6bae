"""The pages of the site in a browser: from disk and from a plain server, wide and narrow."""

import re

import pytest

from tests.small_site import build_small
from utils.cli.benches.browser import served

pytestmark = pytest.mark.browser
NAMES = ["index", "notebooks/01_windows_and_masks", "lessons/01_windows_and_masks/exercises"]
# What stands out of the window and lies in nothing that scrolls.
STANDS_OUT = """() => {
  const wide = document.documentElement.clientWidth;
  const scrolls = (node) => node && node !== document.body
    && (getComputedStyle(node).overflowX !== "visible" || scrolls(node.parentElement));
  if (document.documentElement.scrollWidth <= wide) return [];
  return [...document.querySelectorAll("body *")]
    .filter((node) => node.getBoundingClientRect().right > wide + 1 && !scrolls(node))
    .map((node) => node.outerHTML.slice(0, 80));
}"""
# Everything that scrolls sideways and no key reaches.
OUT_OF_REACH = """() => [...document.querySelectorAll("article *")].filter((node) =>
  node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0
  && ["auto", "scroll"].includes(getComputedStyle(node).overflowX)
  && node.tabIndex < 0 && !node.querySelector("[tabindex='0'], a, button, input")
).map((node) => node.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the pages, two levels below what a server serves."""
    pytest.importorskip("sphinx", reason="requirements-site.txt is not installed")
    return build_small(tmp_path_factory.mktemp("host") / "a folder")


@pytest.fixture(scope="module")
def server(site):
    """The address of a plain server; the site lies in a folder of it."""
    with served(site.parents[1]) as address:
        yield f"{address}/a%20folder/site"


@pytest.fixture(params=["disk", "server"])
def root(request, site, server):
    """Where the site is opened from."""
    return site.as_uri() if request.param == "disk" else server


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_a_page_fits_its_window_and_is_reached_by_key(tab, root, name, scheme, width):
    tab.emulate_media(color_scheme=scheme)
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(f"{root}/{name}.html")
    assert tab.evaluate(STANDS_OUT) == []
    assert tab.evaluate(OUT_OF_REACH) == []
    paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", paper)[:3])) > 384) == (scheme == "light")


def test_a_search_finds_a_page(tab, root):
    tab.goto(f"{root}/search.html?q=mask")
    found = tab.locator("#search-results li a").first
    found.wait_for()
    found.click()
    tab.wait_for_selector("article h1")


def test_without_scripts_the_text_and_the_stills_are_there(chromium, root):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{root}/notebooks/01_windows_and_masks.html")
    still = page.locator('figure[data-view="windows"] img')
    still.scroll_into_view_if_needed()
    assert still.bounding_box()["width"] > 300
    assert page.locator("math").count() > 5
    context.close()
