"""Forms of a few operations that become short graphs, put in place while a pass is exported."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.caching import made_anew


def instance_norm(x: Float[Tensor, "b h w c"], *, eps: float = 1e-5) -> Float[Tensor, "b h w c"]:
    """torch's own: one node for the plain form's seven."""
    planes = functional.instance_norm(rearrange(x, "b h w c -> b c h w"), eps=eps)
    return rearrange(planes, "b c h w -> b h w c")


def hypot(a: Any, b: Any) -> Tensor:
    """ONNX knows no hypot."""
    return (a * a + b * b).sqrt()


@contextmanager
def short_forms() -> Iterator[None]:
    """Within it, passes are traced in the forms above, and nothing of them is kept in caches."""
    with ExitStack() as stack:
        stack.enter_context(made_anew())
        stack.enter_context(patch("utils.models.gmflow.encoder.instance_norm", instance_norm))
        stack.enter_context(patch.object(torch, "hypot", hypot))
        stack.enter_context(torch.no_grad())
        yield
