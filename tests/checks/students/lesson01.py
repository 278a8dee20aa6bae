"""Windows and masks."""

import functools

import numpy as np
import torch
from einops import einsum, rearrange
from torch.nn import functional

from tests.checks.students.collect import right, wrong

# ---- shift_map


@right("shift_map")
def by_cat(x, shift_size):
    dy, dx = shift_size
    x = torch.cat([x[:, dy:], x[:, :dy]], dim=1)
    return torch.cat((x[:, :, dx:], x[:, :, :dx]), 2)


@right("shift_map")
def by_numpy(x, shift_size):
    return torch.from_numpy(np.roll(x.numpy(), tuple(-s for s in shift_size), axis=(1, 2)))


@right("shift_map")
def by_index(x, shift_size):
    _, h, w, _ = x.shape
    rows = (torch.arange(h) + shift_size[0]) % h
    columns = (torch.arange(w) + shift_size[1]) % w
    return x[:, rows][:, :, columns]


@right("shift_map")
def by_loops(x, shift_size):
    out = torch.zeros_like(x)
    h, w = x.shape[1], x.shape[2]
    for i in range(h):
        for j in range(w):
            out[:, i, j] = x[:, (i + shift_size[0]) % h, (j + shift_size[1]) % w]
    return out


class Roller:
    def __call__(self, x, shift_size):
        return torch.vmap(lambda m: m.roll((-shift_size[0], -shift_size[1]), (0, 1)))(x)


right("shift_map", "object with vmap")(Roller())


@wrong("shift_map", "down and right|other way|opposite|sign|negative")
def sign_of_rows(x, shift_size):
    dy, dx = shift_size
    return torch.cat([x[:, -dy:], x[:, :-dy]], 1).roll(dx, 2) if dy else x.roll(dx, 2)


@wrong("shift_map", "sign|`dx`|`dy`|left|columns")
def one_sign(x, shift_size):
    dy, dx = shift_size
    return torch.roll(x, (-dy, dx), (1, 2))


@wrong("shift_map", "second number|exchanged|places|dy|dx")
def numbers_exchanged(x, shift_size):
    dx, dy = shift_size
    x = torch.cat([x[:, dy:], x[:, :dy]], 1)
    return torch.cat([x[:, :, dx:], x[:, :, :dx]], 2)


@wrong("shift_map", "axes|axis|dims")
def columns_and_channels(x, shift_size):
    dy, dx = shift_size
    return x.roll((-dy, -dx), dims=(2, 3))


@wrong("shift_map", r"shift_size\[1\]|only|`dx`")
def rows_alone(x, shift_size):
    return x.roll(-shift_size[0], 1)


@wrong("shift_map", "zero")
def padded(x, shift_size):
    dy, dx = shift_size
    b, h, w, c = x.shape
    out = torch.zeros(b, h, w, c)
    out[:, : h - dy, : w - dx] = x[:, dy:, dx:]
    return out


@wrong("shift_map", "written into")
def in_place(x, shift_size):
    dy, dx = shift_size
    x[:] = x.roll((-dy, -dx), (1, 2))
    return x


@wrong("shift_map", r"\(1, 2\)|everywhere|whatever|written down|hard|no effect|shift_size")
def always_one_two(x, shift_size):
    return x.roll((-1, -2), (1, 2))


@wrong("shift_map", "-1 along")
def one_more(x, shift_size):
    return x.roll((-shift_size[0] - 1, -shift_size[1] - 1), (1, 2))


@wrong("shift_map", "numpy|ndarray|tensor")
def stays_numpy(x, shift_size):
    return np.roll(x.numpy(), (-shift_size[0], -shift_size[1]), (1, 2))


# ---- window_partition


