"""Second styles of right answers to lesson 06."""

from functools import reduce

import torch
from einops import rearrange, unpack
from torch.nn import functional

from tests.checks.styles.collect import style
from utils import ops


@style("cell_centers")
def by_list(h, w):
    return torch.tensor([[(x + 0.5) / w, (y + 0.5) / h] for y in range(h) for x in range(w)])


@style("split_levels")
def by_slices(side, sizes):
    maps, start = [], 0
    for h, w in sizes:
        maps.append(side[:, start : start + h * w].reshape(len(side), h, w, -1))
        start += h * w
    return tuple(maps)


@style("inject")
def with_torch_norms(injector, x, side):
    def normed(norm, one):
        return functional.layer_norm(one, one.shape[-1:], norm.weight, norm.bias, norm.eps)

    features = [normed(injector.feature_norm, one) for one in side]
    read = injector.attention([normed(injector.query_norm, x)], features)[0]
    return torch.addcmul(x, injector.gamma, read)


@style("sampling_places")
def in_cells(layer, query, query_sizes, feature_sizes):
    """Counted in cells of each map, then made a part of it."""
    b, i = query.shape[:2]
    offsets = layer.offsets(query).reshape(b, i, layer.num_heads, len(feature_sizes), -1, 2)
    own = ops.reference_points(query_sizes)
    levels = []
    for level, (h, w) in enumerate(feature_sizes):
        side = torch.tensor([w, h])
        levels.append((own[:, None, None] * side + offsets[:, :, :, level]) / side)
    return torch.stack(levels, dim=3)


@style("conv_ffn")
def with_torch_convolution(ffn, tokens, sizes):
    conv, mixed = ffn.depthwise, []
    for features in unpack(ffn.fc1(tokens), list(sizes), "b * c"):
        planes = rearrange(features, "b h w c -> b c h w")
        planes = functional.conv2d(
            planes, conv.weight, conv.bias, padding=1, groups=planes.shape[1]
        )
        mixed.append(rearrange(planes, "b c h w -> b (h w) c"))
    x = torch.cat(mixed, dim=1)
    return ffn.fc2(x * (1 + torch.erf(x / 2**0.5)) / 2)


@style("interact")
def by_reduce(interaction, x, side, blocks):
    x = reduce(lambda x, block: block(x), blocks, interaction.injector(x, side))
    extractors = [interaction.extractor, *interaction.extra]
    return [x, *reduce(lambda side, extractor: extractor(side, x), extractors, side)]


@style("read_points")
def by_four_corners(values, sizes, locations, weights):
    """Bilinear by hand: four cells around each place, those outside count nothing."""
    b, _, heads, _ = values.shape
    picture = torch.arange(b)[:, None, None, None]
    head = torch.arange(heads)[None, None, :, None]
    out, start = 0, 0
    for level, (h, w) in enumerate(sizes):
        place = locations[:, :, :, level] * torch.tensor([w, h]) - 0.5
        for dy in (0, 1):
            for dx in (0, 1):
                x, y = place.floor()[..., 0] + dx, place.floor()[..., 1] + dy
                share = (1 - (place[..., 0] - x).abs()) * (1 - (place[..., 1] - y).abs())
                inside = (x >= 0) & (x < w) & (y >= 0) & (y < h)
                cell = start + (y.clamp(0, h - 1) * w + x.clamp(0, w - 1)).long()
                share = share * inside * weights[:, :, :, level]
                out = out + (values[picture, cell, head] * share[..., None]).sum(dim=3)
        start += h * w
    return out
