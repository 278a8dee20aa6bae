"""Where the tiles of a large picture lie, and what they changed."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from matplotlib.colors import to_rgb
from torch import Tensor

from utils.figures.style import COLORS, DIVERGING, color_table

Picture = Float[Tensor, "rgb h w"]
Box = tuple[int, int, int, int]  # top, left, bottom, right, in pixels; the last two outside
DASH = 4  # pixels drawn, and as many left out


def difference_colors(one: Picture, other: Picture, *, most: float = 5.0) -> Picture:
    """One minus the other, mean over the colors: white where equal, red where brighter, else blue.

    Units: the colors end at `most` gray levels of 255.

    >>> gray = torch.full((3, 1, 1), 0.5)
    >>> [round(float(c), 2) for c in difference_colors(gray, gray)[:, 0, 0]]
    [0.97, 0.96, 0.96]
    """
    share = (one - other).mean(0) * 255 / most
    table = torch.from_numpy(color_table(DIVERGING).copy()).float() / 255
    return table[(share.clamp(-1, 1) * 127.5 + 128).long().clamp(0, 255).cpu()].permute(2, 0, 1)


def framed(picture: Picture, boxes: Sequence[Box]) -> Picture:
    """The picture with a dashed line where each tile begins or ends, and the middle one framed."""
    out = picture.clone().cpu()
    height, width = out.shape[1:]
    rows, columns = torch.arange(height) // DASH % 2 == 0, torch.arange(width) // DASH % 2 == 0
    for top, left, bottom, right in boxes:
        for y in {top, bottom} - {0, height}:
            out[:, y, columns] = 0.0
        for x in {left, right} - {0, width}:
            out[:, rows, x] = 0.0
    top, left, bottom, right = boxes[len(boxes) // 2]
    color = torch.tensor(to_rgb(COLORS["query"]))[:, None, None]
    for y in (top, bottom - 2):
        out[:, y : y + 2, left:right] = color
    for x in (left, right - 2):
        out[:, top:bottom, x : x + 2] = color
    return out
