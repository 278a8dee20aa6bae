"""Everything runs on another device: no tensor is born on the CPU inside of a call.

The `meta` device keeps shapes and no numbers, so that a table built on the wrong device is found on
a machine without a GPU.
"""

from contextlib import nullcontext

import pytest
import torch
from torch.nn import functional as F  # noqa: N812 - the field's name for it
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from utils import ops
from utils.checkpoints import load_shipped
from utils.fast import fast
from utils.models import create_model
from utils.training import hints, metrics

META = torch.device("meta")
SIZE, WINDOW = (6, 10), (3, 5)


class NoneBornOnCpu(TorchDispatchMode):
    """Refuses every operation that a CPU tensor enters or leaves."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves((args, kwargs, out)):  # what comes in may be from a cache
            if isinstance(leaf, torch.Tensor) and leaf.device.type == "cpu":
                raise AssertionError(f"{func} met a tensor on the CPU, of shape {leaf.shape}")
        return out


def m(*shape: int) -> torch.Tensor:
    return torch.empty(shape, device=META)


X = m(2, 6, 10, 4)
Q = m(2, 3, 10, 8)
FLOW = m(2, 6, 10, 2)
PLANES = m(2, 2, 6, 10)
ON = {"device": META}
OPS = {
    "attention": lambda: ops.attention(Q, Q, Q, bias=m(3, 10, 10)),
    "average_squares": lambda: ops.average_squares(X),
    "channel_attention": lambda: ops.channel_attention(Q, Q, Q, temperature=m(3)),
    "channel_gate": lambda: ops.channel_gate(X),
    "convex_upsample": lambda: ops.convex_upsample(FLOW, m(2, 6, 10, 36), factor=2),
    "coordinates": lambda: ops.coordinates(SIZE, **ON),
    "crop": lambda: ops.crop(X, size=(4, 7), place="center"),
    "cyclic_shift": lambda: ops.cyclic_shift(X, shift_size=(1, 2)),
    "cyclic_unshift": lambda: ops.cyclic_unshift(X, shift_size=(1, 2)),
    "deformable_attention": lambda: ops.deformable_attention(
        m(2, 76, 3, 4),
        sizes=((6, 10), (4, 4)),
        locations=m(2, 5, 3, 2, 4, 2),
        weights=m(2, 5, 3, 2, 4),
    ),
    "end_point_error": lambda: ops.end_point_error(PLANES, PLANES),
    "flow_loss": lambda: ops.flow_loss([PLANES, PLANES], PLANES),
    "forward_backward_error": lambda: ops.forward_backward_error(FLOW, FLOW),
    "instance_norm": lambda: ops.instance_norm(X),
    "layer_norm": lambda: ops.layer_norm(X, m(4), m(4)),
    "local_attention": lambda: ops.local_attention(X, X, X, radius=1),
    "match_globally": lambda: ops.match_globally(X, X),
    "match_locally": lambda: ops.match_locally(X, X, radius=2),
    "match_probability": lambda: ops.match_probability(X, X, at=(2, 3), radius=1),
    "merge_axis": lambda: ops.merge_axis(m(2, 6, 1, 5, 3), axis="rows"),
    "merge_windows": lambda: ops.merge_windows(m(2, 4, 2, 15, 3), window_size=WINDOW),
    "occluded": lambda: ops.occluded(FLOW, FLOW),
    "on_planes": lambda: ops.on_planes(F.relu, X),
    "pad_same": lambda: ops.pad_same(X, kernel_size=3, stride=2),
    "pad_to_multiple": lambda: ops.pad_to_multiple(X, multiple=(4, 7), mode="reflect"),
    "padding_mask": lambda: ops.padding_mask((5, 9), window_size=WINDOW, **ON),
    "partition_axis": lambda: ops.partition_axis(X, axis="columns"),
    "partition_windows": lambda: ops.partition_windows(X, window_size=WINDOW, kind="grid"),
    "pixel_shuffle": lambda: ops.pixel_shuffle(X, factor=2),
    "pixel_unshuffle": lambda: ops.pixel_unshuffle(X, factor=2),
    "reference_points": lambda: ops.reference_points((SIZE, WINDOW), **ON),
    "region_labels": lambda: ops.region_labels(SIZE, window_size=WINDOW, shift_size=(1, 2), **ON),
    "relative_position_bias": lambda: ops.relative_position_bias(m(45, 2), window_size=WINDOW),
    "relative_position_index": lambda: ops.relative_position_index(WINDOW, **ON),
    "resize": lambda: ops.resize(X, size=(7, 5)),
    "rotate_by_place": lambda: ops.rotate_by_place(X),
    "shift_mask": lambda: ops.shift_mask(SIZE, window_size=WINDOW, shift_size=(1, 2), **ON),
    "shift_mask_by_count": lambda: ops.shift_mask_by_count(SIZE, splits=2, **ON),
    "sine_position": lambda: ops.sine_position(SIZE, channels=8, **ON),
    "sine_position_by_count": lambda: ops.sine_position_by_count(SIZE, splits=2, channels=8, **ON),
    "split_attention": lambda: ops.split_attention(X, X, X, splits=2, shift=True),
    "squeeze_excite_gates": lambda: ops.squeeze_excite_gates(
        m(2, 4), reduce=m(3, 4), expand=m(4, 3)
    ),
    "upsample_flow": lambda: ops.upsample_flow(FLOW, factor=4),
    "warp": lambda: ops.warp(X, FLOW),
}
NO_TENSORS = {"BLOCK", "GRID", "same_padding"}  # two patterns, and a count of pixels
FIVE = ("swin_nano", "maxvit_nano", "restormer_nano", "gmflow_nano", "vit_adapter_nano")
MODELS = (*FIVE, "vit_nano", "vit_nano_dinov2")
READS = "meta"  # what torch says where values of a meta tensor are asked for
FORMS = pytest.mark.parametrize("form", [nullcontext, fast], ids=["plain", "fast"])


def test_every_op_is_here():
    assert OPS.keys() | NO_TENSORS == set(ops.__all__)


@FORMS
@pytest.mark.parametrize("name", OPS)
def test_op(name, form):
    with NoneBornOnCpu(), form():
        out = OPS[name]()
    assert all(x.device == META for x in tree_leaves(out))


def frames(name: str) -> list[torch.Tensor]:
    """Smooth noise in the model's own range; for flow also its copy, 8 and 16 pixels further."""
    picture = F.interpolate(torch.rand(1, 3, 16, 24), scale_factor=4, mode="bilinear")
    if name != "gmflow_nano":
        return [picture]
    return [255 * picture, 255 * picture.roll((8, 16), (2, 3))]


