"""Work that goes on beside the kernel's main thread: its state, its end, its errors.

The state is read from the thread itself. A beat a second tells the page that the work still goes
on: where beats stay out, the kernel has ended, whatever was said last.
"""

import signal
import threading
import traceback
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from IPython import get_ipython

BEAT = 1.0  # seconds
_going: "WeakSet[Work]" = WeakSet()
_shells: WeakSet[Any] = WeakSet()


class StopWork(Exception):  # noqa: N818 - no error, a wish
    """Somebody asked the work to end."""


class Work:
    """One run of `do(work)`; `told(work)` is called after every beat and at the end.

    `do` calls `check()` often: that is where a wish to stop takes effect.
    """

    def __init__(self, do: Callable[["Work"], None], *, told: Callable[["Work"], None]) -> None:
        self.do, self.told = do, told
        self.beat = 0
        self.error: BaseException | None = None
        self.wish = threading.Event()
        self.ended = threading.Event()
        self.outcome = ""
        self.thread = threading.Thread(target=self._run, daemon=True)

    @property
    def state(self) -> str:
        """ "One of working, stopping, done, stopped, failed."""
        if not self.ended.is_set():
            return "stopping" if self.wish.is_set() else "working"
        return self.outcome

    @property
    def going(self) -> bool:
        """Whether it has not ended."""
        return not self.ended.is_set()

    def start(self) -> None:
        """Begin; an interrupt of the kernel stops it from now on."""
        _stop_on_interrupt(self)
        self.thread.start()
        threading.Thread(target=self._watch, daemon=True).start()

    def check(self) -> None:
        """End here if that was asked. Raises: StopWork."""
        if self.wish.is_set():
            raise StopWork

    def stop(self) -> None:
        """Ask it to end; it does at its next `check`."""
        self.wish.set()

    def wait(self) -> None:
        """Until it has ended; an interrupt stops it."""
        try:
            self.ended.wait()
        except KeyboardInterrupt:
            self.stop()
            self.ended.wait()
            raise

    def _run(self) -> None:
        try:
            self.do(self)
            self.outcome = "done"
        except StopWork:
            self.outcome = "stopped"
        except BaseException as error:  # whatever it is, the page has to hear of it
            self.outcome, self.error = "failed", error
            traceback.print_exception(error)
        self.ended.set()
        _going.discard(self)
        self.told(self)

    def _watch(self) -> None:
        while not self.ended.wait(BEAT):
            self.beat += 1
            self.told(self)


def _stop_on_interrupt(work: Work) -> None:
    """An interrupt reaches the main thread alone: hand it on, in a cell and between two cells."""
    _going.add(work)
    shell = get_ipython()
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return
    if shell not in _shells:
        _shells.add(shell)
        shell.events.register("post_run_cell", _after_cell)
    # Between two cells the kernel brings back the handler that it has saved.
    usual = getattr(kernel, "saved_sigint_handler", _between_cells)
    if usual in (signal.SIG_IGN, signal.SIG_DFL):
        kernel.saved_sigint_handler = _between_cells


def _after_cell(result: Any) -> None:
    if isinstance(result.error_in_exec, KeyboardInterrupt):
        _between_cells()


def _between_cells(*_: Any) -> None:
    for work in list(_going):
        work.stop()
