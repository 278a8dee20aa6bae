"""Every public operation answers, or refuses in the course's words, whatever comes."""

import math
import random
import time
from functools import partial

import numpy as np
import pytest
import torch

from utils import layers, ops
from utils.errors import CourseError

X, FLOW = torch.randn(2, 4, 6, 8), torch.randn(2, 4, 6, 2)
SIZE, WINDOW = (6, 8), (3, 4)
POINTS = torch.rand(1, 2, 3, 2, 4, 2)

# A sound call of every operation: its arguments by name.
SOUND = {
    "attention": {"q": X, "k": X, "v": X, "bias": torch.zeros(4, 1, 6), "scale": 0.5},
    "average_squares": {"x": X},
    "channel_attention": {"q": X, "k": X, "v": X, "temperature": torch.ones(4)},
    "channel_gate": {"x": X},
    "convex_upsample": {"flow": FLOW, "logits": torch.randn(2, 4, 6, 36), "factor": 2},
    "coordinates": {"size": SIZE, "device": "cpu", "dtype": torch.float64},
    "crop": {"x": X, "size": (3, 5), "place": "center"},
    "cyclic_shift": {"x": X, "shift_size": (1, 2)},
    "cyclic_unshift": {"x": X, "shift_size": (1, 2)},
    "deformable_attention": {
        "values": torch.randn(1, 10, 3, 5),
        "sizes": ((2, 3), (1, 4)),
        "locations": POINTS,
        "weights": POINTS[..., 0],
    },
    "end_point_error": {"flow": FLOW.movedim(-1, 1), "truth": FLOW.movedim(-1, 1)},
    "flow_loss": {
        "flows": [FLOW.movedim(-1, 1)],
        "truth": FLOW.movedim(-1, 1),
        "valid": torch.ones(2, 4, 6, dtype=torch.bool),
        "gamma": 0.9,
    },
    "forward_backward_error": {"forward": FLOW, "backward": FLOW},
    "instance_norm": {"x": X, "eps": 1e-5},
    "layer_norm": {"x": X, "weight": torch.ones(8), "bias": torch.ones(8), "eps": 1e-5},
    "local_attention": {"q": X, "k": X, "v": X, "radius": 1, "outside": "zero"},
    "match_globally": {"feature0": X, "feature1": X},
    "match_locally": {"feature0": X, "feature1": X, "radius": 2},
    "match_probability": {"feature0": X, "feature1": X, "at": (1, 2), "radius": 2},
    "merge_axis": {"windows": torch.randn(2, 4, 1, 6, 3), "axis": "rows"},
    "merge_windows": {
        "windows": torch.randn(1, 2, 3, 12, 5),
        "window_size": WINDOW,
        "kind": "grid",
    },
    "occluded": {"forward": FLOW, "backward": FLOW, "alpha": 0.01, "beta": 0.5},
    "pad_same": {"x": X, "kernel_size": 3, "stride": 2},
    "pad_to_multiple": {"x": X, "multiple": (7, 5), "mode": "reflect", "place": "center"},
    "padding_mask": {
        "size": SIZE,
        "window_size": WINDOW,
        "kind": "grid",
        "device": "cpu",
        "dtype": torch.float64,
    },
    "partition_axis": {"x": X, "axis": "columns"},
    "partition_windows": {"x": X, "window_size": (2, 3), "kind": "window"},
    "pixel_shuffle": {"x": X, "factor": 2},
    "pixel_unshuffle": {"x": X, "factor": 2},
    "reference_points": {"sizes": (SIZE, WINDOW), "device": "cpu", "dtype": torch.float64},
    "region_labels": {"size": SIZE, "window_size": WINDOW, "shift_size": (1, 2), "device": "cpu"},
    "relative_position_bias": {"table": torch.randn(35, 2), "window_size": WINDOW},
    "relative_position_index": {"window_size": WINDOW, "device": "cpu"},
    "resize": {"x": X, "size": (5, 9)},
    "rotate_by_place": {"x": X},
    "same_padding": {"size": SIZE, "kernel_size": 3, "stride": 2},
    "shift_mask": {
        "size": SIZE,
        "window_size": WINDOW,
        "shift_size": (1, 2),
        "device": "cpu",
        "dtype": torch.float64,
    },
    "shift_mask_by_count": {"size": SIZE, "splits": 2, "device": "cpu", "dtype": torch.float64},
    "sine_position": {
        "size": SIZE,
        "channels": 8,
        "temperature": 100.0,
        "device": "cpu",
        "dtype": torch.float64,
    },
    "sine_position_by_count": {
        "size": SIZE,
        "splits": 2,
        "channels": 8,
        "device": "cpu",
        "dtype": torch.float64,
    },
    "split_attention": {"q": X, "k": X, "v": X, "splits": 2, "shift": True},
    "squeeze_excite_gates": {
        "means": torch.randn(2, 4),
        "reduce": torch.randn(3, 4),
        "expand": torch.randn(4, 3),
        "reduce_bias": torch.randn(3),
        "expand_bias": torch.randn(4),
    },
    "upsample_flow": {"flow": FLOW, "factor": 3},
    "warp": {"x": X, "flow": FLOW},
}
NOT_ATTACKED = {"BLOCK", "GRID", "on_planes"}  # patterns, and a helper that takes a function
TIMES = 60
# A sound layer, and what its forward takes.
LAYERS = {
    "DoubleSize": ({"channels": 8, "out": 4}, {"x": X}),
    "DropPath": ({"rate": 0.5}, {"x": X}),
    "MapBatchNorm2d": ({"num_features": 8}, {"x": X}),
    "MapConv2d": ({"in_channels": 8, "out_channels": 4, "kernel_size": 3}, {"x": X}),
    "Mlp": ({"channels": 8, "mlp_ratio": 2.0, "approximate": "tanh"}, {"x": X}),
    "PatchEmbedding": (
        {"in_channels": 4, "channels": 6, "patch_size": 2},
        {"picture": torch.randn(2, 4, 6, 8)},
    ),
    "PatchMerging": ({"channels": 8}, {"x": X}),
    "WindowAttention": (
        {
            "channels": 8,
            "num_heads": 2,
            "window_size": (2, 3),
            "qkv_bias": False,
            "relative_position": True,
        },
        {"windows": torch.randn(2, 2, 1, 6, 8), "mask": torch.zeros(2, 1, 6, 6)},
    ),
}
OF_TORCH = {"MapBatchNorm2d", "MapConv2d"}  # made by torch's own __init__

