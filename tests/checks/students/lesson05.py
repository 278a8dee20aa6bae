"""GMFlow."""

import numpy as np
import torch
from einops import einsum, rearrange
from torch.nn import functional

from tests.checks.students.collect import right, wrong
from utils.ops import coordinates, crop

# ---- coordinate_grid


@right("coordinate_grid")
def cg_meshgrid(h, w):
    x, y = torch.meshgrid(torch.arange(w), torch.arange(h), indexing="xy")
    return torch.stack([x, y], dim=-1).float()


@right("coordinate_grid")
def cg_loops(h, w):
    return torch.tensor([[[float(x), float(y)] for x in range(w)] for y in range(h)])


@right("coordinate_grid")
def cg_numpy(h, w):
    return torch.from_numpy(np.indices((h, w))[::-1].transpose(1, 2, 0).astype("float32"))


@wrong("coordinate_grid", "x, y|order|backwards|exchanged|first")
def cg_yx(h, w):
    y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    return torch.stack([y, x], dim=-1).float()


@wrong("coordinate_grid", "whole numbers|float")
def cg_int(h, w):
    y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    return torch.stack([x, y], dim=-1)


@wrong("coordinate_grid", "axes|\\(h|order|exchanged")
def cg_transposed(h, w):
    x, y = torch.meshgrid(torch.arange(w), torch.arange(h), indexing="ij")
    return torch.stack([x, y], dim=-1).float()


@wrong("coordinate_grid", "axes|xy|first|stack|last")
def cg_first(h, w):
    y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    return torch.stack([x, y]).float()


@wrong("coordinate_grid", "half|middle|plus|0.5|1 / 2")
def cg_half(h, w):
    y, x = torch.meshgrid(torch.arange(h) + 0.5, torch.arange(w) + 0.5, indexing="ij")
    return torch.stack([x, y], dim=-1)


@wrong("coordinate_grid", "0 . 1|between|times|divid|cells|normal|number of its own")
def cg_unit(h, w):
    y, x = torch.meshgrid(torch.linspace(0, 1, h), torch.linspace(0, 1, w), indexing="ij")
    return torch.stack([x, y], dim=-1)


@wrong("coordinate_grid", "plus 1|from 1|begin|one")
def cg_from_one(h, w):
    y, x = torch.meshgrid(torch.arange(1, h + 1), torch.arange(1, w + 1), indexing="ij")
    return torch.stack([x, y], dim=-1).float()


@wrong("coordinate_grid", "square|h|w|exchanged|shape|axes")
def cg_sizes(h, w):
    y, x = torch.meshgrid(torch.arange(w), torch.arange(h), indexing="ij")
    return torch.stack([x, y], dim=-1).float()


# ---- flow_upsample


@right("flow_upsample")
def fu_interpolate(flow, factor):
    y = functional.interpolate(
        flow.permute(0, 3, 1, 2), scale_factor=factor, mode="bilinear", align_corners=True
    )
    return y.permute(0, 2, 3, 1) * factor


@right("flow_upsample")
def fu_matrix(flow, factor):
    def weights(n):
        at = torch.linspace(0, n - 1, n * factor)
        return (1 - (at[:, None] - torch.arange(n)).abs()).clamp(min=0)

    rows, columns = weights(flow.shape[1]), weights(flow.shape[2])
    return factor * einsum(rows, columns, flow, "H h, W w, b h w c -> b H W c")


@right("flow_upsample")
def fu_channels(flow, factor):
    h, w = flow.shape[1:3]
    parts = [
        functional.interpolate(
            part[:, None], (h * factor, w * factor), mode="bilinear", align_corners=True
        )
        for part in flow.unbind(-1)
    ]
    return torch.stack([p[:, 0] for p in parts], -1).mul(factor)


@wrong("flow_upsample", "times|factor|1 /")
def fu_no_factor(flow, factor):
    y = functional.interpolate(
        flow.permute(0, 3, 1, 2), scale_factor=factor, mode="bilinear", align_corners=True
    )
    return y.permute(0, 2, 3, 1)


@wrong("flow_upsample", "align_corners|corner")
def fu_corners(flow, factor):
    y = functional.interpolate(flow.permute(0, 3, 1, 2), scale_factor=factor, mode="bilinear")
    return y.permute(0, 2, 3, 1) * factor