def tensors(out) -> list[torch.Tensor]:
    """All tensors of an answer, also of one that is an object of ours."""
    leaves = tree_leaves(out)
    return [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]


@FORMS
@pytest.mark.parametrize("name", MODELS)
def test_model(name, form):
    model, pictures = create_model(name).eval().to(META), [x.to(META) for x in frames(name)]
    with NoneBornOnCpu(), form():
        out = tensors(model(*pictures))
    assert out
    assert all(x.device == META for x in out)


def labels(*shape: int) -> torch.Tensor:
    return torch.empty(shape, device=META, dtype=torch.long)


def hidden() -> torch.Tensor:
    return torch.empty((2, 64, 96), device=META, dtype=torch.bool)


def hinted(name: str) -> torch.Tensor:
    learner = hints.Hinted(create_model(name)).to(META)
    seen, parts = hidden(), labels(2, 16, 24)
    with NoneBornOnCpu():
        return hints.hinted_loss(learner, (m(2, 3, 64, 96), labels(2), seen, parts))


def hinted_flow() -> torch.Tensor:
    model, frame = create_model("gmflow_nano").to(META), m(2, 3, 64, 96)
    with NoneBornOnCpu():
        batch = (frame, frame, m(2, 2, 64, 96), hidden(), m())
        return hints.hinted_flow_loss(model, batch, valid=hidden())


def matching() -> torch.Tensor:
    feature = m(2, 16, 24, 8)
    with NoneBornOnCpu():
        return hints.matching_loss(feature, feature, m(2, 2, 64, 96), hidden())


LOSSES = {
    "hinted swin": lambda: hinted("swin_nano"),
    "hinted maxvit": lambda: hinted("maxvit_nano"),
    "hinted flow": hinted_flow,
    "matching": matching,
}


@pytest.mark.parametrize("call", LOSSES.values(), ids=LOSSES)
def test_loss(call):
    assert call().device == META


METRICS = {
    "top1": lambda: metrics.top1(m(5, 3), labels(5)),
    "psnr": lambda: metrics.psnr(m(2, 3, 16, 24), m(2, 3, 16, 24)),
    "ssim": lambda: metrics.ssim(m(2, 3, 16, 24), m(2, 3, 16, 24)),
    "endpoint_error": lambda: metrics.endpoint_error(PLANES, PLANES),
    "mean_iou": lambda: metrics.mean_iou(labels(6, 10), labels(6, 10), classes=3),
    "boundary_f": lambda: metrics.boundary_f(labels(2, 6, 10), labels(2, 6, 10)),
}


@pytest.mark.parametrize("name", METRICS)
def test_metric_reads_values_and_only_that_stops_it(name):
    """A measure is a plain number; up to the reading of it all happens on the device."""
    with NoneBornOnCpu(), pytest.raises((RuntimeError, NotImplementedError), match=READS):
        METRICS[name]()


# Mean difference, in standard deviations of the float32 answer.
LIMITS = {torch.bfloat16: 0.2, torch.float16: 0.02}


@pytest.mark.parametrize("dtype", LIMITS, ids=str)
@pytest.mark.parametrize("name", FIVE)
def test_autocast(name, dtype):
    # Untrained, a matching of noise is a tie that rounding decides: flow needs its weights.
    model = load_shipped(name) if name == "gmflow_nano" else create_model(name).eval()
    pictures = frames(name)
    with torch.no_grad():
        exact = tensors(model(*pictures))[-1]
        with torch.autocast("cpu", dtype=dtype):
            rough = tensors(model(*pictures))[-1]
    error = ((rough.float() - exact).abs().mean() / exact.std()).item()
    assert 0 < error < LIMITS[dtype]
