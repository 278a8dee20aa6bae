"""ViT-Adapter."""

import numpy as np
import torch
from einops import rearrange
from torch.nn import functional

from tests.checks.students.collect import right, wrong
from utils.ops import reference_points

# ---- cell_centers


@right("cell_centers")
def cc_meshgrid(h, w):
    y, x = torch.meshgrid((torch.arange(h) + 0.5) / h, (torch.arange(w) + 0.5) / w, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], -1)


@right("cell_centers")
def cc_list(h, w):
    return torch.tensor([[(x + 0.5) / w, (y + 0.5) / h] for y in range(h) for x in range(w)])


@right("cell_centers")
def cc_numpy(h, w):
    y, x = np.divmod(np.arange(h * w), w)
    return torch.from_numpy(np.stack([(2 * x + 1) / (2 * w), (2 * y + 1) / (2 * h)], 1)).float()


@wrong("cell_centers", "x, y|order|backwards|exchanged|first")
def cc_yx(h, w):
    y, x = torch.meshgrid((torch.arange(h) + 0.5) / h, (torch.arange(w) + 0.5) / w, indexing="ij")
    return torch.stack([y.flatten(), x.flatten()], -1)


@wrong("cell_centers", "half|0.5|middle|corner")
def cc_corners(h, w):
    y, x = torch.meshgrid(torch.arange(h) / h, torch.arange(w) / w, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], -1)


@wrong("cell_centers", "outer edges|first and last|linspace|- 1|corner|middle|edge")
def cc_linspace(h, w):
    y, x = torch.meshgrid(torch.linspace(0, 1, h), torch.linspace(0, 1, w), indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], -1)


@wrong("cell_centers", "column|order|places|row by row")
def cc_columns(h, w):
    y, x = torch.meshgrid((torch.arange(h) + 0.5) / h, (torch.arange(w) + 0.5) / w, indexing="xy")
    return torch.stack([x.flatten(), y.flatten()], -1)


@wrong("cell_centers", "square|h|w|exchanged|divid")
def cc_sizes(h, w):
    y, x = torch.meshgrid((torch.arange(h) + 0.5) / w, (torch.arange(w) + 0.5) / h, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], -1)


@wrong("cell_centers", "shape|flat|axes")
def cc_map(h, w):
    y, x = torch.meshgrid((torch.arange(h) + 0.5) / h, (torch.arange(w) + 0.5) / w, indexing="ij")
    return torch.stack([x, y], -1)


@wrong("cell_centers", "divid|cells|times|between 0|1 /|number of its own")
def cc_cells(h, w):
    y, x = torch.meshgrid(torch.arange(h) + 0.5, torch.arange(w) + 0.5, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], -1)


# ---- split_levels


@right("split_levels")
def sl_split(side, sizes):
    parts = side.split([h * w for h, w in sizes], dim=1)
    return [p.unflatten(1, size) for p, size in zip(parts, sizes, strict=True)]


@right("split_levels")
def sl_loop(side, sizes):
    maps, at = [], 0
    for h, w in sizes:
        maps.append(side[:, at : at + h * w].reshape(side.shape[0], h, w, -1))
        at += h * w
    return tuple(maps)


@right("split_levels")
def sl_cumsum(side, sizes):
    ends = np.cumsum([h * w for h, w in sizes])
    return [
        rearrange(side[:, end - h * w : end], "b (h w) c -> b h w c", h=h)
        for end, (h, w) in zip(ends, sizes, strict=True)
    ]


@wrong("split_levels", "coarse|order|last|reverse|backward|exchanged")
def sl_reversed(side, sizes):
    parts = side.split([h * w for h, w in sizes[::-1]], dim=1)[::-1]
    return [p.unflatten(1, size) for p, size in zip(parts, sizes, strict=True)]


@wrong("split_levels", "column|w h|order|exchanged|row")
def sl_columns(side, sizes):
    parts = side.split([h * w for h, w in sizes], dim=1)
    return [
        rearrange(p, "b (w h) c -> b h w c", h=h) for p, (h, w) in zip(parts, sizes, strict=True)
    ]


