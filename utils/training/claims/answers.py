"""What every arm of a claim says to the same examples: small pictures, stored beside the runs.

Flow and classes become colors only where pictures are drawn; whoever keeps answers hands in how.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy.typing import NDArray
from torch import Tensor, nn

from utils.fast import fast
from utils.io import whole_file

Pictures = UInt8[np.ndarray, "examples h w rgb"]


@dataclass(frozen=True)
class Shown:
    """An answer as it comes: colors (examples, h, w, 3) up to 255, flow (examples, 2, h, w) in
    pixels whose longest is `most`, or classes (examples, h, w).
    """

    kind: Literal["colors", "flow", "classes"]
    values: NDArray
    most: float | int = 0.0


Paint = Callable[[str, NDArray, float | int], Pictures]


@torch.no_grad()
def say(answer: Callable[[nn.Module], Shown], model: nn.Module) -> Shown:
    """The model's answer to the claim's examples, also in the middle of its training."""
    was_training = model.training
    model.eval()
    try:
        with fast():
            return answer(model)
    finally:
        model.train(was_training)


def keep_answer(path: Path, name: str, pictures: Pictures) -> None:
    """Write one more arm's pictures into the file, in place of older ones."""
    kept = {**read_answers(path), name: pictures}
    with whole_file(path) as file:
        np.savez_compressed(file, **kept)  # type: ignore[arg-type]  # no name is an option's


def read_answers(path: Path) -> dict[str, Pictures]:
    """The pictures of every arm that has some, by name; nothing where there is no file."""
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def as_colors(picture: Float[Tensor, "b rgb h w"]) -> Shown:
    """Colors in [0, 1] as whole numbers up to 255, channels last.

    >>> as_colors(torch.full((1, 3, 1, 1), 0.5)).values.tolist()
    [[[[128, 128, 128]]]]
    """
    whole = (255 * picture.detach().clamp(0, 1)).round().byte()
    return Shown("colors", whole.permute(0, 2, 3, 1).numpy())


def enlarged(cells: Float[Tensor, "b rgb rows columns"], *, side: int, unknown: int) -> Shown:
    """One square of `side` pixels per cell; gray the first columns, which nobody can know."""
    known = cells.clone()
    known[..., :unknown] = 0.5
    return as_colors(known.repeat_interleave(side, 2).repeat_interleave(side, 3))
