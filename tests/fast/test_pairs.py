"""Every fast form answers as its plain form does, in value and in gradient."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from utils.fast import fast
from utils.layers import DropPath, Mlp, PatchEmbedding, WindowAttention
from utils.ops import (
    attention,
    channel_attention,
    cyclic_shift,
    deformable_attention,
    instance_norm,
    layer_norm,
    local_attention,
    relative_position_bias,
    shift_mask,
    split_attention,
)
from utils.switch import FORMS
from utils.tap import watching

DTYPES = [torch.float64, torch.float32]
# Unequal sizes, more keys than the plain products take, odd windows, maps of one row.
drawn = given(
    b=st.integers(1, 3),
    h=st.integers(1, 9),
    w=st.integers(1, 11),
    c=st.integers(1, 5),
    seed=st.integers(0, 10**6),
)


class Draw:
    """Tensors of one dtype in one layout: contiguous, strided, or channels outside (a view)."""

    def __init__(self, dtype, layout, seed):
        self.dtype, self.layout = dtype, layout
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, *shape):
        x = torch.randn(shape, generator=self.generator, dtype=torch.float64).to(self.dtype)
        if self.layout == "strided":
            x = torch.stack([x, -x], dim=-1).flatten(-2)[..., ::2]
        if self.layout == "channels first" and x.ndim > 2:
            x = x.movedim(-1, 1).contiguous().movedim(1, -1)
        return x.requires_grad_()


# name of the plain form -> tensors from sizes, and the call
def _attention(draw, b, h, w, c):
    bias = draw(c, h, 3 * w).detach()
    return (
        draw(b, c, h, 4),
        draw(b, c, 3 * w, 4),
        draw(b, c, 3 * w, 2),
    ), lambda q, k, v: attention(q, k, v, bias=bias)


def _channels(draw, b, h, w, c):
    # as a map stands in memory: channels last
    q, k, v = (draw(b, h * w, c, 3).permute(0, 2, 3, 1) for _ in range(3))
    return (q, k, v, draw(c)), lambda q, k, v, t: channel_attention(q, k, v, temperature=t)


def _deformable(draw, b, h, w, c):
    sizes = ((h, w), (2, 3))
    values = draw(b, h * w + 6, c, 4)
    return (
        values,
        draw(b, 7, c, 2, 3, 2),
        draw(b, 7, c, 2, 3),
    ), lambda v, places, weights: deformable_attention(
        v, sizes=sizes, locations=places, weights=weights
    )


def _local(draw, b, h, w, c):
    outside = ("masked", "zero")[h % 2]
    return (draw(b, h, w, c), draw(b, h, w, c), draw(b, h, w, 2)), lambda q, k, v: local_attention(
        q, k, v, radius=1 + w % 3, outside=outside
    )


def _split(draw, b, h, w, c):
    splits = 1 + c % 3
    maps = [draw(b, splits * h, splits * w, 4) for _ in range(3)]
    return maps, lambda q, k, v: split_attention(q, k, v, splits=splits, shift=True)


def _layer(layer, draw, *tensors):
    layer = layer.to(draw.dtype)
    for parameter in layer.parameters():
        nn.init.normal_(parameter, generator=draw.generator)
    return (*tensors, *layer.parameters()), lambda *given: layer(*given[: len(tensors)])


def _window_attention(draw, b, h, w, c):
    layer = WindowAttention(4 * c, num_heads=c, window_size=(h, w))
    return _layer(layer, draw, draw(b, 2, 1, h * w, 4 * c))


PAIRS = {
    "ops.attention.attention": _attention,
    "ops.channels.channel_attention": _channels,
    "ops.deformable.deformable_attention": _deformable,
    "ops.instance_norm.instance_norm": lambda draw, b, h, w, c: (
        (draw(b, h, w, c),),
        instance_norm,
    ),
    "ops.layer_norm.layer_norm": lambda draw, b, h, w, c: (
        (draw(b, h, w, c), draw(c), draw(c)),
        layer_norm,
    ),
    "ops.local_attention.local_attention": _local,
    "ops.position.relative_position_bias": lambda draw, b, h, w, c: (
        (draw((2 * h - 1) * (2 * w - 1), c),),
        lambda table: relative_position_bias(table, window_size=(h, w)),
    ),
    "ops.shift.cyclic_shift": lambda draw, b, h, w, c: (
        (draw(b, h, w, c),),
        lambda x: cyclic_shift(x, shift_size=(h // 2, -w - 1)),
    ),
    "ops.splits.split_attention": _split,
    "layers.drop_path.DropPath.forward": lambda draw, b, h, w, c: _layer(
        DropPath(0.4).eval() if h % 2 else DropPath(0.0), draw, draw(b, h, w, c)
    ),
    "layers.mlp.Mlp.forward": lambda draw, b, h, w, c: _layer(
        Mlp(c, mlp_ratio=2.0, approximate=("none", "tanh")[h % 2]), draw, draw(b, h, w, c)
    ),
    "layers.patch.PatchEmbedding.forward": lambda draw, b, h, w, c: _layer(
        PatchEmbedding(c, 6, patch_size=3), draw, draw(b, c, h, w)
    ),
    "layers.window_attention.WindowAttention.forward": _window_attention,
}


def test_every_pair_of_ops_and_layers_is_tried():
    here = {name.removeprefix("utils.") for name in FORMS}
    assert {name for name in here if not name.startswith("models.")} == set(PAIRS)


def moved(calls):
    """The same sums for both: value, and the gradient of everything that came in."""
    tensors, call = calls
    out = call(*tensors)
    weight = torch.linspace(-1, 1, out.numel(), dtype=out.dtype).reshape(out.shape)
    grads = torch.autograd.grad((out * weight).sum(), tensors, allow_unused=True)
    return [out, *(torch.zeros(()) if grad is None else grad for grad in grads)]


@pytest.mark.parametrize("layout", ["contiguous", "strided", "channels first"])
@pytest.mark.parametrize("name", PAIRS)
@drawn
@settings(max_examples=8)
def test_value_and_gradient_are_equal(name, layout, b, h, w, c, seed):
    calls = PAIRS[name](Draw(torch.float64, layout, seed), b, h, w, c)
    plain = moved(calls)
    with fast():
        quick = moved(calls)
    for one, other in zip(quick, plain, strict=True):
        assert one.dtype == other.dtype
        torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("layout", ["contiguous", "strided", "channels first"])
def test_float32_without_gradients_is_equal(name, layout):
    for size in ((2, 7, 6, 3), (1, 1, 9, 4)):
        calls = PAIRS[name](Draw(torch.float32, layout, 1), *size)
        exact = PAIRS[name](Draw(torch.float64, layout, 1), *size)
        with torch.no_grad():
            # the parameters of a layer are drawn in its own dtype: both forms of one call
            tensors, call = calls
            plain = call(*tensors)
            with fast():
                quick = call(*tensors)
        assert quick.dtype == plain.dtype == torch.float32
        assert exact[1](*exact[0]).shape == quick.shape
        torch.testing.assert_close(quick, plain, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_low_precision_is_near(name, dtype):
    tensors, call = PAIRS[name](Draw(dtype, "contiguous", 1), 2, 7, 6, 3)
    with torch.no_grad():
        plain = call(*tensors).float()
        with fast():
            quick = call(*tensors).float()
    assert plain.isfinite().all()
    assert (quick - plain).norm() <= 0.05 * plain.norm()


class Place(nn.Module):
    """Gives a call a place in a model, so that it can be watched."""

    def __init__(self, call):
        super().__init__()
        self.call = call

    def forward(self, *tensors):
        return self.call(*tensors)


@pytest.mark.parametrize("name", PAIRS)
def test_who_watches_sees_what_the_plain_form_shows(name):
    tensors, call = PAIRS[name](Draw(torch.float64, "contiguous", 1), 2, 6, 7, 3)
    place = Place(call)
    with watching(place) as plain:
        place(*tensors)
    with fast(), watching(place) as quick:
        place(*tensors)
    assert plain.keys() == quick.keys()
    for key, seen in plain.items():
        for one, other in zip(quick[key], seen, strict=True):
            torch.testing.assert_close(one, other)


def test_the_fast_form_runs_inside_of_fast_alone(monkeypatch):
    calls = []
    name = "utils.ops.shift.cyclic_shift"
    seen = FORMS[name]._replace(run=lambda x, **settings: calls.append(name) or x)
    monkeypatch.setitem(FORMS, name, seen)
    x = torch.randn(1, 4, 6, 2)
    cyclic_shift(x, shift_size=(1, 1))
    assert calls == []
    with fast():
        cyclic_shift(x, shift_size=(1, 1))
    assert calls == [name]


@pytest.mark.parametrize("register", ["forward", "backward"])
def test_a_module_with_hooks_runs_its_plain_form(register):
    layer, seen = Mlp(4), []
    part = layer.activation
    if register == "forward":
        part.register_forward_hook(lambda *given: seen.append("hook"))
    else:
        part.register_full_backward_hook(lambda *given: seen.append("hook"))
    with fast():
        layer(torch.randn(2, 4, requires_grad=True)).sum().backward()
    assert seen == ["hook"]


def test_fast_attention_takes_what_the_plain_one_has_no_room_for():
    q = torch.randn(1, 1, 24_000, 1)
    with fast():
        out = attention(q, q, q[..., :1])
    assert out.shape == (1, 1, 24_000, 1)
    place = Place(lambda q: attention(q, q, q))
    with fast(), watching(place, "weights"), pytest.raises(ValueError, match="one tensor may take"):
        place(q)


def test_a_shifted_window_of_the_published_size():
    mask = shift_mask((24, 18), window_size=(8, 9), shift_size=(4, 4), dtype=torch.float64)
    q, k, v = (torch.randn(2, 3, 2, 5, 72, 4, dtype=torch.float64) for _ in range(3))
    plain = attention(q, k, v, bias=mask[:, :, None])
    with fast():
        torch.testing.assert_close(attention(q, k, v, bias=mask[:, :, None]), plain)


class Beside(nn.Module):
    """A small matrix beside a large one, as it is done to teach a trained model something."""

    def __init__(self, base):
        super().__init__()
        self.base, self.more = base, nn.Linear(base.in_features, base.out_features)
        self.weight, self.bias, self.in_features = base.weight, base.bias, base.in_features

    def forward(self, x):
        return self.base(x) + self.more(x)


@pytest.mark.parametrize("how", ["a subclass", "another module", "another forward"])
def test_a_layer_that_somebody_else_put_in_runs(how):
    class Twice(nn.Linear):
        def forward(self, x):
            return 2 * super().forward(x)

    for layer, name in (
        (Mlp(4), "fc1"),
        (WindowAttention(4, num_heads=2, window_size=(2, 3)), "qkv"),
    ):
        part = getattr(layer, name)
        if how == "a subclass":
            part.__class__ = Twice
        elif how == "another module":
            layer.add_module(name, Beside(part))
        else:
            part.forward = lambda x, part=part: type(part).forward(part, x).tanh()
        x = torch.randn(2, 1, 1, 6, 4)
        with torch.no_grad():
            plain = layer(x)
            with fast():
                torch.testing.assert_close(layer(x), plain)
