"""Restormer."""

import math

import numpy as np
import torch
from einops import einsum, rearrange
from torch.nn import functional

from tests.checks.students.collect import right, wrong
from utils.ops import channel_attention, crop, pad_to_multiple

# ---- table_sizes


@right("table_sizes")
def ts_plain(size, channels, num_heads):
    n = size[0] * size[1]
    d = channels // num_heads
    return num_heads * n**2, num_heads * d**2


@right("table_sizes")
def ts_numpy(size, channels, num_heads):
    n = np.prod(size)
    return np.int64(n * n * num_heads), np.int64(channels * channels // num_heads)


@right("table_sizes")
def ts_list(size, channels, num_heads):
    over_pixels = sum(size[0] * size[1] * size[0] * size[1] for _ in range(num_heads))
    over_channels = sum((channels // num_heads) ** 2 for _ in range(num_heads))
    return [over_pixels, over_channels]


@wrong("table_sizes", "head")
def ts_no_heads(size, channels, num_heads):
    return (size[0] * size[1]) ** 2, (channels // num_heads) ** 2


@wrong("table_sizes", "head|num_heads")
def ts_all_channels(size, channels, num_heads):
    return num_heads * (size[0] * size[1]) ** 2, num_heads * channels**2


@wrong("table_sizes", "square|pair|\\*\\* 2|size|n")
def ts_not_squared(size, channels, num_heads):
    return num_heads * size[0] * size[1], num_heads * (channels // num_heads) ** 2


@wrong("table_sizes", "float")
def ts_float(size, channels, num_heads):
    return num_heads * (size[0] * size[1]) ** 2, channels**2 / num_heads


@wrong("table_sizes", "order|opposite|exchanged")
def ts_order(size, channels, num_heads):
    return channels**2 // num_heads, num_heads * (size[0] * size[1]) ** 2


@wrong("table_sizes", "square|width|h|size\\[1\\]|sides")
def ts_square(size, channels, num_heads):
    return num_heads * size[0] ** 4, channels**2 // num_heads


@wrong("table_sizes", "channel|d\\b|times|c /")
def ts_multiplies(size, channels, num_heads):
    n = size[0] * size[1]
    return num_heads * n * n * channels, channels**2 // num_heads


@wrong("table_sizes", "head|number 2|num_heads")
def ts_channels_per_head(size, channels, num_heads):
    return num_heads * (size[0] * size[1]) ** 2, (channels // num_heads) ** 2


# ---- unshuffle


@right("unshuffle")
def us_torch(x, factor):
    return functional.pixel_unshuffle(x.permute(0, 3, 1, 2), factor).permute(0, 2, 3, 1)


@right("unshuffle")
def us_view(x, factor):
    b, h, w, c = x.shape
    y = x.view(b, h // factor, factor, w // factor, factor, c)
    return y.permute(0, 1, 3, 5, 2, 4).reshape(b, h // factor, w // factor, -1)


@right("unshuffle")
def us_stack(x, factor):
    parts = [x[:, i::factor, j::factor] for i in range(factor) for j in range(factor)]
    return torch.stack(parts, -1).flatten(-2)


@wrong("unshuffle", "c ph pw|channel|outer|inner|together|order")
def us_channels_inside(x, factor):
    parts = [x[:, i::factor, j::factor] for i in range(factor) for j in range(factor)]
    return torch.cat(parts, -1)


@wrong("unshuffle", "column|pw ph|order|row by row")
def us_columns(x, factor):
    parts = [x[:, i::factor, j::factor] for j in range(factor) for i in range(factor)]
    return torch.stack(parts, -1).flatten(-2)


@wrong("unshuffle", "reshape|memory|move|row")
def us_reshape(x, factor):
    b, h, w, c = x.shape
    return x.reshape(b, h // factor, w // factor, c * factor**2)


@wrong("unshuffle", "apart|outer|far|neighbo|inner|square")
def us_far(x, factor):
    return rearrange(x, "b (p h) (q w) c -> b h w (c p q)", p=factor, q=factor)


@wrong("unshuffle", "mean|average|shape|pool")
def us_mean(x, factor):
    return functional.avg_pool2d(x.permute(0, 3, 1, 2), factor).permute(0, 2, 3, 1)


@wrong("unshuffle", "2|factor|written|hard")
def us_two(x, factor):
    return rearrange(x, "b (h p) (w q) c -> b h w (c p q)", p=2, q=2)


@wrong("unshuffle", "shape|other way|shuffle|c / factor|larger|stopped|divid")
def us_shuffle(x, factor):
    return functional.pixel_shuffle(x.permute(0, 3, 1, 2), factor).permute(0, 2, 3, 1)


@wrong("unshuffle", "`//`|float")
def us_float(x, factor):
    b, h, w, c = x.shape
    y = x.view(b, h / factor, factor, w / factor, factor, c)
    return y.permute(0, 1, 3, 5, 2, 4).flatten(3)


# ---- channel_norm


@right("channel_norm")
def cn_hand(layer, x):
    m = x.mean(-1, keepdim=True)
    s = torch.sqrt(((x - m) ** 2).mean(-1, keepdim=True) + 1e-5)
    return x / s * layer.weight if layer.bias is None else (x - m) / s * layer.weight + layer.bias


@right("channel_norm")
def cn_functional(layer, x):
    if layer.bias is not None:
        return functional.layer_norm(x, x.shape[-1:], layer.weight, layer.bias, 1e-5)
    return x * torch.rsqrt(x.var(-1, unbiased=False, keepdim=True) + 1e-5) * layer.weight


@right("channel_norm")
def cn_moments(layer, x):
    c = x.shape[-1]
    m = x.sum(-1, keepdim=True) / c
    var = (x * x).sum(-1, keepdim=True) / c - m * m
    y = x if layer.bias is None else x - m
    y = y * (var + 1e-5).pow(-0.5) * layer.weight
    return y if layer.bias is None else y + layer.bias


@wrong("channel_norm", "unbiased|variance|c . 1|divided by c|correction")
def cn_unbiased(layer, x):
    m, v = x.mean(-1, keepdim=True), x.var(-1, keepdim=True)
    y = (x if layer.bias is None else x - m) / (v + 1e-5).sqrt() * layer.weight
    return y if layer.bias is None else y + layer.bias


@wrong("channel_norm", "mean|subtract|bias.*None")
def cn_always_minus(layer, x):
    m, v = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    y = (x - m) / (v + 1e-5).sqrt() * layer.weight
    return y if layer.bias is None else y + layer.bias


@wrong("channel_norm", "mean|subtract|bias")
def cn_never_minus(layer, x):
    v = x.var(-1, unbiased=False, keepdim=True)
    y = x / (v + 1e-5).sqrt() * layer.weight
    return y if layer.bias is None else y + layer.bias


@wrong("channel_norm", "mean square|variance|around the mean|RMS")
def cn_rms(layer, x):
    if layer.bias is not None:
        return functional.layer_norm(x, x.shape[-1:], layer.weight, layer.bias, 1e-5)
    return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * layer.weight


@wrong("channel_norm", "eps|`sqrt`")
def cn_eps_outside(layer, x):
    m, v = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    y = (x if layer.bias is None else x - m) / (v.sqrt() + 1e-5) * layer.weight
    return y if layer.bias is None else y + layer.bias


@wrong("channel_norm", "eps|1e-6|1e-06|1e-05|1e-5|nan|divided by 0")
def cn_eps_six(layer, x):
    m, v = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    y = (x if layer.bias is None else x - m) / (v + 1e-6).sqrt() * layer.weight
    return y if layer.bias is None else y + layer.bias


@wrong("channel_norm", "root|sqrt")
def cn_no_root(layer, x):
    m, v = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    y = (x if layer.bias is None else x - m) / (v + 1e-5) * layer.weight
    return y if layer.bias is None else y + layer.bias


@wrong("channel_norm", "weight")
def cn_no_weight(layer, x):
    m, v = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    y = (x if layer.bias is None else x - m) / (v + 1e-5).sqrt()
    return y if layer.bias is None else y + layer.bias


@wrong("channel_norm", "axis|channels|over|pixels|map")
def cn_over_map(layer, x):
    m, v = x.mean((1, 2), keepdim=True), x.var((1, 2), unbiased=False, keepdim=True)
    y = (x if layer.bias is None else x - m) / (v + 1e-5).sqrt() * layer.weight
    return y if layer.bias is None else y + layer.bias


@wrong("channel_norm", "bias|None|stop")
def cn_bias_always(layer, x):
    m, v = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    return (x - m) / (v + 1e-5).sqrt() * layer.weight + layer.bias


@wrong("channel_norm", "gradient")
def cn_cut(layer, x):
    m, v = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True).detach()
    y = (x if layer.bias is None else x - m) / (v + 1e-5).sqrt() * layer.weight
    return y if layer.bias is None else y + layer.bias


# ---- gated_feed


@right("gated_feed")
def gf_chunk(layer, x):
    gate, value = layer.depthwise(layer.expand(x)).chunk(2, dim=-1)
    return layer.projection(functional.gelu(gate) * value)


@right("gated_feed")
def gf_slices(layer, x):
    y = layer.depthwise(layer.expand(x))
    n = y.shape[-1] // 2
    a, b = y[..., :n], y[..., n:]
    return layer.projection(a * 0.5 * (1 + torch.erf(a / math.sqrt(2))) * b)


@right("gated_feed")
def gf_einops(layer, x):
    y = rearrange(layer.depthwise(layer.expand(x)), "b h w (two c) -> two b h w c", two=2)
    return layer.projection(torch.nn.GELU()(y[0]).mul(y[1]))


@wrong("gated_feed", "second|first|half|halves")
def gf_other_half(layer, x):
    a, b = layer.depthwise(layer.expand(x)).chunk(2, -1)
    return layer.projection(a * functional.gelu(b))


@wrong("gated_feed", "tanh")
def gf_tanh(layer, x):
    a, b = layer.depthwise(layer.expand(x)).chunk(2, -1)
    return layer.projection(functional.gelu(a, approximate="tanh") * b)


@wrong("gated_feed", "GELU")
def gf_no_gelu(layer, x):
    a, b = layer.depthwise(layer.expand(x)).chunk(2, -1)
    return layer.projection(a * b)


@wrong("gated_feed", "sigmoid|GELU")
def gf_glu(layer, x):
    return layer.projection(functional.glu(layer.depthwise(layer.expand(x)), dim=-1))


@wrong("gated_feed", "depthwise")
def gf_no_depthwise(layer, x):
    a, b = layer.expand(x).chunk(2, -1)
    return layer.projection(functional.gelu(a) * b)


@wrong("gated_feed", "interleav|halves|every second|alternat|two|chunk|order|half")
def gf_interleaved(layer, x):
    y = layer.depthwise(layer.expand(x))
    return layer.projection(functional.gelu(y[..., 0::2]) * y[..., 1::2])


@wrong("gated_feed", "add|sum|\\+|times|\\*|multipl")
def gf_sum(layer, x):
    a, b = layer.depthwise(layer.expand(x)).chunk(2, -1)
    return layer.projection(functional.gelu(a) + b)


@wrong("gated_feed", "residual|`x`")
def gf_residual(layer, x):
    a, b = layer.depthwise(layer.expand(x)).chunk(2, -1)
    return x + layer.projection(functional.gelu(a) * b)


@wrong("gated_feed", "product|both|after|GELU")
def gf_gelu_of_product(layer, x):
    a, b = layer.depthwise(layer.expand(x)).chunk(2, -1)
    return layer.projection(functional.gelu(a * b))


@wrong("gated_feed", "before|depthwise|order|expand")
def gf_gelu_before(layer, x):
    y = layer.depthwise(functional.gelu(layer.expand(x)))
    a, b = y.chunk(2, -1)
    return layer.projection(a * b)


@wrong("gated_feed", "gradient")
def gf_cut(layer, x):
    a, b = layer.depthwise(layer.expand(x)).chunk(2, -1)
    return layer.projection(functional.gelu(a).data * b)


# ---- channel_tokens


@right("channel_tokens")
def ct_permute(x, num_heads):
    b, h, w, c = x.shape
    return x.permute(0, 3, 1, 2).reshape(b, num_heads, c // num_heads, h * w)


@right("channel_tokens")
def ct_stack(x, num_heads):
    rows = x.flatten(1, 2)
    parts = torch.stack(rows.chunk(num_heads, -1), 1)
    return parts.mT.contiguous()


@right("channel_tokens")
def ct_numpy(x, num_heads):
    b, h, w, c = x.shape
    a = x.numpy().reshape(b, h * w, num_heads, c // num_heads)
    return torch.from_numpy(np.ascontiguousarray(a.transpose(0, 2, 3, 1)))


@wrong("channel_tokens", "bug|found|reshape|mix")
def ct_found(x, num_heads):
    b, h, w, c = x.shape
    return x.reshape(b, num_heads, h * w, c // num_heads).transpose(-2, -1)


@wrong("channel_tokens", "\\(d heads\\)|head|outer|inner|order")
def ct_d_heads(x, num_heads):
    return rearrange(x, "b h w (d heads) -> b heads d (h w)", heads=num_heads)


@wrong("channel_tokens", "axes|tokens|pixel|order|shape")
def ct_pixels_tokens(x, num_heads):
    return rearrange(x, "b h w (heads d) -> b heads (h w) d", heads=num_heads)


@wrong("channel_tokens", "column|w h|order")
def ct_columns(x, num_heads):
    return rearrange(x, "b h w (heads d) -> b heads d (w h)", heads=num_heads)


@wrong("channel_tokens", "reshape|mix|memory|move")
def ct_reshape(x, num_heads):
    b, h, w, c = x.shape
    return x.reshape(b, num_heads, c // num_heads, h * w)


@wrong("channel_tokens", "head|axes|shape|d heads|order")
def ct_heads_d(x, num_heads):
    return rearrange(x, "b h w (heads d) -> b d heads (h w)", heads=num_heads)


@wrong("channel_tokens", "head|one|1")
def ct_one_head(x, num_heads):
    b, h, w, c = x.shape
    return x.reshape(b, h * w, c).transpose(1, 2)[:, None]


# ---- attend_channels


@right("attend_channels")
def ac_normalize(q, k, v, temperature):
    q, k = functional.normalize(q, dim=-1), functional.normalize(k, dim=-1)
    return torch.softmax(q @ k.mT * temperature.reshape(-1, 1, 1), -1) @ v


@wrong("attend_channels", "0 / 0")
def ac_einsum(q, k, v, temperature):
    s = einsum(q, k, "b h i n, b h j n -> b h i j")
    lq = torch.linalg.vector_norm(q, dim=-1)[..., :, None]
    lk = torch.linalg.vector_norm(k, dim=-1)[..., None, :]
    w = torch.exp(s / lq / lk * temperature.view(1, -1, 1, 1))
    return einsum(w / w.sum(-1, keepdim=True), v, "b h i j, b h j n -> b h i n")


@wrong("attend_channels", "0 / 0")
def ac_head_loop(q, k, v, temperature):
    out = []
    for h in range(q.shape[1]):
        a = q[:, h] / q[:, h].square().sum(-1, keepdim=True).sqrt()
        b = k[:, h] / k[:, h].square().sum(-1, keepdim=True).sqrt()
        out.append(
            (torch.bmm(a, b.transpose(1, 2)) * temperature.flatten()[h]).softmax(-1) @ v[:, h]
        )
    return torch.stack(out, 1)


@wrong("attend_channels", "length|normal|over|axis|channels")
def ac_axis(q, k, v, temperature):
    q, k = functional.normalize(q, dim=-2), functional.normalize(k, dim=-2)
    return torch.softmax(q @ k.mT * temperature.reshape(-1, 1, 1), -1) @ v


@wrong("attend_channels", "length|normal|cosine")
def ac_no_norm(q, k, v, temperature):
    return torch.softmax(q @ k.mT * temperature.reshape(-1, 1, 1), -1) @ v


@wrong("attend_channels", "k\\b|key|normal|length")
def ac_only_q(q, k, v, temperature):
    q = functional.normalize(q, dim=-1)
    return torch.softmax(q @ k.mT * temperature.reshape(-1, 1, 1), -1) @ v


@wrong("attend_channels", "temperature|divid|multipl|/")
def ac_divided(q, k, v, temperature):
    q, k = functional.normalize(q, dim=-1), functional.normalize(k, dim=-1)
    return torch.softmax(q @ k.mT / temperature.reshape(-1, 1, 1), -1) @ v


@wrong("attend_channels", "temperature")
def ac_no_temperature(q, k, v, temperature):
    q, k = functional.normalize(q, dim=-1), functional.normalize(k, dim=-1)
    return torch.softmax(q @ k.mT, -1) @ v


@wrong("attend_channels", "softmax|axis|dim|quer")
def ac_softmax(q, k, v, temperature):
    q, k = functional.normalize(q, dim=-1), functional.normalize(k, dim=-1)
    return torch.softmax(q @ k.mT * temperature.reshape(-1, 1, 1), -2) @ v


@wrong("attend_channels", "pixel|channels|cells|side|tokens")
def ac_pixels(q, k, v, temperature):
    q, k = functional.normalize(q, dim=-2), functional.normalize(k, dim=-2)
    w = torch.softmax(q.mT @ k * temperature.reshape(-1, 1, 1), -1)
    return v @ w.mT


@wrong("attend_channels", "0.5|scale")
def ac_scaled(q, k, v, temperature):
    q, k = functional.normalize(q, dim=-1), functional.normalize(k, dim=-1)
    return torch.softmax(q @ k.mT * temperature.reshape(-1, 1, 1) / q.shape[-2] ** 0.5, -1) @ v


@wrong("attend_channels", "first|head|temperature|one")
def ac_one_temperature(q, k, v, temperature):
    q, k = functional.normalize(q, dim=-1), functional.normalize(k, dim=-1)
    return torch.softmax(q @ k.mT * temperature.flatten()[0], -1) @ v


@wrong("attend_channels", "root|length|square")
def ac_squared(q, k, v, temperature):
    q = q / q.square().sum(-1, keepdim=True)
    k = k / k.square().sum(-1, keepdim=True)
    return torch.softmax(q @ k.mT * temperature.reshape(-1, 1, 1), -1) @ v


@wrong("attend_channels", "temperature|after|before")
def ac_temperature_after(q, k, v, temperature):
    q, k = functional.normalize(q, dim=-1), functional.normalize(k, dim=-1)
    return torch.softmax(q @ k.mT, -1) * temperature.reshape(-1, 1, 1) @ v


@wrong("attend_channels", "gradient")
def ac_cut(q, k, v, temperature):
    q, k = (t / t.norm(dim=-1, keepdim=True).clamp(min=1e-12).detach() for t in (q, k))
    return torch.softmax(q @ k.mT * temperature.reshape(-1, 1, 1), -1) @ v


@right("attend_channels")
def ac_by_hand(q, k, v, temperature):
    s = einsum(q, k, "b h i n, b h j n -> b h i j")
    lq = q.square().sum(-1).sqrt().clamp(min=1e-12)[..., :, None]
    lk = k.square().sum(-1).sqrt().clamp(min=1e-12)[..., None, :]
    e = torch.exp(s / lq / lk * temperature.view(1, -1, 1, 1))
    return einsum(e / e.sum(-1, keepdim=True), v, "b h i j, b h j n -> b h i n")


@right("attend_channels")
def ac_pairs(q, k, v, temperature):
    s = functional.cosine_similarity(q[:, :, :, None], k[:, :, None], dim=-1, eps=1e-12)
    return (s * temperature[:, None, None]).softmax(-1).matmul(v)


# ---- mdta


@right("mdta")
def md_op(layer, x):
    _b, h, _w, _c = x.shape
    qkv = layer.depthwise(layer.qkv(x))
    q, k, v = rearrange(qkv, "b h w (t n d) -> t b n d (h w)", t=3, n=layer.num_heads)
    out = channel_attention(q, k, v, temperature=layer.temperature)
    return layer.projection(rearrange(out, "b n d (h w) -> b h w (n d)", h=h))


@right("mdta")
def md_hand(layer, x):
    b, h, w, c = x.shape
    q, k, v = layer.depthwise(layer.qkv(x)).flatten(1, 2).transpose(1, 2).chunk(3, 1)
    q, k, v = (t.reshape(b, layer.num_heads, -1, h * w) for t in (q, k, v))
    out = ac_by_hand(q, k, v, layer.temperature)
    return layer.projection(out.reshape(b, c, h * w).transpose(1, 2).reshape(b, h, w, c))


@right("mdta")
def md_pictures(layer, x):
    def one(x):
        return md_op(layer, x[None])[0]

    return torch.stack([one(picture) for picture in x])


def _md(layer, x, split="(t n d)", join="(n d)", depthwise=True):
    qkv = layer.qkv(x)
    if depthwise:
        qkv = layer.depthwise(qkv)
    q, k, v = rearrange(qkv, f"b h w {split} -> t b n d (h w)", t=3, n=layer.num_heads)
    out = channel_attention(q, k, v, temperature=layer.temperature)
    return layer.projection(rearrange(out, f"b n d (h w) -> b h w {join}", h=x.shape[1]))


@wrong("mdta", "depthwise")
def md_no_depthwise(layer, x):
    return _md(layer, x, depthwise=False)


@wrong("mdta", "projection")
def md_no_projection(layer, x):
    _b, h, _w, _c = x.shape
    qkv = layer.depthwise(layer.qkv(x))
    q, k, v = rearrange(qkv, "b h w (t n d) -> t b n d (h w)", t=3, n=layer.num_heads)
    out = channel_attention(q, k, v, temperature=layer.temperature)
    return rearrange(out, "b n d (h w) -> b h w (n d)", h=h)


@wrong("mdta", "qkv|outer|heads")
def md_heads_first(layer, x):
    qkv = layer.depthwise(layer.qkv(x))
    q, k, v = rearrange(qkv, "b h w (n t d) -> t b n d (h w)", t=3, n=layer.num_heads)
    out = channel_attention(q, k, v, temperature=layer.temperature)
    return layer.projection(rearrange(out, "b n d (h w) -> b h w (n d)", h=x.shape[1]))


@wrong("mdta", "join|\\(d|heads|order|back")
def md_join(layer, x):
    qkv = layer.depthwise(layer.qkv(x))
    q, k, v = rearrange(qkv, "b h w (t n d) -> t b n d (h w)", t=3, n=layer.num_heads)
    out = channel_attention(q, k, v, temperature=layer.temperature)
    return layer.projection(rearrange(out, "b n d (h w) -> b h w (d n)", h=x.shape[1]))


@wrong("mdta", "w h|column|h|order|back|places")
def md_columns_back(layer, x):
    _b, h, _w, _c = x.shape
    qkv = layer.depthwise(layer.qkv(x))
    q, k, v = rearrange(qkv, "b h w (t n d) -> t b n d (w h)", t=3, n=layer.num_heads)
    out = channel_attention(q, k, v, temperature=layer.temperature)
    return layer.projection(rearrange(out, "b n d (h w) -> b h w (n d)", h=h))


@wrong("mdta", "residual|`x`")
def md_residual(layer, x):
    return x + md_op(layer, x)


@wrong("mdta", "temperature")
def md_no_temperature(layer, x):
    qkv = layer.depthwise(layer.qkv(x))
    q, k, v = rearrange(qkv, "b h w (t n d) -> t b n d (h w)", t=3, n=layer.num_heads)
    q, k = functional.normalize(q, dim=-1), functional.normalize(k, dim=-1)
    out = (q @ k.mT).softmax(-1) @ v
    return layer.projection(rearrange(out, "b n d (h w) -> b h w (n d)", h=x.shape[1]))


@wrong("mdta", "pixel|channel")
def md_pixels(layer, x):
    qkv = layer.depthwise(layer.qkv(x))
    q, k, v = rearrange(qkv, "b h w (t n d) -> t b n (h w) d", t=3, n=layer.num_heads)
    out = functional.scaled_dot_product_attention(q, k, v)
    return layer.projection(rearrange(out, "b n (h w) d -> b h w (n d)", h=x.shape[1]))


@wrong("mdta", "order|v|k|changed|exchanged|places")
def md_vkq(layer, x):
    qkv = layer.depthwise(layer.qkv(x))
    v, k, q = rearrange(qkv, "b h w (t n d) -> t b n d (h w)", t=3, n=layer.num_heads)
    out = channel_attention(q, k, v, temperature=layer.temperature)
    return layer.projection(rearrange(out, "b n d (h w) -> b h w (n d)", h=x.shape[1]))


@wrong("mdta", "head")
def md_one_head(layer, x):
    qkv = layer.depthwise(layer.qkv(x))
    q, k, v = rearrange(qkv, "b h w (t n d) -> t b n d (h w)", t=3, n=1)
    out = channel_attention(q, k, v, temperature=layer.temperature[:1])
    return layer.projection(rearrange(out, "b n d (h w) -> b h w (n d)", h=x.shape[1]))


# ---- restore


def _restore(model, picture, skips_from_top=False, skip_first=False, residual=True, mode="reflect"):
    h, w = picture.shape[2:]
    x = picture.permute(0, 2, 3, 1)
    f = 2 ** len(model.down)
    x = pad_to_multiple(x, multiple=(f, f), mode=mode)
    inp = x
    x = model.embedding(x)
    skips = []
    for encoder, down in zip(model.encoder, model.down, strict=True):
        x = encoder(x)
        skips.append(x)
        x = down(x)
    x = model.latent(x)
    for up, join, decoder in zip(model.up, model.join, model.decoder, strict=True):
        skip = skips.pop(0 if skips_from_top else -1)
        parts = [up(x), skip]
        x = decoder(join(torch.cat(parts[::-1] if skip_first else parts, -1)))
    x = model.output(model.refinement(x))
    x = x + inp if residual else x
    return crop(x, size=(h, w)).permute(0, 3, 1, 2)


@right("restore")
def rs_loop(model, picture):
    return _restore(model, picture)


@right("restore")
def rs_recursive(model, picture):
    h, w = picture.shape[2:]
    f = 2 ** len(model.down)
    padded = functional.pad(picture, (0, -w % f, 0, -h % f), mode="reflect").permute(0, 2, 3, 1)
    depth = len(model.down)

    def level(i, x):
        if i == depth:
            return model.latent(x)
        skip = model.encoder[i](x)
        below = level(i + 1, model.down[i](skip))
        j = depth - 1 - i
        return model.decoder[j](model.join[j](torch.cat((model.up[j](below), skip), dim=3)))

    y = model.output(model.refinement(level(0, model.embedding(padded)))) + padded
    return y[:, :h, :w].permute(0, 3, 1, 2)


@right("restore")
def rs_reversed(model, picture):
    h, w = picture.shape[-2:]
    f = 2 ** len(model.down)
    x0 = pad_to_multiple(rearrange(picture, "b c h w -> b h w c"), multiple=(f, f), mode="reflect")
    x, kept = model.embedding(x0), ()
    for i in range(len(model.encoder)):
        x = model.encoder[i](x)
        kept = (x, *kept)
        x = model.down[i](x)
    x = model.latent(x)
    for i, skip in enumerate(kept):
        x = model.decoder[i](model.join[i](torch.cat([model.up[i](x), skip], dim=-1)))
    y = x0 + model.output(model.refinement(x))
    return rearrange(y[:, :h, :w], "b h w c -> b c h w")


@wrong("restore", "picture|add|residual")
def rs_no_residual(model, picture):
    h, w = picture.shape[2:]
    f = 2 ** len(model.down)
    x = pad_to_multiple(picture.permute(0, 2, 3, 1), multiple=(f, f), mode="reflect")
    x = model.embedding(x)
    skips = []
    for encoder, down in zip(model.encoder, model.down, strict=True):
        x = encoder(x)
        skips.append(x)
        x = down(x)
    x = model.latent(x)
    for up, join, decoder in zip(model.up, model.join, model.decoder, strict=True):
        x = decoder(join(torch.cat([up(x), skips.pop()], -1)))
    x = model.output(model.refinement(x))
    return x[:, :h, :w].permute(0, 3, 1, 2)


@wrong("restore", "skip|join|order|first|torch.cat")
def rs_skip_first(model, picture):
    return _restore(model, picture, skip_first=True)


@wrong("restore", "reflect|zero|mode|pad")
def rs_zeros(model, picture):
    return _restore(model, picture, mode="constant")


@wrong("restore", "clamp")
def rs_clamped(model, picture):
    return _restore(model, picture).clamp(0, 1)


@wrong("restore", "refinement")
def rs_no_refinement(model, picture):
    h, w = picture.shape[2:]
    f = 2 ** len(model.down)
    x0 = pad_to_multiple(picture.permute(0, 2, 3, 1), multiple=(f, f), mode="reflect")
    x = model.embedding(x0)
    skips = []
    for encoder, down in zip(model.encoder, model.down, strict=True):
        x = encoder(x)
        skips.append(x)
        x = down(x)
    x = model.latent(x)
    for up, join, decoder in zip(model.up, model.join, model.decoder, strict=True):
        x = decoder(join(torch.cat([up(x), skips.pop()], -1)))
    return (x0 + model.output(x))[:, :h, :w].permute(0, 3, 1, 2)


@wrong("restore", "latent")
def rs_no_latent(model, picture):
    h, w = picture.shape[2:]
    f = 2 ** len(model.down)
    x0 = pad_to_multiple(picture.permute(0, 2, 3, 1), multiple=(f, f), mode="reflect")
    x = model.embedding(x0)
    skips = []
    for encoder, down in zip(model.encoder, model.down, strict=True):
        x = encoder(x)
        skips.append(x)
        x = down(x)
    for up, join, decoder in zip(model.up, model.join, model.decoder, strict=True):
        x = decoder(join(torch.cat([up(x), skips.pop()], -1)))
    x = model.refinement(x)
    return (x0 + model.output(x))[:, :h, :w].permute(0, 3, 1, 2)


@wrong("restore", "crop|shape|size")
def rs_no_crop(model, picture):
    f = 2 ** len(model.down)
    x0 = pad_to_multiple(picture.permute(0, 2, 3, 1), multiple=(f, f), mode="reflect")
    x = model.embedding(x0)
    skips = []
    for encoder, down in zip(model.encoder, model.down, strict=True):
        x = encoder(x)
        skips.append(x)
        x = down(x)
    x = model.latent(x)
    for up, join, decoder in zip(model.up, model.join, model.decoder, strict=True):
        x = decoder(join(torch.cat([up(x), skips.pop()], -1)))
    return (x0 + model.output(model.refinement(x))).permute(0, 3, 1, 2)


@wrong("restore", "skip|encoder|down|before|early")
def rs_skip_before(model, picture):
    h, w = picture.shape[2:]
    f = 2 ** len(model.down)
    x0 = pad_to_multiple(picture.permute(0, 2, 3, 1), multiple=(f, f), mode="reflect")
    x = model.embedding(x0)
    skips = []
    for encoder, down in zip(model.encoder, model.down, strict=True):
        skips.append(x)
        x = down(encoder(x))
    x = model.latent(x)
    for up, join, decoder in zip(model.up, model.join, model.decoder, strict=True):
        x = decoder(join(torch.cat([up(x), skips.pop()], -1)))
    return (x0 + model.output(model.refinement(x)))[:, :h, :w].permute(0, 3, 1, 2)


@wrong("restore", "pad|multiple|stop|even|divid")
def rs_no_pad(model, picture):
    x0 = picture.permute(0, 2, 3, 1)
    x = model.embedding(x0)
    skips = []
    for encoder, down in zip(model.encoder, model.down, strict=True):
        x = encoder(x)
        skips.append(x)
        x = down(x)
    x = model.latent(x)
    for up, join, decoder in zip(model.up, model.join, model.decoder, strict=True):
        x = decoder(join(torch.cat([up(x), skips.pop()], -1)))
    return (x0 + model.output(model.refinement(x))).permute(0, 3, 1, 2)


@wrong("restore", "axes|b h w|layout|channels|permute")
def rs_channels_last(model, picture):
    return _restore(model, picture).permute(0, 2, 3, 1)
