"""One layer of each kind of attention, of equal width, to be counted and timed."""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from utils.ops import (
    attention,
    channel_attention,
    deformable_attention,
    merge_axis,
    merge_windows,
    partition_axis,
    partition_windows,
    reference_points,
)

CHANNELS = 96
HEADS = 3
WINDOW = 8  # divides every power of two, so that nothing is padded
POINTS = 4
KINDS = ("window", "axial", "channel", "all", "deformable")
Map = Float[Tensor, "b h w c"]


class Layer(nn.Module):
    """Projections, and between them one kind of attention; `window` stands for the grid too."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.qkv = nn.Linear(CHANNELS, 3 * CHANNELS)
        self.out = nn.Linear(CHANNELS, CHANNELS)

    def forward(self, x: Map) -> Map:
        h, w = x.shape[1:3]
        size = (min(WINDOW, h), min(WINDOW, w))
        if self.kind == "channel":
            q, k, v = rearrange(self.qkv(x), "b h w (s e d) -> s b e d (h w)", s=3, e=HEADS)
            mixed = channel_attention(q, k, v, temperature=x.new_ones(HEADS))
            return self.out(rearrange(mixed, "b e d (h w) -> b h w (e d)", h=h))
        if self.kind == "axial":
            return merge_axis(self._attend(partition_axis(x, axis="rows")), axis="rows")
        if self.kind == "window":
            cut = partition_windows(x, window_size=size)
            return merge_windows(self._attend(cut), window_size=size)
        whole = rearrange(x, "b h w c -> b 1 1 (h w) c")
        return rearrange(self._attend(whole), "b 1 1 (h w) c -> b h w c", h=h)

    def _attend(self, groups: Float[Tensor, "b nh nw n c"]) -> Float[Tensor, "b nh nw n c"]:
        pattern = "b nh nw n (s e d) -> s b nh nw e n d"
        q, k, v = rearrange(self.qkv(groups), pattern, s=3, e=HEADS)
        return self.out(rearrange(attention(q, k, v), "b nh nw e n d -> b nh nw n (e d)"))


class DeformableLayer(nn.Module):
    """Each token reads a few points of the same map; no queries meet keys."""

    def __init__(self) -> None:
        super().__init__()
        self.values = nn.Linear(CHANNELS, CHANNELS)
        self.offsets = nn.Linear(CHANNELS, HEADS * POINTS * 2)
        self.weights = nn.Linear(CHANNELS, HEADS * POINTS)
        self.out = nn.Linear(CHANNELS, CHANNELS)

    def forward(self, x: Map) -> Map:
        h, w = x.shape[1:3]
        flat = rearrange(x, "b h w c -> b (h w) c")
        own = rearrange(
            reference_points(((h, w),), device=x.device, dtype=x.dtype), "n xy -> 1 n 1 1 1 xy"
        )
        offsets = rearrange(self.offsets(flat), "b n (e p xy) -> b n e 1 p xy", e=HEADS, p=POINTS)
        weights = rearrange(self.weights(flat), "b n (e p) -> b n e 1 p", e=HEADS).softmax(-1)
        read = deformable_attention(
            rearrange(self.values(flat), "b n (e d) -> b n e d", e=HEADS),
            sizes=((h, w),),
            locations=own + offsets / max(h, w),
            weights=weights,
        )
        return self.out(rearrange(read, "b (h w) e d -> b h w (e d)", h=h))


def layer_of(kind: str, *, device: str = "cpu") -> nn.Module:
    """A layer with the same random weights on every call."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer = DeformableLayer() if kind == "deformable" else Layer(kind)
    return layer.eval().to(device)
