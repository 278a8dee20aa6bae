"""Restormer and GMFlow under torch's own tools: exported, compiled, traced, summarized."""

import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import torch

from utils.errors import ConfigError
from utils.models import create_model
from utils.models.gmflow import Flow

ROOT = Path(__file__).parents[2]
MODELS = {
    "restormer": ("restormer_nano", {"depths": (1, 1), "num_heads": (1, 2), "refinement": 1}),
    "windows": ("restormer_nano", {"depths": (1, 1), "num_heads": (1, 2), "attention": "windows"}),
    "gmflow": ("gmflow_nano", {"layers": 1}),
    "unet": ("gmflow_nano", {"layers": 1, "upsampler": "unet", "position": "relative"}),
    "refined": ("gmflow_refine", {"layers": 1, "channels": 32}),
}
QUICK = ("restormer", "gmflow", "refined")


def exported(model, pictures):
    made = torch.export.export(model, pictures).module()
    return lambda *again: getattr(made(*again), "flow", made(*again))


def compiled(model, pictures):
    made = torch.compile(model, backend="eager", fullgraph=True, dynamic=False)
    return lambda *again: getattr(made(*again), "flow", made(*again))


def traced(model, pictures):
    made = torch.jit.trace(model, pictures, check_trace=False)
    return lambda *again: first(made(*again))


def first(out):
    return out[0] if isinstance(out, tuple) else out


def given(key, size):
    torch.manual_seed(1)
    if key in ("restormer", "windows"):
        return (torch.rand(1, 3, *size),)
    return tuple(255 * torch.rand(2, 1, 3, *size))


def differences(tool, key):
    """Of what the tool made, and of ordinary calls after it, against calls before it."""
    name, settings = MODELS[key]
    model = create_model(name, **settings).eval()
    pictures = [given(key, (60, 72)), given(key, (40, 50))]
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = [first(model(*one)) for one in pictures]
        made = globals()[tool](model, pictures[0])(*pictures[0])
        after = [first(model(*one)) for one in pictures]
    pairs = zip([made, *after], [before[0], *before], strict=True)
    return [(found - expected).abs().max().item() for found, expected in pairs]


SLOW = [
    pytest.param(tool, tuple(MODELS), marks=pytest.mark.slow) for tool in ("exported", "compiled")
]


@pytest.mark.parametrize(("tool", "keys"), [("exported", QUICK), ("traced", tuple(MODELS)), *SLOW])
def test_a_tool_of_torch_gives_the_same_and_leaves_nothing_behind(tool, keys):
    # In a process without the tests' type hook, which the tools cannot look through.
    code = f"""
from tests.models.test_pictures_elsewhere import *
for key in {keys!r}:
    print(*differences({tool!r}, key))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = [float(number) for line in done.stdout.splitlines() for number in line.split()]
    assert len(found) == 3 * len(keys)
    assert max(found) < 1e-3


def test_a_flow_is_a_tree_of_tensors():
    flow = Flow(torch.zeros(1, 2, 4, 4), [torch.ones(1, 2, 2, 2), torch.zeros(1, 2, 4, 4)])
    leaves, shape = torch.utils._pytree.tree_flatten(flow)
    assert len(leaves) == 3
    again = torch.utils._pytree.tree_unflatten(leaves, shape)
    assert isinstance(again, Flow)
    torch.testing.assert_close(again.flows[0], torch.full((1, 2, 4, 4), 2.0))


@pytest.mark.parametrize("key", ["restormer", "gmflow"])
def test_script_is_refused_with_what_works(key):
    name, settings = MODELS[key]
    with pytest.raises(ConfigError, match=r"came to torch.jit.script: .*; use torch.export.export"):
        torch.jit.script(create_model(name, **settings))


@pytest.mark.parametrize("key", ["restormer", "refined"])
def test_torchinfo_counts_the_parameters(key):
    torchinfo = pytest.importorskip("torchinfo")
    name, settings = MODELS[key]
    model = create_model(name, **settings)
    pictures = given(key, (32, 32))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it feeds numbers in [0, 1] where it is given sizes
        by_size = torchinfo.summary(model, [tuple(x.shape) for x in pictures], verbose=0)
    by_data = torchinfo.summary(model, input_data=pictures, verbose=0)
    expected = sum(p.numel() for p in model.parameters())
    assert by_size.total_params == by_data.total_params == expected
