"""What every live view is in a cell: shown beside its still, closed when the cell runs again."""

from typing import Any, ClassVar

import anywidget
import traitlets
from matplotlib.figure import Figure

from utils.cells import lifetime
from utils.cells.output import Bundle, show_in_cell, still_of


class LiveView(anywidget.AnyWidget):
    """A widget with a still. The root of what its module paints has the class `course-live`."""

    title: str
    hint: str
    width: int = 720  # pixels
    height: int
    made_by: ClassVar[str] = "it"  # what the cell calls, for the sentence of a closed view

    error = traitlets.Unicode().tag(sync=True)

    def draw(self) -> Figure:
        """The still: the present state as one figure."""
        raise NotImplementedError

    def close(self) -> None:
        """Give back comms and memory; the view cannot be shown again."""
        if self.comm is None:
            return
        lifetime.forget(self)
        self.layout.close()
        super().close()
        self.error = f"This view was closed: run the cell with {self.made_by} again."
        self.forget()

    def forget(self) -> None:
        """Let go of everything that is large."""

    def _ipython_display_(self) -> None:
        lifetime.belongs_to_cell(self)
        show_in_cell(self)

    def _repr_mimebundle_(self, **kwargs: Any) -> Bundle:
        return still_of(self)