@wrong("flow_upsample", "nearest|bilinear|repeat")
def fu_nearest(flow, factor):
    return flow.repeat_interleave(factor, 1).repeat_interleave(factor, 2) * factor


@wrong("flow_upsample", "divid|times|factor")
def fu_divided(flow, factor):
    y = functional.interpolate(
        flow.permute(0, 3, 1, 2), scale_factor=factor, mode="bilinear", align_corners=True
    )
    return y.permute(0, 2, 3, 1) / factor


@wrong("flow_upsample", "8|factor|written|times")
def fu_eight(flow, factor):
    y = functional.interpolate(
        flow.permute(0, 3, 1, 2), scale_factor=factor, mode="bilinear", align_corners=True
    )
    return y.permute(0, 2, 3, 1) * 8


@wrong("flow_upsample", "bicubic|bilinear")
def fu_cubic(flow, factor):
    y = functional.interpolate(
        flow.permute(0, 3, 1, 2), scale_factor=factor, mode="bicubic", align_corners=True
    )
    return y.permute(0, 2, 3, 1) * factor


@wrong("flow_upsample", "rearrange")
def fu_channels_first(flow, factor):
    y = functional.interpolate(
        flow.permute(0, 3, 1, 2), scale_factor=factor, mode="bilinear", align_corners=True
    )
    return y * factor


@wrong("flow_upsample", "gradient")
def fu_numpy(flow, factor):
    y = functional.interpolate(
        flow.detach().permute(0, 3, 1, 2), scale_factor=factor, mode="bilinear", align_corners=True
    )
    return y.permute(0, 2, 3, 1) * factor


@wrong("flow_upsample", "dx|x|first|y|one|second|xy")
def fu_only_x(flow, factor):
    y = functional.interpolate(
        flow.permute(0, 3, 1, 2), scale_factor=factor, mode="bilinear", align_corners=True
    ).permute(0, 2, 3, 1)
    return torch.stack([y[..., 0] * factor, y[..., 1]], -1)


# ---- match_all


@right("match_all")
def ma_flat(feature0, feature1):
    b, h, w, c = feature0.shape
    s = feature0.reshape(b, -1, c) @ feature1.reshape(b, -1, c).mT / c**0.5
    grid = coordinates((h, w)).reshape(-1, 2)
    return (s.softmax(-1) @ grid - grid).reshape(b, h, w, 2)


@right("match_all")
def ma_einsum(feature0, feature1):
    _b, h, w, c = feature0.shape
    s = einsum(feature0, feature1, "b i j c, b y x c -> b i j y x") * c**-0.5
    p = s.flatten(3).softmax(-1).view_as(s)
    x = (p.sum(3) * torch.arange(w)).sum(-1) - torch.arange(w)
    y = (p.sum(4) * torch.arange(h)).sum(-1) - torch.arange(h)[:, None]
    return torch.stack([x, y], -1)


@right("match_all")
def ma_rows(feature0, feature1):
    b, h, w, _c = feature0.shape
    grid = coordinates((h, w)).flatten(0, 1)[None].expand(b, -1, -1)
    q = feature0.flatten(1, 2)
    out = functional.scaled_dot_product_attention(q, feature1.flatten(1, 2), grid)
    return (out - grid).unflatten(1, (h, w))


def _ma(feature0, feature1, scale=None, dim=-1, minus=True, flip=False):
    _b, h, w, c = feature0.shape
    s = feature0.flatten(1, 2) @ feature1.flatten(1, 2).mT * (c**-0.5 if scale is None else scale)
    grid = coordinates((h, w)).flatten(0, 1)
    grid = grid.flip(-1) if flip else grid
    out = s.softmax(dim) @ grid
    return (out - grid if minus else out).unflatten(1, (h, w))


@wrong("match_all", "own|subtract|coordinates|place")
def ma_no_minus(feature0, feature1):
    _b, h, w, c = feature0.shape
    s = feature0.flatten(1, 2) @ feature1.flatten(1, 2).mT / c**0.5
    return (s.softmax(-1) @ coordinates((h, w)).flatten(0, 1)).unflatten(1, (h, w))