@right("window_partition")
def wp_reshape(x, window_size):
    b, h, w, c = x.shape
    wh, ww = window_size
    x = x.view(b, h // wh, wh, w // ww, ww, c).transpose(2, 3)
    return x.reshape(b, h // wh, w // ww, wh * ww, c)


@right("window_partition")
def wp_unfold(x, window_size):
    wh, ww = window_size
    return x.unfold(1, wh, wh).unfold(2, ww, ww).flatten(-2).transpose(-1, -2)


@right("window_partition")
def wp_loops(x, window_size):
    wh, ww = window_size
    rows = []
    for top in range(0, x.size(1), wh):
        rows.append(
            [
                x[:, top : top + wh, left : left + ww].flatten(1, 2)
                for left in range(0, x.size(2), ww)
            ]
        )
    return torch.stack([torch.stack(row, 1) for row in rows], 1)


def _planes(x, window_size):
    b, h, _w, c = x.shape
    cols = functional.unfold(x.permute(0, 3, 1, 2), window_size, stride=window_size)
    cols = cols.view(b, c, window_size[0] * window_size[1], h // window_size[0], -1)
    return cols.permute(0, 3, 4, 2, 1)


right("window_partition", "partial of unfold")(functools.partial(_planes))


@wrong("window_partition", "row by row|column|order|reshape")
def wp_no_permute(x, window_size):
    b, h, w, c = x.shape
    wh, ww = window_size
    return x.reshape(b, h // wh, w // ww, wh * ww, c)


@wrong("window_partition", "column")
def wp_cells_by_columns(x, window_size):
    wh, ww = window_size
    return rearrange(x, "b (nh wh) (nw ww) c -> b nh nw (ww wh) c", wh=wh, ww=ww)


@wrong("window_partition", "column|order|nh|nw")
def wp_windows_by_columns(x, window_size):
    wh, ww = window_size
    b = x.shape[0]
    y = rearrange(x, "b (nh wh) (nw ww) c -> b nw nh (wh ww) c", wh=wh, ww=ww)
    return y.reshape(b, x.shape[1] // wh, x.shape[2] // ww, wh * ww, -1)


@wrong("window_partition", "grid|apart|every")
def wp_grid(x, window_size):
    wh, ww = window_size
    b, h, w, c = x.shape
    x = x.reshape(b, wh, h // wh, ww, w // ww, c)
    return x.permute(0, 2, 4, 1, 3, 5).flatten(3, 4)


@wrong("window_partition", "exchanged|width|height|wh|ww|places|order")
def wp_size_exchanged(x, window_size):
    ww, wh = window_size
    return rearrange(x, "b (nh wh) (nw ww) c -> b nh nw (wh ww) c", wh=wh, ww=ww)


@wrong("window_partition", "batch|shape|axes|axis")
def wp_into_batch(x, window_size):
    wh, ww = window_size
    return rearrange(x, "b (nh wh) (nw ww) c -> (b nh nw) (wh ww) c", wh=wh, ww=ww)


@wrong("window_partition", "batch|picture")
def wp_batch_one(x, window_size):
    wh, ww = window_size
    h, w, c = x.shape[1:]
    return x[0].reshape(1, h // wh, wh, w // ww, ww, c).transpose(2, 3).flatten(3, 4)


@wrong("window_partition", "float|`/`|//")
def wp_divides(x, window_size):
    b, h, w, c = x.shape
    wh, ww = window_size
    return x.reshape(b, h / wh, wh, w / ww, ww, c).transpose(2, 3).flatten(3, 4)


# ---- window_merge


@right("window_merge")
def wm_permute(windows, window_size):
    b, nh, nw, _, c = windows.shape
    wh, ww = window_size
    y = windows.reshape(b, nh, nw, wh, ww, c).permute(0, 1, 3, 2, 4, 5)
    return y.reshape(b, nh * wh, nw * ww, c)


@right("window_merge")
def wm_cat(windows, window_size):
    wh, ww = window_size
    b, nh, nw, _n, c = windows.shape
    rows = [
        torch.cat([windows[:, i, j].view(b, wh, ww, c) for j in range(nw)], 2) for i in range(nh)
    ]
    return torch.cat(rows, 1)


@right("window_merge")
def wm_fold(windows, window_size):
    b, nh, nw, n, c = windows.shape
    wh, ww = window_size
    columns = windows.permute(0, 4, 3, 1, 2).reshape(b, c * n, nh * nw)
    out = functional.fold(columns, (nh * wh, nw * ww), window_size, stride=window_size)
    return out.movedim(1, -1)


right("window_merge", "lambda")(
    lambda windows, window_size: rearrange(
        windows,
        "b nh nw (i j) c -> b (nh i) (nw j) c",
        i=window_size[0],
        j=window_size[1],
    )
)


@wrong("window_merge", "reshape|order|column|row")
def wm_no_permute(windows, window_size):
    b, nh, nw, _n, c = windows.shape
    return windows.reshape(b, nh * window_size[0], nw * window_size[1], c)


@wrong("window_merge", "column|order")
def wm_columns(windows, window_size):
    wh, ww = window_size
    return rearrange(windows, "b nh nw (ww wh) c -> b (nh wh) (nw ww) c", wh=wh, ww=ww)


@wrong("window_merge", "grid|inner|outer|order|apart")
def wm_grid(windows, window_size):
    wh, ww = window_size
    return rearrange(windows, "b nh nw (wh ww) c -> b (wh nh) (ww nw) c", wh=wh, ww=ww)


@wrong("window_merge", "height|exchanged|places|width")
def wm_exchanged(windows, window_size):
    b, nh, nw, _, c = windows.shape
    ww, wh = window_size
    y = windows.reshape(b, nh, nw, wh, ww, c).transpose(2, 3)
    return y.reshape(b, nh * wh, nw * ww, c)


@wrong("window_merge", "square")
def wm_square_map(windows, window_size):
    b, nh, nw, _, c = windows.shape
    side = int((nh * nw) ** 0.5)
    wh, ww = window_size
    y = windows.reshape(b, side, -1, wh, ww, c).transpose(2, 3)
    return y.reshape(b, -1, y.shape[3] * ww, c)


@wrong("window_merge", "square")
def wm_square_window(windows, window_size):
    b, nh, nw, n, c = windows.shape
    s = int(n**0.5)
    y = windows[:, :, :, : s * s].reshape(b, nh, nw, s, s, c).transpose(2, 3)
    return y.reshape(b, nh * s, nw * s, c)


@wrong("window_merge", "None|return")
def wm_returns_nothing(windows, window_size):
    wh, ww = window_size
    rearrange(windows, "b nh nw (wh ww) c -> b (nh wh) (nw ww) c", wh=wh, ww=ww)


# ---- attend


@right("attend")
def at_by_hand(q, k, v, bias):
    scores = q @ k.transpose(-1, -2) * q.size(-1) ** -0.5 + bias
    e = torch.exp(scores - scores.amax(-1, keepdim=True))
    return e / e.sum(-1, keepdim=True) @ v


@right("attend")
def at_sdpa(q, k, v, bias):
    return functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)


@right("attend")
def at_by_query(q, k, v, bias):
    b, heads, i, d = q.shape
    bias = bias.expand(b, heads, i, k.shape[2])
    out = []
    for row in range(i):
        s = (q[:, :, row : row + 1] * k).sum(-1) / d**0.5 + bias[:, :, row]
        out.append((functional.softmax(s, dim=-1)[..., None] * v).sum(2))
    return torch.stack(out, dim=2)


@right("attend")
def at_vmap(q, k, v, bias):
    bias = bias.expand(*q.shape[:3], k.shape[2])

    def one(q, k, v, bias):
        return torch.softmax(q @ k.T / q.shape[-1] ** 0.5 + bias, -1) @ v

    return torch.vmap(torch.vmap(one))(q, k, v, bias)


@right("attend")
def at_einops(q, k, v, bias):
    w = (einsum(q / q.shape[3] ** 0.5, k, "b h i d, b h j d -> b h i j") + bias).softmax(3)
    return einsum(w, v, "b h i j, b h j e -> b h i e")


@right("attend")
def at_bmm(q, k, v, bias):
    b, h, i, d = q.shape
    j, e = v.shape[2:]
    flat = torch.baddbmm(
        bias.expand(b, h, i, j).reshape(b * h, i, j),
        q.reshape(b * h, i, d),
        k.reshape(b * h, j, d).mT,
        alpha=d**-0.5,
    )
    return torch.bmm(flat.softmax(2), v.reshape(b * h, j, e)).view(b, h, i, e)


@wrong("attend", "√|scale|root|divid")
def at_no_scale(q, k, v, bias):
    return torch.softmax(torch.einsum("bhid,bhjd->bhij", q, k) + bias, -1) @ v


@wrong("attend", "root|√|\\*\\* 0.5|scale|divided by d")
def at_by_d(q, k, v, bias):
    return ((q @ k.mT) / q.shape[-1] + bias).softmax(-1) @ v


@wrong("attend", "scale|bias|before")
def at_bias_scaled(q, k, v, bias):
    return ((q @ k.mT + bias) / q.shape[-1] ** 0.5).softmax(-1) @ v


@wrong("attend", "softmax|dim|axis|quer")
def at_softmax_queries(q, k, v, bias):
    s = q @ k.mT / q.shape[-1] ** 0.5 + bias
    e = s.exp()
    return e / e.sum(-2, keepdim=True) @ v


@wrong("attend", "bias")
def at_bias_after(q, k, v, bias):
    return ((q @ k.mT / q.shape[-1] ** 0.5).softmax(-1) + bias) @ v


@wrong("attend", "bias")
def at_no_bias(q, k, v, bias):
    return functional.scaled_dot_product_attention(q, k, v)


@wrong("attend", "sign|minus|subtract|bias")
def at_bias_minus(q, k, v, bias):
    return (q @ k.mT / q.shape[-1] ** 0.5 - bias).softmax(-1) @ v


@wrong("attend", "√|root|d|scale|heads|tokens")
def at_root_of_tokens(q, k, v, bias):
    return (q @ k.mT / q.shape[-2] ** 0.5 + bias).softmax(-1) @ v


@wrong("attend", "gradient")
def at_cut(q, k, v, bias):
    w = (q @ k.mT / q.shape[-1] ** 0.5 + bias).softmax(-1)
    return w.detach() @ v


@wrong("attend", "gradient")
def at_numpy(q, k, v, bias):
    s = q.detach().numpy() @ np.swapaxes(k.detach().numpy(), -1, -2) / q.shape[-1] ** 0.5
    s = s + bias.detach().numpy()
    e = np.exp(s - s.max(-1, keepdims=True))
    return torch.from_numpy(e / e.sum(-1, keepdims=True)) @ v


@wrong("attend", "softmax|exp|normal|sum")
def at_no_softmax(q, k, v, bias):
    return (q @ k.mT / q.shape[-1] ** 0.5 + bias) @ v


@wrong("attend", "random|Two calls|dropout")
def at_dropout(q, k, v, bias):
    w = (q @ k.mT / q.shape[-1] ** 0.5 + bias).softmax(-1)
    return functional.dropout(w, 0.1) @ v


@wrong("attend", "k|values?|`v`|exchanged")
def at_keys_as_values(q, k, v, bias):
    w = (q @ k.mT / q.shape[-1] ** 0.5 + bias).softmax(-1)
    return w @ k


# ---- grid_partition


@right("grid_partition")
def gp_permute(x, grid_size):
    b, h, w, c = x.shape
    gh, gw = grid_size
    y = x.reshape(b, gh, h // gh, gw, w // gw, c).permute(0, 2, 4, 1, 3, 5)
    return y.reshape(b, h // gh, w // gw, gh * gw, c)


@right("grid_partition")
def gp_strides(x, grid_size):
    gh, gw = grid_size
    nh, nw = x.shape[1] // gh, x.shape[2] // gw
    groups = [x[:, i::nh, j::nw].flatten(1, 2) for i in range(nh) for j in range(nw)]
    return torch.stack(groups, 1).unflatten(1, (nh, nw))


@right("grid_partition")
def gp_numpy(x, grid_size):
    b, h, w, c = x.shape
    gh, gw = grid_size
    a = x.numpy().reshape(b, gh, h // gh, gw, w // gw, c)
    return torch.tensor(np.moveaxis(a, (1, 3), (3, 4)).reshape(b, h // gh, w // gw, -1, c))


@wrong("grid_partition", "window|neighbo")
def gp_windows(x, grid_size):
    gh, gw = grid_size
    return rearrange(x, "b (nh gh) (nw gw) c -> b nh nw (gh gw) c", gh=gh, gw=gw)


@wrong("grid_partition", "as found|bug|window|neighbo")
def gp_as_found(x, grid_size):
    (b, h, w, c), (gh, gw) = x.shape, grid_size
    x = x.reshape(b, gh, h // gh, gw, w // gw, c)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(b, h // gh, w // gw, gh * gw, c)


@wrong("grid_partition", "column")
def gp_cells_columns(x, grid_size):
    gh, gw = grid_size
    return rearrange(x, "b (gh nh) (gw nw) c -> b nh nw (gw gh) c", gh=gh, gw=gw)


@wrong("grid_partition", "column|nh|nw|order")
def gp_groups_columns(x, grid_size):
    gh, gw = grid_size
    y = rearrange(x, "b (gh nh) (gw nw) c -> b nw nh (gh gw) c", gh=gh, gw=gw)
    return y.reshape(x.shape[0], x.shape[1] // gh, x.shape[2] // gw, gh * gw, -1)


@wrong("grid_partition", "exchanged|places|height|gw|gh|nh|nw")
def gp_exchanged(x, grid_size):
    gw, gh = grid_size
    return rearrange(x, "b (gh nh) (gw nw) c -> b nh nw (gh gw) c", gh=gh, gw=gw)


@wrong("grid_partition", "number|size|side|spac|stride|nh|gh")
def gp_size_as_stride(x, grid_size):
    gh, gw = grid_size
    return rearrange(x, "b (nh gh) (nw gw) c -> b gh gw (nh nw) c", gh=gh, gw=gw)


@wrong("grid_partition", "read as")
def gp_half(x, grid_size):
    gh, gw = grid_size
    return rearrange(x, "b (gh nh) (nw gw) c -> b nh nw (gh gw) c", gh=gh, gw=gw)


# ---- position_index


@right("position_index")
def pi_loops(window_size):
    wh, ww = window_size
    n = wh * ww
    out = torch.empty(n, n, dtype=torch.long)
    for i in range(n):
        for j in range(n):
            dy, dx = i // ww - j // ww, i % ww - j % ww
            out[i, j] = (dy + wh - 1) * (2 * ww - 1) + dx + ww - 1
    return out


@right("position_index")
def pi_numpy(window_size):
    wh, ww = window_size
    y, x = np.divmod(np.arange(wh * ww), ww)
    dy, dx = np.subtract.outer(y, y), np.subtract.outer(x, x)
    return torch.from_numpy((dy + wh - 1) * (2 * ww - 1) + (dx + ww - 1))


@right("position_index")
def pi_swin(window_size):
    wh, ww = window_size
    coords = torch.stack(torch.meshgrid(torch.arange(wh), torch.arange(ww), indexing="ij"))
    flat = torch.flatten(coords, 1)
    rel = (flat[:, :, None] - flat[:, None, :]).permute(1, 2, 0).contiguous()
    rel[:, :, 0] += wh - 1
    rel[:, :, 1] += ww - 1
    rel[:, :, 0] *= 2 * ww - 1
    return rel.sum(-1)


@right("position_index")
def pi_dict(window_size):
    wh, ww = window_size
    row = {}
    for dy in range(1 - wh, wh):
        for dx in range(1 - ww, ww):
            row[dy, dx] = len(row)
    cells = [(y, x) for y in range(wh) for x in range(ww)]
    return torch.tensor([[row[a[0] - b[0], a[1] - b[1]] for b in cells] for a in cells])


@wrong("position_index", "sign|j|i|query|key|backward|other way|turned|order")
def pi_key_minus_query(window_size):
    wh, ww = window_size
    y = torch.arange(wh * ww) // ww
    x = torch.arange(wh * ww) % ww
    dy, dx = y[None] - y[:, None], x[None] - x[:, None]
    return (dy + wh - 1) * (2 * ww - 1) + dx + ww - 1


@wrong("position_index", "ww|wh|width|height|exchanged|row length|2")
def pi_row_length(window_size):
    wh, ww = window_size
    y = torch.arange(wh * ww) // ww
    x = torch.arange(wh * ww) % ww
    dy, dx = y[:, None] - y[None], x[:, None] - x[None]
    return (dy + wh - 1) * (2 * wh - 1) + dx + ww - 1


@wrong("position_index", "ww|1|row|2")
def pi_row_length_ww(window_size):
    wh, ww = window_size
    y = torch.arange(wh * ww) // ww
    x = torch.arange(wh * ww) % ww
    dy, dx = y[:, None] - y[None], x[:, None] - x[None]
    return (dy + wh - 1) * ww + dx + ww - 1


@wrong("position_index", "0|smallest|negative|shift|plus|wh - 1|begin")
def pi_no_shift(window_size):
    wh, ww = window_size
    y = torch.arange(wh * ww) // ww
    x = torch.arange(wh * ww) % ww
    dy, dx = y[:, None] - y[None], x[:, None] - x[None]
    return dy * (2 * ww - 1) + dx


@wrong("position_index", "column|order|x|exchanged")
def pi_x_first(window_size):
    wh, ww = window_size
    y = torch.arange(wh * ww) // ww
    x = torch.arange(wh * ww) % ww
    dy, dx = y[:, None] - y[None], x[:, None] - x[None]
    return (dx + ww - 1) * (2 * wh - 1) + dy + wh - 1


@wrong("position_index", "float|whole")
def pi_floats(window_size):
    wh, ww = window_size
    y = torch.arange(wh * ww) // ww
    x = torch.arange(wh * ww) % ww
    dy, dx = y[:, None] - y[None], x[:, None] - x[None]
    return ((dy + wh - 1) * (2 * ww - 1) + dx + ww - 1).float()


@wrong("position_index", "abs|sign|distance")
def pi_distance(window_size):
    wh, ww = window_size
    y = torch.arange(wh * ww) // ww
    x = torch.arange(wh * ww) % ww
    dy, dx = (y[:, None] - y[None]).abs(), (x[:, None] - x[None]).abs()
    return dy * ww + dx


@wrong("position_index", "plus 2 · ww")
def pi_from_one(window_size):
    wh, ww = window_size
    y = torch.arange(wh * ww) // ww
    x = torch.arange(wh * ww) % ww
    dy, dx = y[:, None] - y[None], x[:, None] - x[None]
    return (dy + wh) * (2 * ww - 1) + dx + ww


@wrong("position_index", "column|order|row by row|cells")
def pi_columns(window_size):
    wh, ww = window_size
    y = torch.arange(wh * ww) % wh
    x = torch.arange(wh * ww) // wh
    dy, dx = y[:, None] - y[None], x[:, None] - x[None]
    return (dy + wh - 1) * (2 * ww - 1) + dx + ww - 1


# ---- shifted_mask


def _wins(x, window_size):
    wh, ww = window_size
    return rearrange(x, "(nh wh) (nw ww) -> nh nw (wh ww)", wh=wh, ww=ww)


@right("shifted_mask")
def sm_rolled(size, window_size, shift_size):
    """Rolls the true places: who was apart by more than a window before came together."""
    h, w = size
    y = torch.arange(h)[:, None].expand(h, w).roll((-shift_size[0], -shift_size[1]), (0, 1))
    x = torch.arange(w)[None].expand(h, w).roll((-shift_size[0], -shift_size[1]), (0, 1))
    y, x = _wins(y, window_size), _wins(x, window_size)
    far = (y[..., :, None] - y[..., None, :]).abs() >= window_size[0]
    far = far | ((x[..., :, None] - x[..., None, :]).abs() >= window_size[1])
    return -100.0 * far


@right("shifted_mask")
def sm_swin(size, window_size, shift_size):
    h, w = size
    img = torch.zeros(h, w)
    cnt = 0
    hs = (
        [
            slice(0, -window_size[0]),
            slice(-window_size[0], -shift_size[0]),
            slice(-shift_size[0], None),
        ]
        if shift_size[0]
        else [slice(0, None)]
    )
    ws = (
        [
            slice(0, -window_size[1]),
            slice(-window_size[1], -shift_size[1]),
            slice(-shift_size[1], None),
        ]
        if shift_size[1]
        else [slice(0, None)]
    )
    for a in hs:
        for b in ws:
            img[a, b] = cnt
            cnt += 1
    m = _wins(img, window_size)
    d = m.unsqueeze(-2) - m.unsqueeze(-1)
    return d.masked_fill(d != 0, -100.0).masked_fill(d == 0, 0.0)


@right("shifted_mask")
def sm_outer(size, window_size, shift_size):
    def axis(side, window, shift):
        label = (torch.arange(side) >= side - shift).long().view(-1, window)
        return label[:, :, None] != label[:, None, :]

    a = axis(size[0], window_size[0], shift_size[0])
    b = axis(size[1], window_size[1], shift_size[1])
    out = a[:, None, :, None, :, None] | b[None, :, None, :, None, :]
    nh, nw = a.shape[0], b.shape[0]
    n = window_size[0] * window_size[1]
    out = out.expand(nh, nw, *window_size, *window_size).reshape(nh, nw, n, n)
    return torch.where(out, torch.tensor(-100.0), torch.tensor(0.0))


@wrong("shifted_mask", "allow the strangers")
def sm_inverted(size, window_size, shift_size):
    return -100 - sm_outer(size, window_size, shift_size)


@wrong("shifted_mask", "True|bool|numbers")
def sm_bool(size, window_size, shift_size):
    return sm_outer(size, window_size, shift_size) < 0


@wrong("shifted_mask", "inf")
def sm_inf(size, window_size, shift_size):
    m = sm_outer(size, window_size, shift_size)
    return m.masked_fill(m < 0, float("-inf"))


@wrong("shifted_mask", "rows|columns|axis|`ww`|second|dx|regions")
def sm_rows_only(size, window_size, shift_size):
    h, w = size
    img = torch.zeros(h, w)
    if shift_size[0]:
        img[-shift_size[0] :] = 1
    m = _wins(img, window_size)
    return -100.0 * (m[..., None] != m[..., None, :])


@right("shifted_mask")
def sm_slices(size, window_size, shift_size):
    h, w = size
    img = torch.zeros(h, w)
    n = 0
    for a in (
        slice(0, -window_size[0]),
        slice(-window_size[0], -shift_size[0]),
        slice(-shift_size[0], None),
    ):
        for b in (
            slice(0, -window_size[1]),
            slice(-window_size[1], -shift_size[1]),
            slice(-shift_size[1], None),
        ):
            img[a, b] = n
            n += 1
    m = _wins(img, window_size)
    return -100.0 * (m[..., None] != m[..., None, :])


@wrong("shifted_mask", "first|begin|top|end|roll|side|start")
def sm_at_the_start(size, window_size, shift_size):
    h, w = size
    img = torch.zeros(h, w)
    img[: shift_size[0]] += 1
    img[:, : shift_size[1]] += 2
    m = _wins(img, window_size)
    return -100.0 * (m[..., None] != m[..., None, :])


@wrong("shifted_mask", "region|number|same|add|label|corner")
def sm_ones_added(size, window_size, shift_size):
    h, w = size
    img = torch.zeros(h, w)
    if shift_size[0]:
        img[-shift_size[0] :] += 1
    if shift_size[1]:
        img[:, -shift_size[1] :] += 1
    m = _wins(img, window_size)
    return -100.0 * (m[..., None] != m[..., None, :])


@wrong("shifted_mask", "sign|-1|plus|100")
def sm_plus(size, window_size, shift_size):
    return -sm_outer(size, window_size, shift_size)


@wrong("shifted_mask", "time|1 /|100|1")
def sm_minus_one(size, window_size, shift_size):
    return sm_outer(size, window_size, shift_size) / 100


@wrong("shifted_mask", "exchanged|second|places|height|dy|dx|shift_size|order")
def sm_exchanged(size, window_size, shift_size):
    return sm_outer(size, window_size, shift_size[::-1])


@wrong("shifted_mask", "window|shift|whole|every")
def sm_window_for_shift(size, window_size, shift_size):
    h, w = size
    img = torch.zeros(h, w)
    img[-window_size[0] :] += 1
    img[:, -window_size[1] :] += 2
    m = _wins(img, window_size)
    return -100.0 * (m[..., None] != m[..., None, :])
