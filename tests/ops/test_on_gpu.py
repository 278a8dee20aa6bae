"""Every operation gives the same numbers on a GPU as on the CPU."""

import pytest
import torch

from utils import ops

pytestmark = pytest.mark.gpu


@pytest.fixture(autouse=True)
def exact_products():
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    yield
    torch.backends.cuda.matmul.allow_tf32 = before


def both(call, *shapes, dtype=torch.float32):
    """The result of `call` and its gradients, on the CPU and, moved to it, from the GPU."""
    generator = torch.Generator().manual_seed(1)
    inputs = [torch.randn(shape, generator=generator).to(dtype) for shape in shapes]
    results = []
    for device in ("cpu", "cuda"):
        moved = [x.to(device).requires_grad_() for x in inputs]
        out = call(*moved)
        assert out.device.type == device
        grads = torch.autograd.grad(out.square().sum(), moved)
        results.append([x.detach().cpu() for x in (out, *grads)])
    return results


MAPS = {
    "window": lambda x: ops.partition_windows(x, window_size=(3, 5)),
    "grid": lambda x: ops.partition_windows(x, window_size=(3, 5), kind="grid"),
    "rows": lambda x: ops.partition_axis(x, axis="rows"),
    "columns": lambda x: ops.partition_axis(x, axis="columns"),
    "shift": lambda x: ops.cyclic_shift(x, shift_size=(1, 2)),
    "unshift": lambda x: ops.cyclic_unshift(x, shift_size=(1, 2)),
    "pad": lambda x: ops.pad_to_multiple(x, multiple=(4, 7)),
    "reflect": lambda x: ops.pad_to_multiple(x, multiple=(4, 7), mode="reflect", place="center"),
    "replicate": lambda x: ops.pad_to_multiple(x, multiple=(4, 7), mode="replicate"),
    "crop": lambda x: ops.crop(x, size=(4, 7), place="center"),
}


@pytest.mark.parametrize("call", MAPS.values(), ids=MAPS)
def test_maps(call):
    for cpu, gpu in zip(*both(call, (2, 6, 10, 3)), strict=True):
        assert torch.equal(gpu, cpu)


@pytest.mark.parametrize("kind", ["window", "grid"])
def test_merge(kind):
    def merge(x):
        return ops.merge_windows(x, window_size=(3, 5), kind=kind)

    for cpu, gpu in zip(*both(merge, (2, 4, 2, 15, 3)), strict=True):
        assert torch.equal(gpu, cpu)


@pytest.mark.parametrize(
    ("axis", "shape"), [("rows", (2, 6, 1, 5, 3)), ("columns", (2, 1, 5, 6, 3))]
)
def test_merge_axis(axis, shape):
    for cpu, gpu in zip(*both(lambda x: ops.merge_axis(x, axis=axis), shape), strict=True):
        assert torch.equal(gpu, cpu)


def test_tables():
    mask = {"window_size": (3, 5), "shift_size": (1, 2)}
    pairs = [
        [ops.region_labels((6, 10), **mask, device=d) for d in ("cpu", "cuda")],
        [ops.shift_mask((6, 10), **mask, device=d) for d in ("cpu", "cuda")],
        [ops.shift_mask_by_count((6, 10), splits=2, device=d) for d in ("cpu", "cuda")],
        [ops.relative_position_index((3, 5), device=d) for d in ("cpu", "cuda")],
    ]
    for cpu, gpu in pairs:
        assert gpu.is_cuda
        assert torch.equal(gpu.cpu(), cpu)
    cpu, gpu = (ops.sine_position((6, 10), channels=8, device=d) for d in ("cpu", "cuda"))
    torch.testing.assert_close(gpu.cpu(), cpu)


def test_bias():
    def bias(table):
        return ops.relative_position_bias(table, window_size=(3, 5))

    for cpu, gpu in zip(*both(bias, (45, 2)), strict=True):
        torch.testing.assert_close(gpu, cpu)


@pytest.mark.parametrize("keys", [49, 200], ids=["plain", "fused"])
@pytest.mark.parametrize("e", [8, 2], ids=["as wide", "narrower"])
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-4), (torch.bfloat16, 5e-2)]
)
def test_attention(keys, e, dtype, tolerance):
    shapes = [(2, 3, 10, 8), (2, 3, keys, 8), (2, 3, keys, e), (3, 10, keys)]
    results = both(lambda q, k, v, b: ops.attention(q, k, v, bias=b), *shapes, dtype=dtype)
    for cpu, gpu in zip(*results, strict=True):
        torch.testing.assert_close(gpu, cpu, rtol=tolerance, atol=tolerance)
