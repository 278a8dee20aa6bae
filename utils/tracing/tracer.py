"""`trace(model, *inputs)`: one run, line by line."""

from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.utils._pytree import tree_map

from utils.errors import ConfigError
from utils.io import write_text
from utils.tracing.markdown import markdown
from utils.tracing.page import page
from utils.tracing.plainly import plainly
from utils.tracing.recorder import Recorder
from utils.tracing.run import Run
from utils.tracing.slices import Corner, corner_of
from utils.tracing.stepper import Stepper


class Trace(Run):
    """A run that shows itself: as a document, as a page, in a notebook."""

    def to_markdown(self, path: str | Path) -> None:
        """Write the run as a document, whole or not at all."""
        write_text(path, markdown(self))

    def to_html(self, path: str | Path, *, at: str | None = None) -> None:
        """Write the run as one page to read, search and step through: it needs nothing else.

        `at` is what it opens at: a piece of a line, of a title, or of a module's path.
        """
        write_text(path, page(self, at=self.step(at) if at else 0))

    def stepper(self, at: str | None = None) -> Stepper:
        """The live view for a notebook; `at` as for `to_html`.

        A trace as the last value of a cell shows it, too.
        """
        return Stepper(self, at=at)

    def _ipython_display_(self) -> None:
        self.stepper()._ipython_display_()


def trace(model: nn.Module, *inputs: Any, slice: Corner = None, **settings: Any) -> Trace:
    """Run `model(*inputs, **settings)` once and record every line of it.

    That is every executed line of each module's forward, of the methods and functions that it
    calls in the model's own files, and of `utils.ops`: the names that the line bound or changed,
    for each tensor its facts, a small slice and whether it is a view; start and end of each call;
    time, and bytes of new storage. The run is the model's own: same mode, same gradients, same
    random numbers, same result, bit for bit; in its plain form, and with what caches hold made
    before its eyes. Values are kept as a few numbers each, so that nothing stays in memory that
    the run alone would free. `slice` sets which numbers are shown of every tensor, as
    "[:3, :3, :3]"; the last part also stands for all axes behind it.
    Raises: ConfigError for what is no module, and for a slice that is none.

    >>> import torch
    >>> seen = trace(nn.Sequential(nn.Linear(3, 5), nn.ReLU()), torch.zeros(2, 3))
    >>> [call.title for call in seen.calls()]
    ['Sequential', '0 · Linear', '1 · ReLU']
    >>> seen.find(2, 5)[0].text
    'input = module(input)'
    """
    if not isinstance(model, nn.Module):
        raise ConfigError(
            f"a {type(model).__name__} came to be traced",
            allowed="a model is a torch.nn.Module",
            mend="put a plain function into the forward of a small module",
        )
    model = getattr(model, "_orig_mod", model)  # what torch.compile has wrapped
    given = {f"input {at}": value for at, value in enumerate(inputs)} | settings
    recorder = Recorder(model, given, corner=corner_of(slice))
    with plainly(), recorder.listening():
        output = model(*inputs, **settings)
    assert recorder.root is not None, "the model is a module, and its call was seen"
    return Trace(type(model).__name__, recorder.root, tree_map(_off_the_graph, output))


def _off_the_graph(value: Any) -> Any:
    return value.detach() if isinstance(value, Tensor) else value