@wrong("match_all", "√|scale|root")
def ma_no_scale(feature0, feature1):
    _b, h, w, _c = feature0.shape
    s = feature0.flatten(1, 2) @ feature1.flatten(1, 2).mT
    grid = coordinates((h, w)).flatten(0, 1)
    return (s.softmax(-1) @ grid - grid).unflatten(1, (h, w))


@wrong("match_all", "own one")
def ma_sign(feature0, feature1):
    _b, h, w, c = feature0.shape
    s = feature0.flatten(1, 2) @ feature1.flatten(1, 2).mT / c**0.5
    grid = coordinates((h, w)).flatten(0, 1)
    return (grid - s.softmax(-1) @ grid).unflatten(1, (h, w))


@wrong("match_all", "softmax|axis|dim|frame")
def ma_softmax(feature0, feature1):
    _b, h, w, c = feature0.shape
    s = feature0.flatten(1, 2) @ feature1.flatten(1, 2).mT / c**0.5
    grid = coordinates((h, w)).flatten(0, 1)
    return (s.softmax(1) @ grid - grid).unflatten(1, (h, w))


@wrong("match_all", "x, y|backwards|order|\\(y, x\\)|exchanged")
def ma_yx(feature0, feature1):
    return _ma(feature0, feature1).flip(-1)


@wrong("match_all", "frame|feature0|feature1|roles|exchanged")
def ma_frames(feature0, feature1):
    return _ma(feature1, feature0)


@wrong("match_all", "argmax|hard|best|softmax|mean|gradient")
def ma_argmax(feature0, feature1):
    _b, h, w, c = feature0.shape
    s = feature0.flatten(1, 2) @ feature1.flatten(1, 2).mT / c**0.5
    grid = coordinates((h, w)).flatten(0, 1)
    return (grid[s.argmax(-1)] - grid).unflatten(1, (h, w))


@wrong("match_all", "root|scale|√|by c|1 / c|divide")
def ma_by_c(feature0, feature1):
    _b, h, w, c = feature0.shape
    s = feature0.flatten(1, 2) @ feature1.flatten(1, 2).mT / c
    grid = coordinates((h, w)).flatten(0, 1)
    return (s.softmax(-1) @ grid - grid).unflatten(1, (h, w))


@wrong("match_all", "normal|length|cosine")
def ma_cosine(feature0, feature1):
    _b, h, w, c = feature0.shape
    q, k = (
        functional.normalize(feature0.flatten(1, 2), dim=-1),
        functional.normalize(feature1.flatten(1, 2), dim=-1),
    )
    s = q @ k.mT / c**0.5
    grid = coordinates((h, w)).flatten(0, 1)
    return (s.softmax(-1) @ grid - grid).unflatten(1, (h, w))


# ---- propagate_flow


@right("propagate_flow")
def pf_flat(layer, feature, flow):
    b, h, w, c = feature.shape
    q = layer.q(feature)
    k = layer.k(q)
    s = q.reshape(b, h * w, c) @ k.reshape(b, h * w, c).transpose(1, 2) / c**0.5
    return (s.softmax(2) @ flow.reshape(b, h * w, 2)).reshape(b, h, w, 2)


@right("propagate_flow")
def pf_einsum(layer, feature, flow):
    q = functional.linear(feature, layer.q.weight, layer.q.bias)
    k = functional.linear(q, layer.k.weight, layer.k.bias)
    s = torch.einsum("bhwc,byxc->bhwyx", q / q.shape[-1] ** 0.5, k)
    a = torch.softmax(s.flatten(3), -1).view_as(s)
    return torch.einsum("bhwyx,byxd->bhwd", a, flow)


@right("propagate_flow")
def pf_sdpa(layer, feature, flow):
    q = layer.q(feature)
    q, k, v = (rearrange(t, "b h w c -> b (h w) c") for t in (q, layer.k(q), flow))
    return functional.scaled_dot_product_attention(q, k, v).unflatten(1, feature.shape[1:3])


@wrong("propagate_flow", "k of|layer.k|feature|published|`q`")
def pf_paper(layer, feature, flow):
    b, h, w, c = feature.shape
    q, k = layer.q(feature), layer.k(feature)
    s = q.flatten(1, 2) @ k.flatten(1, 2).mT / c**0.5
    return (s.softmax(-1) @ flow.flatten(1, 2)).view(b, h, w, 2)


