"""What the views of Restormer share: the model, the way through the U, colors of signed maps."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from utils.checkpoints import load_shipped
from utils.errors import ConfigError
from utils.explorers.model_view import ModelExplorer
from utils.explorers.picture import as_bytes, picture_of
from utils.figures.style import DIVERGING, SEQUENTIAL, color_table
from utils.tap import Seen
from utils.world import degrade

Map = Float[np.ndarray, "*n h w"]
Colors = UInt8[np.ndarray, "*n h w rgb"]
MOST_STEPS = 8  # three levels down, the bottom, three up, the refinement
MOST_BLOCKS = 8


@lru_cache(maxsize=1)
def default_model() -> nn.Module:
    """The small Restormer that comes with the course."""
    return load_shipped("restormer_nano")


@dataclass(frozen=True)
class Place:
    """One block: in which step of the U it stands, and how many there are."""

    step: int
    name: str
    block: int
    last_step: int
    last_block: int
    path: str

    def __str__(self) -> str:
        return f"{self.name}, block {self.block + 1} of {self.last_block + 1}"


def place_of(paths: list[str], *, step: int, block: int) -> Place:
    """The block of these (in the order of the pass) that a step and a number mean.

    Sliders beyond the model stop at its end.

    >>> str(place_of(["encoder.0.0", "encoder.0.1", "latent.0"], step=0, block=8))
    'Down 1, block 2 of 2'
    """
    levels: dict[str, list[str]] = {}
    for path in paths:
        levels.setdefault(path.rpartition(".")[0], []).append(path)
    step = min(step, len(levels) - 1)
    level = list(levels)[step]
    block = min(block, len(levels[level]) - 1)
    ups = sum(name.startswith("decoder") for name in levels)
    return Place(
        step,
        _name(level, ups),
        block,
        len(levels) - 1,
        len(levels[level]) - 1,
        levels[level][block],
    )


def _name(level: str, ups: int) -> str:
    kind, _, number = level.partition(".")
    if kind == "encoder":
        return f"Down {int(number) + 1}"
    if kind == "decoder":  # counted from the bottom in the code, named by the level it leads to
        return f"Up {ups - int(number)}"
    return {"latent": "Bottom", "refinement": "Refinement"}.get(level, level)


def paths_of(seen: Seen, tap: str) -> list[str]:
    """The blocks that tapped this, in the order of the pass. Raises: ConfigError for none."""
    paths = [name.removesuffix(f".{tap}") for name in seen if name.endswith(f".{tap}")]
    if not paths:
        raise ConfigError(
            f"a model without a tap {tap!r} came",
            allowed="this view shows a Restormer, or a module of yours with the same taps",
            mend='pass model=create_model("restormer_nano") or one of its larger variants',
        )
    return paths


def as_map(
    flat: Float[Tensor, "*n pixels"], picture: Float[Tensor, "b rgb h w"]
) -> Float[Tensor, "*n rows columns"]:
    """Rows of pixels as maps of the picture's proportions."""
    h, w = picture.shape[2:]
    rows = max(round((flat.shape[-1] * h / w) ** 0.5), 1)
    return flat.unflatten(-1, (rows, -1))


def seen_through(
    picture: Float[Tensor, "b rgb h w"], kind: str, strength: float
) -> Float[Tensor, "b rgb h w"]:
    """The picture with rain, noise or blur; always the same drops and the same noise."""
    if kind == "none":
        return picture
    seed = torch.Generator().manual_seed(0)
    return degrade(picture, kind=kind, strength=float(strength), generator=seed)


class WeatherExplorer(ModelExplorer):
    """A model's view whose picture is first spoiled, as the settings say.

    A room's `compute.py` gives `weather(settings)`: kind and strength.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.passed: tuple[Any, ...] | None = None
        super().__init__(*args, **kwargs)

    def inputs(self) -> list[Tensor]:
        return [seen_through(self.picture[None], *self.maths.weather(self.settings))]

    def inside(self, device: str) -> Any:
        # The place of a draft follows the other settings too.
        asked = (self.maths.weather(self.settings), self.draft and self.settings)
        if asked != self.passed:
            self.passed, self.kept = asked, {}
        return super().inside(device)


def scene_through(size: tuple[int, int], weather: tuple[str, float]) -> Float[Tensor, "1 rgb h w"]:
    """The course's scene as such a view gives it to its model."""
    return seen_through(picture_of(None, size=size)[None], *weather)


def says(
    model: Any, output: Any, picture: Float[Tensor, "1 rgb h w"]
) -> UInt8[np.ndarray, "tall wide colors"] | None:
    """The restored picture; None where a module of yours gives something else."""
    if not isinstance(output, Tensor) or output.ndim != 4 or output.shape[1] not in (1, 3):
        return None
    return as_bytes(output[0].float().cpu().clamp(0, 1).expand(3, -1, -1))


def signed_colors(values: Map, *, most: float | None = None) -> Colors:
    """Maps in blue (below zero), white (zero) and red; `most` is where the colors end."""
    most = float(np.abs(values).max(initial=0)) if most is None else most
    level = np.clip(values / max(most, 1e-12), -1, 1) * 127.5 + 127.5
    return color_table(DIVERGING)[level.round().astype(np.uint8)]


def open_colors(values: Map, *, most: float) -> Colors:
    """Maps from dark (0 and below) to bright (`most` and above)."""
    level = np.clip(values / max(most, 1e-12), 0, 1) * 255
    return color_table(SEQUENTIAL)[level.round().astype(np.uint8)]
