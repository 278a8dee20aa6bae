"""What carries values between the plain ViT and the side path: four kinds, one interface.

`layer(query, features, query_sizes=..., feature_sizes=...)`: tokens of some maps, one map after the
other, ask tokens of other maps of the same picture.

| kind | class | in the paper's table 7 (section 4.4), ViT-Adapter-S, box AP on COCO |
|---|---|---|
| deformable | `DeformableAttention` | 44.7 with 403 GFLOP: the chosen one |
| global | `CrossAttention` | 43.7 with 1080 GFLOP |
| windows | `WindowCrossAttention` | not there; stands for its two cross-shaped kinds |
| linear | `LinearAttention` | not there; a fourth way to save |

The paper's cross-shaped kinds are CSwin (arXiv 2107.00652; 43.5 with 456 GFLOP) and Pale (arXiv
2112.14000; 44.2 with 458 GFLOP).
"""

import math

import torch
from einops import pack, rearrange, repeat, unpack
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from utils.ops import (
    attention,
    crop,
    deformable_attention,
    merge_windows,
    pad_to_multiple,
    partition_windows,
    reference_points,
)
from utils.tap import tap

Sizes = tuple[tuple[int, int], ...]


class DeformableAttention(nn.Module):
    """Each query reads a few places of every map: where and how much, it says itself.

    "locations" (b, i, heads, levels, points, 2), in [0, 1] as (x, y), and "weights", the same
    without the 2, can be watched.
    Shape: (b, i, c), (b, j, c) -> (b, i, c).
    Paper: Deformable DETR (arXiv 2010.04159) equation (3).

    >>> layer = DeformableAttention(8, num_heads=2, levels=1, points=4, value_ratio=0.5)
    >>> x = torch.zeros(1, 6, 8)
    >>> layer(x, x, query_sizes=((2, 3),), feature_sizes=((2, 3),)).shape
    torch.Size([1, 6, 8])
    """

    def __init__(
        self, channels: int, *, num_heads: int, levels: int, points: int, value_ratio: float = 1.0
    ) -> None:
        super().__init__()
        self.num_heads, self.levels = num_heads, levels
        width = int(channels * value_ratio)
        self.offsets = nn.Linear(channels, num_heads * levels * points * 2)
        self.weights = nn.Linear(channels, num_heads * levels * points)
        self.value = nn.Linear(channels, width)
        self.projection = nn.Linear(width, channels)
        self.points = points

    def reset_parameters(self) -> None:
        """As published: every head starts with its points on a ray of its own, weighed alike."""
        for layer in (self.offsets, self.weights):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        for layer in (self.value, self.projection):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
        angles = torch.arange(self.num_heads) * (2 * math.pi / self.num_heads)
        ray = torch.stack([angles.cos(), angles.sin()], dim=-1)
        ray = ray / ray.abs().amax(dim=-1, keepdim=True)
        steps = torch.arange(1, self.points + 1)
        rays = ray[:, None, None] * steps[:, None]
        with torch.no_grad():
            self.offsets.bias.copy_(rays.expand(-1, self.levels, -1, -1).flatten())

    def forward(
        self,
        query: Float[Tensor, "b i c"],
        features: Float[Tensor, "b j c"],
        *,
        query_sizes: Sizes,
        feature_sizes: Sizes,
    ) -> Float[Tensor, "b i c"]:
        heads = self.num_heads
        weights = rearrange(self.weights(query), "b i (heads lp) -> b i heads lp", heads=heads)
        weights = rearrange(
            weights.softmax(dim=-1),
            "b i heads (levels p) -> b i heads levels p",
            levels=self.levels,
        )
        out = deformable_attention(
            rearrange(self.value(features), "b j (heads d) -> b j heads d", heads=heads),
            sizes=feature_sizes,
            locations=tap("locations", self.locations(query, query_sizes, feature_sizes)),
            weights=tap("weights", weights),
        )
        return self.projection(rearrange(out, "b i heads d -> b i (heads d)"))

    def locations(
        self, query: Float[Tensor, "b i c"], query_sizes: Sizes, feature_sizes: Sizes
    ) -> Float[Tensor, "b i heads levels points 2"]:
        """The query's own place plus its offsets, which count cells of the map they go to."""
        offsets = rearrange(
            self.offsets(query),
            "b i (heads levels p xy) -> b i heads levels p xy",
            heads=self.num_heads,
            levels=self.levels,
            xy=2,
        )
        own = reference_points(query_sizes, device=query.device, dtype=query.dtype)
        cells = query.new_tensor([(w, h) for h, w in feature_sizes])
        return rearrange(own, "i xy -> i 1 1 1 xy") + offsets / rearrange(cells, "l xy -> l 1 xy")