@wrong("propagate_flow", "√|scale|root")
def pf_no_scale(layer, feature, flow):
    b, h, w, _c = feature.shape
    q = layer.q(feature)
    s = q.flatten(1, 2) @ layer.k(q).flatten(1, 2).mT
    return (s.softmax(-1) @ flow.flatten(1, 2)).view(b, h, w, 2)


@wrong("propagate_flow", "residual|`flow`")
def pf_residual(layer, feature, flow):
    return flow + pf_sdpa(layer, feature, flow)


@wrong("propagate_flow", "softmax|axis|dim")
def pf_softmax(layer, feature, flow):
    b, h, w, c = feature.shape
    q = layer.q(feature)
    s = q.flatten(1, 2) @ layer.k(q).flatten(1, 2).mT / c**0.5
    return (s.softmax(-2) @ flow.flatten(1, 2)).view(b, h, w, 2)


@wrong("propagate_flow", "layer.q|q")
def pf_no_q(layer, feature, flow):
    b, h, w, c = feature.shape
    k = layer.k(feature)
    s = feature.flatten(1, 2) @ k.flatten(1, 2).mT / c**0.5
    return (s.softmax(-1) @ flow.flatten(1, 2)).view(b, h, w, 2)


@wrong("propagate_flow", "transpose")
def pf_columns(layer, feature, flow):
    b, h, w, c = feature.shape
    q = layer.q(feature)
    s = q.flatten(1, 2) @ layer.k(q).flatten(1, 2).mT / c**0.5
    return (s.softmax(-1) @ flow.transpose(1, 2).flatten(1, 2)).view(b, h, w, 2)


@wrong("propagate_flow", "gradient")
def pf_cut(layer, feature, flow):
    b, h, w, c = feature.shape
    q = layer.q(feature)
    s = q.flatten(1, 2) @ layer.k(q).flatten(1, 2).mT / c**0.5
    return (s.softmax(-1).detach() @ flow.flatten(1, 2)).view(b, h, w, 2)


@wrong("propagate_flow", "feature|flow|values|`v`|exchanged|shape")
def pf_features(layer, feature, flow):
    b, h, w, c = feature.shape
    q = layer.q(feature)
    s = q.flatten(1, 2) @ layer.k(q).flatten(1, 2).mT / c**0.5
    return (s.softmax(-1) @ feature.flatten(1, 2)).view(b, h, w, c)


# ---- warp_back


@right("warp_back")
def wb_corners(x, flow):
    h, w = x.shape[1:3]
    p = coordinates((h, w)) + flow
    grid = 2 * p / torch.tensor([max(w - 1, 1), max(h - 1, 1)]) - 1
    y = functional.grid_sample(x.permute(0, 3, 1, 2), grid, align_corners=True)
    return y.permute(0, 2, 3, 1)


@right("warp_back")
def wb_edges(x, flow):
    h, w = x.shape[1:3]
    p = coordinates((h, w)) + flow
    grid = (2 * p + 1) / torch.tensor([w, h]) - 1
    return functional.grid_sample(x.movedim(-1, 1), grid, align_corners=False).movedim(1, -1)


@right("warp_back")
def wb_hand(x, flow):
    b, h, w, _c = x.shape
    p = coordinates((h, w)) + flow
    low = p.floor()
    out = 0
    for dy in (0, 1):
        for dx in (0, 1):
            at = low + torch.tensor([dx, dy])
            weight = (1 - (p - at).abs()).prod(-1)
            xx, yy = at.long().unbind(-1)
            inside = (xx >= 0) & (xx < w) & (yy >= 0) & (yy < h)
            cells = x[torch.arange(b)[:, None, None], yy.clamp(0, h - 1), xx.clamp(0, w - 1)]
            out = out + cells * (weight * inside)[..., None]
    return out


@wrong("warp_back", "align_corners|found|half|bug")
def wb_found(x, flow):
    h, w = x.shape[1:3]
    p = coordinates((h, w)) + flow
    grid = 2 * p / torch.tensor([w - 1, h - 1]) - 1
    y = functional.grid_sample(x.permute(0, 3, 1, 2), grid, align_corners=False)
    return y.permute(0, 2, 3, 1)


@wrong("warp_back", "sign|minus|-|subtract|opposite|other way")
def wb_minus(x, flow):
    h, w = x.shape[1:3]
    p = coordinates((h, w)) - flow
    grid = 2 * p / torch.tensor([w - 1, h - 1]) - 1
    return functional.grid_sample(x.permute(0, 3, 1, 2), grid, align_corners=True).permute(
        0, 2, 3, 1
    )


