"""How far word travels through several layers: measured by gradients, and foretold by groups."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from einops import rearrange
from jaxtyping import Bool, Float, Int
from torch import Tensor

from utils.explorers.multi_axis.compute import groups
from utils.ops import (
    attention,
    channel_attention,
    merge_axis,
    merge_windows,
    partition_axis,
    partition_windows,
    split_attention,
)

SIDE, SIZE = 28, (4, 4)  # the map, and its windows
QUERY = (12, 9)  # row and column
DEPTHS = (1, 2, 4)  # layers
# What attends first, and what attends to its result; deeper networks repeat the two.
PAIRS = {
    "windows": ("window", "window"),
    "Swin": ("window", "shifted"),
    "MaxViT": ("window", "grid"),
    "axial": ("columns", "rows"),
    "channels": ("channels", "channels"),
}

Map = Float[Tensor, "1 h w c"]
Layer = Callable[[Tensor], Tensor]
Reach = tuple[Float[Tensor, "h w"], Bool[Tensor, "h w"]]  # measured gradient, allowed by theory


def travels() -> dict[str, list[Reach]]:
    """What is measured at `QUERY` and what is foretold, for each of `PAIRS` and `DEPTHS`."""
    layers, numbers = layers_by_name(), groups_by_name()
    return {
        name: [
            (
                measured([layers[one] for one in (pair * depth)[:depth]], side=SIDE, query=QUERY),
                theory([numbers[one] for one in (pair * depth)[:depth]], query=QUERY),
            )
            for depth in DEPTHS
        ]
        for name, pair in PAIRS.items()
    }


def measured(layers: Sequence[Layer], *, side: int, query: tuple[int, int]) -> Float[Tensor, "h w"]:
    """Where the query's output gets anything from: the size of its gradient at every input.

    Shape: -> (side, side), in float64.
    """
    dice = torch.Generator().manual_seed(0)
    x = torch.randn(1, side, side, 4, dtype=torch.float64, generator=dice)
    # not the plain sum of the channels: parts of it could cancel
    shares = torch.randn(4, dtype=torch.float64, generator=dice)
    with torch.enable_grad():
        x.requires_grad_()
        out = x
        for layer in layers:
            out = layer(out)
        # back from one place of the output to every place of the input
        (gradient,) = torch.autograd.grad(out[0, *query] @ shares, x)
    return gradient[0].abs().sum(-1)


def theory(layers: Sequence[Int[Tensor, "h w"]], *, query: tuple[int, int]) -> Bool[Tensor, "h w"]:
    """Back from the query, layer by layer: everybody who shares a group with somebody reached.

    A layer is a map of numbers: cells of one number attend to each other.

    >>> rows = torch.arange(2)[:, None].expand(2, 3)
    >>> theory([rows], query=(1, 0)).int().tolist()
    [[0, 0, 0], [1, 1, 1]]
    """
    reached = torch.zeros_like(layers[0], dtype=torch.bool)
    reached[query] = True
    for number in reversed(layers):
        reached = torch.isin(number, number[reached])
    return reached


def layers_by_name() -> dict[str, Layer]:
    """Attention as in each paper, without learned weights, beside a residual."""
    found: dict[str, Layer] = {"shifted": _shifted, "channels": _channels}
    for kind in ("window", "grid"):
        how = {"window_size": SIZE, "kind": kind}
        found[kind] = _among(partial(partition_windows, **how), partial(merge_windows, **how))
    for axis in ("rows", "columns"):
        found[axis] = _among(partial(partition_axis, axis=axis), partial(merge_axis, axis=axis))
    return found


def groups_by_name() -> dict[str, Int[Tensor, "h w"]]:
    """Who attends to whom in each of the layers: cells of one number."""
    found = {kind: groups(kind, SIDE, SIZE[0]) for kind in ("window", "grid", "rows", "columns")}
    half = SIZE[0] // 2
    # windows that begin half a one earlier, and end at the rim
    found["shifted"] = groups("window", SIDE + SIZE[0], SIZE[0])[half:-half, half:-half]
    # everybody gives to the one matrix of channels, and gets from it
    found["channels"] = torch.zeros(SIDE, SIDE, dtype=torch.long)
    return found


def _among(cut: Layer, merge: Layer) -> Layer:
    def layer(x: Map) -> Map:
        cells = cut(x)[:, :, :, None]  # one head
        return x + merge(attention(cells, cells, cells)[:, :, :, 0])

    return layer


def _shifted(x: Map) -> Map:
    """Swin's second layer; split attention cuts 7 × 7 windows of 4×4, moved by half."""
    return x + split_attention(x, x, x, splits=SIDE // SIZE[0], shift=True)


def _channels(x: Map) -> Map:
    turned = rearrange(x, "b h w d -> b 1 d (h w)")
    mixed = channel_attention(turned, turned, turned, temperature=torch.ones(1, dtype=x.dtype))
    return x + rearrange(mixed, "b 1 d (h w) -> b h w d", h=x.shape[1])