@wrong("split_levels", "shape|exchanged|h|w|axes")
def sl_sizes(side, sizes):
    parts = side.split([h * w for h, w in sizes], dim=1)
    return [p.unflatten(1, (w, h)) for p, (h, w) in zip(parts, sizes, strict=True)]


@wrong("split_levels", "channels|axes|b c")
def sl_channels(side, sizes):
    parts = side.split([h * w for h, w in sizes], dim=1)
    return [p.unflatten(1, s).permute(0, 3, 1, 2) for p, s in zip(parts, sizes, strict=True)]


@wrong("split_levels", "same|start|begin|offset|first|add|move|\\+|slice")
def sl_from_zero(side, sizes):
    return [side[:, : h * w].unflatten(1, (h, w)) for h, w in sizes]


@wrong("split_levels", "21|16|share|number|multiple|size|written|right (on|where)|stop")
def sl_by_21(side, sizes):
    n = side.shape[1] // 21
    parts = side[:, : 16 * n], side[:, 16 * n : 20 * n], side[:, 20 * n :]
    return [p.unflatten(1, size) for p, size in zip(parts, sizes, strict=True)]


@wrong("split_levels", "one|3|three|maps|results")
def sl_two(side, sizes):
    return sl_split(side, sizes)[:2]


@wrong("split_levels", "reshape|mix|memory|move|batch|axes|order")
def sl_flat(side, sizes):
    b, _m, c = side.shape
    out, at, flat = [], 0, side.reshape(-1)
    for h, w in sizes:
        out.append(flat[at : at + b * h * w * c].reshape(b, h, w, c))
        at += b * h * w * c
    return out


# ---- inject


@right("inject")
def ij_plain(injector, x, side):
    features = [injector.feature_norm(f) for f in side]
    (read,) = injector.attention([injector.query_norm(x)], features)
    return x + injector.gamma * read


@right("inject")
def ij_addcmul(injector, x, side):
    read = injector.attention([injector.query_norm(x)], list(map(injector.feature_norm, side)))[0]
    return torch.addcmul(x, injector.gamma, read)


right("inject", "lambda")(
    lambda injector, x, side: (
        injector.attention([injector.query_norm(x)], [injector.feature_norm(s) for s in side])[0]
        * injector.gamma
        + x
    )
)


@wrong("inject", "gamma|γ")
def ij_no_gamma(injector, x, side):
    (read,) = injector.attention([injector.query_norm(x)], [injector.feature_norm(s) for s in side])
    return x + read


@wrong("inject", "residual|`x`|skip")
def ij_no_residual(injector, x, side):
    (read,) = injector.attention([injector.query_norm(x)], [injector.feature_norm(s) for s in side])
    return injector.gamma * read


@wrong("inject", "query_norm")
def ij_no_query_norm(injector, x, side):
    (read,) = injector.attention([x], [injector.feature_norm(s) for s in side])
    return x + injector.gamma * read


@wrong("inject", "feature_norm")
def ij_no_feature_norm(injector, x, side):
    (read,) = injector.attention([injector.query_norm(x)], side)
    return x + injector.gamma * read


@wrong("inject", "query_norm|feature_norm|exchanged")
def ij_norms_exchanged(injector, x, side):
    (read,) = injector.attention([injector.feature_norm(x)], [injector.query_norm(s) for s in side])
    return x + injector.gamma * read


@wrong("inject", "gamma|γ|both|brackets|around")
def ij_gamma_all(injector, x, side):
    (read,) = injector.attention([injector.query_norm(x)], [injector.feature_norm(s) for s in side])
    return injector.gamma * (x + read)


@wrong("inject", "norm|residual|query_norm|`x`")
def ij_normed_residual(injector, x, side):
    x = injector.query_norm(x)
    (read,) = injector.attention([x], [injector.feature_norm(s) for s in side])
    return x + injector.gamma * read


@wrong("inject", "list|type|stop|iter|tensor")
def ij_returns_list(injector, x, side):
    return injector.attention([injector.query_norm(x)], [injector.feature_norm(s) for s in side])


