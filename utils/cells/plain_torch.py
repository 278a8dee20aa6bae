"""What a learner has set in a cell (default type, default device) changes no view."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def plain_torch() -> Iterator[None]:
    """New tensors are float32 on the CPU here; may also decorate a function.

    >>> torch.set_default_dtype(torch.float64)
    >>> with plain_torch():
    ...     print(torch.zeros(1).dtype)
    torch.float32
    >>> torch.set_default_dtype(torch.float32)
    """
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        with torch.device("cpu"):
            yield
    finally:
        torch.set_default_dtype(usual)
