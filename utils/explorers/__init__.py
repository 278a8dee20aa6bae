"""The interactive views, one room each: `explore("windows")` in a cell shows one."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from utils.explorers.base import Explorer

__all__ = ["explore", "explorer_class", "list_explorers"]


def list_explorers() -> list[str]:
    """The names of all views: every room that has a `widget.py`."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/widget.py"))


def explorer_class(name: str) -> "type[Explorer]":
    """The class of a view. Raises: ValueError for a name that no room has."""
    if name not in list_explorers():
        raise ValueError(f"no view is called {name!r}: there are {', '.join(list_explorers())}")
    return import_module(f"{__name__}.{name}").Explorer


def explore(name: str, picture: Any = None, **settings: Any) -> "Explorer":
    """A live view with the given settings; `picture` may be your own file.

    >>> explore("windows", window_size=8).settings.window_size
    8
    """
    return explorer_class(name)(picture=picture, **settings)
