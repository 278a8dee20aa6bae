"""What a cell shows: a figure with its alt text."""

import base64
import io
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
