"""The time of a run, without the time that it takes to record it."""

from collections.abc import Callable
from time import perf_counter


class Stopwatch:
    """Stands still from `pause` to `resume`; `now` is what it shows, in seconds.

    A recorder pauses first of all and resumes last of all, and uses `now` for whatever begins or
    ends in between: so that what it does itself counts for nobody, neither before nor after.

    >>> watch = Stopwatch()
    >>> watch.pause()
    >>> before = watch.now
    >>> _ = sum(range(10_000))  # counts for nobody
    >>> watch.now == before
    True
    """

    def __init__(self, wait: Callable[[], None] = lambda: None) -> None:
        self.wait = wait  # for work that was only queued: it belongs to the run
        self.lost = 0.0  # between all pauses and their ends
        self.now = 0.0

    def pause(self) -> None:
        """Stop, once all work that was begun is done."""
        self.wait()
        self.now = perf_counter() - self.lost

    def resume(self) -> None:
        """Go on from where it stopped."""
        self.lost = perf_counter() - self.now
