"""The drawing of a model and what one of its boxes gives, as one figure."""

from matplotlib.figure import Figure

from utils.explorers.architecture.compute import DRAWING, PANELS, Result, Settings
from utils.explorers.picture import Picture
from utils.figures.network import paint_layout
from utils.figures.network_layout import WIDTH, Layout
from utils.figures.style import new_figure, styled

MAPS = 126  # pixels below the drawing


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """The drawing with one box ringed; below it the maps that this box gives."""
    layout = Layout(**result.drawing)
    high = min(layout.height, DRAWING) + MAPS
    figure = new_figure(WIDTH, high)
    figure.set_layout_engine("none")
    ax = figure.add_axes((0, MAPS / high, 1, layout.height / high))
    paint_layout(ax, layout, chosen=result.opened)
    for place, pixels in zip(layout.pictures, result.pictures, strict=True):
        left, top = place["x"], place["y"]
        ax.imshow(pixels, extent=(left, left + place["w"], top + place["h"], top), zorder=6)
    ax.set(xlim=(0, WIDTH), ylim=(layout.height, 0), aspect="auto")
    side = (WIDTH - 20) / PANELS
    for at, (pixels, caption) in enumerate(zip(result.maps, result.captions, strict=True)):
        box = ((10 + at * side) / WIDTH, 24 / high, (side - 10) / WIDTH, 90 / high)
        panel = figure.add_axes(box)
        panel.imshow(pixels, interpolation="nearest")
        panel.set(xticks=[], yticks=[])
        panel.spines[:].set_visible(False)
        panel.set_xlabel(caption.replace(": ", "\n"), fontsize=7.5, labelpad=2)
    return figure