HUGE = [10**9, 10**30, -(10**9), 2**31, (10**9, 10**9), ((10**9, 10**9),)]
BAD = [
    None, True, 0, -1, 1.5, math.nan, math.inf, 1e300, "7", "wrap", "", b"x", [], (), {}, object(),
    (0, 3), (3,), (1, 2, 3), (math.nan, 2), ("7", 7), [3, 4], (2.0, 3.0), [None], print, 1j, *HUGE,
    np.float64("nan"), np.int64(0), np.array(3), np.zeros((2, 3)), torch.int64, torch.complex64,
    torch.float16, "cuda:99", torch.device("meta"),
]  # fmt: skip


def mutants(x: torch.Tensor) -> list:
    """What a tensor may be instead: of another rank, length, dtype, layout, kind."""
    first = x[:1] if x.ndim else x
    return [
        x[None], x.flatten(), x[..., 0], x[..., None], x[:0], x[..., :0], x[..., :1], first,
        torch.cat([x, x], dim=-1), x.new_zeros(()), x.long(), x.bool(), x.to(torch.complex64),
        x.half(), x.bfloat16(), x.double(), x.to(torch.float8_e5m2), x.to_sparse(), x.numpy(),
        x.tolist(), torch.full_like(x, math.nan) if x.is_floating_point() else x, x.to("meta"),
        x.mT if x.ndim > 1 else x, x.numpy().astype(str), x.expand(3, *x.shape),
    ]  # fmt: skip


