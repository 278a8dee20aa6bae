"""The pyramids as one figure."""

import numpy as np
from matplotlib.figure import Figure

from utils.explorers.picture import Picture, as_bytes
from utils.explorers.pyramid.compute import Result, Settings
from utils.figures.style import COLORS, SEQUENTIAL, new_figure, styled


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """Both maps, both spectra, and the amplitude by frequency."""
    figure = new_figure(720, 440)
    top, bottom = figure.subplots(2, 3)
    maps = {"scene": as_bytes(picture), "ViT": result.plain, "ViT-Adapter": result.adapter}
    for ax, (title, values) in zip(top, maps.items(), strict=True):
        ax.imshow(values, interpolation="bilinear" if title == "scene" else "nearest")
        _bare(ax, title if title == "scene" else f"{title}, 1/{settings.level}")
    spectra = (result.plain_spectrum, result.adapter_spectrum)
    ends = {"vmin": max(np.min(spectra), -3), "vmax": np.max(spectra)}
    for ax, spectrum in zip(bottom[1:], spectra, strict=True):
        image = ax.imshow(spectrum, cmap=SEQUENTIAL, interpolation="nearest", **ends)
        _bare(ax, "its frequencies")
    figure.colorbar(image, ax=bottom[2], label="log10 amplitude", shrink=0.8)
    curve = bottom[0]
    cycles = range(1, len(result.plain_curve) + 1)
    curve.plot(cycles, result.adapter_curve, "o-", color=COLORS["frame1"], label="ViT-Adapter")
    curve.plot(cycles, result.plain_curve, "s--", color=COLORS["frame0"], label="ViT")
    curve.set(xlabel="cycles per picture", ylabel="log10 amplitude\nbeside 1 cycle")
    curve.legend()
    return figure


def _bare(ax, title: str) -> None:
    ax.set(xticks=[], yticks=[], title=title)
    ax.spines[:].set_visible(False)
