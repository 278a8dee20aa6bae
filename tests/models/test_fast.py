"""The two ways to run faster, bfloat16 and `torch.compile`, on the weights that are shipped.

bfloat16 keeps eight bits of a number: an answer may differ from float32 by 1 % of its length, a
flow by 5 %. A compiled model may differ by a rounding error: 0.1 %.
"""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from utils.checkpoints import load_shipped
from utils.training.prepare import prepare
from utils.world import scene

ROOT = Path(__file__).parents[2]
BFLOAT16 = {
    "swin_nano": 0.01,
    "maxvit_nano": 0.01,
    "restormer_nano": 0.01,
    "gmflow_nano": 0.05,
    "vit_adapter_nano_segmenter": 0.01,
}
COMPILED = 1e-3


def given(name, device):
    """The shipped model, and the course's scene as it takes it."""
    model = load_shipped(name).eval().to(device)
    one = scene((64, 64))
    frames = [one.frame0, one.frame1] if name == "gmflow_nano" else [one.frame0]
    return model, [prepare(frame.to(device), model) for frame in frames]


@torch.no_grad()
def answer(model, frames):
    out = model(*frames)
    return getattr(out, "flow", out).float().cpu()


def difference(one, other):
    """In parts of the length of the second."""
    return ((one - other).norm() / other.norm()).item()


def in_bfloat16(name, device):
    model, frames = given(name, device)
    exact = answer(model, frames)
    with torch.autocast(device, torch.bfloat16):
        low = answer(model, frames)
    return difference(low, exact)


def compiled(name, device, backend="inductor"):
    """For one size (`dynamic=False`), and all in one graph (`fullgraph`)."""
    model, frames = given(name, device)
    quick = torch.compile(model, backend=backend, fullgraph=True, dynamic=False)
    return difference(answer(quick, frames), answer(model, frames))


def compiled_elsewhere(*what):
    """`compiled` in a process of its own, as a learner runs it: without the tests' type hook.

    The compiler cannot look through that hook.
    """
    code = f"from tests.models.test_fast import compiled; print(compiled{what!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return float(done.stdout)


@pytest.mark.parametrize("name", BFLOAT16)
def test_bfloat16_answers_as_float32_does(name):
    assert 0 < in_bfloat16(name, "cpu") < BFLOAT16[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", BFLOAT16)
def test_every_model_is_one_graph_for_the_compiler(name):
    assert compiled_elsewhere(name, "cpu", "aot_eager") < COMPILED


@pytest.mark.gpu
@pytest.mark.parametrize("name", BFLOAT16)
def test_bfloat16_on_cuda_answers_as_float32_does(name):
    assert 0 < in_bfloat16(name, "cuda") < BFLOAT16[name]


@pytest.mark.gpu
@pytest.mark.parametrize("name", BFLOAT16)
def test_compiled_on_cuda_answers_as_before(name):
    assert compiled_elsewhere(name, "cuda") < COMPILED
