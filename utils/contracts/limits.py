"""Words for annotations: limits of a number, and the settings that many functions share."""

from dataclasses import dataclass
from typing import Annotated

import torch

FLOATS = {torch.float16, torch.bfloat16, torch.float32, torch.float64}  # torch computes in these


@dataclass(frozen=True)
class AtLeast:
    """In an annotation: the number is at least this."""

    least: int | float


@dataclass(frozen=True)
class Between:
    """In an annotation: least ≤ number ≤ most."""

    least: int | float
    most: int | float


@dataclass(frozen=True)
class Floating:
    """In an annotation of a dtype: it is one of the floating-point dtypes that the course uses."""


Natural = Annotated[int, AtLeast(0)]
Positive = Annotated[int, AtLeast(1)]
Size = tuple[Positive, Positive]  # (height, width)
Share = Annotated[float, Between(0.0, 1.0)]
Count = Annotated[int, Between(1, 16_384)]  # of channels, blocks, heads: beyond it nothing fits
FloatDtype = Annotated[torch.dtype, Floating()]
