"""What may be given for one parameter, and how it is refused."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from utils.errors import CourseError


@dataclass
class Sizes:
    """What the arguments of one call have said so far: axis -> length, and the common device."""

    axes: dict[str, Any] = field(default_factory=dict)
    said_by: dict[str, str] = field(default_factory=dict)
    device: torch.device | None = None


class Refusal(Exception):  # noqa: N818 - it becomes an error
    """Something does not fit; becomes an error of three parts."""

    def __init__(self, kind: type[CourseError], came: str, allowed: str, mend: str) -> None:
        super().__init__(came)
        self.kind, self.came, self.allowed, self.mend = kind, came, allowed, mend

    def error(self) -> CourseError:
        return self.kind(self.came, allowed=self.allowed, mend=self.mend)


class Spec:
    """What may be given for one parameter."""

    def take(self, value: Any, name: str, sizes: Sizes) -> Any:
        """The value, converted where it only looks different. Raises: Refusal."""
        raise NotImplementedError


def shown(value: Any) -> str:
    """A value in a sentence, cut where it is long."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    try:
        text = repr(value)
    except Exception:
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."
