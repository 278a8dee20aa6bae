"""A run as the files say it: plain forms, and nothing taken from what was kept before."""

from collections.abc import Iterator
from contextlib import contextmanager

from utils.caching import made_anew
from utils.switch import plain_forms


@contextmanager
def plainly() -> Iterator[None]:
    """While it lasts, fast forms are off and every cached function makes its value anew, once."""
    with plain_forms(), made_anew():
        yield
