"""Each fast form of a block gives the plain one's values and gradients."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from utils.fast import fast
from utils.models import create_model
from utils.models.maxvit import MBConv, SameConv2d, Stem
from utils.models.vit import PatchEmbedding
from utils.models.vit_adapter import ConvNormReLU
from utils.switch import FORMS, Form, definition
from utils.tap import watching

TOLERANCE = {torch.float64: 1e-12, torch.float32: 1e-5}
MAP, PICTURE = "map", "picture"

# The layer, the plain form that is replaced, what comes in, and its channels.
PAIRS = {
    "MBConv, stride 1": (lambda: MBConv(6, 6), MBConv.branch, MAP, 6),
    "MBConv, stride 2": (lambda: MBConv(5, 8, stride=2), MBConv.branch, MAP, 5),
    "Stem": (lambda: Stem(3, 8), Stem.forward, PICTURE, 3),
    "SameConv2d": (lambda: SameConv2d(4, 6, 3, stride=2, groups=2), SameConv2d.forward, MAP, 4),
    "ConvNormReLU": (lambda: ConvNormReLU(3, 5), ConvNormReLU.forward, MAP, 3),
    "PatchEmbedding": (lambda: PatchEmbedding(3, 7), PatchEmbedding.forward, MAP, 3),
}


def filled(make, dtype=torch.float64):
    """A layer whose batch normalizations do something."""
    torch.manual_seed(1)
    layer = make().to(dtype)
    for module in layer.modules():
        if isinstance(module, nn.BatchNorm2d):
            for one in (module.weight, module.bias, module.running_mean):
                nn.init.normal_(one, std=0.5)
            nn.init.uniform_(module.running_var, 0.5, 2)
    return layer.eval()


def drawn(kind, c, b, h, w, dtype=torch.float64):
    torch.manual_seed(2)
    return torch.randn(*((b, h, w, c) if kind == MAP else (b, c, h, w)), dtype=dtype)


def name_of(plain):
    made = definition(plain)
    return f"{made.__module__}.{made.__qualname__}"


@pytest.fixture
def used(monkeypatch):
    """Names of the fast forms that ran."""
    ran = []
    for name, form in list(FORMS.items()):

        def run(*args, name=name, form=form, **kwargs):
            ran.append(name)
            return form.run(*args, **kwargs)

        monkeypatch.setitem(FORMS, name, Form(run, form.hides))
    return ran


def values_and_gradients(layer, x):
    x = x.clone().requires_grad_()
    out = layer(x)
    weights = torch.linspace(-1, 1, out.numel(), dtype=out.dtype).reshape(out.shape)
    layer.zero_grad()
    (out * weights).sum().backward()
    return {"out": out.detach(), "x": x.grad} | {
        name: p.grad.clone() for name, p in layer.named_parameters()
    }


def assert_near(one, other, tolerance):
    for name, expected in one.items():
        allowed = tolerance * max(1.0, expected.abs().max().item())
        torch.testing.assert_close(other[name], expected, rtol=0, atol=allowed, msg=name)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("dtype", TOLERANCE, ids=["float64", "float32"])
def test_values_and_gradients_are_the_plain_ones(pair, dtype, used):
    make, plain, kind, c = PAIRS[pair]
    layer, x = filled(make, dtype), drawn(kind, c, 2, 32, 48, dtype)
    expected = values_and_gradients(layer, x)
    assert not used
    with fast():
        found = values_and_gradients(layer, x)
    assert name_of(plain) in used
    assert_near(expected, found, 20 * TOLERANCE[dtype])


@pytest.mark.parametrize("pair", [name for name in PAIRS if name != "PatchEmbedding"])
@given(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9))
def test_any_size(pair, b, h, w):
    make, _, kind, c = PAIRS[pair]
    layer, x = filled(make), drawn(kind, c, b, h, w)
    with torch.no_grad():
        expected = layer(x)
        with fast():
            torch.testing.assert_close(layer(x), expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("pair", PAIRS)
def test_strided_and_channels_last_inputs(pair):
    make, _, kind, c = PAIRS[pair]
    layer, x = filled(make), drawn(kind, c, 2, 32, 48)
    wide = torch.randn(2, *(2 * side for side in x.shape[1:]), dtype=x.dtype)
    for given_x in (
        x.transpose(1, 3).contiguous().transpose(1, 3),
        wide[:, ::2, ::2, ::2],
        x[:1].expand(2, -1, -1, -1),
    ):
        with torch.no_grad():
            expected = layer(given_x)
            with fast():
                torch.testing.assert_close(layer(given_x), expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("pair", ["MBConv, stride 2", "Stem", "ConvNormReLU"])
def test_in_training_the_batch_decides_inside_fast_too(pair):
    make, _, kind, c = PAIRS[pair]
    x, after = drawn(kind, c, 2, 8, 10), []
    for inside in (False, True):
        layer = filled(make).train()
        if inside:
            with fast():
                out = layer(x)
        else:
            out = layer(x)
        after.append({"out": out, **layer.state_dict()})
    assert_near(*after, 1e-11)


def test_who_watches_what_a_fast_form_leaves_out_gets_the_plain_one(used):
    layer, x = filled(PAIRS["MBConv, stride 1"][0]), drawn(MAP, 6, 1, 5, 7)
    with fast(), torch.no_grad():
        with watching(layer, "expanded") as seen:
            layer(x)
        assert seen["expanded"][0].shape == (1, 5, 7, 24)
        assert name_of(MBConv.branch) not in used
        with watching(layer, "squeeze_excite.gates") as seen:
            layer(x)
        assert seen["squeeze_excite.gates"][0].shape == (1, 24)
        assert name_of(MBConv.branch) in used


@pytest.mark.parametrize("inside", [False, True], ids=["plain", "fast"])
@pytest.mark.parametrize("name", ["swin_nano", "maxvit_nano", "vit_nano", "vit_adapter_nano"])
def test_backward_hooks_fire_on_every_layer_in_eval(name, inside):
    model = create_model(name).eval()
    layers = {path for path, part in model.named_modules() if path and not any(part.children())}
    silent = {p for p in layers if isinstance(model.get_submodule(p), nn.Identity | nn.ModuleList)}
    met = set()
    for path in layers:

        def meet(module, grad_in, grad_out, path=path):
            met.add(path)

        model.get_submodule(path).register_full_backward_hook(meet)
    picture = torch.randn(1, 3, 64, 96, requires_grad=True)
    if inside:
        with fast():
            out = model(picture)
    else:
        out = model(picture)
    sum(one.sum() for one in (out if isinstance(out, tuple) else (out,))).backward()
    assert layers - met - silent == set()
