"""GMFlow inside of `fast()`: the authors' numbers, the plain values and gradients."""

from contextlib import nullcontext
from functools import wraps

import pytest
import torch
from torch import nn

from utils.checkpoints import load_official
from utils.fast import fast
from utils.fast.models.gmflow import encoder as portions
from utils.fast.models.gmflow import transformer as bands
from utils.models import create_model
from utils.models.gmflow import (
    ConvexUpsampler,
    FlowEncoder,
    GMFlow,
    ResidualBlock,
    TransformerLayer,
    UNetUpsampler,
)
from utils.ops import flow_loss
from utils.reference import list_cases, read_case
from utils.switch import FORMS, Form, definition
from utils.tap import watching

FORMS_HERE = (
    GMFlow.encode,
    FlowEncoder.forward,
    ResidualBlock.forward,
    TransformerLayer.feed_forward,
    ConvexUpsampler.forward,
    UNetUpsampler.forward,
)
VARIANTS = [
    {},
    {"upsampler": "unet", "position": "relative", "attn_splits": (2,)},
    {"attn_splits": (2, 4), "corr_radius": (-1, 3), "prop_radius": (2, 1)},
]


def name_of(plain):
    made = definition(plain)
    return f"{made.__module__}.{made.__qualname__}"


@pytest.fixture
def used(monkeypatch):
    """Names of the fast forms that ran."""
    ran = []
    for plain in FORMS_HERE:
        name, form = name_of(plain), FORMS[name_of(plain)]

        def run(*args, name=name, form=form, **kwargs):
            ran.append(name)
            return form.run(*args, **kwargs)

        monkeypatch.setitem(FORMS, name, Form(run, form.hides))
    return ran


def small(**overrides):
    torch.manual_seed(0)
    settings = {"channels": 16, "widths": (6, 8, 10), "layers": 2, "upsample_channels": 12}
    return create_model("gmflow_nano", **(settings | overrides)).double().eval()


def frames(size, *, b=1, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [255 * torch.rand(b, 3, *size, generator=generator).double() for _ in range(2)]


@pytest.mark.parametrize("name", list_cases("gmflow"))
def test_official_outputs(name, used):
    case = read_case(name)
    model = create_model(case.model, **case.overrides).eval()
    load_official(model, case.state_dict())
    with fast(), torch.no_grad():
        result = model(*(x.float() for x in case.inputs), bidirectional=case.bidirectional)
    allowed = 1e-3 if case.model == "gmflow_refine" else 2e-4
    assert case.outputs["flow"].difference(result.flow) < allowed
    assert set(used) == {name_of(plain) for plain in FORMS_HERE if plain != UNetUpsampler.forward}


@pytest.mark.parametrize("overrides", VARIANTS, ids=["nano", "unet", "refined"])
def test_values_and_gradients_are_the_plain_ones(overrides, monkeypatch, used):
    monkeypatch.setattr(bands, "TOKENS", 8)
    model = small(**overrides)
    pair, found = frames((40, 56), b=2), []
    for block in (nullcontext, fast):
        model.zero_grad()
        with block():
            result = model(*pair)
            flow_loss(result.flows, torch.ones_like(result.flow)).backward()
        found.append([result.flow.detach(), *(p.grad.clone() for p in model.parameters())])
    for plain, quick in zip(*found, strict=True):
        torch.testing.assert_close(quick, plain, rtol=1e-7, atol=1e-9)
    kind = UNetUpsampler if overrides.get("upsampler") == "unet" else ConvexUpsampler
    assert {name_of(TransformerLayer.feed_forward), name_of(kind.forward)} < set(used)


@pytest.mark.parametrize("upsampler", ["convex", "unet"])
def test_portions_change_nothing_and_skips_come_only_where_they_are_taken(upsampler, monkeypatch):
    model, pair = small(upsampler=upsampler), frames((40, 56), b=3)
    taken = []
    encode = FlowEncoder.forward

    @wraps(encode)  # a forward of another module's would be left to the plain form
    def noted(encoder, x):
        taken.append(len(x))
        return encode(encoder, x)

    monkeypatch.setattr(FlowEncoder, "forward", noted)
    monkeypatch.setattr(portions, "PORTION", 2 * 40 * 56)
    with torch.no_grad():
        features, skips = model.encode(*pair)
        with fast():
            quick, quick_skips = model.encode(*pair)
    assert taken == [6, 2, 2, 2]
    assert len(skips) == len(quick_skips) == (3 if upsampler == "unet" else 0)
    for plain, other in zip(features + skips, quick + quick_skips, strict=True):
        torch.testing.assert_close(other, plain, rtol=0, atol=1e-10)
    taken.clear()
    with fast():
        model.encode(*pair)
    assert taken == [6]  # with gradients


def test_nothing_that_came_is_written_over():
    block, x = ResidualBlock(4, 4).double(), torch.randn(2, 6, 7, 4).double()
    before = x.clone()
    with fast():
        block(x)
    assert torch.equal(x, before)


@pytest.mark.parametrize("kind", ["forward", "backward"])
def test_a_module_with_hooks_meets_no_writing_in_place(kind, used):
    model, kept = small(), {}
    conv = model.encoder.stages[0][0].conv1
    if kind == "forward":
        conv.register_forward_hook(lambda module, given, out: kept.setdefault("out", out))
    else:
        conv.register_full_backward_hook(lambda module, inner, outer: kept.setdefault("out", outer))
    with fast():
        model(*frames((16, 24))).flow.sum().backward()
    assert used.count(name_of(ResidualBlock.forward)) == 5  # of six, at once for both frames
    assert name_of(FlowEncoder.forward) not in used
    if kind == "forward":
        assert kept["out"].min() < 0


def test_watching_inside_sees_what_it_sees_outside():
    model, pair = small(), frames((16, 24))
    seen = []
    for block in (nullcontext, fast):
        with block(), torch.no_grad(), watching(model) as taps:
            model(*pair)
        seen.append(taps)
    assert seen[0].keys() == seen[1].keys()
    for name, calls in seen[0].items():
        for plain, quick in zip(calls, seen[1][name], strict=True):
            torch.testing.assert_close(quick, plain, rtol=0, atol=1e-9)


def test_a_token_band_may_be_one_row():
    layer = TransformerLayer(8, mlp_ratio=2).double()
    nn.init.normal_(layer.norm2.bias)
    x = torch.randn(2, 5, 3000, 16).double()  # one row is more than TOKENS
    with torch.no_grad():
        plain = layer.feed_forward(x)
        with fast():
            torch.testing.assert_close(layer.feed_forward(x), plain, rtol=0, atol=1e-12)
