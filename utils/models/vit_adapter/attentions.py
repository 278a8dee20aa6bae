"""What carries values between the plain ViT and the side path: four kinds, one interface.

`layer(queries, features)`: the cells of some maps ask the cells of other maps of the same picture;
one map (b, h, w, c) of answers comes back for each map that asks.

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
from einops import rearrange, repeat
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from utils.contracts import Positive, checked, holds
from utils.layers import heads_divide_channels
from utils.models.vit_adapter.maps import Map, Sizes, as_maps, in_one_row, sizes_of
from utils.ops import (
    attention,
    crop,
    deformable_attention,
    merge_windows,
    on_planes,
    pad_to_multiple,
    partition_windows,
    reference_points,
)
from utils.tap import tap


class DeformableAttention(nn.Module):
    """Each query reads a few places of every map: where and how much, it says itself.

    "locations" (b, i, heads, levels, points, 2), in [0, 1] as (x, y), and "weights", the same
    without the 2, can be watched; i counts the cells of all maps that ask.
    Shape: some maps (b, h, w, c), `levels` maps (b, h, w, c) -> maps like the first.
    Paper: Deformable DETR (arXiv 2010.04159) equation (3).

    >>> layer = DeformableAttention(8, num_heads=2, levels=1, points=4, value_ratio=0.5)
    >>> x = torch.zeros(1, 2, 3, 8)
    >>> [tuple(answer.shape) for answer in layer([x], [x])]
    [(1, 2, 3, 8)]
    """

    @checked(
        holds(
            lambda channels, value_ratio, num_heads: (
                int(channels * value_ratio) >= 1 and int(channels * value_ratio) % num_heads == 0
            ),
            "the number of heads divides int(channels · value_ratio)",
            mend="ViT-Adapter-T has 6 heads for 192 channels",
            of="setting",
        )
    )
    def __init__(
        self,
        channels: Positive,
        *,
        num_heads: Positive,
        levels: Positive,
        points: Positive,
        value_ratio: float = 1.0,
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

    @checked(
        holds(
            lambda features, self: len(features) == self.levels,
            "there are as many maps to read as the layer has levels",
            mend=lambda self: f"pass a list of {self.levels} of them",
        )
    )
    def forward(self, queries: list[Map], features: list[Map]) -> list[Map]:
        # all cells that ask
        query, heads = in_one_row(queries), self.num_heads
        # how much: the weights of all places that a query reads add up to 1
        weights = rearrange(self.weights(query), "b i (heads lp) -> b i heads lp", heads=heads)
        weights = rearrange(
            weights.softmax(dim=-1),
            "b i heads (levels p) -> b i heads levels p",
            levels=self.levels,
        )
        # where: the query's own place plus its offsets
        locations = self.locations(query, sizes_of(queries), sizes_of(features))
        # read there
        values = self.value(in_one_row(features))
        out = deformable_attention(
            rearrange(values, "b j (heads d) -> b j heads d", heads=heads),
            sizes=sizes_of(features),
            locations=tap("locations", locations),
            weights=tap("weights", weights),
        )
        # heads side by side and mixed
        out = self.projection(rearrange(out, "b i heads d -> b i (heads d)"))
        # maps again
        return as_maps(out, sizes_of(queries))

    def locations(
        self, query: Float[Tensor, "b i c"], query_sizes: Sizes, feature_sizes: Sizes
    ) -> Float[Tensor, "b i heads levels points 2"]:
        """The query's own place plus its offsets, which count cells of the map they go to."""
        # offsets of every head and map
        offsets = rearrange(
            self.offsets(query),
            "b i (heads levels p xy) -> b i heads levels p xy",
            heads=self.num_heads,
            levels=self.levels,
            xy=2,
        )
        # the middle of each own cell
        own = reference_points(query_sizes, device=query.device, dtype=query.dtype)
        # sides of the maps, in cells
        cells = query.new_tensor([(w, h) for h, w in feature_sizes])
        # own place plus offsets, in shares
        return rearrange(own, "i xy -> i 1 1 1 xy") + offsets / rearrange(cells, "l xy -> l 1 xy")


