"""The injector view as one figure."""

from matplotlib.figure import Figure

from utils.explorers.injector.compute import TRAINED, Result, Settings
from utils.explorers.picture import Picture, as_bytes
from utils.figures.classes import class_keys
from utils.figures.style import SEQUENTIAL, new_figure, styled
from utils.training.evaluate import STANDS


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """The picture, the tokens before, what is added, the tokens after, a map and the classes."""
    figure = new_figure(720, 440)
    axes = figure.subplots(2, 3).flat
    shown = {
        "picture": as_bytes(picture),
        "tokens before": result.before,
        f"added (γ × {settings.gamma / TRAINED:.1f})": result.strength,
        "tokens after": result.after,
        f"map at 1/{settings.out}": result.out,
        "class of every pixel": result.classes,
    }
    for ax, (title, values) in zip(axes, shown.items(), strict=True):
        smooth = "bilinear" if title == "picture" else "nearest"
        top = max(1.0, float(result.strength.max()))
        image = ax.imshow(values, cmap=SEQUENTIAL, vmin=0, vmax=top, interpolation=smooth)
        ax.set(title=title, xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        if values is result.strength:
            bar = figure.colorbar(image, ax=ax, shrink=0.8)
            bar.set_label("length added / token")
    if result.kinds == len(STANDS):
        keys = class_keys(STANDS)
        figure.legend(handles=keys, loc="outside lower right", ncols=len(keys))
    return figure
