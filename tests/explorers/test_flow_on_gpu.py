"""The flow view on CUDA: large frames stay live, and the sliders give what the CPU gives."""

import numpy as np
import pytest

from utils.explorers import explore

pytestmark = pytest.mark.gpu
SIZE = (512, 768)
LIVE = 100  # milliseconds


def milliseconds(view) -> float:
    device, time = view.ran.split(", ")
    assert device == "CUDA"
    return float(time.removesuffix(" ms"))


def test_frames_of_512_by_768_stay_live():
    view = explore("flow", size=SIZE)
    view.device = "cuda"
    times = []
    for dx in range(8):  # the first passes choose their kernels
        view.dx = dx
        times.append(milliseconds(view))
    assert view.result().colors.shape == (*SIZE, 3)
    assert min(times) <= LIVE


def test_the_flow_is_the_cpus():
    view = explore("flow", dx=7, dy=4)
    on_cpu = view.result("cpu")
    on_cuda = view.result("cuda")
    assert on_cuda.mean_error == pytest.approx(on_cpu.mean_error, abs=0.02)
    assert np.abs(on_cuda.arrows - on_cpu.arrows).max() < 0.1