@wrong("inject", "writes")
def ij_in_place(injector, x, side):
    for i in range(len(side)):
        side[i] = injector.feature_norm(side[i])
    (read,) = injector.attention([injector.query_norm(x)], side)
    return x + injector.gamma * read


@wrong("inject", "minus|sign|subtract|-")
def ij_minus(injector, x, side):
    (read,) = injector.attention([injector.query_norm(x)], [injector.feature_norm(s) for s in side])
    return x - injector.gamma * read


# ---- sampling_places


@right("sampling_places")
def sp_view(layer, query, query_sizes, feature_sizes):
    b, i, _ = query.shape
    o = layer.offsets(query).reshape(b, i, layer.num_heads, len(feature_sizes), -1, 2)
    wh = torch.tensor([[w, h] for h, w in feature_sizes], dtype=o.dtype)
    own = reference_points(query_sizes).view(1, i, 1, 1, 1, 2)
    return own + o / wh.view(1, 1, 1, -1, 1, 2)


@right("sampling_places")
def sp_own_points(layer, query, query_sizes, feature_sizes):
    points = [
        [(x + 0.5) / w, (y + 0.5) / h] for h, w in query_sizes for y in range(h) for x in range(w)
    ]
    o = rearrange(
        layer.offsets(query),
        "b i (n l p xy) -> l b i n p xy",
        n=layer.num_heads,
        l=len(feature_sizes),
        xy=2,
    )
    levels = [level / torch.tensor([w, h]) for level, (h, w) in zip(o, feature_sizes, strict=True)]
    return torch.tensor(points)[:, None, None, None] + torch.stack(levels, 3)


@right("sampling_places")
def sp_xy(layer, query, query_sizes, feature_sizes):
    o = layer.offsets(query).unflatten(-1, (layer.num_heads, len(feature_sizes), -1, 2))
    h, w = torch.tensor(feature_sizes).float().T
    own = reference_points(query_sizes)
    x = own[:, 0, None, None, None] + o[..., 0] / w[:, None]
    y = own[:, 1, None, None, None] + o[..., 1] / h[:, None]
    return torch.stack([x, y], dim=-1)


@wrong("sampling_places", "height|found|\\(h|exchanged|bug|x|order")
def sp_found(layer, query, query_sizes, feature_sizes):
    sizes = (layer.num_heads, len(feature_sizes), -1, 2)
    offsets = layer.offsets(query).unflatten(-1, sizes)
    own = reference_points(query_sizes)[:, None, None, None]
    return own + offsets / torch.tensor(feature_sizes)[:, None]


@wrong("sampling_places", "divid|cells|/")
def sp_not_divided(layer, query, query_sizes, feature_sizes):
    o = layer.offsets(query).unflatten(-1, (layer.num_heads, len(feature_sizes), -1, 2))
    return reference_points(query_sizes)[:, None, None, None] + o


@wrong("sampling_places", "own|reference_points|place")
def sp_no_own(layer, query, query_sizes, feature_sizes):
    o = layer.offsets(query).unflatten(-1, (layer.num_heads, len(feature_sizes), -1, 2))
    return o / torch.tensor([(w, h) for h, w in feature_sizes])[:, None]


@wrong("sampling_places", "level|heads|points|order|outer|axes")
def sp_levels_first(layer, query, query_sizes, feature_sizes):
    o = rearrange(
        layer.offsets(query),
        "b i (l n p xy) -> b i n l p xy",
        n=layer.num_heads,
        l=len(feature_sizes),
        xy=2,
    )
    wh = torch.tensor([(w, h) for h, w in feature_sizes])[:, None]
    return reference_points(query_sizes)[:, None, None, None] + o / wh


@wrong("sampling_places", "query_sizes|query|map that is read|feature_sizes")
def sp_query_sizes(layer, query, query_sizes, feature_sizes):
    o = layer.offsets(query).unflatten(-1, (layer.num_heads, len(feature_sizes), -1, 2))
    h, w = query_sizes[0]
    return reference_points(query_sizes)[:, None, None, None] + o / torch.tensor([w, h])


