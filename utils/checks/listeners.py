"""Who hears of every verdict: functions of (exercise's name, verdict's kind, named mistake)."""

from collections.abc import Callable

Listener = Callable[[str, str, str], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Call `listener` after every verdict, once however often it is handed in.

    >>> heard = []
    >>> listen(lambda *words: heard.append(words))
    >>> tell("shift_map", "wrong", "shift the wrong way")
    >>> heard
    [('shift_map', 'wrong', 'shift the wrong way')]
    >>> _listeners.clear()
    """
    if listener not in _listeners:
        _listeners.append(listener)


def tell(name: str, kind: str, mistake: str) -> None:
    """Hand a verdict on; a listener that fails costs nobody a verdict."""
    for listener in tuple(_listeners):
        try:
            listener(name, kind, mistake)
        except Exception:
            continue
