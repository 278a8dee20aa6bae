"""Second styles of right answers to lesson 02."""

import numpy as np
import torch
from einops import rearrange
from torch.nn import functional

from tests.checks.styles.collect import style
from utils import ops


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


@style("drop_path")
def one_sample_at_a_time(x, rate, draws, training):
    if not training:
        return x
    pairs = zip(x, draws, strict=True)
    kept = [one / (1 - rate) if draw >= rate else one * 0 for one, draw in pairs]
    return torch.stack(kept)


@style("drop_path")
def by_where(x, rate, draws, training):
    dropped = (draws < rate).view(-1, 1, 1, 1)
    return torch.where(dropped, torch.zeros_like(x), x / (1 - rate)) if training else x
