"""Questions that every operation asks of its input, answered with a three-part error."""

import torch
from torch import Tensor

from utils.errors import ConfigError, ShapeError

Size = tuple[int, int]  # (height, width)


def check_map(x: Tensor) -> None:
    """Refuse what is not a feature map `b h w c`."""
    if not isinstance(x, Tensor):
        raise ShapeError(
            f"a {type(x).__name__} came",
            allowed="a feature map is a torch tensor (b, h, w, c)",
            mend="torch.as_tensor makes one",
        )
    if x.ndim != 4:
        raise ShapeError(
            f"a tensor with {x.ndim} axes, {tuple(x.shape)}, came",
            allowed="a feature map has four: (b, h, w, c)",
            mend="x[None] adds a batch axis, x[..., None] a channel axis",
        )


def check_size(size: Size, *, name: str) -> None:
    """Refuse what is not a pair of whole numbers of at least 1."""
    pair = isinstance(size, tuple) and len(size) == 2
    if not pair or not all(isinstance(side, int) and side >= 1 for side in size):
        raise ConfigError(
            f"{name} {size!r} came",
            allowed="a size is two whole numbers of at least 1, (height, width)",
            mend=f"pass {name}=(7, 7), for example",
        )


def check_divides(size: Size, window_size: Size, *, what: str = "windows") -> None:
    """Refuse a map that windows do not fill without a rest."""
    check_size(window_size, name="window_size")
    (h, w), (wh, ww) = size, window_size
    if h < 1 or w < 1 or h % wh or w % ww:
        fit = (max(h, 1) + -max(h, 1) % wh, max(w, 1) + -max(w, 1) % ww)
        raise ShapeError(
            f"a {h}×{w} map cannot be cut into {wh}×{ww} {what}",
            allowed="the window's sides must divide the map's",
            mend=f"pad it to {fit[0]}×{fit[1]} first (pad_to_multiple does)",
        )


def check_shift(shift_size: Size, window_size: Size) -> None:
    """Refuse a shift that is negative or reaches a whole window."""
    check_size(window_size, name="window_size")
    pair = isinstance(shift_size, tuple) and len(shift_size) == 2
    if not pair or not all(
        isinstance(s, int) and 0 <= s < side
        for s, side in zip(shift_size, window_size, strict=True)
    ):
        half = (window_size[0] // 2, window_size[1] // 2)
        raise ConfigError(
            f"shift_size {shift_size!r} came for windows of {window_size[0]}×{window_size[1]}",
            allowed="on each axis 0 ≤ shift < window: a shift by a whole window changes nothing",
            mend=f"half a window, shift_size={half}, is the published choice",
        )


def resolve(device: torch.device | str | None) -> torch.device:
    """The device that is meant: `None` is torch's default one at this moment.

    A cache keyed by `None` would give to everybody what it made under `with torch.device(...)`.
    """
    return torch.get_default_device() if device is None else torch.device(device)
