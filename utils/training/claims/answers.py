"""What every arm of a claim says to the same examples: small pictures, stored beside the runs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from utils.fast import fast
from utils.figures.flow import flow_colors
from utils.io import whole_file

Pictures = UInt8[np.ndarray, "examples h w rgb"]


@torch.no_grad()
def say(answer: Callable[[nn.Module], Pictures], model: nn.Module) -> Pictures:
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


def as_bytes(picture: Float[Tensor, "b rgb h w"]) -> Pictures:
    """Colors in [0, 1] as whole numbers up to 255, channels last.

    >>> as_bytes(torch.full((1, 3, 1, 1), 0.5)).tolist()
    [[[[128, 128, 128]]]]
    """
    return (255 * picture.detach().clamp(0, 1)).round().byte().permute(0, 2, 3, 1).numpy()


def flow_pictures(flows: Float[Tensor, "b xy h w"], *, most: float | int) -> Pictures:
    """Each flow in the wheel's colors; `most` is the length in pixels at its rim."""
    return np.stack([flow_colors(flow, most=most) for flow in flows])


def enlarged(cells: Float[Tensor, "b rgb rows columns"], *, side: int, unknown: int) -> Pictures:
    """One square of `side` pixels per cell; gray the first columns, which nobody can know."""
    known = cells.clone()
    known[..., :unknown] = 0.5
    return as_bytes(known).repeat(side, 1).repeat(side, 2)
