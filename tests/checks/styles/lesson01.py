"""Second styles of right answers to lesson 01."""

import torch
from einops import rearrange
from torch.nn import functional

from tests.checks.styles.collect import style


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
