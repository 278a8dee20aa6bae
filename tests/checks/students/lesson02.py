"""Swin."""

import math

import torch
from einops import rearrange, reduce
from torch import nn
from torch.nn import functional

from tests.checks.students.collect import right, wrong
from utils.ops import (
    crop,
    cyclic_shift,
    cyclic_unshift,
    merge_windows,
    pad_to_multiple,
    partition_windows,
    shift_mask,
)

# ---- patch_embed


@right("patch_embed")
def pe_movedim(layer, picture):
    return layer.norm(layer.projection(picture).movedim(1, -1))


@right("patch_embed")
def pe_matmul(layer, picture):
    p = layer.patch_size if isinstance(layer.patch_size, int) else layer.patch_size[0]
    cells = rearrange(picture, "b c (h p) (w q) -> b h w (c p q)", p=p, q=p)
    y = cells @ layer.projection.weight.flatten(1).T + layer.projection.bias
    return functional.layer_norm(
        y, y.shape[-1:], layer.norm.weight, layer.norm.bias, layer.norm.eps
    )


@right("patch_embed")
def pe_flatten(layer, picture):
    y = layer.projection(picture)
    b, c, h, w = y.shape
    return layer.norm(y.flatten(2).transpose(1, 2)).reshape(b, h, w, c)


@wrong("patch_embed", "channels|axes|b c|order|permute")
def pe_channels_first(layer, picture):
    y = layer.projection(picture)
    b, c, h, w = y.shape
    return layer.norm(y.flatten(2).transpose(1, 2)).transpose(1, 2).reshape(b, c, h, w)


@wrong("patch_embed", "norm")
def pe_no_norm(layer, picture):
    return layer.projection(picture).permute(0, 2, 3, 1)


@wrong("patch_embed", "bias|`layer.norm")
def pe_norm_without_affine(layer, picture):
    y = layer.projection(picture).permute(0, 2, 3, 1)
    return functional.layer_norm(y, y.shape[-1:])


@wrong("patch_embed", "reshape|view|memory")
def pe_view(layer, picture):
    y = layer.projection(picture)
    b, c, h, w = y.shape
    return layer.norm(y.view(b, h, w, c))


@wrong("patch_embed", "w|h|exchanged|transpos|places|order")
def pe_transposed(layer, picture):
    return layer.norm(layer.projection(picture).permute(0, 3, 2, 1))


@wrong("patch_embed", "axes|tokens|n|shape|flatten")
def pe_tokens(layer, picture):
    return layer.norm(layer.projection(picture).flatten(2).transpose(1, 2))


@wrong("patch_embed", "gradient")
def pe_no_grad(layer, picture):
    with torch.no_grad():
        y = layer.projection(picture)
    return layer.norm(y.permute(0, 2, 3, 1))


@wrong("patch_embed", "bias")
def pe_no_bias(layer, picture):
    y = functional.conv2d(picture, layer.projection.weight, stride=layer.projection.stride)
    return layer.norm(y.permute(0, 2, 3, 1))


# ---- class_scores


@right("class_scores")
def cs_flatten(model, features):
    return model.head(model.norm(features).flatten(1, 2).mean(1))


@right("class_scores")
def cs_late_mean(model, features):
    return model.head(model.norm(features)).mean(dim=(1, 2))


@right("class_scores")
def cs_pool(model, features):
    y = functional.adaptive_avg_pool2d(model.norm(features).permute(0, 3, 1, 2), 1)
    return functional.linear(y.flatten(1), model.head.weight, model.head.bias)


@wrong("class_scores", "norm|first|order")
def cs_mean_first(model, features):
    return model.head(model.norm(reduce(features, "b h w c -> b c", "mean")))


@wrong("class_scores", "norm")
def cs_no_norm(model, features):
    return model.head(features.mean((1, 2)))


@wrong("class_scores", "softmax")
def cs_softmax(model, features):
    return functional.softmax(model.head(model.norm(features).mean((1, 2))), dim=1)


@wrong("class_scores", "max|highest|largest")
def cs_max(model, features):
    return model.head(model.norm(features).flatten(1, 2).max(1).values)


@wrong("class_scores", "head")
def cs_no_head(model, features):
    return model.norm(features).mean((1, 2))


@wrong("class_scores", "sum")
def cs_sum(model, features):
    return model.head(model.norm(features).sum((1, 2)))


