"""Answers of models as small pictures: colors as they are, flow on the wheel, classes in hues."""

import numpy as np
import torch
from jaxtyping import UInt8
from numpy.typing import NDArray

from utils.figures.classes import class_colors
from utils.figures.flow import flow_colors


def paint(kind: str, values: NDArray, most: float | int) -> UInt8[np.ndarray, "examples h w rgb"]:
    """The pictures of a "flow" whose longest has `most` pixels, of "classes", or of "colors".

    >>> paint("classes", np.zeros((2, 1, 1), int), 0.0).shape
    (2, 1, 1, 3)
    """
    if kind == "flow":
        return np.stack([flow_colors(torch.from_numpy(flow), most=most) for flow in values])
    return values if kind == "colors" else np.stack([class_colors(one) for one in values])