@wrong("warp_back", "w - 1|- 1|corner|divid|align")
def wb_by_w(x, flow):
    h, w = x.shape[1:3]
    p = coordinates((h, w)) + flow
    grid = 2 * p / torch.tensor([w, h]) - 1
    return functional.grid_sample(x.permute(0, 3, 1, 2), grid, align_corners=True).permute(
        0, 2, 3, 1
    )


@wrong("warp_back", "h|w|height|exchanged|order|places")
def wb_sizes(x, flow):
    h, w = x.shape[1:3]
    p = coordinates((h, w)) + flow
    grid = 2 * p / torch.tensor([h - 1, w - 1]) - 1
    return functional.grid_sample(x.permute(0, 3, 1, 2), grid, align_corners=True).permute(
        0, 2, 3, 1
    )


@wrong("warp_back", "border|zeros|outside|rim|padding")
def wb_border(x, flow):
    h, w = x.shape[1:3]
    p = coordinates((h, w)) + flow
    grid = 2 * p / torch.tensor([w - 1, h - 1]) - 1
    y = functional.grid_sample(
        x.permute(0, 3, 1, 2), grid, align_corners=True, padding_mode="border"
    )
    return y.permute(0, 2, 3, 1)


@wrong("warp_back", "nearest|bilinear|round")
def wb_nearest(x, flow):
    h, w = x.shape[1:3]
    p = coordinates((h, w)) + flow
    grid = 2 * p / torch.tensor([w - 1, h - 1]) - 1
    y = functional.grid_sample(x.permute(0, 3, 1, 2), grid, align_corners=True, mode="nearest")
    return y.permute(0, 2, 3, 1)


@wrong("warp_back", "x, y|\\(y|exchanged|order|flip|backwards|xy")
def wb_yx(x, flow):
    h, w = x.shape[1:3]
    p = coordinates((h, w)) + flow.flip(-1)
    grid = 2 * p / torch.tensor([w - 1, h - 1]) - 1
    return functional.grid_sample(x.permute(0, 3, 1, 2), grid, align_corners=True).permute(
        0, 2, 3, 1
    )


@wrong("warp_back", "coordinates|place|own")
def wb_no_places(x, flow):
    h, w = x.shape[1:3]
    grid = 2 * flow / torch.tensor([w - 1, h - 1]) - 1
    return functional.grid_sample(x.permute(0, 3, 1, 2), grid, align_corners=True).permute(
        0, 2, 3, 1
    )


# ---- convex_mix


@right("convex_mix")
def cm_unfold(flow, logits, factor):
    b, h, w, _ = flow.shape
    weights = logits.view(b, h, w, 9, factor, factor).softmax(3)
    nine = functional.unfold(flow.permute(0, 3, 1, 2) * factor, 3, padding=1).view(b, 2, 9, h, w)
    out = torch.einsum("bhwnij,bcnhw->bhiwjc", weights, nine)
    return out.reshape(b, h * factor, w * factor, 2)


