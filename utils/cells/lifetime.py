"""A cell that runs again closes the views that it made or showed: their comms, memory, runs.

Jupyter keeps every widget until it is closed, and `Out` keeps every value of a cell.
"""

from collections import defaultdict
from typing import Any, Protocol, runtime_checkable
from weakref import WeakSet

from IPython import get_ipython


@runtime_checkable
class Closable(Protocol):
    """A view, as far as its end concerns."""

    def close(self) -> None:
        """Give everything back."""


_of_cell: defaultdict[str, list[Closable]] = defaultdict(list)
_shells: WeakSet[Any] = WeakSet()


def belongs_to_cell(view: Closable) -> None:
    """The running cell made or showed this view; outside of Jupyter nothing happens."""
    shell = get_ipython()
    cell = running_cell(shell)
    if not cell:
        return
    if shell not in _shells:
        shell.events.register("pre_run_cell", _runs_again)
        _shells.add(shell)
    if not any(view is known for known in _of_cell[cell]):
        _of_cell[cell].append(view)


def running_cell(shell: Any) -> str:
    """What tells the cell that runs from all others, "" where no cell runs.

    Notebooks send an identifier; where there is none, the text of the cell has to do.
    """
    parent = shell.get_parent() if hasattr(shell, "get_parent") else None
    if not parent or parent["header"].get("msg_type") != "execute_request":
        return ""
    return parent.get("metadata", {}).get("cellId") or parent["content"].get("code", "")


def forget(view: Closable) -> None:
    """A view was closed by other means."""
    for cell in [cell for cell, views in _of_cell.items() if any(v is view for v in views)]:
        _of_cell[cell] = [other for other in _of_cell[cell] if other is not view]
        if not _of_cell[cell]:
            del _of_cell[cell]


def _runs_again(info: Any) -> None:
    gone = _of_cell.pop(running_cell(get_ipython()), [])
    shown_elsewhere = [view for views in _of_cell.values() for view in views]
    for view in gone:
        if not any(view is other for other in shown_elsewhere):
            view.close()
