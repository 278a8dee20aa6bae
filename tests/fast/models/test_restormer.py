"""Restormer inside of `fast()`: the authors' numbers, the plain values and gradients, in bands."""

from contextlib import nullcontext

import pytest
import torch

from utils.checkpoints import load_official
from utils.fast import fast
from utils.fast.models.restormer import blocks
from utils.models import create_model
from utils.models.restormer import GDFN
from utils.reference import list_cases, read_case
from utils.tap import watching


@pytest.fixture
def bands(monkeypatch):
    """Heights of the maps that reach the gate's depthwise convolution."""
    seen = []
    forward = GDFN.forward.__wrapped__

    def counted(layer, x):
        seen.append(x.shape[1])
        return forward(layer, x)

    monkeypatch.setattr(blocks, "definition", lambda plain: counted)
    monkeypatch.setattr(blocks, "BAND_BYTES", 1)
    return seen


@pytest.mark.parametrize("name", list_cases("restormer"))
def test_official_outputs(name, bands):
    case = read_case(name)
    model = create_model(case.model, **case.overrides).eval()
    load_official(model, case.state_dict())
    with fast(), torch.no_grad():
        image = model(*(x.float() for x in case.inputs))
    assert case.outputs["image"].difference(image) < 1e-5
    assert bands.count(10) + bands.count(9) > 40  # eight rows and their neighbors


def test_bands_change_nothing(bands):
    layer = GDFN(6, hidden=11).double()
    x = torch.randn(2, 37, 9, 6, dtype=torch.float64)
    with torch.no_grad():
        whole = layer(x)
        with fast():
            torch.testing.assert_close(layer(x), whole, rtol=0, atol=1e-13)
    assert bands == [9, 10, 10, 10, 6]


def test_with_gradients_the_map_stays_whole_and_they_are_the_plain_ones(bands):
    model = create_model("restormer_nano").double()
    x, found = torch.rand(1, 3, 24, 40, dtype=torch.float64), []
    for block in (nullcontext, fast):
        model.zero_grad()
        with block():
            out = model(x)
            out.square().sum().backward()
        found.append([out.detach(), *(p.grad.clone() for p in model.parameters())])
    assert max(bands) == 24
    for plain, quick in zip(*found, strict=True):
        torch.testing.assert_close(quick, plain, rtol=1e-8, atol=1e-9)


def test_who_watches_the_gate_sees_the_whole_map(bands):
    model = create_model("restormer_nano").double().eval()
    x = torch.rand(2, 3, 48, 40, dtype=torch.float64)
    with torch.no_grad(), fast():
        banded = model(x)
        assert 48 not in bands
        with watching(model, "*.gate") as seen:
            watched = model(x)
    assert seen["encoder.0.0.feed_forward.gate"][0].shape == (2, 48, 40, 31)
    torch.testing.assert_close(watched, banded, rtol=0, atol=1e-11)