@wrong("sampling_places", "clamp|between")
def sp_clamped(layer, query, query_sizes, feature_sizes):
    return sp_view(layer, query, query_sizes, feature_sizes).clamp(0, 1)


@wrong("sampling_places", "multipl|divid|\\*|/")
def sp_multiplied(layer, query, query_sizes, feature_sizes):
    o = layer.offsets(query).unflatten(-1, (layer.num_heads, len(feature_sizes), -1, 2))
    wh = torch.tensor([(w, h) for h, w in feature_sizes])[:, None]
    return reference_points(query_sizes)[:, None, None, None] + o * wh


@wrong("sampling_places", "xy|order|points|inner|outer|axes|last")
def sp_xy_outside(layer, query, query_sizes, feature_sizes):
    o = rearrange(
        layer.offsets(query),
        "b i (n l xy p) -> b i n l p xy",
        n=layer.num_heads,
        l=len(feature_sizes),
        xy=2,
    )
    wh = torch.tensor([(w, h) for h, w in feature_sizes])[:, None]
    return reference_points(query_sizes)[:, None, None, None] + o / wh


@wrong("sampling_places", "gradient")
def sp_cut(layer, query, query_sizes, feature_sizes):
    o = layer.offsets(query.detach())
    o = o.unflatten(-1, (layer.num_heads, len(feature_sizes), -1, 2))
    wh = torch.tensor([(w, h) for h, w in feature_sizes])[:, None]
    return reference_points(query_sizes)[:, None, None, None] + o / wh


# ---- conv_ffn


@right("conv_ffn")
def cf_loop(ffn, tokens, sizes):
    y, out, at = ffn.fc1(tokens), [], 0
    for h, w in sizes:
        m = y[:, at : at + h * w].reshape(y.shape[0], h, w, -1)
        out.append(ffn.depthwise(m).flatten(1, 2))
        at += h * w
    return ffn.fc2(functional.gelu(torch.cat(out, 1)))


@right("conv_ffn")
def cf_each(ffn, tokens, sizes):
    rows = tokens.split([h * w for h, w in sizes], 1)

    def one(row, size):
        m = ffn.depthwise(ffn.fc1(row).unflatten(1, size))
        return ffn.fc2(0.5 * m * (1 + torch.erf(m / 2**0.5))).flatten(1, 2)

    return torch.cat([one(r, s) for r, s in zip(rows, sizes, strict=True)], dim=1)


@right("conv_ffn")
def cf_einops(ffn, tokens, sizes):
    parts = torch.split(ffn.fc1(tokens), [h * w for h, w in sizes], dim=1)
    maps = [
        rearrange(p, "b (h w) c -> b h w c", h=h) for p, (h, w) in zip(parts, sizes, strict=True)
    ]
    rows = [rearrange(ffn.depthwise(m), "b h w c -> b (h w) c") for m in maps]
    return ffn.fc2(torch.nn.functional.gelu(torch.concat(rows, dim=1)))


def _cf(ffn, tokens, sizes, act=functional.gelu, conv=True, flip=False):
    parts = ffn.fc1(tokens).split([h * w for h, w in sizes], 1)
    out = [
        ffn.depthwise(p.unflatten(1, s)).flatten(1, 2) for p, s in zip(parts, sizes, strict=True)
    ]
    return ffn.fc2(act(torch.cat(out, 1)))


@wrong("conv_ffn", "depthwise")
def cf_no_conv(ffn, tokens, sizes):
    return ffn.fc2(functional.gelu(ffn.fc1(tokens)))


@wrong("conv_ffn", "GELU|ReLU")
def cf_relu(ffn, tokens, sizes):
    parts = ffn.fc1(tokens).split([h * w for h, w in sizes], 1)
    out = [
        ffn.depthwise(p.unflatten(1, s)).flatten(1, 2) for p, s in zip(parts, sizes, strict=True)
    ]
    return ffn.fc2(torch.relu(torch.cat(out, 1)))


