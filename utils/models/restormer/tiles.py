"""A large picture piece by piece: overlapping tiles whose seams are blended.

The whole picture would need memory in proportion to its size; tiles need it in proportion to the
tile. MDTA compares channels over the whole picture, and over a tile only within it: so a tiled
result differs a little from the whole one. Notebook 04 measures by how much.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from utils.contracts import Size, checked, holds

STEP = 8  # tiles start where the whole picture's 2×2 squares of all three levels start
TILE, OVERLAP = 384, 48

_halved_three_times = holds(
    lambda tile: tile >= STEP and tile % STEP == 0,
    f"a tile's side is a multiple of {STEP}: three levels halve it",
    came=lambda tile: f"a tile of {tile} pixels came",
    mend=lambda tile: f"pass tile={max(round(tile / STEP), 1) * STEP}",
    of="setting",
)
_no_more_than_half = holds(
    lambda tile, overlap: overlap is None or (0 <= overlap <= tile // 2 and overlap % STEP == 0),
    f"it is a multiple of {STEP} and at most half the tile",
    came=lambda tile, overlap: f"an overlap of {overlap} pixels came for tiles of {tile}",
    mend=lambda tile, overlap: (
        f"pass overlap={min(max(round(overlap / STEP), 0) * STEP, tile // 2 // STEP * STEP)}"
    ),
    of="setting",
)


@checked(_halved_three_times, _no_more_than_half)
def restore_tiled(
    model: nn.Module,
    picture: Float[Tensor, "b rgb h w"],
    *,
    tile: int = TILE,
    overlap: int | None = None,
    after_tile: Callable[[int, int], object] = lambda done, tiles: None,
) -> Float[Tensor, "b out h w"]:
    """`model(picture)` in tiles of at most `tile` × `tile` pixels; no gradients.

    Neighbors share at least `overlap` pixels (48, or half of a small tile), over which one fades
    into the other: the weights of all tiles sum to 1 everywhere. A picture that fits into one tile
    is restored whole. Only one tile at a time is on the model's device. `after_tile(done, tiles)`
    hears how far it is.
    Shape: (b, rgb, h, w) -> (b, out, h, w), on the picture's device.
    Raises: ConfigError for a tile or an overlap that cannot be cut, ShapeError for integers.

    >>> picture = torch.rand(1, 3, 50, 90)
    >>> torch.allclose(restore_tiled(nn.Identity(), picture, tile=32, overlap=8), picture)
    True
    """
    rows, columns = _axes((picture.shape[2], picture.shape[3]), tile=tile, overlap=overlap)
    device = next((p.device for p in model.parameters()), picture.device)
    out = picture.new_zeros(0)
    tiles = len(rows) * len(columns)
    with torch.no_grad():
        for number, (y, x) in enumerate((y, x) for y in rows for x in columns):
            piece = model(picture[:, :, y.part, x.part].to(device)).to(picture.device)
            if not number:
                out = picture.new_zeros(*piece.shape[:2], *picture.shape[2:])
            fade = (y.fade[:, None] * x.fade).to(piece)
            out[:, :, y.part, x.part] += piece * fade
            after_tile(number + 1, tiles)
    return out


@checked(_halved_three_times, _no_more_than_half)
def tile_boxes(
    size: Size, *, tile: int = TILE, overlap: int | None = None
) -> list[tuple[int, int, int, int]]:
    """Where the tiles of a picture of `size` lie: (top, left, bottom, right), row by row.

    Units: pixels; bottom and right are the first ones outside.
    Raises: ConfigError for a tile or an overlap that cannot be cut.

    >>> tile_boxes((30, 50), tile=32, overlap=8)
    [(0, 0, 30, 32), (0, 24, 30, 50)]
    """
    rows, columns = _axes(size, tile=tile, overlap=overlap)
    return [(y.part.start, x.part.start, y.part.stop, x.part.stop) for y in rows for x in columns]


class _Span:
    """One tile along one axis: where it lies, and how much it counts at each of its pixels."""

    def __init__(self, start: int, end: int, fade: Float[Tensor, " side"]) -> None:
        self.part = slice(start, end)
        self.fade = fade


def _axes(size: tuple[int, int], *, tile: int, overlap: int | None) -> tuple[list[_Span], ...]:
    """The spans along both sides."""
    overlap = min(OVERLAP, tile // 2 // STEP * STEP) if overlap is None else overlap
    return tuple(_axis(side, tile=tile, overlap=overlap) for side in size)


def _axis(side: int, *, tile: int, overlap: int) -> list[_Span]:
    """The spans that cover one side; what they count sums to 1 at every pixel.

    Starts are spread evenly on multiples of STEP, so that no narrow rest is left for the last one.
    """
    if side <= tile:
        return [_Span(0, side, torch.ones(side))]
    most = -(-side // STEP) * STEP - tile  # start of a last tile that ends with the padded side
    gaps = -(-most // (tile - overlap))
    starts = [i * (most // STEP) // gaps * STEP for i in range(gaps + 1)]
    total = torch.zeros(side)
    spans = []
    for start in starts:
        end = min(start + tile, side)
        fade = torch.ones(end - start)
        ramp = torch.arange(1, overlap + 1) / (overlap + 1)
        if start:
            fade[:overlap] = ramp[: end - start]
        if end < side:
            fade[len(fade) - overlap :] *= ramp.flip(0)
        total[start:end] += fade
        spans.append(_Span(start, end, fade))
    for span in spans:
        span.fade = span.fade / total[span.part]
    return spans
