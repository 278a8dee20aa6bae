"""Deformable attention: its laws, its twin, and the form that transformers gives it."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from utils.errors import ShapeError
from utils.ops import deformable_attention, reference_points
from utils.reference import twins

SIZES = ((5, 3), (2, 4), (1, 2))
CELLS = 15 + 8 + 2


def drawn(*, b=2, queries=7, heads=3, points=2, d=4, sizes=SIZES, spread=1.5):
    """Values, locations in and well outside the maps, weights that sum to 1."""
    n = sum(h * w for h, w in sizes)
    values = torch.randn(b, n, heads, d, dtype=torch.float64)
    shape = (b, queries, heads, len(sizes), points)
    locations = (torch.rand(*shape, 2, dtype=torch.float64) - 0.5) * spread + 0.5
    weights = torch.rand(shape, dtype=torch.float64).flatten(3).softmax(-1).reshape(shape)
    return values, locations, weights


@given(h=st.integers(1, 5), w=st.integers(1, 5))
def test_reference_points_are_the_twins_and_read_their_own_cell(h, w):
    sizes = ((h, w), (2, 3))
    points = reference_points(sizes, dtype=torch.float64)
    assert np.abs(points.numpy() - twins.reference_points(sizes)).max() < 1e-15
    values = torch.randn(1, h * w, 1, 2, dtype=torch.float64)
    own = points[: h * w].reshape(1, h * w, 1, 1, 1, 2)
    one = torch.ones(1, h * w, 1, 1, 1, dtype=torch.float64)
    out = deformable_attention(values, sizes=((h, w),), locations=own, weights=one)
    torch.testing.assert_close(out, values)


@pytest.mark.parametrize("spread", [0.9, 3.0], ids=["inside", "also far outside"])
def test_equal_to_the_twin_and_to_finite_differences(spread):
    values, locations, weights = (x.requires_grad_() for x in drawn(spread=spread))
    out = deformable_attention(values, sizes=SIZES, locations=locations, weights=weights)
    theirs = twins.deformable_attention(
        values.detach(), sizes=SIZES, locations=locations.detach(), weights=weights.detach()
    )
    assert np.abs(out.detach().numpy() - theirs).max() < 1e-13
    assert torch.autograd.gradcheck(
        lambda v, p, a: deformable_attention(v, sizes=SIZES, locations=p, weights=a),
        (values, locations, weights),
    )


def test_value_and_gradient_equal_transformers_form():
    peer = pytest.importorskip("transformers.models.deformable_detr.modeling_deformable_detr")
    inputs = [x.requires_grad_() for x in drawn(spread=2.0)]
    values, locations, weights = inputs
    ours = deformable_attention(values, sizes=SIZES, locations=locations, weights=weights)
    theirs = peer.MultiScaleDeformableAttention()(
        values, torch.tensor(SIZES), SIZES, None, locations, weights, 64
    )
    torch.testing.assert_close(ours.flatten(2), theirs, rtol=0, atol=1e-13)
    target = torch.randn_like(theirs)
    for mine, other in zip(
        torch.autograd.grad((ours.flatten(2) * target).sum(), inputs),
        torch.autograd.grad((theirs * target).sum(), inputs),
        strict=True,
    ):
        torch.testing.assert_close(mine, other, rtol=0, atol=1e-12)


def test_one_map_is_grid_sample():
    values, locations, weights = drawn(sizes=((5, 3),), heads=1, points=1, spread=2.0)
    ours = deformable_attention(values, sizes=((5, 3),), locations=locations, weights=weights)
    planes = values.reshape(2, 5, 3, 4).permute(0, 3, 1, 2)
    grid = locations.reshape(2, 7, 1, 2) * 2 - 1
    theirs = functional.grid_sample(planes, grid, align_corners=False)[..., 0].mT
    torch.testing.assert_close(ours[:, :, 0], theirs * weights.reshape(2, 7, 1))


@given(shift=st.floats(-3, 3))
def test_a_flat_map_reads_the_same_everywhere_inside(shift):
    _, locations, weights = drawn(sizes=((5, 4),), spread=0.4)
    flat = torch.full((2, 20, 3, 4), 2.0, dtype=torch.float64)
    out = deformable_attention(
        flat, sizes=((5, 4),), locations=locations + shift / 30, weights=weights
    )
    torch.testing.assert_close(out, torch.full_like(out, 2.0))


def test_far_outside_is_nothing():
    values, locations, weights = drawn()
    out = deformable_attention(values, sizes=SIZES, locations=locations + 9, weights=weights)
    assert not out.any()


def test_a_batch_equals_its_items():
    values, locations, weights = drawn()
    together = deformable_attention(values, sizes=SIZES, locations=locations, weights=weights)
    for index in range(2):
        item = slice(index, index + 1)
        alone = deformable_attention(
            values[item], sizes=SIZES, locations=locations[item], weights=weights[item]
        )
        torch.testing.assert_close(together[item], alone)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.1)])
def test_every_dtype(dtype, tolerance):
    values, locations, weights = drawn()
    exact = deformable_attention(values, sizes=SIZES, locations=locations, weights=weights)
    low = [x.to(dtype) for x in (values, locations, weights)]
    out = deformable_attention(low[0], sizes=SIZES, locations=low[1], weights=low[2])
    assert out.dtype == dtype
    assert (out.double() - exact).abs().max() < tolerance


def test_wrong_input_is_refused_with_the_remedy(plain_types):
    values, locations, weights = drawn()
    with pytest.raises(ShapeError) as error:
        deformable_attention(values[:, 1:], sizes=SIZES, locations=locations, weights=weights)
    assert str(error.value) == (
        "24 values came for maps of 5×3, 2×4, 1×2: these maps have 25 cells together; "
        "flatten each map row by row and join them in the order of the sizes"
    )
    with pytest.raises(ShapeError) as error:
        deformable_attention(values, sizes=SIZES, locations=locations, weights=weights[:, :, :2])
    assert str(error.value) == (
        "weights of shape (2, 7, 2, 3, 2) and dtype float64 came: weights is a floating-point "
        "tensor (b, i, heads, levels, points); make heads the same in both, it is 3 in values and "
        "2 in weights"
    )


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_cuda_equals_cpu(dtype):
    inputs = [x.to(dtype) for x in drawn()]
    results = []
    for device in ("cpu", "cuda"):
        values, locations, weights = (x.to(device).requires_grad_() for x in inputs)
        out = deformable_attention(values, sizes=SIZES, locations=locations, weights=weights)
        grads = torch.autograd.grad(out.square().sum(), (values, locations, weights))
        results.append([x.detach().cpu() for x in (out, *grads)])
    for cpu, gpu in zip(*results, strict=True):
        torch.testing.assert_close(gpu, cpu, rtol=1e-4, atol=1e-5)
