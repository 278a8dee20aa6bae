"""Feature maps of a photograph beside each other, and how much of them is fine."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

from utils.figures.style import SEQUENTIAL, look, new_figure, styled

LOOKS = (1, 0)  # of the first and the second map: as in the pyramid view
LOWEST = -3.0  # of log10 amplitude: what is less is drawn as this


@styled
def draw_detail(
    picture: Float[NDArray, "high wide 3"],
    maps: Mapping[str, UInt8[NDArray, "h w 3"]],
    amplitudes: Mapping[str, Float[NDArray, "down across"]],
    curves: Mapping[str, Float[NDArray, "rings"]],
    *,
    per: str,
) -> Figure:
    """The photograph and two maps as colors; below, their frequencies and the mean at each.

    Amplitudes have frequency 0 at (0, 0); curves are log10, beside that of one cycle
    per what `per` says.
    """
    figure = new_figure(620, 415)
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(w_pad=0.12)  # inches: the label of the curves needs them
    top, bottom = figure.subplots(2, 3)
    top[0].imshow(picture.clip(0, 1))
    _bare(top[0], f"photograph, {picture.shape[0]}×{picture.shape[1]}")
    spectra = [np.log10(np.fft.fftshift(one) + 1e-6) for one in amplitudes.values()]
    ends = {"vmin": max(np.min(spectra), LOWEST), "vmax": np.max(spectra)}
    for ax, (name, colors) in zip(top[1:], maps.items(), strict=True):
        ax.imshow(colors, interpolation="nearest")
        _bare(ax, f"{name}, {colors.shape[0]}×{colors.shape[1]}")
    for ax, spectrum in zip(bottom[1:], spectra, strict=True):
        shown = ax.imshow(spectrum, cmap=SEQUENTIAL, interpolation="nearest", **ends)
        _bare(ax, "its frequencies")
    figure.colorbar(shown, ax=bottom[2], label="log10 amplitude", shrink=0.8)
    for (name, curve), number in zip(curves.items(), LOOKS, strict=True):
        bottom[0].plot(range(1, len(curve) + 1), curve, label=name, markersize=3.5, **look(number))
    bottom[0].set(xlabel=f"cycles per {per}", ylabel="log10 amplitude\n(1 cycle: 0)")
    bottom[0].legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)
    return figure


def _bare(ax: Axes, title: str) -> None:
    ax.set(xticks=[], yticks=[], title=title)
    ax.spines[:].set_visible(False)