class CrossAttention(nn.Module):
    """Every query asks every token: the global kind. The two below narrow down who is asked.

    The weights can be watched as "weights".
    Shape: some maps (b, h, w, c), some maps (b, h, w, c) -> maps like the first.

    >>> x, side = torch.zeros(1, 2, 3, 8), [torch.zeros(1, 4, 6, 8), torch.zeros(1, 2, 3, 8)]
    >>> [tuple(answer.shape) for answer in CrossAttention(8, num_heads=2)([x], side)]
    [(1, 2, 3, 8)]
    """

    @checked(heads_divide_channels)
    def __init__(self, channels: Positive, *, num_heads: Positive) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.q = nn.Linear(channels, channels)
        self.kv = nn.Linear(channels, 2 * channels)
        self.projection = nn.Linear(channels, channels)

    @checked()
    def forward(self, queries: list[Map], features: list[Map]) -> list[Map]:
        # all cells ask
        out = self.attend(in_one_row(queries), in_one_row(self.asked(features)))
        # maps again
        return as_maps(out, sizes_of(queries))

    def asked(self, features: list[Map]) -> list[Map]:
        """The maps whose cells every query asks: all of them, as they are."""
        return features

    def attend(
        self,
        query: Float[Tensor, "... i c"],
        features: Float[Tensor, "... j c"],
        mask: Float[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "... i c"]:
        """softmax(q kᵀ / √d + mask) v, all heads beside each other."""
        split = "... n (parts heads d) -> parts ... heads n d"
        # queries, keys, values of every head
        (q,) = rearrange(self.q(query), split, parts=1, heads=self.num_heads)
        k, v = rearrange(self.kv(features), split, parts=2, heads=self.num_heads)
        # each head for itself
        out = attention(q, k, v, bias=mask)
        # heads side by side and mixed
        return self.projection(rearrange(out, "... heads n d -> ... n (heads d)"))


class LinearAttention(CrossAttention):
    """Every query asks the maps averaged down to a fixed number of cells: cost linear in pixels.

    Shape: some maps (b, h, w, c), some maps (b, h, w, c) -> maps like the first.
    Paper: linear spatial reduction, PVT v2 (arXiv 2106.13797) section 3.2, without its convolution
    and norm after the mean.
    """

    @checked(heads_divide_channels)
    def __init__(self, channels: Positive, *, num_heads: Positive, pooled: Positive) -> None:
        super().__init__(channels, num_heads=num_heads)
        self.pooled = pooled

    def asked(self, features: list[Map]) -> list[Map]:
        """`pooled`·`pooled` cells of each map, however large it is."""
        # means over a fixed grid
        return [
            on_planes(lambda planes: functional.adaptive_avg_pool2d(planes, self.pooled), one)
            for one in features
        ]


class WindowCrossAttention(CrossAttention):
    """A query asks the tokens in its own window of the picture, whatever the scale of their map.

    Windows have `window` cells a side at the coarsest scale that is given to either of the two, and
    2, 4, ... times as many at the finer ones. Cells of the padding are masked.
    Shape: some maps (b, h, w, c), some maps (b, h, w, c) -> maps like the first.
    Paper: as in Swin (arXiv 2103.14030), without shift.
    """

    @checked(heads_divide_channels)
    def __init__(self, channels: Positive, *, num_heads: Positive, window: Positive) -> None:
        super().__init__(channels, num_heads=num_heads)
        self.window = window

    @checked()
    def forward(self, queries: list[Map], features: list[Map]) -> list[Map]:
        coarsest = min(h for h, w in sizes_of([*queries, *features]))
        # windows of both sides
        asking, counts, _ = self.cut(queries, coarsest)
        asked, _, mask = self.cut(features, coarsest)
        # each window for itself
        out = self.attend(asking, asked, mask)
        answers = []
        # the windows as maps again
        for windows, one in zip(out.split(counts, dim=3), queries, strict=True):
            merged = merge_windows(windows, window_size=self.window_for(one, coarsest))
            answers.append(crop(merged, size=(one.shape[1], one.shape[2])))
        return answers

    def window_for(self, features: Map, coarsest: int) -> tuple[int, int]:
        """The window that covers the same part of the picture in a finer map."""
        side = self.window * features.shape[1] // coarsest
        return (side, side)

    def cut(self, maps: list[Map], coarsest: int) -> tuple[Tensor, list[int], Tensor]:
        """Windows (b, nh, nw, n, c) of all maps joined, tokens per map, mask (nh, nw, 1, 1, n)."""
        windows, masks = [], []
        for features in maps:
            window_size = self.window_for(features, coarsest)
            padded = pad_to_multiple(features, multiple=window_size)
            windows.append(partition_windows(padded, window_size=window_size))
            real = pad_to_multiple(torch.ones_like(features[:1, ..., :1]), multiple=window_size)
            masks.append(partition_windows(real, window_size=window_size))
        real = repeat(torch.cat(masks, dim=3), "1 nh nw n 1 -> nh nw 1 1 n")
        counts = [part.shape[3] for part in windows]
        return torch.cat(windows, dim=3), counts, (real - 1) * 100