@wrong("class_scores", "batch|picture|axis|mean")
def cs_mean_of_all(model, features):
    y = model.norm(features).mean((0, 1, 2), keepdim=False)
    return model.head(y)[None].expand(features.shape[0], -1)


@wrong("class_scores", "axis|columns|rows|mean|shape|h|w")
def cs_rows_only(model, features):
    return model.head(model.norm(features).mean(1))


@wrong("class_scores", "train")
def cs_trains(model, features):
    model.train()
    return model.head(model.norm(features).mean((1, 2)))


# ---- feed_forward


@right("feed_forward")
def ff_hand(block, x):
    m = x.mean(-1, keepdim=True)
    var = ((x - m) ** 2).mean(-1, keepdim=True)
    x = (x - m) / torch.sqrt(var + block.norm2.eps) * block.norm2.weight + block.norm2.bias
    x = block.mlp.fc1(x)
    x = 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))
    return block.mlp.fc2(x)


@right("feed_forward")
def ff_normal(block, x):
    var, m = torch.var_mean(x, -1, unbiased=False, keepdim=True)
    y = (x - m) * torch.rsqrt(var + block.norm2.eps) * block.norm2.weight + block.norm2.bias
    y = block.mlp.fc1(y)
    y = y * torch.distributions.Normal(0, 1).cdf(y)
    return functional.linear(y, block.mlp.fc2.weight, block.mlp.fc2.bias)


right("feed_forward", "lambda with layers")(
    lambda block, x: block.mlp.fc2(functional.gelu(block.mlp.fc1(block.norm2(x))))
)


def _ln(x, norm, eps=None, unbiased=False, root=True, affine=True):
    m = x.mean(-1, keepdim=True)
    v = x.var(-1, unbiased=unbiased, keepdim=True)
    y = (x - m) / ((v + norm.eps) ** 0.5 if root else v.sqrt() + norm.eps)
    return y * norm.weight + norm.bias if affine else y


def _gelu(x):
    return x / 2 * (1 + torch.erf(x / 2**0.5))


@wrong("feed_forward", "unbiased|n . 1|variance|correction")
def ff_unbiased(block, x):
    m, v = x.mean(-1, keepdim=True), x.var(-1, keepdim=True)
    y = (x - m) / torch.sqrt(v + block.norm2.eps) * block.norm2.weight + block.norm2.bias
    return block.mlp.fc2(_gelu(block.mlp.fc1(y)))


@wrong("feed_forward", "tanh")
def ff_tanh(block, x):
    y = block.mlp.fc1(_ln(x, block.norm2))
    y = 0.5 * y * (1 + torch.tanh((2 / math.pi) ** 0.5 * (y + 0.044715 * y**3)))
    return block.mlp.fc2(y)


@wrong("feed_forward", "1.702|sigmoid|GELU")
def ff_quick(block, x):
    y = block.mlp.fc1(_ln(x, block.norm2))
    return block.mlp.fc2(y * torch.sigmoid(1.702 * y))


@wrong("feed_forward", "eps")
def ff_eps_outside(block, x):
    m, v = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    y = (x - m) / (v.sqrt() + block.norm2.eps) * block.norm2.weight + block.norm2.bias
    return block.mlp.fc2(_gelu(block.mlp.fc1(y)))


@wrong("feed_forward", "eps")
def ff_no_eps(block, x):
    m, v = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    y = (x - m) / v.sqrt() * block.norm2.weight + block.norm2.bias
    return block.mlp.fc2(_gelu(block.mlp.fc1(y)))


@wrong("feed_forward", "weight|bias")
def ff_no_affine(block, x):
    m, v = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    return block.mlp.fc2(_gelu(block.mlp.fc1((x - m) / (v + block.norm2.eps).sqrt())))


@wrong("feed_forward", "residual|`x`")
def ff_residual(block, x):
    return x + block.mlp.fc2(_gelu(block.mlp.fc1(_ln(x, block.norm2))))


@wrong("feed_forward", "root|std|variance|sqrt")
def ff_no_root(block, x):
    m, v = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    y = (x - m) / (v + block.norm2.eps) * block.norm2.weight + block.norm2.bias
    return block.mlp.fc2(_gelu(block.mlp.fc1(y)))


@wrong("feed_forward", "ReLU")
def ff_relu(block, x):
    return block.mlp.fc2(block.mlp.fc1(_ln(x, block.norm2)).clamp(min=0))


@wrong("feed_forward", "GELU|activation")
def ff_no_gelu(block, x):
    return block.mlp.fc2(block.mlp.fc1(_ln(x, block.norm2)))


