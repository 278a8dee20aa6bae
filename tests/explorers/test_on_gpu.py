"""Every view over its whole range on CUDA; what it shows there is what the CPU shows."""

import numpy as np
import pytest

from utils.explorers import explore, list_explorers

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("name", list_explorers())
def test_sweep_on_cuda(name):
    view = explore(name)
    if hasattr(view, "device"):
        view.device = "cuda"
    for settings in view.sweep():
        result = view.result()
        for field, value in vars(result).items():
            on_cpu = vars(view.maths.compute(settings))[field]
            if isinstance(value, np.ndarray):
                assert np.isfinite(value).all(), field
                assert value.shape == on_cpu.shape, field
    assert not view.error