@right("convex_mix")
def cm_loop(flow, logits, factor):
    _b, h, w, _ = flow.shape
    padded = functional.pad(flow, (0, 0, 1, 1, 1, 1))
    p = rearrange(logits, "b h w (n i j) -> n b h w i j", n=9, i=factor).softmax(0)
    out = 0
    for n in range(9):
        part = padded[:, n // 3 : n // 3 + h, n % 3 : n % 3 + w]
        out = out + p[n][..., None] * part[:, :, :, None, None]
    return factor * rearrange(out, "b h w i j c -> b (h i) (w j) c")


@right("convex_mix")
def cm_shuffle(flow, logits, factor):
    _b, _h, _w, _ = flow.shape
    parts = torch.stack(torch.chunk(logits, 9, dim=-1), -1)
    e = torch.exp(parts - parts.amax(-1, keepdim=True))
    p = e / e.sum(-1, keepdim=True)
    nine = functional.pad(flow, (0, 0, 1, 1, 1, 1)).unfold(1, 3, 1).unfold(2, 3, 1).flatten(-2)
    y = torch.einsum("bhwfn,bhwcn->bhwcf", p, nine) * factor
    return functional.pixel_shuffle(y.flatten(3).permute(0, 3, 1, 2), factor).permute(0, 2, 3, 1)


def _cm(
    flow, logits, factor, order="(n i j)", dim=3, times=True, mode="constant", back="(h i) (w j)"
):
    _b, _h, _w, _ = flow.shape
    p = rearrange(logits, f"b h w {order} -> b h w n i j", n=9, i=factor, j=factor).softmax(dim)
    nine = (
        functional.pad(flow.permute(0, 3, 1, 2), (1, 1, 1, 1), mode=mode)
        .unfold(2, 3, 1)
        .unfold(3, 3, 1)
    )
    nine = nine.flatten(-2)
    out = torch.einsum("bhwnij,bchwn->bhwijc", p, nine)
    out = rearrange(out, f"b h w i j c -> b {back} c")
    return out * factor if times else out


@wrong("convex_mix", "times|factor|1 /")
def cm_no_factor(flow, logits, factor):
    b, h, w, _ = flow.shape
    weights = logits.view(b, h, w, 9, factor, factor).softmax(3)
    nine = functional.unfold(flow.permute(0, 3, 1, 2), 3, padding=1).view(b, 2, 9, h, w)
    out = torch.einsum("bhwnij,bcnhw->bhiwjc", weights, nine)
    return out.reshape(b, h * factor, w * factor, 2)


@wrong("convex_mix", "neighbor|channels|inner|outer|order|last")
def cm_neighbors_inside(flow, logits, factor):
    b, h, w, _ = flow.shape
    weights = logits.view(b, h, w, factor, factor, 9).softmax(-1)
    nine = functional.unfold(flow.permute(0, 3, 1, 2) * factor, 3, padding=1).view(b, 2, 9, h, w)
    out = torch.einsum("bhwijn,bcnhw->bhiwjc", weights, nine)
    return out.reshape(b, h * factor, w * factor, 2)


@wrong("convex_mix", "softmax|neighbor|axis|over")
def cm_softmax_fine(flow, logits, factor):
    b, h, w, _ = flow.shape
    weights = logits.view(b, h, w, 9, factor, factor).softmax(-1)
    nine = functional.unfold(flow.permute(0, 3, 1, 2) * factor, 3, padding=1).view(b, 2, 9, h, w)
    out = torch.einsum("bhwnij,bcnhw->bhiwjc", weights, nine)
    return out.reshape(b, h * factor, w * factor, 2)


@wrong("convex_mix", "softmax|sum to 1|weights")
def cm_no_softmax(flow, logits, factor):
    b, h, w, _ = flow.shape
    weights = logits.view(b, h, w, 9, factor, factor)
    nine = functional.unfold(flow.permute(0, 3, 1, 2) * factor, 3, padding=1).view(b, 2, 9, h, w)
    out = torch.einsum("bhwnij,bcnhw->bhiwjc", weights, nine)
    return out.reshape(b, h * factor, w * factor, 2)


@wrong("convex_mix", "replicat|zeros|outside|edge|rim|border|map")
def cm_replicated(flow, logits, factor):
    return _cm(flow, logits, factor, mode="replicate")


@wrong("convex_mix", "column|fine|order|row|j|i|inner")
def cm_fine_columns(flow, logits, factor):
    b, h, w, _ = flow.shape
    weights = logits.view(b, h, w, 9, factor, factor).softmax(3)
    nine = functional.unfold(flow.permute(0, 3, 1, 2) * factor, 3, padding=1).view(b, 2, 9, h, w)
    out = torch.einsum("bhwnji,bcnhw->bhiwjc", weights, nine)
    return out.reshape(b, h * factor, w * factor, 2)


@wrong("convex_mix", "column|neighbor|order|row by row")
def cm_neighbor_columns(flow, logits, factor):
    _b, h, w, _ = flow.shape
    padded = functional.pad(flow, (0, 0, 1, 1, 1, 1))
    p = rearrange(logits, "b h w (n i j) -> n b h w i j", n=9, i=factor).softmax(0)
    out = 0
    for n in range(9):
        part = padded[:, n % 3 : n % 3 + h, n // 3 : n // 3 + w]
        out = out + p[n][..., None] * part[:, :, :, None, None]
    return factor * rearrange(out, "b h w i j c -> b (h i) (w j) c")


@wrong("convex_mix", "outer|inner|\\(h|order|fine|interleav|reshape|places")
def cm_blocks(flow, logits, factor):
    b, h, w, _ = flow.shape
    weights = logits.view(b, h, w, 9, factor, factor).softmax(3)
    nine = functional.unfold(flow.permute(0, 3, 1, 2) * factor, 3, padding=1).view(b, 2, 9, h, w)
    out = torch.einsum("bhwnij,bcnhw->bihjwc", weights, nine)
    return out.reshape(b, h * factor, w * factor, 2)


# ---- both_frames


@right("both_frames")
def bf_tuple(transformer, feature0, feature1, splits):
    for layer in transformer.layers:
        feature0, feature1 = (
            layer(feature0, feature1, splits=splits),
            layer(feature1, feature0, splits=splits),
        )
    return feature0, feature1


@right("both_frames")
def bf_batch(transformer, feature0, feature1, splits):
    x = torch.cat([feature0, feature1])
    for layer in transformer.layers:
        other = torch.cat(x.chunk(2)[::-1])
        x = layer(x, other, splits=splits)
    return x.chunk(2)


@right("both_frames")
def bf_lists(transformer, feature0, feature1, splits):
    frames = [feature0, feature1]
    for layer in transformer.layers:
        new = [layer(frames[i], frames[1 - i], splits=splits) for i in (0, 1)]
        frames = new
    return frames


@wrong("both_frames", "before the layer|one after|new|already|feature0")
def bf_sequential(transformer, feature0, feature1, splits):
    for layer in transformer.layers:
        feature0 = layer(feature0, feature1, splits=splits)
        feature1 = layer(feature1, feature0, splits=splits)
    return feature0, feature1


@wrong("both_frames", "source|target|exchanged|places")
def bf_exchanged(transformer, feature0, feature1, splits):
    for layer in transformer.layers:
        feature0, feature1 = (
            layer(feature1, feature0, splits=splits),
            layer(feature0, feature1, splits=splits),
        )
    return feature0, feature1


@wrong("both_frames", "order|changed places|exchanged")
def bf_order(transformer, feature0, feature1, splits):
    a, b = bf_tuple(transformer, feature0, feature1, splits)
    return b, a


@wrong("both_frames", "itself|own|other")
def bf_self(transformer, feature0, feature1, splits):
    for layer in transformer.layers:
        feature0 = layer(feature0, feature0, splits=splits)
        feature1 = layer(feature1, feature1, splits=splits)
    return feature0, feature1


@wrong("both_frames", "layers|first|one|last|never")
def bf_one_layer(transformer, feature0, feature1, splits):
    layer = transformer.layers[0]
    return layer(feature0, feature1, splits=splits), layer(feature1, feature0, splits=splits)


@wrong("both_frames", "splits")
def bf_splits(transformer, feature0, feature1, splits):
    for layer in transformer.layers:
        feature0, feature1 = (
            layer(feature0, feature1, splits=1),
            layer(feature1, feature0, splits=1),
        )
    return feature0, feature1


@wrong("both_frames", "first|target|renew|before|as they were")
def bf_old_targets(transformer, feature0, feature1, splits):
    a, b = feature0, feature1
    for layer in transformer.layers:
        a, b = layer(a, feature1, splits=splits), layer(b, feature0, splits=splits)
    return a, b


@wrong("both_frames", "two|2|feature1|frame 1")
def bf_one_frame(transformer, feature0, feature1, splits):
    for layer in transformer.layers:
        feature0 = layer(feature0, feature1, splits=splits)
    return feature0, feature1


@wrong("both_frames", "gradient")
def bf_detached(transformer, feature0, feature1, splits):
    for layer in transformer.layers:
        feature0, feature1 = (
            layer(feature0, feature1.detach(), splits=splits),
            layer(feature1, feature0.detach(), splits=splits),
        )
    return feature0, feature1


# ---- whole_flow


@right("whole_flow")
def wf_steps(model, frame0, frame1):
    features, skips = model.encode(frame0, frame1)
    f0, f1 = features[0].chunk(2)
    f0, f1 = model.enhance(f0, f1, 0)
    flow = model.matching[0](f0, f1)
    flow = model.propagation(f0, flow, radius=-1)
    flow = model.upsampler(f0, flow, skips)
    flow = crop(flow, size=tuple(frame0.shape[-2:]), place="center")
    return flow.permute(0, 3, 1, 2)


@right("whole_flow")
def wf_own_crop(model, frame0, frame1):
    (features,), skips = model.encode(frame0, frame1)
    b, _, h, w = frame0.shape
    f0, f1 = model.enhance(features[:b], features[b:], 0)
    flow = model.upsampler(f0, model.propagation(f0, model.matching[0](f0, f1), radius=-1), skips)
    top, left = (flow.shape[1] - h) // 2, (flow.shape[2] - w) // 2
    return rearrange(flow[:, top : top + h, left : left + w], "b h w xy -> b xy h w")


right("whole_flow", "lambda")(lambda model, frame0, frame1: wf_steps(model, frame0, frame1))


@wrong("whole_flow", "propagation")
def wf_no_propagation(model, frame0, frame1):
    (features,), skips = model.encode(frame0, frame1)
    f0, f1 = model.enhance(*features.chunk(2), 0)
    flow = model.upsampler(f0, model.matching[0](f0, f1), skips)
    return crop(flow, size=tuple(frame0.shape[-2:]), place="center").permute(0, 3, 1, 2)


@wrong("whole_flow", "enhance")
def wf_no_enhance(model, frame0, frame1):
    (features,), skips = model.encode(frame0, frame1)
    f0, f1 = features.chunk(2)
    flow = model.propagation(f0, model.matching[0](f0, f1), radius=-1)
    flow = model.upsampler(f0, flow, skips)
    return crop(flow, size=tuple(frame0.shape[-2:]), place="center").permute(0, 3, 1, 2)


@wrong("whole_flow", "center|crop|place|corner")
def wf_crop_corner(model, frame0, frame1):
    (features,), skips = model.encode(frame0, frame1)
    f0, f1 = model.enhance(*features.chunk(2), 0)
    flow = model.propagation(f0, model.matching[0](f0, f1), radius=-1)
    flow = model.upsampler(f0, flow, skips)
    h, w = frame0.shape[-2:]
    return flow[:, :h, :w].permute(0, 3, 1, 2)


@wrong("whole_flow", "frame|exchanged|f0|f1|feature")
def wf_frames(model, frame0, frame1):
    (features,), skips = model.encode(frame0, frame1)
    f1, f0 = model.enhance(*features.chunk(2), 0)
    flow = model.propagation(f0, model.matching[0](f0, f1), radius=-1)
    flow = model.upsampler(f0, flow, skips)
    return crop(flow, size=tuple(frame0.shape[-2:]), place="center").permute(0, 3, 1, 2)


@wrong("whole_flow", "frame 1|feature1|f1|feature0|propagation|asks")
def wf_propagate_f1(model, frame0, frame1):
    (features,), skips = model.encode(frame0, frame1)
    f0, f1 = model.enhance(*features.chunk(2), 0)
    flow = model.propagation(f1, model.matching[0](f0, f1), radius=-1)
    flow = model.upsampler(f0, flow, skips)
    return crop(flow, size=tuple(frame0.shape[-2:]), place="center").permute(0, 3, 1, 2)


@wrong("whole_flow", "axes|permute|layout|xy")
def wf_layout(model, frame0, frame1):
    (features,), skips = model.encode(frame0, frame1)
    f0, f1 = model.enhance(*features.chunk(2), 0)
    flow = model.propagation(f0, model.matching[0](f0, f1), radius=-1)
    flow = model.upsampler(f0, flow, skips)
    return crop(flow, size=tuple(frame0.shape[-2:]), place="center")


@wrong("whole_flow", "255|range|divid|frame")
def wf_unit(model, frame0, frame1):
    return wf_steps(model, frame0 / 255, frame1 / 255)


@wrong("whole_flow", "residual|\\+|added|propagation|plus")
def wf_added(model, frame0, frame1):
    (features,), skips = model.encode(frame0, frame1)
    f0, f1 = model.enhance(*features.chunk(2), 0)
    flow = model.matching[0](f0, f1)
    flow = flow + model.propagation(f0, flow, radius=-1)
    flow = model.upsampler(f0, flow, skips)
    return crop(flow, size=tuple(frame0.shape[-2:]), place="center").permute(0, 3, 1, 2)
