"""One Chromium for all tests of a run, and its pages: fixtures, given away in tests/conftest.py."""

from urllib.parse import urlparse

import pytest

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium(chromium_path):
    """A running Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium):
    """A new page. After the test: no error on the console, no request that left the machine."""
    page = chromium.new_page(viewport={"width": 1280, "height": 1400})
    page.set_default_timeout(30_000)
    troubles = []
    page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
    page.on("console", lambda m: m.type == "error" and troubles.append(f"console: {m.text}"))
    page.on("request", lambda r: _leaves(r.url) and troubles.append(f"request: {r.url}"))
    page.troubles = troubles
    yield page
    page.close()
    assert not troubles


def _leaves(url: str) -> bool:
    parts = urlparse(url)
    here = ("127.0.0.1", "localhost", None)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in here