@wrong("feed_forward", "last axis|channels|axis|axes|mean|over")
def ff_over_map(block, x):
    m = x.mean((1, 2, 3), keepdim=True)
    v = x.var((1, 2, 3), unbiased=False, keepdim=True)
    y = (x - m) / (v + block.norm2.eps).sqrt() * block.norm2.weight + block.norm2.bias
    return block.mlp.fc2(_gelu(block.mlp.fc1(y)))


@wrong("feed_forward", "√2|2|erf|root")
def ff_erf_without_root(block, x):
    y = block.mlp.fc1(_ln(x, block.norm2))
    return block.mlp.fc2(0.5 * y * (1 + torch.erf(y)))


@wrong("feed_forward", "0.5|half|2")
def ff_gelu_without_half(block, x):
    y = block.mlp.fc1(_ln(x, block.norm2))
    return block.mlp.fc2(y * (1 + torch.erf(y / math.sqrt(2))))


@wrong("feed_forward", "gradient")
def ff_statistics_cut(block, x):
    with torch.no_grad():
        m, v = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    y = (x - m) / (v + block.norm2.eps).sqrt() * block.norm2.weight + block.norm2.bias
    return block.mlp.fc2(_gelu(block.mlp.fc1(y)))


# ---- split_heads


@right("split_heads")
def sh_reshape(qkv, num_heads):
    *rest, n, c3 = qkv.shape
    y = qkv.reshape(*rest, n, 3, num_heads, c3 // 3 // num_heads)
    return y.movedim(-3, 0).transpose(-2, -3).unbind(0)


@right("split_heads")
def sh_chunk(qkv, num_heads):
    return tuple(
        torch.stack(part.chunk(num_heads, dim=-1), dim=-3) for part in qkv.chunk(3, dim=-1)
    )


@right("split_heads")
def sh_list(qkv, num_heads):
    c = qkv.shape[-1] // 3
    return [
        rearrange(qkv[..., i * c : (i + 1) * c], "b x y n (h d) -> b x y h n d", h=num_heads)
        for i in range(3)
    ]


@wrong("split_heads", "heads|outer")
def sh_heads_first(qkv, num_heads):
    b, nh, nw, n, _c3 = qkv.shape
    y = qkv.reshape(b, nh, nw, n, num_heads, 3, -1).permute(5, 0, 1, 2, 4, 3, 6)
    return y[0], y[1], y[2]


@wrong("split_heads", "d heads|channels|inside|inner|order")
def sh_d_first(qkv, num_heads):
    b, nh, nw, n, _c3 = qkv.shape
    y = qkv.reshape(b, nh, nw, n, 3, -1, num_heads).permute(4, 0, 1, 2, 6, 3, 5)
    return y[0], y[1], y[2]


@wrong("split_heads", "tokens|axes|heads")
def sh_not_moved(qkv, num_heads):
    b, nh, nw, n, _c3 = qkv.shape
    return qkv.reshape(b, nh, nw, n, 3, num_heads, -1).unbind(4)


@wrong("split_heads", "q|k|order|changed places")
def sh_order(qkv, num_heads):
    v, k, q = rearrange(qkv, "b x y n (t h d) -> t b x y h n d", t=3, h=num_heads)
    return q, k, v


@wrong("split_heads", "reshape|mixes|move|axis")
def sh_view(qkv, num_heads):
    b, nh, nw, n, c3 = qkv.shape
    return tuple(p.reshape(b, nh, nw, num_heads, n, c3 // 3 // num_heads) for p in qkv.chunk(3, -1))


@wrong("split_heads", "2 |three|3 tensors|stacked|3 ")
def sh_two(qkv, num_heads):
    q, k, _v = rearrange(qkv, "b x y n (t h d) -> t b x y h n d", t=3, h=num_heads)
    return q, k


@wrong("split_heads", "leave|times")
def sh_scaled(qkv, num_heads):
    q, k, v = rearrange(qkv, "b x y n (t h d) -> t b x y h n d", t=3, h=num_heads)
    return q / q.shape[-1] ** 0.5, k, v


@wrong("split_heads", "head|written|3|size|number")
def sh_three_heads(qkv, num_heads):
    q, k, v = rearrange(qkv, "b x y n (t h d) -> t b x y h n d", t=3, h=3)
    return q, k, v


# ---- patch_merge


@right("patch_merge")
def pm_swin(layer, x):
    _b, h, w, _c = x.shape
    if h % 2 or w % 2:
        x = functional.pad(x, (0, 0, 0, w % 2, 0, h % 2))
    parts = [x[:, i::2, j::2] for j in (0, 1) for i in (0, 1)]
    return layer.reduction(layer.norm(torch.cat(parts, -1)))


@right("patch_merge")
def pm_einops(layer, x):
    x = pad_to_multiple(x, multiple=(2, 2))
    x = rearrange(x, "b (h p) (w q) c -> b h w (q p c)", p=2, q=2)
    return layer.reduction(layer.norm(x))


@right("patch_merge")
def pm_unfold(layer, x):
    b, h, w, c = x.shape
    x = torch.cat([x, x.new_zeros(b, h % 2, w, c)], 1)
    x = torch.cat([x, x.new_zeros(b, x.shape[1], w % 2, c)], 2)
    x = x.unfold(1, 2, 2).unfold(2, 2, 2).permute(0, 1, 2, 5, 4, 3).flatten(3)
    return functional.linear(layer.norm(x), layer.reduction.weight)


@wrong("patch_merge", "order|column|row|bottom left")
def pm_row_order(layer, x):
    x = pad_to_multiple(x, multiple=(2, 2))
    x = torch.cat([x[:, 0::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 0::2], x[:, 1::2, 1::2]], -1)
    return layer.reduction(layer.norm(x))


@wrong("patch_merge", "odd|pad|crop|row")
def pm_cut(layer, x):
    _b, h, w, _c = x.shape
    x = x[:, : h // 2 * 2, : w // 2 * 2]
    x = rearrange(x, "b (h p) (w q) c -> b h w (q p c)", p=2, q=2)
    return layer.reduction(layer.norm(x))


@wrong("patch_merge", "norm|after|before|order")
def pm_norm_after(layer, x):
    x = pad_to_multiple(x, multiple=(2, 2))
    x = rearrange(x, "b (h p) (w q) c -> b h w (q p c)", p=2, q=2)
    y = functional.linear(x, layer.reduction.weight)
    return functional.layer_norm(y, y.shape[-1:])


@wrong("patch_merge", "norm")
def pm_no_norm(layer, x):
    x = pad_to_multiple(x, multiple=(2, 2))
    return layer.reduction(rearrange(x, "b (h p) (w q) c -> b h w (q p c)", p=2, q=2))


@wrong("patch_merge", "channels|inner|outer|c q p|order")
def pm_channels_outside(layer, x):
    x = pad_to_multiple(x, multiple=(2, 2))
    x = rearrange(x, "b (h p) (w q) c -> b h w (c q p)", p=2, q=2)
    return layer.reduction(layer.norm(x))


@wrong("patch_merge", "pad|zero|edge|replicat")
def pm_replicates(layer, x):
    _b, h, w, _c = x.shape
    x = torch.cat([x, x[:, -1:]], 1) if h % 2 else x
    x = torch.cat([x, x[:, :, -1:]], 2) if w % 2 else x
    x = rearrange(x, "b (h p) (w q) c -> b h w (q p c)", p=2, q=2)
    return layer.reduction(layer.norm(x))


@wrong("patch_merge", "pad|above|left|below|begin|side")
def pm_pads_above(layer, x):
    _b, h, w, _c = x.shape
    x = functional.pad(x, (0, 0, w % 2, 0, h % 2, 0))
    x = rearrange(x, "b (h p) (w q) c -> b h w (q p c)", p=2, q=2)
    return layer.reduction(layer.norm(x))


@wrong("patch_merge", "odd|even|row|pad|`.*` % 2|where")
def pm_no_pad(layer, x):
    x = torch.cat([x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]], -1)
    return layer.reduction(layer.norm(x))


# ---- shift_for


@right("shift_for")
def sf_zip(size, window_size, shift_size):
    return tuple(
        0 if side <= window else shift
        for side, window, shift in zip(size, window_size, shift_size, strict=True)
    )


@right("shift_for")
def sf_numpy(size, window_size, shift_size):
    import numpy as np

    return tuple(np.where(np.array(size) <= np.array(window_size), 0, shift_size))


@right("shift_for")
def sf_product(size, window_size, shift_size):
    dy = shift_size[0] * (size[0] > window_size[0])
    dx = shift_size[1] * (size[1] > window_size[1])
    return dy, dx


@wrong("shift_for", "equal|<|≤|<=")
def sf_less(size, window_size, shift_size):
    dy = 0 if size[0] < window_size[0] else shift_size[0]
    dx = 0 if size[1] < window_size[1] else shift_size[1]
    return dy, dx


@wrong("shift_for", "each|both|alone|axis|one")
def sf_both(size, window_size, shift_size):
    if size[0] <= window_size[0] and size[1] <= window_size[1]:
        return 0, 0
    return shift_size


@wrong("shift_for", "each|alone|one|axis|either|both")
def sf_either(size, window_size, shift_size):
    if size[0] <= window_size[0] or size[1] <= window_size[1]:
        return 0, 0
    return shift_size


@wrong("shift_for", "turned|opposite|>|<|where")
def sf_turned(size, window_size, shift_size):
    dy = 0 if size[0] > window_size[0] else shift_size[0]
    dx = 0 if size[1] > window_size[1] else shift_size[1]
    return dy, dx


@wrong("shift_for", "window|half|//|as given|shift_size|no effect")
def sf_half_window(size, window_size, shift_size):
    return tuple(0 if s <= w else w // 2 for s, w in zip(size, window_size, strict=True))


@wrong("shift_for", "changed places")
def sf_xy(size, window_size, shift_size):
    dy = 0 if size[0] <= window_size[0] else shift_size[0]
    dx = 0 if size[1] <= window_size[1] else shift_size[1]
    return dx, dy


@wrong("shift_for", "list|tensor|whole numbers")
def sf_tensor(size, window_size, shift_size):
    return torch.tensor(0.0)


@wrong("shift_for", "equal|==|≤|smaller|<")
def sf_equal(size, window_size, shift_size):
    return tuple(0 if s == w else d for s, w, d in zip(size, window_size, shift_size, strict=True))


@wrong("shift_for", "bug|as found|shift|given|every|unchanged")
def sf_as_found(size, window_size, shift_size):
    return shift_size


# ---- drop_path


@right("drop_path")
def dp_where(x, rate, draws, training):
    if not training or rate == 0:
        return x
    keep = (draws >= rate)[:, None, None, None]
    return torch.where(keep, x / (1 - rate), torch.zeros_like(x))


@right("drop_path")
def dp_loop(x, rate, draws, training):
    if not training:
        return x.clone()
    return torch.stack(
        [
            s / (1 - rate) if d >= rate else torch.zeros_like(s)
            for s, d in zip(x, draws, strict=True)
        ]
    )


@right("drop_path")
def dp_floor(x, rate, draws, training):
    if training:
        mask = 1.0 - (draws < rate).float()
        x = x.div(1.0 - rate) * mask.view(-1, *[1] * (x.ndim - 1))
    return x


@wrong("drop_path", "scale|1 - rate|divid")
def dp_no_scale(x, rate, draws, training):
    return x * (draws >= rate)[:, None, None, None] if training else x


@wrong("drop_path", "evaluation|training")
def dp_always(x, rate, draws, training):
    return x * (draws >= rate)[:, None, None, None] / (1 - rate)


@wrong("drop_path", "rate|keep|other way|around|<|left out")
def dp_inverted(x, rate, draws, training):
    return x * (draws < rate)[:, None, None, None] / (1 - rate) if training else x


@wrong("drop_path", "random|Two calls|draws")
def dp_own_draws(x, rate, draws, training):
    keep = torch.rand(x.shape[0], 1, 1, 1) >= rate
    return x * keep / (1 - rate) if training else x


@wrong("drop_path", "rate")
def dp_by_rate(x, rate, draws, training):
    return x * (draws >= rate)[:, None, None, None] / rate if training else x


@wrong("drop_path", "first|sample|one draw|same|each")
def dp_first_draw(x, rate, draws, training):
    if not training:
        return x
    return x / (1 - rate) if draws[0] >= rate else torch.zeros_like(x)


@wrong("drop_path", "evaluation|out of training|as it came|training")
def dp_scales_eval(x, rate, draws, training):
    if not training:
        return x * (1 - rate)
    return x * (draws >= rate)[:, None, None, None]


@wrong("drop_path", "writes")
def dp_in_place(x, rate, draws, training):
    if training:
        x[draws < rate] = 0
        x /= 1 - rate
    return x


@wrong("drop_path", "axis|sample|batch|last|channel|fit|b")
def dp_last_axis(x, rate, draws, training):
    return x * (draws >= rate) / (1 - rate) if training else x


# ---- window_attention


@right("window_attention")
def wa_hand(layer, windows, mask):
    b, nh, nw, n, c = windows.shape
    qkv = layer.qkv(windows).view(b, nh, nw, n, 3, layer.num_heads, -1)
    q, k, v = qkv.permute(4, 0, 1, 2, 5, 3, 6)
    s = torch.einsum("...id,...jd->...ij", q, k) / (c // layer.num_heads) ** 0.5
    s = s + layer.bias(mask)
    out = s.softmax(-1) @ v
    return layer.projection(out.transpose(-2, -3).reshape(b, nh, nw, n, c))


@right("window_attention")
def wa_sdpa(layer, windows, mask):
    q, k, v = rearrange(
        layer.qkv(windows), "b x y n (t h d) -> t b x y h n d", t=3, h=layer.num_heads
    )
    out = functional.scaled_dot_product_attention(q, k, v, attn_mask=layer.bias(mask))
    return layer.projection(rearrange(out, "b x y h n d -> b x y n (h d)"))


@right("window_attention")
def wa_heads_loop(layer, windows, mask):
    q, k, v = layer.qkv(windows).chunk(3, -1)
    d = q.shape[-1] // layer.num_heads
    bias = layer.bias(mask)
    outs = []
    for h in range(layer.num_heads):
        one = slice(h * d, (h + 1) * d)
        s = q[..., one] @ k[..., one].mT * d**-0.5 + bias[..., h, :, :]
        outs.append(functional.softmax(s, -1) @ v[..., one])
    return layer.projection(torch.cat(outs, -1))


def _wa(layer, windows, mask, scale=None, heads="(t h d)", back="(h d)", order="qkv"):
    parts = rearrange(
        layer.qkv(windows), f"b x y n {heads} -> t b x y h n d", t=3, h=layer.num_heads
    )
    q, k, v = parts
    s = q @ k.mT * (q.shape[-1] ** -0.5 if scale is None else scale)
    s = s + layer.bias(mask)
    return layer.projection(rearrange(s.softmax(-1) @ v, f"b x y h n d -> b x y n {back}"))


@wrong("window_attention", "√|root|width|channels|scale|head")
def wa_scale_c(layer, windows, mask):
    b, nh, nw, n, c = windows.shape
    q, k, v = (
        layer.qkv(windows).view(b, nh, nw, n, 3, layer.num_heads, -1).permute(4, 0, 1, 2, 5, 3, 6)
    )
    s = q @ k.mT / c**0.5 + layer.bias(mask)
    return layer.projection((s.softmax(-1) @ v).transpose(-2, -3).reshape(b, nh, nw, n, c))


@wrong("window_attention", "mask")
def wa_no_mask(layer, windows, mask):
    return wa_hand(layer, windows, None)


@wrong("window_attention", "bias|mask")
def wa_no_bias(layer, windows, mask):
    b, nh, nw, n, c = windows.shape
    q, k, v = (
        layer.qkv(windows).view(b, nh, nw, n, 3, layer.num_heads, -1).permute(4, 0, 1, 2, 5, 3, 6)
    )
    out = (q @ k.mT * q.shape[-1] ** -0.5).softmax(-1) @ v
    return layer.projection(out.transpose(-2, -3).reshape(b, nh, nw, n, c))


@wrong("window_attention", "projection")
def wa_no_projection(layer, windows, mask):
    q, k, v = rearrange(
        layer.qkv(windows), "b x y n (t h d) -> t b x y h n d", t=3, h=layer.num_heads
    )
    out = functional.scaled_dot_product_attention(q, k, v, attn_mask=layer.bias(mask))
    return rearrange(out, "b x y h n d -> b x y n (h d)")


@wrong("window_attention", "heads|join|\\(d|reshape|order|transpose")
def wa_joined_wrong(layer, windows, mask):
    b, nh, nw, n, c = windows.shape
    q, k, v = (
        layer.qkv(windows).view(b, nh, nw, n, 3, layer.num_heads, -1).permute(4, 0, 1, 2, 5, 3, 6)
    )
    s = q @ k.mT * q.shape[-1] ** -0.5 + layer.bias(mask)
    return layer.projection((s.softmax(-1) @ v).reshape(b, nh, nw, n, c))


@wrong("window_attention", "softmax|axis|dim|quer")
def wa_softmax_axis(layer, windows, mask):
    b, nh, nw, n, c = windows.shape
    q, k, v = (
        layer.qkv(windows).view(b, nh, nw, n, 3, layer.num_heads, -1).permute(4, 0, 1, 2, 5, 3, 6)
    )
    s = q @ k.mT * q.shape[-1] ** -0.5 + layer.bias(mask)
    return layer.projection((s.softmax(-2) @ v).transpose(-2, -3).reshape(b, nh, nw, n, c))


@wrong("window_attention", "scale|√|root|missing")
def wa_no_scale(layer, windows, mask):
    q, k, v = rearrange(
        layer.qkv(windows), "b x y n (t h d) -> t b x y h n d", t=3, h=layer.num_heads
    )
    out = (q @ k.mT + layer.bias(mask)).softmax(-1) @ v
    return layer.projection(rearrange(out, "b x y h n d -> b x y n (h d)"))


@wrong("window_attention", "heads|outer|\\(")
def wa_heads_outside(layer, windows, mask):
    q, k, v = rearrange(
        layer.qkv(windows), "b x y n (h t d) -> t b x y h n d", t=3, h=layer.num_heads
    )
    out = functional.scaled_dot_product_attention(q, k, v, attn_mask=layer.bias(mask))
    return layer.projection(rearrange(out, "b x y h n d -> b x y n (h d)"))


@wrong("window_attention", "0.5. is missing|scale")
def wa_scaled_twice(layer, windows, mask):
    q, k, v = rearrange(
        layer.qkv(windows), "b x y n (t h d) -> t b x y h n d", t=3, h=layer.num_heads
    )
    q = q * q.shape[-1] ** -0.5
    out = functional.scaled_dot_product_attention(q, k, v, attn_mask=layer.bias(mask))
    return layer.projection(rearrange(out, "b x y h n d -> b x y n (h d)"))


@wrong("window_attention", "residual|windows")
def wa_residual(layer, windows, mask):
    return windows + wa_hand(layer, windows, mask)


@wrong("window_attention", "gradient")
def wa_cut(layer, windows, mask):
    q, k, v = rearrange(
        layer.qkv(windows), "b x y n (t h d) -> t b x y h n d", t=3, h=layer.num_heads
    )
    with torch.no_grad():
        w = (q @ k.mT * q.shape[-1] ** -0.5 + layer.bias(mask)).softmax(-1)
    return layer.projection(rearrange(w @ v, "b x y h n d -> b x y n (h d)"))


@wrong("window_attention", "head")
def wa_one_head(layer, windows, mask):
    q, k, v = layer.qkv(windows).chunk(3, -1)
    s = q @ k.mT / q.shape[-1] ** 0.5
    s = s + layer.bias(mask).mean(-3)
    return layer.projection(s.softmax(-1) @ v)


@wrong("window_attention", "q|k|v|exchanged|places")
def wa_kqv(layer, windows, mask):
    k, q, v = rearrange(
        layer.qkv(windows), "b x y n (t h d) -> t b x y h n d", t=3, h=layer.num_heads
    )
    out = functional.scaled_dot_product_attention(q, k, v, attn_mask=layer.bias(mask))
    return layer.projection(rearrange(out, "b x y h n d -> b x y n (h d)"))


# ---- swin_block


def _halves(block, x, mask=True, unshift=True):
    size = x.shape[1:3]
    x = pad_to_multiple(x, multiple=block.window_size)
    shift = block.shift_for(x.shape[1:3])
    x = cyclic_shift(x, shift_size=shift)
    m = (
        shift_mask(x.shape[1:3], window_size=block.window_size, shift_size=shift)
        if mask and any(shift)
        else None
    )
    w = block.attention(partition_windows(x, window_size=block.window_size), m)
    x = merge_windows(w, window_size=block.window_size)
    if unshift:
        x = cyclic_unshift(x, shift_size=shift)
    return crop(x, size=size)


@right("swin_block")
def sb_helpers(block, x):
    x = x + _halves(block, block.norm1(x))
    return x + block.mlp(block.norm2(x))


@right("swin_block")
def sb_own_roll(block, x):
    b, h, w, c = x.shape
    wh, ww = block.window_size
    y = functional.pad(block.norm1(x), (0, 0, 0, -w % ww, 0, -h % wh))
    high, wide = y.shape[1:3]
    dy, dx = block.shift_for((high, wide))
    y = y.roll((-dy, -dx), (1, 2))
    mask = None
    if dy or dx:
        mask = shift_mask((high, wide), window_size=(wh, ww), shift_size=(dy, dx))
    y = y.view(b, high // wh, wh, wide // ww, ww, c).transpose(2, 3).flatten(3, 4)
    y = block.attention(y, mask)
    y = y.unflatten(3, (wh, ww)).transpose(2, 3).reshape(b, high, wide, c)
    y = y.roll((dy, dx), (1, 2))[:, :h, :w]
    x = x + y
    return torch.add(x, block.mlp(block.norm2(x)))


class _Block:
    def __call__(self, block, x):
        for half in (lambda t: _halves(block, block.norm1(t)), lambda t: block.mlp(block.norm2(t))):
            x = half(x) + x
        return x


right("swin_block", "object")(_Block())


@wrong("swin_block", "residual|`x`")
def sb_first_residual(block, x):
    x = _halves(block, block.norm1(x))
    return x + block.mlp(block.norm2(x))


@wrong("swin_block", "residual|`x`")
def sb_second_residual(block, x):
    x = x + _halves(block, block.norm1(x))
    return block.mlp(block.norm2(x))


@wrong("swin_block", "norm")
def sb_post_norm(block, x):
    x = x + block.norm1(_halves(block, x))
    return x + block.norm2(block.mlp(x))


@wrong("swin_block", "norm")
def sb_norm_of_sum(block, x):
    x = block.norm1(x + _halves(block, x))
    return block.norm2(x + block.mlp(x))


@wrong("swin_block", "mask")
def sb_no_mask(block, x):
    x = x + _halves(block, block.norm1(x), mask=False)
    return x + block.mlp(block.norm2(x))


@wrong("swin_block", "unshift|undone|back|rolled")
def sb_no_unshift(block, x):
    x = x + _halves(block, block.norm1(x), unshift=False)
    return x + block.mlp(block.norm2(x))


@wrong("swin_block", "norm2|norm1")
def sb_one_norm(block, x):
    x = x + _halves(block, block.norm1(x))
    return x + block.mlp(block.norm1(x))


@wrong("swin_block", "crop|unshift|order")
def sb_crop_early(block, x):
    size = x.shape[1:3]
    y = pad_to_multiple(block.norm1(x), multiple=block.window_size)
    shift = block.shift_for(y.shape[1:3])
    y = cyclic_shift(y, shift_size=shift)
    m = (
        shift_mask(y.shape[1:3], window_size=block.window_size, shift_size=shift)
        if any(shift)
        else None
    )
    y = block.attention(partition_windows(y, window_size=block.window_size), m)
    y = crop(merge_windows(y, window_size=block.window_size), size=size)
    x = x + cyclic_unshift(y, shift_size=shift)
    return x + block.mlp(block.norm2(x))


@wrong("swin_block", "parallel|first|norm2|second|`x`|attention")
def sb_parallel(block, x):
    return x + _halves(block, block.norm1(x)) + block.mlp(block.norm2(x))


@wrong("swin_block", "shift")
def sb_no_shift(block, x):
    size = x.shape[1:3]
    y = pad_to_multiple(block.norm1(x), multiple=block.window_size)
    y = block.attention(partition_windows(y, window_size=block.window_size), None)
    x = x + crop(merge_windows(y, window_size=block.window_size), size=size)
    return x + block.mlp(block.norm2(x))


@wrong("swin_block", "pad|multiple|cut|divide|stopp|window")
def sb_no_pad(block, x):
    shift = block.shift_for(x.shape[1:3])
    y = cyclic_shift(block.norm1(x), shift_size=shift)
    m = None
    if any(shift):
        m = shift_mask(x.shape[1:3], window_size=block.window_size, shift_size=shift)
    y = block.attention(partition_windows(y, window_size=block.window_size), m)
    x = x + cyclic_unshift(merge_windows(y, window_size=block.window_size), shift_size=shift)
    return x + block.mlp(block.norm2(x))


@wrong("swin_block", "norm.*pad|pad.*norm|before|after|order")
def sb_norm_after_pad(block, x):
    size = x.shape[1:3]
    y = block.norm1(pad_to_multiple(x, multiple=block.window_size))
    x = x + _halves(block, y)[:, : size[0], : size[1]]
    return x + block.mlp(block.norm2(x))


@wrong("swin_block", "replaces|norm1|sets")
def sb_replaces(block, x):
    y = x + _halves(block, block.norm1(x))
    y = y + block.mlp(block.norm2(y))
    block.norm1 = nn.Identity()
    return y


@wrong("swin_block", "writes into")
def sb_writes_weight(block, x):
    y = x + _halves(block, block.norm1(x))
    y = y + block.mlp(block.norm2(y))
    block.norm2.weight.data.fill_(1.0)
    return y
