"""The restore view as one figure."""

from matplotlib.figure import Figure

from utils.explorers.picture import Picture
from utils.explorers.restore.compute import Result, Settings
from utils.figures.style import COLORS, new_figure, styled

NAMES = {"restored": "restored", "clean": "the truth", "removed": "what was removed"}


@styled
def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """One picture, as it came left of the divider; beside it, both measures."""
    figure = new_figure(720, 300)
    seen, bars = figure.subplots(1, 2, width_ratios=(1.35, 1))
    w = result.left.shape[1]
    at = round(settings.divider / 100 * w)
    both = result.right.copy()
    both[:, :at] = result.left[:, :at]
    seen.imshow(both, interpolation="nearest")  # nearly as large as it is
    for width, color in ((4.0, "white"), (1.8, "black")):
        seen.axvline(at - 0.5, color=color, linewidth=width)
    look = {"color": "white", "fontsize": 9, "transform": seen.transAxes}
    box = {"facecolor": "#000000A0", "edgecolor": "none", "pad": 2}
    seen.text(0.025, 0.965, "as it came", va="top", bbox=box, **look)
    seen.text(0.975, 0.965, NAMES[settings.right], va="top", ha="right", bbox=box, **look)
    seen.set(xticks=[], yticks=[], title=result.words, xlim=(-0.5, w - 0.5))
    seen.spines[:].set_visible(False)
    values = (result.psnr_before, result.psnr_after)
    shown = bars.barh(["as it came", "restored"], values, color=(COLORS["frame0"], COLORS["grid"]))
    quality = zip(values, (result.ssim_before, result.ssim_after), strict=True)
    bars.bar_label(shown, [f"{p:.1f} dB\nSSIM {s:.2f}" for p, s in quality], padding=4)
    bars.invert_yaxis()
    bars.set(xlabel="PSNR in dB (higher is nearer to the truth)")
    bars.set_xlim(0, max(values) * 1.45)
    return figure