@wrong("conv_ffn", "GELU")
def cf_no_gelu(ffn, tokens, sizes):
    parts = ffn.fc1(tokens).split([h * w for h, w in sizes], 1)
    out = [
        ffn.depthwise(p.unflatten(1, s)).flatten(1, 2) for p, s in zip(parts, sizes, strict=True)
    ]
    return ffn.fc2(torch.cat(out, 1))


@wrong("conv_ffn", "before|GELU|depthwise|order")
def cf_gelu_before(ffn, tokens, sizes):
    parts = functional.gelu(ffn.fc1(tokens)).split([h * w for h, w in sizes], 1)
    out = [
        ffn.depthwise(p.unflatten(1, s)).flatten(1, 2) for p, s in zip(parts, sizes, strict=True)
    ]
    return ffn.fc2(torch.cat(out, 1))


@wrong("conv_ffn", "strip|row|one map|line|height 1|alone")
def cf_strip(ffn, tokens, sizes):
    y = ffn.fc1(tokens)[:, None]
    return ffn.fc2(functional.gelu(ffn.depthwise(y)[:, 0]))


@wrong("conv_ffn", "tanh")
def cf_tanh(ffn, tokens, sizes):
    parts = ffn.fc1(tokens).split([h * w for h, w in sizes], 1)
    out = [
        ffn.depthwise(p.unflatten(1, s)).flatten(1, 2) for p, s in zip(parts, sizes, strict=True)
    ]
    return ffn.fc2(functional.gelu(torch.cat(out, 1), approximate="tanh"))


@wrong("conv_ffn", "residual|`tokens`")
def cf_residual(ffn, tokens, sizes):
    return tokens + _cf(ffn, tokens, sizes)


@wrong("conv_ffn", "change places")
def cf_sizes(ffn, tokens, sizes):
    parts = ffn.fc1(tokens).split([h * w for h, w in sizes], 1)
    out = [
        ffn.depthwise(p.unflatten(1, (s[1], s[0]))).flatten(1, 2)
        for p, s in zip(parts, sizes, strict=True)
    ]
    return ffn.fc2(functional.gelu(torch.cat(out, 1)))


