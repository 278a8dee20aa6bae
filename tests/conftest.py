"""What every test stands on: checked shapes, one thread, fixed seeds, no internet.

The jaxtyping + beartype hook is installed here, before anything imports `utils`, so that every
shape written in a signature is checked in every test. Learners run without it.
"""

import os
import socket

import jaxtyping
import pytest

jaxtyping.install_import_hook("utils", "beartype.beartype")
os.environ.setdefault(
    "OMP_NUM_THREADS", "1"
)  # two workers with two threads each crawl on two cores
os.environ.setdefault("MPLBACKEND", "agg")
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # the live peers are built from their configuration

import numpy as np
import torch
from hypothesis import HealthCheck, settings

from tests.browser.tabs import chromium, tab  # noqa: F401 - fixtures
from utils.cli.benches.browser import find_chromium

torch.set_num_threads(1)

settings.register_profile(
    "course",
    deadline=None,  # a first call may compile or allocate
    max_examples=30,
    derandomize=True,  # the same examples on every machine
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("course")

NOT_RUN = pytest.StashKey[int]()  # how many gpu tests this machine leaves out


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this machine cannot run: gpu tests in one line, browser tests by name.

    With COURSE_NEEDS_BROWSER set, as in continuous integration, a missing Chromium is a failure:
    the tests are then left in, and their fixture says what is missing.
    """
    if not torch.cuda.is_available():
        waiting = [item for item in items if item.get_closest_marker("gpu")]
        config.stash[NOT_RUN] = len(waiting)
        config.hook.pytest_deselected(items=waiting)
        items[:] = [item for item in items if not item.get_closest_marker("gpu")]
    no_browser = pytest.mark.skip(reason="browser: no Chromium on this machine")
    wants_browser = find_chromium() is not None or bool(os.environ.get("COURSE_NEEDS_BROWSER"))
    for item in items:
        if item.get_closest_marker("browser") and not wants_browser:
            item.add_marker(no_browser)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """One line for all tests that wait for a GPU."""
    if count := config.stash.get(NOT_RUN, 0):
        terminalreporter.write_line(f"gpu: {count} tests not run, no CUDA device on this machine")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium that browser tests drive (playwright's `executable_path`)."""
    path = find_chromium()
    if path is None:
        pytest.fail("no Chromium: install it (Debian: apt-get install chromium)", pytrace=False)
    return path


@pytest.fixture(autouse=True)
def fixed_seeds() -> None:
    """The global generators start at the same place in every test."""
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002 - scikit-learn and transformers draw from the global one


@pytest.fixture
def plain_types():
    """Switch the shape checks off: for tests of our own error texts.

    A wrong rank or dtype is otherwise caught by the hook before our sentence is reached; a learner,
    who runs without the hook, meets our sentence.
    """
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture(autouse=True, scope="session")
def no_internet():
    """Fail any test that opens a connection to another machine: the course works offline."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address):
        is_inet = self.family in (socket.AF_INET, socket.AF_INET6)
        if is_inet and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise OSError(f"a test tried to reach {address[0]}: the course needs no internet")
        return connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign, assignment]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]
