"""The operations of GMFlow: twins, gradients, laws, wrong inputs."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from utils import ops
from utils.errors import ConfigError, ShapeError
from utils.reference.twins import flow as twins
from utils.tap import watching

F64 = torch.float64


def draw(*shape, seed=0, scale=1.0):
    return scale * torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


# name -> (operation, its twin, shapes of its tensors, keywords)
PAIRS = {
    "instance_norm": ([(2, 3, 4, 5)], {}),
    "rotate_by_place": ([(2, 3, 5, 8)], {}),
    "warp": ([(2, 4, 5, 3), (2, 4, 5, 2)], {}),
    "match_globally": ([(2, 3, 4, 5), (2, 3, 4, 5)], {}),
    "upsample_flow": ([(2, 3, 4, 2)], {"factor": 3}),
    "convex_upsample": ([(2, 3, 4, 2), (2, 3, 4, 36)], {"factor": 2}),
}
CASES = [(name, *pair) for name, pair in PAIRS.items()]
CASES += [
    ("match_locally", [(1, *size, 3), (1, *size, 3)], {"radius": radius})
    for size, radius in [((3, 5), 1), ((9, 11), 2), ((10, 6), 4)]
]
CASES += [
    ("local_attention", [(2, *size, 3), (2, *size, 3), (2, *size, 4)], settings)
    for size, settings in [
        ((5, 9), {"radius": 1, "outside": "zero"}),
        ((8, 16), {"radius": 2, "outside": "zero"}),
        ((9, 4), {"radius": 3, "outside": "masked"}),
    ]
]
CASES += [
    ("split_attention", [(2, *size, 5), (2, *size, 5), (2, *size, 3)], settings)
    for size, settings in [
        ((4, 6), {"splits": 1, "shift": True}),
        ((4, 6), {"splits": 2}),
        ((4, 6), {"splits": 2, "shift": True}),
        ((10, 6), {"splits": 2, "shift": True}),  # odd windows: shift 2 of 5 and 1 of 3
        ((8, 12), {"splits": 4, "shift": True}),
        ((2, 8), {"splits": 2, "shift": True}),  # windows of one row do not move up
        ((3, 3), {"splits": 3, "shift": True}),
    ]
]


@pytest.mark.parametrize(("name", "shapes", "settings"), CASES)
def test_equal_to_the_twin_in_value_and_gradient(name, shapes, settings):
    operation, twin = getattr(ops, name), getattr(twins, name)
    tensors = [draw(*shape, seed=seed).requires_grad_() for seed, shape in enumerate(shapes)]
    out = operation(*tensors, **settings)
    arrays = [x.detach().numpy() for x in tensors]
    expected = twin(*arrays, **settings)
    assert out.shape == expected.shape
    assert np.abs(out.detach().numpy() - expected).max() < 1e-11
    weight = draw(*out.shape, seed=9)
    grads = torch.autograd.grad((out * weight).sum(), tensors)
    step = 1e-5
    for which, grad in enumerate(grads):
        along = draw(*shapes[which], seed=7)
        ends = []
        for sign in (1, -1):
            moved = [x.copy() for x in arrays]
            moved[which] = moved[which] + sign * step * along.numpy()
            ends.append((twin(*moved, **settings) * weight.numpy()).sum())
        slope = (ends[0] - ends[1]) / (2 * step)
        assert abs(float((grad * along).sum()) - slope) < 1e-6 * max(1.0, abs(slope))


class Window(torch.nn.Module):
    """Gives split attention a place in a model, so that it can be watched."""

    def forward(self, q, k, v, splits):
        return ops.split_attention(q, k, v, splits=splits, shift=True)


@given(splits=st.integers(1, 4), wh=st.integers(1, 5), ww=st.integers(1, 5), b=st.integers(1, 2))
def test_cutting_where_windows_lie_equals_rolling_and_masking(splits, wh, ww, b):
    q, k, v = (draw(b, splits * wh, splits * ww, 4, seed=seed) for seed in range(3))
    window = Window()
    cut = window(q, k, v, splits)
    with watching(window) as seen:
        masked = window(q, k, v, splits)
    assert torch.allclose(cut, masked, rtol=0, atol=1e-12)
    weights = seen["weights"][0]
    assert weights.shape == (splits, splits, b, wh * ww, wh * ww) or splits == 1
    assert torch.allclose(weights.sum(-1), torch.ones_like(weights[..., 0]))


@given(h=st.integers(1, 12), w=st.integers(1, 12), radius=st.integers(1, 3))
def test_a_radius_that_reaches_everywhere_is_global(h, w, radius):
    feature0, feature1 = draw(1, h, w, 4), draw(1, h, w, 4, seed=1)
    local = ops.match_locally(feature0, feature1, radius=max(h, w))
    whole = ops.match_globally(feature0, feature1)
    assert torch.allclose(local, whole, rtol=0, atol=1e-11)
    near = ops.match_locally(feature0, feature1, radius=radius)
    assert near.abs().max() <= radius + 1e-9


@given(h=st.integers(1, 9), w=st.integers(1, 9), b=st.integers(1, 2))
def test_one_row_of_the_matching_gives_its_flow(h, w, b):
    feature0, feature1 = draw(b, h, w, 4, scale=2), draw(b, h, w, 4, seed=1, scale=2)
    flow = ops.match_globally(feature0, feature1)
    at = (h // 2, w // 3)
    probability = ops.match_probability(feature0, feature1, at=at)
    assert torch.allclose(probability.sum((1, 2)), torch.ones(b, dtype=F64))
    places = ops.coordinates((h, w), dtype=F64)
    expected = (probability[..., None] * places).sum((1, 2)) - places[at]
    assert torch.allclose(expected, flow[:, at[0], at[1]], atol=1e-10)
    near = ops.match_probability(feature0, feature1, at=at, radius=1)
    expected = (near[..., None] * places).sum((1, 2)) - places[at]
    local = ops.match_locally(feature0, feature1, radius=1)
    assert torch.allclose(expected, local[:, at[0], at[1]], atol=1e-10)


def test_backward_matching_is_the_transposed_matrix():
    feature0, feature1 = draw(1, 3, 4, 5), draw(1, 3, 4, 5, seed=1)
    matrix = feature0.reshape(12, 5) @ feature1.reshape(12, 5).mT / 5**0.5
    places = ops.coordinates((3, 4), dtype=F64).reshape(12, 2)
    backward = matrix.mT.softmax(-1) @ places - places
    ours = ops.match_globally(feature1, feature0)
    assert torch.allclose(ours.reshape(12, 2), backward, atol=1e-12)


@given(h=st.integers(1, 7), w=st.integers(1, 7))
def test_laws_of_warping(h, w):
    x = draw(2, h, w, 3)
    still = torch.zeros(2, h, w, 2, dtype=F64)
    assert torch.allclose(ops.warp(x, still), x, atol=1e-12)
    gone = ops.warp(x, still + max(h, w))
    assert torch.equal(gone, torch.zeros_like(gone))
    right = still + torch.tensor([1.0, 0.0], dtype=F64)
    assert torch.allclose(ops.warp(x, right)[:, :, :-1], x[:, :, 1:], atol=1e-12)
    assert not ops.occluded(still, still).any()
    # who goes right and comes back left is seen again, but for the last column
    assert ops.occluded(right, -right)[:, :, -1].all()
    assert not ops.occluded(right, -right)[:, :, :-1].any()


def test_the_occlusion_threshold_grows_with_the_motion():
    forward = torch.tensor([4.0, 0.0]).expand(1, 1, 9, 2)
    backward = torch.tensor([-3.4, 0.0]).expand(1, 1, 9, 2)
    assert torch.allclose(
        ops.forward_backward_error(forward, backward)[0, 0, :5], torch.tensor(0.6)
    )
    assert ops.occluded(forward, backward)[0, 0, 0]  # 0.6 > 0.01 · 7.4 + 0.5
    assert not ops.occluded(forward, backward, alpha=0.1)[0, 0, 0]
    assert not ops.occluded(forward, backward, beta=0.7)[0, 0, 0]


@given(factor=st.integers(1, 5), h=st.integers(2, 5), w=st.integers(2, 5))
def test_laws_of_upsampling(factor, h, w):
    even = torch.ones(1, h, w, 2, dtype=F64)
    fine = ops.upsample_flow(even, factor=factor)
    assert torch.allclose(fine, torch.full_like(fine, factor))
    flow = draw(1, h, w, 2)
    logits = torch.full((1, h, w, 9, factor**2), -200.0, dtype=F64)
    logits[..., 4, :] = 200.0  # all trust in the middle cell
    nearest = ops.convex_upsample(flow, logits.flatten(3), factor=factor)
    blown = flow.repeat_interleave(factor, 1).repeat_interleave(factor, 2)
    assert torch.allclose(nearest, factor * blown)
    mixed = ops.convex_upsample(flow, draw(1, h, w, 9 * factor**2), factor=factor)
    assert mixed.abs().max() <= factor * flow.abs().max() + 1e-9


@given(dy=st.integers(0, 3), dx=st.integers(0, 3))
def test_turned_products_depend_on_the_offset_alone(dy, dx):
    q, k = draw(8), draw(8, seed=1)
    turned_q = ops.rotate_by_place(q.expand(1, 7, 6, 8).contiguous())[0]
    turned_k = ops.rotate_by_place(k.expand(1, 7, 6, 8).contiguous())[0]
    products = [turned_q[y, x] @ turned_k[y + dy, x + dx] for y in range(4) for x in range(3)]
    assert torch.allclose(torch.stack(products), products[0].expand(12))
    assert torch.allclose(turned_q.norm(dim=-1), q.norm().expand(7, 6))


def test_instance_norm_of_one_pixel_and_of_large_means():
    assert ops.instance_norm(draw(2, 1, 1, 3)).abs().max() == 0
    far = ops.instance_norm((1e4 + draw(1, 8, 8, 3)).float())
    assert torch.allclose(far.std((1, 2), correction=0), torch.ones(1, 3), atol=1e-2)


def test_position_repeats_in_every_window():
    position = ops.sine_position_by_count((6, 4), splits=2, channels=8)
    assert torch.equal(position[:3, :2], ops.sine_position((3, 2), channels=8))
    assert torch.equal(position[3:], position[:3])


def test_bfloat16_features_match_in_float32():
    features = draw(1, 20, 20, 8).bfloat16()
    assert ops.match_globally(features, features).dtype == torch.float32


def test_the_loss_weighs_later_flows_more_and_leaves_out_what_is_not_valid():
    truth = torch.zeros(1, 2, 2, 3)
    flows = [truth + 2, truth + 1]
    assert ops.flow_loss(flows, truth, gamma=0.5).item() == 2 * 0.5 + 1
    valid = torch.zeros(1, 2, 3, dtype=torch.bool)
    valid[0, 0] = True
    assert ops.flow_loss(flows, truth, valid=valid, gamma=0.5).item() == 1.0
    wild = torch.where(valid[:, None], 1.0, torch.nan).expand(1, 2, 2, 3)
    assert ops.flow_loss([wild], truth, valid=valid).item() == 0.5
    assert ops.end_point_error(truth + 1, truth).mean().item() == pytest.approx(2**0.5)


X = torch.zeros(1, 4, 6, 8)
WRONG = [
    (
        lambda: ops.match_globally(X, X[:, :3]),
        ShapeError,
        "features of shapes (1, 4, 6, 8) and (1, 3, 6, 8) came: both frames have one shape "
        "(b, h, w, c); bring both frames to one size first",
    ),
    (
        lambda: ops.split_attention(X, X, X[:, :3], splits=2),
        ShapeError,
        "maps of shapes (1, 4, 6, 8), (1, 4, 6, 8), (1, 3, 6, 8) came: q, k and v have the same b, "
        "h and w; bring both frames to one size first",
    ),
    (
        lambda: ops.split_attention(X, X, X, splits=4),
        ConfigError,
        "4 splits of a 4×6 map came: splits is a whole number that divides both sides; "
        "pass splits=1, or pad the map to a multiple (pad_to_multiple does)",
    ),
    (
        lambda: ops.local_attention(X, X, X, radius=0),
        ConfigError,
        "radius 0 came: a radius is a whole number of at least 1; pass radius=4, the published "
        "one for matching",
    ),
    (
        lambda: ops.local_attention(X, X, X, radius=1, outside="wrap"),
        ConfigError,
        "outside 'wrap' came: outside is one of masked, zero; pass outside='masked', the default",
    ),
    (
        lambda: ops.match_probability(X, X, at=(4, 0)),
        ShapeError,
        "the cell (row 4, column 0) came for a 4×6 map: rows are 0 to 3, columns 0 to 5; divide "
        "the pixel's place by the stride of the map",
    ),
    (
        lambda: ops.warp(X, X),
        ShapeError,
        "a flow of shape (1, 4, 6, 8) came for a map of shape (1, 4, 6, 8): a flow is "
        "(b, h, w, 2) with the map's b, h and w; rearrange(flow, 'b xy h w -> b h w xy') turns a "
        "model's output into it",
    ),
    (
        lambda: ops.upsample_flow(X[..., :2], factor=0),
        ConfigError,
        "factor 0 came: a factor is a whole number of at least 1; pass factor=8, the published one",
    ),
    (
        lambda: ops.convex_upsample(X[..., :2], X, factor=2),
        ShapeError,
        "logits of shape (1, 4, 6, 8) came for a flow of shape (1, 4, 6, 2): they have its b, h, w "
        "and 9 · 2² = 36 channels; let the layer before make 9 · factor² channels",
    ),
    (
        lambda: ops.rotate_by_place(X[..., :6]),
        ConfigError,
        "6 channels came: the rotary position needs a multiple of 4: pairs for y and for x; pass "
        "the width of the features, 128 for GMFlow",
    ),
    (
        lambda: ops.flow_loss([], torch.zeros(1, 2, 3, 4)),
        ShapeError,
        "no flow came: the loss takes at least one flow; pass model(frame0, frame1).flows",
    ),
    (
        lambda: ops.end_point_error(torch.zeros(1, 2, 3, 4), torch.zeros(1, 2, 4, 4)),
        ShapeError,
        "a flow of shape (1, 2, 3, 4) and a truth of shape (1, 2, 4, 4) came: both are "
        "(b, 2, h, w), (x, y) in pixels; crop or resize both to the frame's size",
    ),
]


@pytest.mark.parametrize(("call", "kind", "text"), WRONG)
def test_wrong_input_is_refused_with_the_remedy(plain_types, call, kind, text):
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == text


GPU_CASES = [case for case in CASES if case[0] != "local_attention"][:6] + CASES[-4:]


@pytest.mark.gpu
@pytest.mark.parametrize(("name", "shapes", "settings"), GPU_CASES)
def test_cuda_equals_cpu(name, shapes, settings):
    tensors = [draw(*shape, seed=seed) for seed, shape in enumerate(shapes)]
    cpu = getattr(ops, name)(*tensors, **settings)
    cuda = getattr(ops, name)(*(x.cuda() for x in tensors), **settings)
    assert torch.allclose(cuda.cpu(), cpu, rtol=0, atol=1e-9)
