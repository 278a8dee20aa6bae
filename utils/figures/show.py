"""What a cell shows: a figure with its alt text, or the source of a function."""

import base64
import inspect
import io
import textwrap
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from utils.figures.style import STYLE

SHARPNESS = 2  # pixels drawn per pixel shown: screens are finer than 100 dots per inch


def png(figure: Figure) -> bytes:
    """The figure as a PNG file, the same bytes for the same figure."""
    stream = io.BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(stream, format="png", dpi=figure.dpi * SHARPNESS, metadata={"Software": ""})
    return stream.getvalue()


def png_bundle(figure: Figure, alt: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The figure as Jupyter shows it: data by type, and metadata with size and alt text."""
    width, height = (round(side * figure.dpi) for side in figure.get_size_inches())
    data = {"image/png": base64.b64encode(png(figure)).decode(), "text/plain": alt}
    facts = {"width": width, "height": height, "alt": alt, "needs_background": "light"}
    return data, {"image/png": facts}


class Shown:
    """A figure beside its words, as the last value of a cell.

    The words reach screen readers, and the tests of the notebooks compare them.
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        self.figure, self.alt = figure, alt

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict[str, Any], dict[str, Any]]:
        return png_bundle(self.figure, self.alt)

    def __repr__(self) -> str:
        return self.alt


class Source:
    """The source of functions, as the last value of a cell."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        return {"text/markdown": f"```python\n{self.text}\n```", "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text


def show_source(*things: Callable | type) -> Source:
    """The real source of functions or classes, so that nothing the notebook uses is hidden.

    >>> print(show_source(textwrap.dedent).text.splitlines()[0])
    def dedent(text):
    """
    texts = (inspect.getsource(inspect.unwrap(thing)) for thing in things)
    return Source("\n\n".join(textwrap.dedent(text).rstrip() for text in texts))