@wrong("conv_ffn", "21|share|size|stop|multiple|right (on|where)|written")
def cf_by_21(ffn, tokens, sizes):
    n = tokens.shape[1] // 21
    y = ffn.fc1(tokens)
    h, w = sizes[1]
    a = ffn.depthwise(y[:, : 16 * n].unflatten(1, (2 * h, 2 * w))).flatten(1, 2)
    b = ffn.depthwise(y[:, 16 * n : 20 * n].unflatten(1, (h, w))).flatten(1, 2)
    c = ffn.depthwise(y[:, 20 * n :].unflatten(1, (h // 2, w // 2))).flatten(1, 2)
    return ffn.fc2(functional.gelu(torch.cat([a, b, c], 1)))


# ---- interact


@right("interact")
def ia_plain(interaction, x, side, blocks):
    x = interaction.injector(x, side)
    for block in blocks:
        x = block(x)
    for extractor in [interaction.extractor, *interaction.extra]:
        side = extractor(side, x)
    return (x, *side)


@right("interact")
def ia_reduce(interaction, x, side, blocks):
    from functools import reduce

    x = reduce(lambda y, block: block(y), blocks, interaction.injector(x, side))
    side = reduce(lambda s, e: e(s, x), (interaction.extractor, *tuple(interaction.extra)), side)
    return [x, *list(side)]


@right("interact")
def ia_sequential(interaction, x, side, blocks):
    x = torch.nn.Sequential(*blocks)(interaction.injector(x, side))
    maps = interaction.extractor(side, x)
    for i in range(len(interaction.extra)):
        maps = interaction.extra[i](maps, x)
    return x, maps[0], maps[1], maps[2]


@wrong("interact", "extra")
def ia_no_extra(interaction, x, side, blocks):
    x = interaction.injector(x, side)
    for block in blocks:
        x = block(x)
    return (x, *interaction.extractor(side, x))


@wrong("interact", "block")
def ia_no_blocks(interaction, x, side, blocks):
    x = interaction.injector(x, side)
    for extractor in [interaction.extractor, *interaction.extra]:
        side = extractor(side, x)
    return (x, *side)


@wrong("interact", "block|first|last|1")
def ia_first_block(interaction, x, side, blocks):
    x = blocks[0](interaction.injector(x, side))
    for extractor in [interaction.extractor, *interaction.extra]:
        side = extractor(side, x)
    return (x, *side)


@wrong("interact", "inject")
def ia_no_injector(interaction, x, side, blocks):
    for block in blocks:
        x = block(x)
    for extractor in [interaction.extractor, *interaction.extra]:
        side = extractor(side, x)
    return (x, *side)


@wrong("interact", "before|early|blocks|order|injected")
def ia_extract_early(interaction, x, side, blocks):
    y = interaction.injector(x, side)
    for extractor in [interaction.extractor, *interaction.extra]:
        side = extractor(side, y)
    for block in blocks:
        y = block(y)
    return (y, *side)


@wrong("interact", "late|after|blocks|order|inject")
def ia_inject_late(interaction, x, side, blocks):
    for block in blocks:
        x = block(x)
    x = interaction.injector(x, side)
    for extractor in [interaction.extractor, *interaction.extra]:
        side = extractor(side, x)
    return (x, *side)


@wrong("interact", "old|before|x|injected|came|input")
def ia_extract_old(interaction, x, side, blocks):
    y = interaction.injector(x, side)
    for block in blocks:
        y = block(y)
    for extractor in [interaction.extractor, *interaction.extra]:
        side = extractor(side, x)
    return (y, *side)


@wrong("interact", "extra|side|each|first|last|one|passed|result")
def ia_extras_of_old(interaction, x, side, blocks):
    x = interaction.injector(x, side)
    for block in blocks:
        x = block(x)
    new = interaction.extractor(side, x)
    for extractor in interaction.extra:
        new = extractor(side, x)
    return (x, *new)


@wrong("interact", "result|tensors|\\*side|tuple|4|list")
def ia_pair(interaction, x, side, blocks):
    return ia_plain(interaction, x, side, blocks)[0], side


# ---- read_points


def _grid(values, sizes):
    maps, at = [], 0
    for h, w in sizes:
        maps.append(rearrange(values[:, at : at + h * w], "b (h w) n d -> (b n) d h w", h=h))
        at += h * w
    return maps


@right("read_points")
def rp_grid(values, sizes, locations, weights):
    b, _, _n, _d = values.shape
    out = 0
    for level, m in enumerate(_grid(values, sizes)):
        at = rearrange(locations[:, :, :, level], "b i n p xy -> (b n) i p xy") * 2 - 1
        read = functional.grid_sample(m, at, align_corners=False)
        weight = rearrange(weights[:, :, :, level], "b i n p -> (b n) 1 i p")
        out = out + (read * weight).sum(-1)
    return rearrange(out, "(b n) d i -> b i n d", b=b)


@right("read_points")
def rp_stack(values, sizes, locations, weights):
    reads = []
    for level, m in enumerate(_grid(values, sizes)):
        grid = (2 * locations[:, :, :, level] - 1).transpose(1, 2).flatten(0, 1)
        reads.append(functional.grid_sample(m, grid, mode="bilinear", padding_mode="zeros"))
    reads = torch.stack(reads, 3)
    w = weights.transpose(1, 2).flatten(0, 1)
    out = torch.einsum("kdilp,kilp->kid", reads.transpose(3, 3), w)
    return out.unflatten(0, (values.shape[0], values.shape[2])).transpose(1, 2)


@right("read_points")
def rp_hand(values, sizes, locations, weights):
    b, _m, n, d = values.shape
    out = torch.zeros(b, locations.shape[1], n, d)
    at = 0
    heads = torch.arange(n)[None, None, :, None]
    batch = torch.arange(b)[:, None, None, None]
    for level, (h, w) in enumerate(sizes):
        p = locations[:, :, :, level] * torch.tensor([w, h]) - 0.5
        low = p.detach().floor()
        for dy in (0, 1):
            for dx in (0, 1):
                q = low + torch.tensor([dx, dy])
                part = (1 - (p - q).abs()).prod(-1) * weights[:, :, :, level]
                x, y = q.long().unbind(-1)
                ok = (x >= 0) & (x < w) & (y >= 0) & (y < h)
                cell = at + y.clamp(0, h - 1) * w + x.clamp(0, w - 1)
                out = out + (values[batch, cell, heads] * (part * ok)[..., None]).sum(3)
        at += h * w
    return out


def _rp(values, sizes, locations, weights, corners=False, times=True, pad="zeros", mode="bilinear"):
    out = 0
    for level, m in enumerate(_grid(values, sizes)):
        at = rearrange(locations[:, :, :, level], "b i n p xy -> (b n) i p xy") * 2 - 1
        read = functional.grid_sample(m, at, align_corners=corners, padding_mode=pad, mode=mode)
        weight = rearrange(weights[:, :, :, level], "b i n p -> (b n) 1 i p")
        out = out + (read * (weight if times else 1)).sum(-1)
    return rearrange(out, "(b n) d i -> b i n d", b=values.shape[0])


@wrong("read_points", "align_corners|corner")
def rp_corners(values, sizes, locations, weights):
    out = 0
    for level, m in enumerate(_grid(values, sizes)):
        at = rearrange(locations[:, :, :, level], "b i n p xy -> (b n) i p xy") * 2 - 1
        read = functional.grid_sample(m, at, align_corners=True)
        weight = rearrange(weights[:, :, :, level], "b i n p -> (b n) 1 i p")
        out = out + (read * weight).sum(-1)
    return rearrange(out, "(b n) d i -> b i n d", b=values.shape[0])


@wrong("read_points", "weight")
def rp_no_weights(values, sizes, locations, weights):
    out = 0
    for level, m in enumerate(_grid(values, sizes)):
        at = rearrange(locations[:, :, :, level], "b i n p xy -> (b n) i p xy") * 2 - 1
        out = out + functional.grid_sample(m, at, align_corners=False).sum(-1)
    return rearrange(out, "(b n) d i -> b i n d", b=values.shape[0])


@wrong("read_points", "2 \\*|-1|− 1|between|range|\\[")
def rp_no_range(values, sizes, locations, weights):
    out = 0
    for level, m in enumerate(_grid(values, sizes)):
        at = rearrange(locations[:, :, :, level], "b i n p xy -> (b n) i p xy")
        read = functional.grid_sample(m, at, align_corners=False)
        weight = rearrange(weights[:, :, :, level], "b i n p -> (b n) 1 i p")
        out = out + (read * weight).sum(-1)
    return rearrange(out, "(b n) d i -> b i n d", b=values.shape[0])


@wrong("read_points", "nearest|bilinear")
def rp_nearest(values, sizes, locations, weights):
    return _rp(values, sizes, locations, weights, mode="nearest")


@wrong("read_points", "border|zeros|outside|rim")
def rp_border(values, sizes, locations, weights):
    return _rp(values, sizes, locations, weights, pad="border")


@wrong("read_points", "x, y|\\(y|exchanged|order|flip|xy|backward")
def rp_yx(values, sizes, locations, weights):
    return _rp(values, sizes, locations.flip(-1), weights)


@wrong("read_points", "level|first|one|map")
def rp_first_level(values, sizes, locations, weights):
    m = _grid(values, sizes)[0]
    at = rearrange(locations[:, :, :, 0], "b i n p xy -> (b n) i p xy") * 2 - 1
    read = functional.grid_sample(m, at, align_corners=False)
    weight = rearrange(weights[:, :, :, 0], "b i n p -> (b n) 1 i p")
    return rearrange((read * weight).sum(-1), "(b n) d i -> b i n d", b=values.shape[0])


@wrong("read_points", "mean|sum|times|1 /")
def rp_mean(values, sizes, locations, weights):
    return _rp(values, sizes, locations, weights) / locations.shape[4]


@wrong("read_points", "head|mix|order|reshape|batch")
def rp_heads_mixed(values, sizes, locations, weights):
    b, m, n, d = values.shape
    values = values.reshape(b, n, m, d).transpose(1, 2)
    return _rp(values, sizes, locations, weights)
