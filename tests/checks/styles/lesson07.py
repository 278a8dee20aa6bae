"""Second styles of right answers to lesson 07."""

import math

import torch
from einops import rearrange
from torch.nn import functional

from tests.checks.styles.collect import style


@style("pair_counts")
def by_adding_up(size, window_size):
    n = math.prod(size)
    return tuple(sum(keys for _ in range(n)) for keys in (math.prod(window_size), *size[::-1], n))


@style("runs_out")
def by_trying(memory, layers, num_heads, stride):
    cells = 0
    while 4 * layers * num_heads * (cells + 1) ** 4 <= memory:
        cells += 1
    return cells * cells, cells * stride


@style("travel")
def by_tables(layers, place):
    """A Boolean matrix a layer, and their product."""
    heard = torch.eye(layers[0].numel(), dtype=torch.bool)
    for number in layers:
        flat = number.flatten()
        heard = ((flat[:, None] == flat).float() @ heard.float()) > 0
    row, column = place
    return heard[row * layers[0].shape[1] + column].reshape(layers[0].shape)


@style("grid_by_window")
def by_index(attend, x, window_size):
    h, w = x.shape[1:3]
    rows = torch.arange(h).reshape(window_size[0], -1).T.flatten()
    columns = torch.arange(w).reshape(window_size[1], -1).T.flatten()
    moved = attend(x[:, rows][:, :, columns])
    return moved[:, rows.argsort()][:, :, columns.argsort()]


@style("split_attend")
def by_one_large_table(q, k, v, splits):
    """All with all, and −∞ where two cells do not share a shifted window."""
    _, h, w, d = q.shape
    wh, ww = h // splits, w // splits
    y = (torch.arange(h) + wh - wh // 2) // wh
    x = (torch.arange(w) + ww - ww // 2) // ww
    number = (y[:, None] * (splits + 1) + x).flatten()
    hidden = torch.where(number[:, None] == number, 0.0, float("-inf")).to(q)
    q, k, v = (y.flatten(1, 2) for y in (q, k, v))
    return (((q @ k.mT) / d**0.5 + hidden).softmax(-1) @ v).unflatten(1, (h, w))


@style("heard_from")
def by_one_hot_gradients(layer, x, row, column):
    x = x.detach().clone().requires_grad_()
    total = torch.zeros(x.shape[1:3])
    with torch.enable_grad():
        out = layer(x)
        for channel in range(out.shape[-1]):
            one = torch.zeros_like(out)
            one[0, row, column, channel] = 1
            (gradient,) = torch.autograd.grad(out, x, one, retain_graph=True)
            total += (gradient[0] ** 2).sum(-1)
    return total**0.5


@style("as_sampling")
def by_loops(q, k, size):
    (h, w), (b, heads, n, d) = size, q.shape
    places = torch.tensor([[(x + 0.5) / w, (y + 0.5) / h] for y in range(h) for x in range(w)])
    scores = torch.einsum("beid,bejd->biej", q, k) * d**-0.5
    out = torch.zeros(b, n, heads, n, 3)
    out[..., :2], out[..., 2] = places, scores.softmax(-1)
    return out


@style("attend_any")
def by_masks(q, k, v, kind, window_size):
    """All with all under a table of who may ask whom; channels on their side."""
    h, w = q.shape[1:3]
    if kind == "channels":
        q, k, v = (rearrange(x, "b h w c -> b c (h w)") for x in (q, k, v))
        scores = functional.normalize(q, dim=-1) @ functional.normalize(k, dim=-1).mT
        return rearrange(scores.softmax(-1) @ v, "b c (h w) -> b h w c", h=h)
    y, x = (at.flatten() for at in torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij"))
    wh, ww = window_size
    number = {
        "window": y // wh * w + x // ww,
        "grid": y % (h // wh) * w + x % (w // ww),
        "rows": y,
        "columns": x,
        "all": torch.zeros_like(x),
    }[kind]
    bias = torch.where(number[:, None] == number, 0.0, float("-inf"))
    q, k, v = (rearrange(t, "b h w c -> b (h w) c") for t in (q, k, v))
    out = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
    return rearrange(out, "b (h w) c -> b h w c", h=h)


@style("attend_portions")
def by_logarithms(q, k, v, portion):
    """Each portion's own softmax, weighed by the logarithm of its sum."""
    logs, mix = None, None
    for at in range(0, k.shape[-2], portion):
        scores = torch.einsum("bhid,bhjd->bhij", q, k[:, :, at : at + portion]) / q.shape[-1] ** 0.5
        own = torch.logsumexp(scores, -1, keepdim=True)
        part = torch.einsum("bhij,bhje->bhie", scores.softmax(-1), v[:, :, at : at + portion])
        if logs is None:
            logs, mix = own, part
            continue
        both = torch.logaddexp(logs, own)
        mix, logs = mix * torch.exp(logs - both) + part * torch.exp(own - both), both
    return mix


@style("attend_portions")
def by_two_passes(q, k, v, portion):
    """The logarithm of each row's sum first, then the mix: nothing has to be shrunk."""
    q = q * q.shape[-1] ** -0.5
    pairs = list(zip(k.split(portion, 2), v.split(portion, 2), strict=True))
    sums = torch.full_like(q[..., :1], -torch.inf)
    for some, _ in pairs:
        sums = torch.logaddexp(sums, (q @ some.mT).logsumexp(-1, keepdim=True))
    return sum((q @ some.mT - sums).exp() @ value for some, value in pairs)
