"""Second styles of right answers to lesson 03."""

import math

import torch
from einops import einsum, rearrange, reduce
from torch.nn import functional

from tests.checks.styles.collect import style
from utils import ops


@style("maxvit_scores")
def by_pooling(model, features):
    pooled = functional.adaptive_avg_pool2d(features.permute(0, 3, 1, 2), 1).flatten(1)
    return functional.linear(
        model.hidden(model.norm(pooled)).tanh(), model.head.weight, model.head.bias
    )


@style("same_cells")
def by_counting_up(side, kernel_size, stride):
    needed = 0
    while (side + needed - kernel_size) // stride + 1 < math.ceil(side / stride):
        needed += 1
    return [needed // 2, math.ceil(needed / 2)]


@style("squeeze_excite")
def by_einsum(layer, x):
    y = functional.silu(layer.reduce(reduce(x, "b h w c -> b c", "mean")))
    return einsum(x, layer.expand(y).sigmoid(), "b h w c, b c -> b h w c")


@style("halve")
def by_sums_and_counts(layer, x):
    (h, w), ones = x.shape[1:3], torch.ones_like(x)
    x, ones = (functional.pad(y, (0, 0, 0, w % 2, 0, h % 2)) for y in (x, ones))
    sums, counts = (reduce(y, "b (h ph) (w pw) c -> b h w c", "sum", ph=2, pw=2) for y in (x, ones))
    return layer.projection(sums / counts)


@style("residual_halves")
def in_two_names(layer, x):
    attended = layer.attend(layer.norm1(x)) + x
    return torch.add(layer.mlp(layer.norm2(attended)), attended)


@style("reach")
def by_matrix_products(size, window_size, kinds):
    (h, w), (wh, ww) = size, window_size
    y, x = torch.arange(h * w) // w, torch.arange(h * w) % w
    group = {"window": (y // wh, x // ww), "grid": (y % (h // wh), x % (w // ww))}
    seen = torch.eye(h * w)
    for kind in kinds:
        rows, columns = group[kind]
        together = (rows[:, None] == rows) & (columns[:, None] == columns)
        seen = together.float() @ seen
    return seen > 0


@style("reach")
def by_plain_sets(size, window_size, kinds):
    (h, w), (wh, ww) = size, window_size
    knows = {(y, x): {(y, x)} for y in range(h) for x in range(w)}

    def group(y, x, kind):
        return (y // wh, x // ww) if kind == "window" else (y % (h // wh), x % (w // ww))

    for kind in kinds:
        pooled = {}
        for cell, known in knows.items():
            pooled.setdefault(group(*cell, kind), set()).update(known)
        knows = {cell: pooled[group(*cell, kind)] for cell in knows}
    return torch.tensor([[j in knows[i] for j in knows] for i in knows])


@style("attend_groups")
def with_patterns_of_its_own(layer, x):
    h, w = x.shape[1:3]
    wh, ww = layer.window_size
    split = "(nh wh) (nw ww)" if layer.kind == "window" else "(wh nh) (ww nw)"
    sizes = {"wh": wh, "ww": ww}
    there = functional.pad(torch.ones(1, h, w, 1), (0, 0, 0, -w % ww, 0, -h % wh))
    x = functional.pad(x, (0, 0, 0, -w % ww, 0, -h % wh))
    keys = rearrange(there, f"b {split} c -> b nh nw (wh ww) c", **sizes)[0, ..., 0]
    mask = torch.log(keys)[:, :, None, :].expand(-1, -1, wh * ww, -1)
    groups = layer.attention(rearrange(x, f"b {split} c -> b nh nw (wh ww) c", **sizes), mask)
    return rearrange(groups, f"b nh nw (wh ww) c -> b {split} c", **sizes)[:, :h, :w]


@style("mbconv")
def with_a_convolution_of_torch(layer, x):
    def gelu(y):
        return functional.gelu(y, approximate="tanh")

    y = gelu(layer.expand_norm(layer.norm(x) @ layer.expand.weight.T))
    weight, stride = layer.depthwise.weight, layer.depthwise.stride[0]
    y = ops.pad_same(y, kernel_size=3, stride=stride).permute(0, 3, 1, 2)
    y = functional.conv2d(y, weight, stride=stride, groups=weight.shape[0])
    y = gelu(layer.depthwise_norm(y.permute(0, 2, 3, 1)))
    return layer.project(layer.squeeze_excite(y)) + layer.shortcut(x)
