"""What a cell shows: a figure with its alt text."""

import base64
import html
import io
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from PIL import Image, ImageChops

from utils.cells.look import COLORS, STYLE

LIVE = "▶ Shift+Enter makes this live"
INVITATION = 0.24  # inches, above a still
BLOCK, UNSEEN = 16, 8  # pixels; of 255: a block that is off by less looks the same
SPECKS = 4  # pixels: side of the square in which scattered colors mix
# White paper glares between dark cells.
DIMMED = '<style>[data-jp-theme-light="false"] .course-figure { filter: brightness(0.82); }</style>'
SHARPNESS = 2  # pixels drawn per pixel shown: screens are finer than 100 dots per inch


def png(figure: Figure) -> bytes:
    """The figure as a PNG file, the same bytes for the same figure."""
    return _encoded(_few_colors(_drawn(figure)), "PNG", optimize=True)


def invite(figure: Figure) -> None:
    """Write above a still how it becomes live, and give it the room for that."""
    width, height = figure.get_size_inches()
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, 0, 1, height / (height + INVITATION)))
    figure.set_size_inches(width, height + INVITATION)
    figure.text(
        0.995,
        1 - 0.5 * INVITATION / (height + INVITATION),
        LIVE,
        ha="right",
        va="center",
        fontsize=9.5,
        fontweight="bold",
        color=COLORS["frame0"],
    )


def picture_bundle(
    figure: Figure, alt: str, *, highest: int | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The figure as Jupyter shows it: data by type, and metadata with size and alt text.

    Neither JupyterLab nor nbconvert gives the alt text of an `image/png` to its reader; both prefer
    the HTML, where it is, and the picture in full sharpness. `highest` is in pixels of the page.
    """
    width, height = (round(side * figure.dpi) for side in figure.get_size_inches())
    scale = 1.0 if highest is None else min(1.0, highest / height)
    picture = _drawn(figure)
    small = base64.b64encode(_encoded(picture, "WEBP", quality=65, method=5)).decode()
    plain = _few_colors(picture.reduce(SHARPNESS))
    data = {
        "image/png": base64.b64encode(_encoded(plain, "PNG", optimize=True)).decode(),
        "text/html": f'<img class="course-figure" src="data:image/webp;base64,{small}" '
        f'alt="{html.escape(alt)}" width="{round(scale * width)}" '
        f'style="max-width:100%;height:auto">{DIMMED}',
        "text/plain": alt,
    }
    return data, {"image/png": {"width": width, "height": height, "alt": alt}}


def _drawn(figure: Figure) -> Image.Image:
    stream = io.BytesIO()
    dpi = figure.dpi * SHARPNESS
    with mpl.rc_context(STYLE):
        figure.savefig(stream, format="rgba", dpi=dpi)
    size = tuple(int(side * dpi + 1e-6) for side in figure.get_size_inches())
    return Image.frombytes("RGBA", (size[0], size[1]), stream.getvalue()).convert("RGB")


def _encoded(picture: Image.Image, kind: str, **how: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **how)
    return stream.getvalue()


def _few_colors(picture: Image.Image) -> Image.Image:
    """With a palette of 256 colors, where no place of the picture shows the difference.

    A photograph needs its colors scattered; a drawing would get specks by that.
    """
    few = picture.quantize(256, kmeans=1, dither=Image.Dither.NONE)
    if _off(few.convert("RGB"), picture) <= UNSEEN:
        return few
    specks = picture.quantize(palette=few, dither=Image.Dither.FLOYDSTEINBERG)
    # The eye mixes the specks of a small square, and so does the measure.
    off = _off(specks.convert("RGB").reduce(SPECKS), picture.reduce(SPECKS))
    return specks if off <= UNSEEN else picture


def _off(one: Image.Image, other: Image.Image) -> float:
    """The largest mean difference of a block, of 255."""
    most = ImageChops.difference(one, other).convert("L").reduce(BLOCK).getextrema()[1]
    assert isinstance(most, int | float)  # of one channel
    return float(most)


class Shown:
    """A figure beside its words, as the last value of a cell.

    The words reach screen readers, and the tests of the notebooks compare them.
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        self.figure, self.alt = figure, alt

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict[str, Any], dict[str, Any]]:
        return picture_bundle(self.figure, self.alt)

    def __repr__(self) -> str:
        return self.alt
