"""See inside a model while it runs: `tap` marks a tensor, `watching` collects the marked ones.

    with watching(model, "stages.2.blocks.5.*") as seen:
        model(picture)
    seen["stages.2.blocks.5.attention.weights"][0]   # the first call's attention weights

A tap outside `watching` does nothing. The stack of watchers is a plain list at module level:
a ContextVar would break `torch.compile`. Watched models run uncompiled.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase

from torch import Tensor, nn

Seen = dict[str, list[Tensor]]


class _Watcher:
    """One `watching` block: its patterns, what it has seen, and where the model is right now."""

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self.patterns = patterns
        self.seen: Seen = {}
        self.path: list[str] = []

    def key(self, name: str) -> str | None:
        """The full name of a tap at the present place, or None where nobody asked for it."""
        if not self.path:
            return None
        full = f"{self.path[-1]}.{name}" if self.path[-1] else name
        return full if any(fnmatchcase(full, pattern) for pattern in self.patterns) else None


_watchers: list[_Watcher] = []


def tap(name: str, tensor: Tensor) -> Tensor:
    """Hand `tensor` to whoever watches this place; returns it unchanged."""
    for watcher in _watchers:
        key = watcher.key(name)
        if key is not None:
            watcher.seen.setdefault(key, []).append(tensor)
    return tensor


def is_watched(name: str) -> bool:
    """Whether a tap of this name, here and now, would be recorded."""
    return any(watcher.key(name) is not None for watcher in _watchers)


def has_other_hooks(module: nn.Module) -> bool:
    """Whether somebody has put hooks on the module or its parts, other than `watching` itself.

    >>> layer = nn.Sequential(nn.ReLU())
    >>> before = has_other_hooks(layer)
    >>> handle = layer[0].register_forward_hook(lambda module, inputs, output: None)
    >>> before, has_other_hooks(layer)
    (False, True)
    """
    return any(
        not getattr(hook, "is_of_watching", False)
        for part in module.modules()
        for hooks in (
            part._forward_hooks,
            part._forward_pre_hooks,
            part._backward_hooks,
            part._backward_pre_hooks,
        )
        for hook in hooks.values()
    )


@contextmanager
def watching(model: nn.Module, *patterns: str) -> Iterator[Seen]:
    """Collect the tapped tensors of `model` whose `module.path.name` matches one of `patterns`.

    Patterns are those of a shell (`*` any text, `?` one character); none means all. Yields a
    dict from full name to the tensors in call order. A module used twice keeps its first path.
    """
    watcher = _Watcher(patterns or ("*",))
    handles = []

    def enter(path: str):
        def hook(module: nn.Module, inputs: tuple) -> None:
            watcher.path.append(path)

        hook.is_of_watching = True  # type: ignore[attr-defined] # see has_other_hooks
        return hook

    def leave(module: nn.Module, inputs: tuple, output: object) -> None:
        watcher.path.pop()

    leave.is_of_watching = True  # type: ignore[attr-defined]
    for path, module in model.named_modules():
        handles.append(module.register_forward_pre_hook(enter(path)))
        handles.append(module.register_forward_hook(leave, always_call=True))
    _watchers.append(watcher)
    try:
        yield watcher.seen
    finally:
        _watchers.remove(watcher)
        for handle in handles:
            handle.remove()