def attack(call, sound: dict, dice: random.Random) -> str:
    """Replace one or two arguments by something else; what went wrong, or nothing."""
    given = dict(sound)
    for name in dice.sample(sorted(sound), min(len(sound), dice.choice([1, 1, 2]))):
        value = sound[name]
        others = mutants(value) if isinstance(value, torch.Tensor) else []
        given[name] = dice.choice([*others, *BAD])
    start = time.process_time()
    try:
        call(**given)
    except CourseError as error:
        if not (error.came and error.allowed and error.mend) or len(str(error)) >= 600:
            return f"no three parts: {error}"
    except Exception as error:
        came = {name: value for name, value in given.items() if value is not sound[name]}
        return f"{type(error).__name__}: {str(error)[:80]} after {str(came)[:200]}"
    return "" if time.process_time() - start < 20 else "it hangs"


def faults(name: str, call, sound: dict) -> list[str]:
    dice = random.Random(name)
    return list(filter(None, [attack(call, sound, dice) for _ in range(TIMES)]))


def test_all_are_attacked():
    assert set(SOUND) == set(ops.__all__) - NOT_ATTACKED


@pytest.mark.parametrize("name", SOUND)
def test_operations_answer_or_refuse(name):
    getattr(ops, name)(**SOUND[name])  # the sound call is answered
    assert not faults(name, getattr(ops, name), SOUND[name])


@pytest.mark.parametrize("name", sorted(set(LAYERS) - OF_TORCH))
def test_layers_are_made_or_refused(name):
    assert not faults(name, getattr(layers, name), LAYERS[name][0])


@pytest.mark.parametrize("name", LAYERS)
def test_layers_answer_or_refuse(name):
    settings, sound = LAYERS[name]
    assert not faults(name, getattr(layers, name)(**settings), sound)


def test_drop_path_rates_answer_or_refuse():
    assert not faults("rates", layers.drop_path_rates, {"rate": 0.1, "depths": (2, 3)})


FLOATS = [
    (name, sound) for name, sound in SOUND.items()
    if all(v.is_floating_point() for v in sound.values() if isinstance(v, torch.Tensor))
    and any(isinstance(v, torch.Tensor) for v in sound.values())
]  # fmt: skip


@pytest.mark.parametrize(("name", "sound"), FLOATS, ids=[name for name, _ in FLOATS])
def test_whole_numbers_are_refused_or_answered_as_such(name, sound):
    """Never floored: what comes out of whole numbers is a rearrangement of them, or an error."""
    given = {k: v.long() if isinstance(v, torch.Tensor) else v for k, v in sound.items()}
    try:
        out = getattr(ops, name)(**given)
    except CourseError:
        return
    assert out.dtype == torch.int64
    assert set(out.flatten().tolist()) <= {0, *next(iter(given.values())).flatten().tolist()}


@pytest.mark.parametrize("at", [(0, 0), (1, 2), (3, 5)])
def test_what_is_no_number_stays_none(at):
    flow = torch.zeros(1, 4, 6, 2)
    flow[(0, *at)] = math.nan
    fine = ops.upsample_flow(flow, factor=3)
    assert fine[0, 3 * at[0] : 3 * at[0] + 3, 3 * at[1] : 3 * at[1] + 3].isnan().any()
    assert ops.warp(torch.ones(1, 4, 6, 3), flow)[(0, *at)].isnan().all()
    assert ops.occluded(flow, flow)[(0, *at)]
    assert ops.end_point_error(*[flow.movedim(-1, 1)] * 2)[(0, *at)].isnan()
    for convert in (partial(ops.instance_norm), ops.match_globally):
        arguments = (flow,) if convert is not ops.match_globally else (flow, flow)
        assert convert(*arguments).isnan().any()
