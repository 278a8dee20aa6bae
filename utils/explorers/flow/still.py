"""The flow view as one figure."""

import torch
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from utils.explorers.flow.compute import ERROR, Result, Settings
from utils.explorers.picture import Picture, as_bytes
from utils.figures.flow import add_wheel, arrows_from, bare
from utils.figures.style import SEQUENTIAL, new_figure, styled


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """Both frames, the flow found and the true one, what is left, and the error."""
    figure = new_figure(720, 400)
    axes = figure.subplots(2, 4, width_ratios=(1, 1, 1, 0.9))
    truth = "true flow" if result.known else "true flow: not known"
    panels = (
        (axes[0, 0], as_bytes(picture), "frame 0", "frame0"),
        (axes[1, 0], result.frame1, "frame 1", "frame1"),
        (axes[0, 1], result.colors, "flow found", None),
        (axes[0, 2], result.truth, truth, None),
        (axes[1, 1], result.difference, "difference after\nfetching frame 1 back", None),
        (axes[1, 2], result.error, "error", None),
    )
    for ax, pixels, title, frame in panels:
        ax.imshow(pixels, interpolation="nearest")
        bare(ax, title, frame=frame)
    for ax, arrows in ((axes[0, 1], result.arrows), (axes[0, 2], result.arrows_truth)):
        if result.known or ax is axes[0, 1]:
            arrows_from(ax, *arrows.T)
    add_wheel(axes[0, 3], result.most)
    bar = axes[1, 3]
    bar.axis("off")
    scale = AxesImage(bar, cmap=SEQUENTIAL)
    scale.set_data(torch.zeros(1, 1).numpy())
    scale.set_clim(0, ERROR)
    figure.colorbar(scale, ax=bar, label="error (px)", location="left", fraction=0.5)
    return figure
