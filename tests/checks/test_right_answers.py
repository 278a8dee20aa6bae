"""Right answers pass, in whatever style they are written."""

import numpy as np
import pytest
import torch
from einops import rearrange
from torch.nn import functional

from utils import ops
from utils.checks import all_exercises, check, judge

EXERCISES = all_exercises()
RIGHT = {}


def style(name):
    """Collect a right answer for one exercise."""

    def keep(function):
        RIGHT[f"{name}: {function.__name__}"] = (name, function)
        return function

    return keep


@style("shift_map")
def by_cat(x, shift_size):
    dy, dx = shift_size
    x = torch.cat([x[:, dy:], x[:, :dy]], dim=1)
    return torch.cat([x[:, :, dx:], x[:, :, :dx]], dim=2)


@style("shift_map")
def by_index(x, shift_size):
    rows = (torch.arange(x.shape[1]) + shift_size[0]) % x.shape[1]
    columns = (torch.arange(x.shape[2]) + shift_size[1]) % x.shape[2]
    return x[:, rows][:, :, columns]


@style("window_partition")
def by_permute(x, window_size):
    (b, h, w, c), (wh, ww) = x.shape, window_size
    x = x.view(b, h // wh, wh, w // ww, ww, c).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(b, h // wh, w // ww, wh * ww, c)


@style("window_partition")
def by_loops(x, window_size):
    (b, h, w, c), (wh, ww) = x.shape, window_size
    out = torch.zeros(b, h // wh, w // ww, wh * ww, c)
    for i in range(h // wh):
        for j in range(w // ww):
            patch = x[:, i * wh : (i + 1) * wh, j * ww : (j + 1) * ww]
            out[:, i, j] = patch.reshape(b, wh * ww, c)
    return out


@style("window_partition")
def by_unfold(x, window_size):
    (wh, ww) = window_size
    x = x.unfold(1, wh, wh).unfold(2, ww, ww)  # b nh nw c wh ww
    return x.flatten(-2).transpose(-1, -2)


@style("window_merge")
def by_permute_back(windows, window_size):
    (b, nh, nw, _, c), (wh, ww) = windows.shape, window_size
    x = windows.reshape(b, nh, nw, wh, ww, c).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(b, nh * wh, nw * ww, c)


@style("window_merge")
def by_cat_of_rows(windows, window_size):
    b, nh, nw, _, c = windows.shape
    rows = [
        torch.cat([windows[:, i, j].reshape(b, *window_size, c) for j in range(nw)], dim=2)
        for i in range(nh)
    ]
    return torch.cat(rows, dim=1)


@style("grid_partition")
def by_strides(x, grid_size):
    nh, nw = x.shape[1] // grid_size[0], x.shape[2] // grid_size[1]
    groups = [x[:, i::nh, j::nw].flatten(1, 2) for i in range(nh) for j in range(nw)]
    return torch.stack(groups, dim=1).unflatten(1, (nh, nw))


@style("shifted_mask")
def by_slices(size, window_size, shift_size):
    """As in the official code."""
    labels, count = torch.zeros(size), 0

    def strips(window, shift):
        return (
            (slice(0, -window), slice(-window, -shift), slice(-shift, None))
            if shift
            else [slice(None)]
        )

    for rows in strips(window_size[0], shift_size[0]):
        for columns in strips(window_size[1], shift_size[1]):
            labels[rows, columns] = count
            count += 1
    wh, ww = window_size
    windows = rearrange(labels, "(nh wh) (nw ww) -> nh nw (wh ww)", wh=wh, ww=ww)
    differs = windows.unsqueeze(-2) - windows.unsqueeze(-1)
    return differs.masked_fill(differs != 0, -100.0).masked_fill(differs == 0, 0.0)


@style("shifted_mask")
def by_where_cells_came_from(size, window_size, shift_size):
    """Neighbors lie as far apart after the roll as before."""
    (h, w), (wh, ww), (dy, dx) = size, window_size, shift_size
    y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    around = 2 * (y + dy >= h).long() + (x + dx >= w).long()
    windows = rearrange(around, "(nh wh) (nw ww) -> nh nw (wh ww)", wh=wh, ww=ww)
    return (windows[..., None] != windows[..., None, :]) * -100.0


@style("position_index")
def by_meshgrid(window_size):
    wh, ww = window_size
    coords = torch.stack(torch.meshgrid(torch.arange(wh), torch.arange(ww), indexing="ij"))
    flat = coords.flatten(1)
    relative = (flat[:, :, None] - flat[:, None, :]).permute(1, 2, 0)
    relative[..., 0] += wh - 1
    relative[..., 1] += ww - 1
    relative[..., 0] *= 2 * ww - 1
    return relative.sum(-1)


@style("position_index")
def by_plain_loops(window_size):
    wh, ww = window_size
    cells = [(y, x) for y in range(wh) for x in range(ww)]
    rows = [[(a - c + wh - 1) * (2 * ww - 1) + b - d + ww - 1 for c, d in cells] for a, b in cells]
    return torch.tensor(rows)


@style("attend")
def by_torch(q, k, v, bias):
    return functional.scaled_dot_product_attention(
        q, k, v, attn_mask=bias.expand(*q.shape[:-1], k.shape[-2])
    )


@style("attend")
def by_einsum(q, k, v, bias):
    scores = torch.einsum("...id,...jd->...ij", q * q.shape[-1] ** -0.5, k) + bias
    weights = scores.exp() / scores.exp().sum(-1, keepdim=True)
    return torch.einsum("...ij,...je->...ie", weights, v)


@style("patch_embed")
def by_matrix(layer, picture):
    p = layer.patch_size
    patches = rearrange(picture, "b rgb (h ph) (w pw) -> b h w (rgb ph pw)", ph=p, pw=p)
    weight = layer.projection.weight.flatten(1)
    return layer.norm(patches @ weight.T + layer.projection.bias)


@style("class_scores")
def by_matrix_product(model, features):
    mean = functional.adaptive_avg_pool2d(model.norm(features).permute(0, 3, 1, 2), 1).flatten(1)
    return mean @ model.head.weight.T + model.head.bias


@style("feed_forward")
def by_torch_functions(block, x):
    return block.mlp.fc2(functional.gelu(block.mlp.fc1(block.norm2(x))))


@style("split_heads")
def by_chunks(qkv, num_heads):
    return [x.unflatten(-1, (num_heads, -1)).transpose(-2, -3) for x in qkv.chunk(3, dim=-1)]


@style("split_heads")
def as_one_tensor(qkv, num_heads):
    pattern = "b nh nw n (qkv heads d) -> qkv b nh nw heads n d"
    return rearrange(qkv, pattern, qkv=3, heads=num_heads)


@style("patch_merge")
def by_four_slices(layer, x):
    x = ops.pad_to_multiple(x, multiple=(2, 2))
    parts = [x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]]
    return layer.reduction(layer.norm(torch.cat(parts, -1)))


@style("shift_for")
def by_numpy(size, window_size, shift_size):
    return [int(s) for s in np.where(np.array(size) > np.array(window_size), shift_size, 0)]


@style("window_attention")
def with_our_attention(layer, windows, mask):
    pattern = "b nh nw n (qkv heads d) -> qkv b nh nw heads n d"
    q, k, v = rearrange(layer.qkv(windows), pattern, qkv=3, heads=layer.num_heads)
    out = ops.attention(q, k, v, bias=layer.bias(mask))
    return layer.projection(out.transpose(-2, -3).flatten(-2))


@style("swin_block")
def with_rolls_of_torch(block, x):
    h, w = x.shape[1:3]
    wh, ww = block.window_size
    y = functional.pad(block.norm1(x), (0, 0, 0, -w % ww, 0, -h % wh))
    size = tuple(y.shape[1:3])
    dy, dx = block.shift_for(size)
    mask = None
    if dy or dx:
        mask = ops.shift_mask(size, window_size=(wh, ww), shift_size=(dy, dx))
        y = torch.roll(y, (-dy, -dx), (1, 2))
    y = block.attention(ops.partition_windows(y, window_size=(wh, ww)), mask)
    y = torch.roll(ops.merge_windows(y, window_size=(wh, ww)), (dy, dx), (1, 2))[:, :h, :w]
    x = x + y
    return x + block.mlp(block.norm2(x))


@pytest.mark.parametrize(("name", "function"), RIGHT.values(), ids=RIGHT)
def test_a_right_answer_passes(name, function):
    # In the whole model runs one answer of each exercise; the printed solutions do, too.
    first = next(f for n, f in RIGHT.values() if n == name)
    verdict = judge(EXERCISES[name], function, whole=function is first)
    assert verdict.kind == "right", verdict
    assert verdict.points(2) == 2


@pytest.mark.parametrize("name", EXERCISES)
def test_the_printed_solution_passes(name):
    scope = {"torch": torch, "rearrange": rearrange, "functional": functional}
    scope |= {op: getattr(ops, op) for op in ops.__all__}
    for exercise in EXERCISES.values():  # some build on an earlier one
        exec(exercise.solution, scope)
    verdict = check(scope[name])
    assert verdict.kind == "right", verdict
    if EXERCISES[name].whole is not None:
        assert "gives the published numbers: equal within 1e-5: True" in repr(verdict)


def test_every_exercise_has_a_second_style():
    assert {name for name, _ in RIGHT.values()} == set(EXERCISES)
