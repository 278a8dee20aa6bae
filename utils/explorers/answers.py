"""What a classifier answers: the three most probable classes, for views that look into it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Float32
from torch import Tensor

from utils.world import CLASSES

TOP = 3


@dataclass(frozen=True)
class Answer:
    """The most probable classes first; none where the model gives no classes."""

    names: list[str]
    parts: Float32[np.ndarray, " top"]

    def __str__(self) -> str:
        """Such as `It says knob rising (93 %)`, or nothing."""
        return f"It says {self.names[0]} ({100 * self.parts[0]:.0f} %)." if self.names else ""


def logits_of(output: Any) -> Float[Tensor, "pictures classes"] | None:
    """What a model gave, if it is one number per picture and class (on the CPU)."""
    if isinstance(output, Tensor) and output.ndim == 2:
        return output.detach().float().cpu()
    return None


def answer_of(logits: Float[Tensor, " classes"] | None) -> Answer:
    """The top of the softmax. The classes are those of the course where there are as many.

    >>> import torch
    >>> str(answer_of(torch.tensor([0.0, 3.0, 0.0])))
    'It says class 1 (91 %).'
    """
    if logits is None:
        return Answer([], np.zeros(0, np.float32))
    parts, order = logits.softmax(-1).sort(descending=True, stable=True)
    own = len(logits) == len(CLASSES)
    names = [CLASSES[i] if own else f"class {i}" for i in order[:TOP].tolist()]
    return Answer(names, parts[:TOP].numpy())


def answer_line(names: list[str], parts: list[float]) -> str:
    """The answer under a still, in one line.

    >>> answer_line(["knob pair", "notch pair"], [0.75, 0.25])
    'The model says: knob pair 75 %, notch pair 25 %'
    """
    said = (f"{name} {100 * part:.0f} %" for name, part in zip(names, parts, strict=True))
    return "The model says: " + ", ".join(said)