class CrossAttention(nn.Module):
    """Every query asks every token: the global kind. The two below narrow down who is asked.

    Shape: (b, i, c), (b, j, c) -> (b, i, c). The weights can be watched as "weights".
    """

    def __init__(self, channels: int, *, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.q = nn.Linear(channels, channels)
        self.kv = nn.Linear(channels, 2 * channels)
        self.projection = nn.Linear(channels, channels)

    def forward(
        self,
        query: Float[Tensor, "b i c"],
        features: Float[Tensor, "b j c"],
        *,
        query_sizes: Sizes,
        feature_sizes: Sizes,
    ) -> Float[Tensor, "b i c"]:
        return self.attend(query, self.asked(features, feature_sizes))

    def asked(
        self, features: Float[Tensor, "b j c"], feature_sizes: Sizes
    ) -> Float[Tensor, "b asked c"]:
        """The tokens that every query asks: all of them."""
        return features

    def attend(
        self,
        query: Float[Tensor, "... i c"],
        features: Float[Tensor, "... j c"],
        mask: Float[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "... i c"]:
        """softmax(q kᵀ / √d + mask) v, all heads beside each other."""
        split = "... n (parts heads d) -> parts ... heads n d"
        (q,) = rearrange(self.q(query), split, parts=1, heads=self.num_heads)
        k, v = rearrange(self.kv(features), split, parts=2, heads=self.num_heads)
        out = attention(q, k, v, bias=mask)
        return self.projection(rearrange(out, "... heads n d -> ... n (heads d)"))


class LinearAttention(CrossAttention):
    """Every query asks the maps averaged down to a fixed number of cells: cost linear in pixels.

    Shape: (b, i, c), (b, j, c) -> (b, i, c).
    Paper: linear spatial reduction, PVT v2 (arXiv 2106.13797) section 3.2, without its convolution
    and norm after the mean.
    """

    def __init__(self, channels: int, *, num_heads: int, pooled: int) -> None:
        super().__init__(channels, num_heads=num_heads)
        self.pooled = pooled

    def asked(
        self, features: Float[Tensor, "b j c"], feature_sizes: Sizes
    ) -> Float[Tensor, "b asked c"]:
        """`pooled`·`pooled` cells of each map, however large it is."""
        cells = []
        for features_map in unpack(features, list(feature_sizes), "b * c"):
            planes = rearrange(features_map, "b h w c -> b c h w")
            small = functional.adaptive_avg_pool2d(planes, self.pooled)
            cells.append(rearrange(small, "b c h w -> b (h w) c"))
        return torch.cat(cells, dim=1)


class WindowCrossAttention(CrossAttention):
    """A query asks the tokens in its own window of the picture, whatever the scale of their map.

    Windows have `window` cells a side at the coarsest scale that is given to either of the two, and
    2, 4, ... times as many at the finer ones. Cells of the padding are masked.
    Shape: (b, i, c), (b, j, c) -> (b, i, c). Paper: as in Swin (arXiv 2103.14030), without shift.
    """

    def __init__(self, channels: int, *, num_heads: int, window: int) -> None:
        super().__init__(channels, num_heads=num_heads)
        self.window = window

    def forward(
        self,
        query: Float[Tensor, "b i c"],
        features: Float[Tensor, "b j c"],
        *,
        query_sizes: Sizes,
        feature_sizes: Sizes,
    ) -> Float[Tensor, "b i c"]:
        coarsest = min((*query_sizes, *feature_sizes))
        queries, counts, _ = self.cut(query, query_sizes, coarsest)
        keys, _, mask = self.cut(features, feature_sizes, coarsest)
        out = self.attend(queries, keys, mask)
        maps = []
        for windows, size in zip(out.split(counts, dim=3), query_sizes, strict=True):
            side = self.window * size[0] // coarsest[0]
            merged = merge_windows(windows, window_size=(side, side))
            maps.append(crop(merged, size=size))
        return pack(maps, "b * c")[0]

    def cut(
        self, tokens: Float[Tensor, "b n c"], sizes: Sizes, coarsest: tuple[int, int]
    ) -> tuple[Tensor, list[int], Tensor]:
        """Windows (b, nh, nw, n, c) of all maps joined, tokens per map, mask (nh, nw, 1, 1, n)."""
        windows, masks = [], []
        for tokens_map in unpack(tokens, list(sizes), "b * c"):
            h, w = tokens_map.shape[1:3]
            side = (self.window * h // coarsest[0],) * 2
            padded = pad_to_multiple(tokens_map, multiple=side)
            windows.append(partition_windows(padded, window_size=side))
            real = pad_to_multiple(tokens_map.new_ones(1, h, w, 1), multiple=side)
            masks.append(partition_windows(real, window_size=side))
        real = repeat(torch.cat(masks, dim=3), "1 nh nw n 1 -> nh nw 1 1 n")
        counts = [part.shape[3] for part in windows]
        return torch.cat(windows, dim=3), counts, (real - 1) * 100
