"""Five ways to attend."""

import math

import numpy as np
import torch
from einops import rearrange
from torch.nn import functional

from tests.checks.students.collect import right, wrong
from utils.ops import (
    attention,
    cyclic_shift,
    cyclic_unshift,
    merge_windows,
    partition_windows,
    shift_mask,
)

# ---- pair_counts


@right("pair_counts")
def pc_plain(size, window_size):
    h, w = size
    wh, ww = window_size
    n = h * w
    return n * wh * ww, n * w, n * h, n * n


@right("pair_counts")
def pc_windows(size, window_size):
    (h, w), (wh, ww) = size, window_size
    count = (h // wh) * (w // ww)
    return [count * (wh * ww) ** 2, h * w**2, w * h**2, (h * w) ** 2]


@right("pair_counts")
def pc_numpy(size, window_size):
    n = int(np.prod(size))
    return tuple(np.array([np.prod(window_size), size[1], size[0], n]) * n)


@wrong("pair_counts", "number 2|number 3|rows|columns|exchanged")
def pc_exchanged(size, window_size):
    h, w = size
    n = h * w
    return n * window_size[0] * window_size[1], n * h, n * w, n * n


@wrong("pair_counts", "float")
def pc_floats(size, window_size):
    h, w = size
    a = window_size[0] * window_size[1]
    return h * w / a * a**2, h * w**2, w * h**2, (h * w) ** 2


@wrong("pair_counts", "one window")
def pc_one_window(size, window_size):
    h, w = size
    return (window_size[0] * window_size[1]) ** 2, h * w**2, w * h**2, (h * w) ** 2


@wrong("pair_counts", "number 1|square|window")
def pc_cells(size, window_size):
    h, w = size
    return h * w, h * w**2, w * h**2, (h * w) ** 2


@wrong("pair_counts", "number 2|number 3|rows|one row|times")
def pc_one_row(size, window_size):
    h, w = size
    n = h * w
    return n * window_size[0] * window_size[1], w * w, h * h, n * n


@wrong("pair_counts", "number 4|half|2|twice")
def pc_unordered(size, window_size):
    h, w = size
    n = h * w
    return n * window_size[0] * window_size[1], n * w, n * h, n * (n - 1) // 2


@wrong("pair_counts", "square|width|number|side|h|w")
def pc_square(size, window_size):
    h, w = size
    n = h * w
    return n * window_size[0] ** 2, n * w, n * h, n * n


@wrong("pair_counts", "three|4|four|whole numbers")
def pc_three(size, window_size):
    h, w = size
    n = h * w
    return n * window_size[0] * window_size[1], n * w, n * n


# ---- runs_out


@right("runs_out")
def ro_isqrt(memory, layers, num_heads, stride):
    side = math.isqrt(math.isqrt(memory // (4 * layers * num_heads)))
    return side * side, side * stride


@right("runs_out")
def ro_search(memory, layers, num_heads, stride):
    side = 0
    while 4 * layers * num_heads * (side + 1) ** 4 <= memory:
        side += 1
    return side**2, stride * side


@right("runs_out")
def ro_numpy(memory, layers, num_heads, stride):
    sides = np.arange(1, 5000, dtype=np.int64)
    side = sides[sides**4 * (4 * layers * num_heads) <= memory].max()
    return side * side, side * stride


@wrong("runs_out", "4|bytes|float32")
def ro_no_bytes(memory, layers, num_heads, stride):
    side = math.isqrt(math.isqrt(memory // (layers * num_heads)))
    return side * side, side * stride


@wrong("runs_out", "head")
def ro_no_heads(memory, layers, num_heads, stride):
    side = math.isqrt(math.isqrt(memory // (4 * layers)))
    return side * side, side * stride


@wrong("runs_out", "layer")
def ro_no_layers(memory, layers, num_heads, stride):
    side = math.isqrt(math.isqrt(memory // (4 * num_heads)))
    return side * side, side * stride


@wrong("runs_out", "stride|pixel|side")
def ro_no_stride(memory, layers, num_heads, stride):
    side = math.isqrt(math.isqrt(memory // (4 * layers * num_heads)))
    return side * side, side


@wrong("runs_out", "side|order|opposite|tokens|exchanged")
def ro_order(memory, layers, num_heads, stride):
    side = math.isqrt(math.isqrt(memory // (4 * layers * num_heads)))
    return side * stride, side * side


@wrong("runs_out", "square|tokens|whole|part|root")
def ro_not_square(memory, layers, num_heads, stride):
    tokens = math.isqrt(memory // (4 * layers * num_heads))
    return tokens, math.isqrt(tokens) * stride


@wrong("runs_out", "float")
def ro_float(memory, layers, num_heads, stride):
    side = (memory / (4 * layers * num_heads)) ** 0.25 // 1
    return side * side, side * stride


@wrong("runs_out", "up|round|larg|fit|more than")
def ro_round(memory, layers, num_heads, stride):
    side = round((memory / (4 * layers * num_heads)) ** 0.25)
    return side * side, side * stride


@wrong("runs_out", "side|tokens|square|\\*\\*|root")
def ro_side(memory, layers, num_heads, stride):
    side = math.isqrt(math.isqrt(memory // (4 * layers * num_heads)))
    return side, side * stride


@wrong("runs_out", "2|4|bytes|float")
def ro_half(memory, layers, num_heads, stride):
    side = math.isqrt(math.isqrt(memory // (2 * layers * num_heads)))
    return side * side, side * stride


# ---- travel


@right("travel")
def tr_back(layers, place):
    reached = torch.zeros(layers[0].shape, dtype=torch.bool)
    reached[place] = True
    for groups in reversed(layers):
        reached = torch.isin(groups, groups[reached])
    return reached


@right("travel")
def tr_sets(layers, place):
    h, w = layers[0].shape
    cells = {tuple(place)}
    for g in layers[::-1]:
        known = {int(g[c]) for c in cells}
        cells = {(y, x) for y in range(h) for x in range(w) if int(g[y, x]) in known}
    return torch.tensor([[(y, x) in cells for x in range(w)] for y in range(h)])


@right("travel")
def tr_matrix(layers, place):
    h, w = layers[0].shape
    r = torch.eye(h * w)
    for g in layers:
        g = g.flatten()
        r = (g[:, None] == g).float() @ r
    return (r[place[0] * w + place[1]] > 0).reshape(h, w)


@wrong("travel", "order|last|first|revers|backward")
def tr_forward(layers, place):
    reached = torch.zeros(layers[0].shape, dtype=torch.bool)
    reached[place] = True
    for groups in layers:
        reached = torch.isin(groups, groups[reached])
    return reached


@wrong("travel", "numbers|True|bool|float")
def tr_counts(layers, place):
    h, w = layers[0].shape
    r = torch.eye(h * w)
    for g in layers:
        g = g.flatten()
        r = (g[:, None] == g).float() @ r
    return r[place[0] * w + place[1]].reshape(h, w)


@wrong("travel", "last|one layer|only|single|layers")
def tr_last_only(layers, place):
    return layers[-1] == layers[-1][place]


@wrong("travel", "union|each|own|layers|pass|or|any")
def tr_union(layers, place):
    out = torch.zeros(layers[0].shape, dtype=torch.bool)
    for g in layers:
        out |= g == g[place]
    return out


@wrong("travel", "column|row|exchanged|place|stop|bound")
def tr_xy(layers, place):
    row, column = place[1], place[0]
    h, w = layers[0].shape
    reached = torch.zeros(h, w, dtype=torch.bool)
    reached[min(row, h - 1), min(column, w - 1)] = True
    for groups in reversed(layers):
        reached = torch.isin(groups, groups[reached])
    return reached


@wrong("travel", "writes")
def tr_writes(layers, place):
    reached = tr_back(layers, place)
    layers[0][:] = 0
    return reached


@wrong("travel", "first|layers|left out|skip|one")
def tr_skips_first(layers, place):
    reached = torch.zeros(layers[0].shape, dtype=torch.bool)
    reached[place] = True
    for groups in reversed(layers[1:]):
        reached = torch.isin(groups, groups[reached])
    return reached


@wrong("travel", "and|every|all|intersection|&|both|layers")
def tr_intersection(layers, place):
    out = torch.ones(layers[0].shape, dtype=torch.bool)
    for g in layers:
        out &= g == g[place]
    return out


# ---- grid_by_window


@right("grid_by_window")
def gw_einops(attend, x, window_size):
    wh, ww = window_size
    y = rearrange(x, "b (wh nh) (ww nw) c -> b (nh wh) (nw ww) c", wh=wh, ww=ww)
    y = attend(y)
    return rearrange(y, "b (nh wh) (nw ww) c -> b (wh nh) (ww nw) c", wh=wh, ww=ww)


@right("grid_by_window")
def gw_index(attend, x, window_size):
    h, w = x.shape[1:3]
    rows = torch.arange(h).view(window_size[0], -1).T.flatten()
    columns = torch.arange(w).view(window_size[1], -1).T.flatten()
    y = attend(x[:, rows][:, :, columns])
    return y[:, rows.argsort()][:, :, columns.argsort()]


@right("grid_by_window")
def gw_ops(attend, x, window_size):
    y = merge_windows(
        partition_windows(x, window_size=window_size, kind="grid"), window_size=window_size
    )
    y = partition_windows(attend(y), window_size=window_size)
    return merge_windows(y, window_size=window_size, kind="grid")


@wrong("grid_by_window", "back|undo|places|moved")
def gw_not_back(attend, x, window_size):
    wh, ww = window_size
    return attend(rearrange(x, "b (wh nh) (ww nw) c -> b (nh wh) (nw ww) c", wh=wh, ww=ww))


@wrong("grid_by_window", "window|as they are|grid|unchanged")
def gw_windows(attend, x, window_size):
    return attend(x)


@wrong("grid_by_window", "leave .attend")
def gw_twice(attend, x, window_size):
    wh, ww = window_size
    y = rearrange(x, "b (wh nh) (ww nw) c -> b (nh wh) (nw ww) c", wh=wh, ww=ww)
    y = attend(attend(y))
    return rearrange(y, "b (nh wh) (nw ww) c -> b (wh nh) (ww nw) c", wh=wh, ww=ww)


@wrong("grid_by_window", "once|whole map|group|times|calls")
def gw_per_group(attend, x, window_size):
    wh, ww = window_size
    nh, nw = x.shape[1] // wh, x.shape[2] // ww
    out = torch.empty_like(x)
    for i in range(nh):
        for j in range(nw):
            out[:, i::nh, j::nw] = attend(x[:, i::nh, j::nw])
    return out


@wrong("grid_by_window", "outer|inner|way in|turned|order|exchanged|nh|other way")
def gw_turned(attend, x, window_size):
    wh, ww = window_size
    y = rearrange(x, "b (nh wh) (nw ww) c -> b (wh nh) (ww nw) c", wh=wh, ww=ww)
    y = attend(y)
    return rearrange(y, "b (wh nh) (ww nw) c -> b (nh wh) (nw ww) c", wh=wh, ww=ww)


@wrong("grid_by_window", "residual|`x`")
def gw_residual(attend, x, window_size):
    return x + gw_einops(attend, x, window_size)


@wrong("grid_by_window", "height|exchanged|width|wh|ww|order")
def gw_exchanged(attend, x, window_size):
    ww, wh = window_size
    y = rearrange(x, "b (wh nh) (ww nw) c -> b (nh wh) (nw ww) c", wh=wh, ww=ww)
    y = attend(y)
    return rearrange(y, "b (nh wh) (nw ww) c -> b (wh nh) (ww nw) c", wh=wh, ww=ww)


@wrong("grid_by_window", "rows|columns|axis|half|w|nw")
def gw_rows_only(attend, x, window_size):
    wh, _ww = window_size
    y = attend(rearrange(x, "b (wh nh) w c -> b (nh wh) w c", wh=wh))
    return rearrange(y, "b (nh wh) w c -> b (wh nh) w c", wh=wh)


# ---- split_attend


@right("split_attend")
def sa_parts(q, k, v, splits):
    h, w = q.shape[1:3]
    size = (h // splits, w // splits)
    shift = (size[0] // 2, size[1] // 2)
    mask = shift_mask((h, w), window_size=size, shift_size=shift)
    q, k, v = (
        partition_windows(cyclic_shift(t, shift_size=shift), window_size=size) for t in (q, k, v)
    )
    return cyclic_unshift(
        merge_windows(attention(q, k, v, bias=mask), window_size=size), shift_size=shift
    )


@right("split_attend")
def sa_hand(q, k, v, splits):
    _b, h, w, c = q.shape
    wh, ww = h // splits, w // splits
    dy, dx = wh // 2, ww // 2
    mask = shift_mask((h, w), window_size=(wh, ww), shift_size=(dy, dx))

    def cut(t):
        return rearrange(t.roll((-dy, -dx), (1, 2)), "b (a i) (e j) c -> b a e (i j) c", i=wh, j=ww)

    s = cut(q) @ cut(k).mT / c**0.5 + mask
    out = rearrange(s.softmax(-1) @ cut(v), "b a e (i j) c -> b (a i) (e j) c", i=wh)
    return out.roll((dy, dx), (1, 2))


@right("split_attend")
def sa_sdpa(q, k, v, splits):
    h, w = q.shape[1] // splits, q.shape[2] // splits
    shift = (h // 2, w // 2)
    cut = [
        partition_windows(cyclic_shift(t, shift_size=shift), window_size=(h, w)) for t in (q, k, v)
    ]
    mask = shift_mask(tuple(q.shape[1:3]), window_size=(h, w), shift_size=shift)
    out = functional.scaled_dot_product_attention(*cut, attn_mask=mask)
    return cyclic_unshift(merge_windows(out, window_size=(h, w)), shift_size=shift)


@wrong("split_attend", "mask")
def sa_no_mask(q, k, v, splits):
    h, w = q.shape[1] // splits, q.shape[2] // splits
    shift = (h // 2, w // 2)
    cut = [
        partition_windows(cyclic_shift(t, shift_size=shift), window_size=(h, w)) for t in (q, k, v)
    ]
    out = functional.scaled_dot_product_attention(*cut)
    return cyclic_unshift(merge_windows(out, window_size=(h, w)), shift_size=shift)


@wrong("split_attend", "unshift|back|rolled|undone")
def sa_no_unshift(q, k, v, splits):
    h, w = q.shape[1] // splits, q.shape[2] // splits
    shift = (h // 2, w // 2)
    cut = [
        partition_windows(cyclic_shift(t, shift_size=shift), window_size=(h, w)) for t in (q, k, v)
    ]
    mask = shift_mask(tuple(q.shape[1:3]), window_size=(h, w), shift_size=shift)
    return merge_windows(
        functional.scaled_dot_product_attention(*cut, attn_mask=mask), window_size=(h, w)
    )


@wrong("split_attend", "splits|number|size|window")
def sa_size(q, k, v, splits):
    size = (splits, splits)
    shift = (splits // 2, splits // 2)
    cut = [
        partition_windows(cyclic_shift(t, shift_size=shift), window_size=size) for t in (q, k, v)
    ]
    mask = shift_mask(tuple(q.shape[1:3]), window_size=size, shift_size=shift)
    out = functional.scaled_dot_product_attention(*cut, attn_mask=mask)
    return cyclic_unshift(merge_windows(out, window_size=size), shift_size=shift)


@wrong("split_attend", "values|`v`|shift|rolled")
def sa_v_unshifted(q, k, v, splits):
    h, w = q.shape[1] // splits, q.shape[2] // splits
    shift = (h // 2, w // 2)
    a, b = (
        partition_windows(cyclic_shift(t, shift_size=shift), window_size=(h, w)) for t in (q, k)
    )
    mask = shift_mask(tuple(q.shape[1:3]), window_size=(h, w), shift_size=shift)
    out = functional.scaled_dot_product_attention(
        a, b, partition_windows(v, window_size=(h, w)), attn_mask=mask
    )
    return cyclic_unshift(merge_windows(out, window_size=(h, w)), shift_size=shift)


@wrong("split_attend", "shift|half|quarter|//")
def sa_no_shift(q, k, v, splits):
    h, w = q.shape[1] // splits, q.shape[2] // splits
    cut = [partition_windows(t, window_size=(h, w)) for t in (q, k, v)]
    return merge_windows(functional.scaled_dot_product_attention(*cut), window_size=(h, w))


@wrong("split_attend", "scale|√|root")
def sa_no_scale(q, k, v, splits):
    h, w = q.shape[1] // splits, q.shape[2] // splits
    shift = (h // 2, w // 2)
    a, b, c = (
        partition_windows(cyclic_shift(t, shift_size=shift), window_size=(h, w)) for t in (q, k, v)
    )
    mask = shift_mask(tuple(q.shape[1:3]), window_size=(h, w), shift_size=shift)
    out = (a @ b.mT + mask).softmax(-1) @ c
    return cyclic_unshift(merge_windows(out, window_size=(h, w)), shift_size=shift)


@wrong("split_attend", "shift|window|half|1|// 2")
def sa_shift_one(q, k, v, splits):
    h, w = q.shape[1] // splits, q.shape[2] // splits
    shift = (1, 1)
    cut = [
        partition_windows(cyclic_shift(t, shift_size=shift), window_size=(h, w)) for t in (q, k, v)
    ]
    mask = shift_mask(tuple(q.shape[1:3]), window_size=(h, w), shift_size=shift)
    out = functional.scaled_dot_product_attention(*cut, attn_mask=mask)
    return cyclic_unshift(merge_windows(out, window_size=(h, w)), shift_size=shift)


# ---- heard_from


@right("heard_from")
def hf_loop(layer, x, row, column):
    x = x.clone().requires_grad_()
    with torch.enable_grad():
        y = layer(x)[0, row, column]
        total = 0
        for c in range(y.numel()):
            (g,) = torch.autograd.grad(y[c], x, retain_graph=True)
            total = total + g[0].square().sum(-1)
    return total.sqrt()


@right("heard_from")
def hf_jacobian(layer, x, row, column):
    j = torch.autograd.functional.jacobian(lambda t: layer(t)[0, row, column], x)
    return torch.linalg.vector_norm(j[:, 0], dim=(0, 3))


@right("heard_from")
def hf_jacrev(layer, x, row, column):
    j = torch.func.jacrev(lambda t: layer(t[None])[0, row, column])(x[0])
    return (j**2).sum(dim=(0, -1)) ** 0.5


@wrong("heard_from", "sum|channel|cancel|found|bug")
def hf_found(layer, x, row, column):
    x = x.clone().requires_grad_()
    layer(x)[0, row, column].sum().backward()
    return x.grad[0].square().sum(-1).sqrt()


@wrong("heard_from", "root|square")
def hf_no_root(layer, x, row, column):
    j = torch.autograd.functional.jacobian(lambda t: layer(t)[0, row, column], x)
    return j[:, 0].square().sum((0, -1))


@wrong("heard_from", "sqrt")
def hf_abs(layer, x, row, column):
    j = torch.autograd.functional.jacobian(lambda t: layer(t)[0, row, column], x)
    return j[:, 0].abs().sum((0, -1))


@wrong("heard_from", "channel|first|one|all")
def hf_one_channel(layer, x, row, column):
    j = torch.autograd.functional.jacobian(lambda t: layer(t)[0, row, column, 0], x)
    return j[0].square().sum(-1).sqrt()


@wrong("heard_from", "mean|sum|times|1 /")
def hf_mean(layer, x, row, column):
    j = torch.autograd.functional.jacobian(lambda t: layer(t)[0, row, column], x)
    return j[:, 0].square().mean((0, -1)).sqrt()


@wrong("heard_from", "row|column|exchanged|other cell")
def hf_exchanged(layer, x, row, column):
    h, w = x.shape[1:3]
    r, c = min(column, h - 1), min(row, w - 1)
    j = torch.autograd.functional.jacobian(lambda t: layer(t)[0, r, c], x)
    return j[:, 0].square().sum((0, -1)).sqrt()


@wrong("heard_from", "shape|batch|axes|axis")
def hf_batch(layer, x, row, column):
    j = torch.autograd.functional.jacobian(lambda t: layer(t)[0, row, column], x)
    return j.square().sum((0, -1)).sqrt()


@wrong("heard_from", "writes|requires_grad|sets|grad")
def hf_layer_changed(layer, x, row, column):
    out = hf_jacobian(layer, x, row, column)
    with torch.no_grad():
        for p in layer.parameters():
            p.add_(1)
    return out


# ---- as_sampling


@right("as_sampling")
def as_stack(q, k, size):
    h, w = size
    a = (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1)
    y, x = torch.meshgrid((torch.arange(h) + 0.5) / h, (torch.arange(w) + 0.5) / w, indexing="ij")
    p = torch.stack([x, y], -1).reshape(1, 1, 1, -1, 2).expand(*a.shape, 2)
    return torch.cat([p, a[..., None]], -1).transpose(1, 2)


@right("as_sampling")
def as_loop(q, k, size):
    h, w = size
    n = h * w
    a = torch.einsum("bhid,bhjd->bihj", q, k) * q.shape[-1] ** -0.5
    a = torch.softmax(a, dim=-1)
    x = torch.tensor([(i % w + 0.5) / w for i in range(n)])
    y = torch.tensor([(i // w + 0.5) / h for i in range(n)])
    return torch.stack([x.expand_as(a), y.expand_as(a), a], dim=-1)


@right("as_sampling")
def as_fill(q, k, size):
    b, heads, n, d = q.shape
    index = torch.arange(n)
    out = torch.empty(b, n, heads, n, 3)
    out[..., 0] = (index % size[1] + 0.5) / size[1]
    out[..., 1] = (torch.div(index, size[1], rounding_mode="floor") + 0.5) / size[0]
    out[..., 2] = rearrange((q @ k.mT / math.sqrt(d)).softmax(-1), "b n i j -> b i n j")
    return out


def _as(q, k, size, half=0.5, scale=True, dim=-1, weights=None):
    h, w = size
    a = q @ k.mT * (q.shape[-1] ** -0.5 if scale else 1)
    a = a.softmax(dim)
    y, x = torch.meshgrid((torch.arange(h) + half) / h, (torch.arange(w) + half) / w, indexing="ij")
    p = torch.stack([x, y], -1).reshape(1, 1, 1, -1, 2).expand(*a.shape, 2)
    return torch.cat([p, a[..., None]], -1).transpose(1, 2)


@wrong("as_sampling", "half|0.5|middle|corner")
def as_corners(q, k, size):
    return _as(q, k, size, half=0.0)


@wrong("as_sampling", "scale|√|root")
def as_no_scale(q, k, size):
    return _as(q, k, size, scale=False)


@wrong("as_sampling", "x|y|exchanged|order|column")
def as_yx(q, k, size):
    y = _as(q, k, size)
    return torch.stack([y[..., 1], y[..., 0], y[..., 2]], -1)


@wrong("as_sampling", "softmax|axis|dim")
def as_softmax(q, k, size):
    h, w = size
    a = (q @ k.mT / q.shape[-1] ** 0.5).softmax(-2)
    y, x = torch.meshgrid((torch.arange(h) + 0.5) / h, (torch.arange(w) + 0.5) / w, indexing="ij")
    p = torch.stack([x, y], -1).reshape(1, 1, 1, -1, 2).expand(*a.shape, 2)
    return torch.cat([p, a[..., None]], -1).transpose(1, 2)


@wrong("as_sampling", "axes|heads|order|transpose|shape")
def as_not_transposed(q, k, size):
    return _as(q, k, size).transpose(1, 2)


@wrong("as_sampling", "divid|cells|between|times|\\[0, 1\\]|1 /")
def as_cells(q, k, size):
    h, w = size
    a = (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1)
    y, x = torch.meshgrid(torch.arange(h) + 0.5, torch.arange(w) + 0.5, indexing="ij")
    p = torch.stack([x, y], -1).reshape(1, 1, 1, -1, 2).expand(*a.shape, 2)
    return torch.cat([p, a[..., None]], -1).transpose(1, 2)


@wrong("as_sampling", "linspace|corner|middle|edge|- 1|rim")
def as_linspace(q, k, size):
    h, w = size
    a = (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1)
    y, x = torch.meshgrid(torch.linspace(0, 1, h), torch.linspace(0, 1, w), indexing="ij")
    p = torch.stack([x, y], -1).reshape(1, 1, 1, -1, 2).expand(*a.shape, 2)
    return torch.cat([p, a[..., None]], -1).transpose(1, 2)


@wrong("as_sampling", "weight|first|last|order")
def as_weight_first(q, k, size):
    return _as(q, k, size).roll(1, -1)


@wrong("as_sampling", "gradient")
def as_cut(q, k, size):
    return torch.tensor(_as(q, k, size).tolist())


# ---- attend_any

CUT = {
    "window": "b (nh wh) (nw ww) c -> (b nh nw) (wh ww) c",
    "grid": "b (wh nh) (ww nw) c -> (b nh nw) (wh ww) c",
    "rows": "b h w c -> (b h) w c",
    "columns": "b h w c -> (b w) h c",
    "all": "b h w c -> b (h w) c",
    "channels": "b h w c -> b c (h w)",
}


def _sizes(q, kind, window_size):
    b, h, w, _c = q.shape
    wh, ww = window_size
    if kind in ("window", "grid"):
        return {"b": b, "nh": h // wh, "nw": w // ww, "wh": wh, "ww": ww}
    return {"b": b, "h": h, "w": w}


@right("attend_any")
def aa_table(q, k, v, kind, window_size):
    sizes = _sizes(q, kind, window_size)
    q, k, v = (rearrange(t, CUT[kind], **sizes) for t in (q, k, v))
    if kind == "channels":
        s = functional.normalize(q, dim=-1) @ functional.normalize(k, dim=-1).mT
    else:
        s = q @ k.mT / q.shape[-1] ** 0.5
    a, b = CUT[kind].split(" -> ")
    return rearrange(s.softmax(-1) @ v, f"{b} -> {a}", **sizes)


@right("attend_any")
def aa_masked(q, k, v, kind, window_size):
    """All with all, and who may not is forbidden."""
    b, h, w, c = q.shape
    wh, ww = window_size
    flat = [t.flatten(1, 2) for t in (q, k, v)]
    if kind == "channels":
        a, e, d = (t.mT for t in flat)
        s = (a / a.norm(dim=-1, keepdim=True)) @ (e / e.norm(dim=-1, keepdim=True)).mT
        return (s.softmax(-1) @ d).mT.reshape(b, h, w, c)
    y, x = torch.arange(h * w) // w, torch.arange(h * w) % w
    group = {
        "window": (y // wh) * w + x // ww,
        "grid": (y % (h // wh)) * w + x % (w // ww),
        "rows": y,
        "columns": x,
        "all": y * 0,
    }[kind]
    s = flat[0] @ flat[1].mT / c**0.5
    s = s.masked_fill(group[:, None] != group, float("-inf"))
    return (s.softmax(-1) @ flat[2]).reshape(b, h, w, c)


@right("attend_any")
def aa_branches(q, k, v, kind, window_size):
    def attend(q, k, v):
        return functional.scaled_dot_product_attention(q, k, v)

    if kind == "rows":
        return attend(q, k, v)
    if kind == "columns":
        return attend(*(t.transpose(1, 2) for t in (q, k, v))).transpose(1, 2)
    if kind == "all":
        return attend(*(t.flatten(1, 2) for t in (q, k, v))).view(q.shape)
    return aa_table(q, k, v, kind, window_size)


def _aa(q, k, v, kind, window_size, cut=CUT, scale=True, norm=True, root=False, dim=-1):
    sizes = _sizes(q, kind, window_size)
    q, k, v = (rearrange(t, cut[kind], **sizes) for t in (q, k, v))
    if kind == "channels":
        s = (
            functional.normalize(q, dim=-1) @ functional.normalize(k, dim=-1).mT
            if norm
            else q @ k.mT
        )
        s = s / q.shape[-1] ** 0.5 if root else s
    else:
        s = q @ k.mT / (q.shape[-1] ** 0.5 if scale else 1)
    a, b = cut[kind].split(" -> ")
    return rearrange(s.softmax(dim) @ v, f"{b} -> {a}", **sizes)


@wrong("attend_any", "√|scale|root")
def aa_no_scale(q, k, v, kind, window_size):
    return _aa(q, k, v, kind, window_size, scale=False)


@wrong("attend_any", "norm")
def aa_no_norm(q, k, v, kind, window_size):
    return _aa(q, k, v, kind, window_size, norm=False)


@wrong("attend_any", "0.25|root")
def aa_root_channels(q, k, v, kind, window_size):
    return _aa(q, k, v, kind, window_size, root=True)


@wrong("attend_any", "rows|columns|exchanged")
def aa_rows_columns(q, k, v, kind, window_size):
    cut = {**CUT, "rows": CUT["columns"], "columns": CUT["rows"]}
    return _aa(q, k, v, kind, window_size, cut=cut)


@wrong("attend_any", "grid|window")
def aa_grid_window(q, k, v, kind, window_size):
    return _aa(q, k, v, kind, window_size, cut={**CUT, "grid": CUT["window"]})


@wrong("attend_any", "softmax|axis|dim")
def aa_softmax(q, k, v, kind, window_size):
    sizes = _sizes(q, kind, window_size)
    q, k, v = (rearrange(t, CUT[kind], **sizes) for t in (q, k, v))
    if kind == "channels":
        s = functional.normalize(q, dim=-1) @ functional.normalize(k, dim=-1).mT
    else:
        s = q @ k.mT / q.shape[-1] ** 0.5
    a, b = CUT[kind].split(" -> ")
    return rearrange(s.softmax(-2) @ v, f"{b} -> {a}", **sizes)


@wrong("attend_any", "channels|kind|stop|missing|None")
def aa_five_kinds(q, k, v, kind, window_size):
    if kind == "channels":
        return None
    return aa_table(q, k, v, kind, window_size)


@wrong("attend_any", "channels|v|back|where .kind. is")
def aa_channels_weights(q, k, v, kind, window_size):
    if kind != "channels":
        return aa_table(q, k, v, kind, window_size)
    sizes = _sizes(q, kind, window_size)
    q, k, v = (rearrange(t, CUT[kind], **sizes) for t in (q, k, v))
    s = functional.normalize(q, dim=-2) @ functional.normalize(k, dim=-2).mT
    return rearrange(s.softmax(-1) @ v, "b c (h w) -> b h w c", h=sizes["h"])


# ---- attend_portions


@right("attend_portions")
def ap_slices(q, k, v, portion):
    scale, m = q.shape[-1] ** -0.5, k.shape[-2]
    best = (q @ k[..., :1, :].mT * scale)[..., 0]
    total, mix = torch.zeros_like(best), torch.zeros(*best.shape, v.shape[-1], dtype=v.dtype)
    start = 0
    while start < m:
        piece = slice(start, min(start + portion, m))
        s = torch.einsum("bhid,bhjd->bhij", q, k[:, :, piece]) * scale
        top = torch.maximum(best, s.max(-1).values)
        e, old = torch.exp(s - top[..., None]), torch.exp(best - top)
        total, mix = total * old + e.sum(-1), mix * old[..., None] + e @ v[:, :, piece]
        best, start = top, start + portion
    return mix / total[..., None]


@right("attend_portions")
def ap_two_passes(q, k, v, portion):
    scale = q.shape[-1] ** -0.5
    tops = [(q @ some.mT * scale).amax(-1, keepdim=True) for some in k.split(portion, -2)]
    top = torch.cat(tops, -1).amax(-1, keepdim=True)
    total = mix = 0
    for keys, values in zip(k.split(portion, -2), v.split(portion, -2), strict=True):
        e = (q @ keys.mT * scale - top).exp()
        total, mix = total + e.sum(-1, keepdim=True), mix + e @ values
    return mix / total


@right("attend_portions")
def ap_logsumexp(q, k, v, portion):
    out = log = None
    for keys, values in zip(k.split(portion, -2), v.split(portion, -2), strict=True):
        s = q @ keys.mT / math.sqrt(q.shape[-1])
        here, mine = s.softmax(-1) @ values, s.logsumexp(-1, keepdim=True)
        if out is None:
            out, log = here, mine
        else:
            both = torch.logaddexp(log, mine)
            out, log = out * (log - both).exp() + here * (mine - both).exp(), both
    return out


def _ap(q, k, v, portion, *, scale=None, shrink_sum=True, shrink_mix=True, end=None):
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    top = q.new_full((*q.shape[:-1], 1), -math.inf)
    total, mix = 0.0, 0.0
    for at in range(0, end or k.shape[-2], portion):
        s = q @ k[..., at : at + portion, :].mT * scale
        new = torch.maximum(top, s.amax(-1, keepdim=True))
        e, old = (s - new).exp(), (top - new).exp()
        total = total * (old if shrink_sum else 1) + e.sum(-1, keepdim=True)
        mix = mix * (old if shrink_mix else 1) + e @ v[..., at : at + portion, :]
        top = new
    return mix / total


@wrong("attend_portions", "matrix|at once|numbers|large")
def ap_whole(q, k, v, portion):
    return attention(q, k, v)


@wrong("attend_portions", "scale|√d|divided")
def ap_no_scale(q, k, v, portion):
    return _ap(q, k, v, portion, scale=1.0)


@wrong("attend_portions", "shr|old|sum")
def ap_old_sum(q, k, v, portion):
    return _ap(q, k, v, portion, shrink_sum=False)


@wrong("attend_portions", "shr|old|mix")
def ap_old_mix(q, k, v, portion):
    return _ap(q, k, v, portion, shrink_mix=False)


@wrong("attend_portions", "last portion|rest|shorter")
def ap_no_rest(q, k, v, portion):
    return _ap(q, k, v, portion, end=k.shape[-2] // portion * portion)


@wrong("attend_portions", "mean|portion")
def ap_mean(q, k, v, portion):
    pairs = zip(k.split(portion, -2), v.split(portion, -2), strict=True)
    found = [attention(q, keys, values) for keys, values in pairs]
    return sum(found) / len(found)


@wrong("attend_portions", "gradient|detach")
def ap_cut(q, k, v, portion):
    return _ap(q.detach(), k, v, portion)
