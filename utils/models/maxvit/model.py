"""MaxViT: Multi-axis vision transformer (Tu et al., arXiv 2204.01697).

| paper | here |
|---|---|
| P, G (window and grid size) | `window_size`, one number for both |
| Block, Unblock | `partition_windows`, `merge_windows` with `kind="window"` |
| Grid, Ungrid | the same with `kind="grid"`: one token of the pattern differs |
| RelAttention (equation 1) | `WindowAttention`, the same module as Swin's |
| Block-SA, Grid-SA | `AxisAttention` with `kind="window"`, `kind="grid"` |
| MBConv, Proj, Pool2D (equations 3, 4) | `MBConv`, `Shortcut` |

Differs from the official code in: any size runs (each map is padded to the window below and right,
and padded keys are masked; an odd side is halved upwards, and the shortcut's mean takes the cells
that are there); maps are (b, h, w, c) throughout; the position table has one row per offset, query
minus key, as Swin's (theirs is key minus query, turned around on loading).
"""

from einops import reduce
from jaxtyping import Float
from torch import Tensor, nn

from utils.contracts import Positive, Share, checked
from utils.layers import DropPath, Mlp, WindowAttention, drop_path_rates, heads_divide_channels
from utils.models.base import Model, fits
from utils.models.maxvit.config import Kind, MaxViTConfig
from utils.models.maxvit.mbconv import MBConv, Stem
from utils.ops import crop, merge_windows, pad_to_multiple, padding_mask, partition_windows


class AxisAttention(nn.Module):
    """Attention within windows or within the grid, and an MLP, each beside a residual.

    Shape: (b, h, w, c) -> the same. Paper: section 3.2 and algorithm 1.

    >>> import torch
    >>> AxisAttention(8, num_heads=2, window_size=4, kind="grid")(torch.zeros(1, 9, 8, 8)).shape
    torch.Size([1, 9, 8, 8])
    """

    @checked(heads_divide_channels)
    def __init__(
        self,
        channels: Positive,
        *,
        num_heads: Positive,
        window_size: Positive,
        kind: Kind = "window",
        drop_path: Share = 0.0,
    ) -> None:
        super().__init__()
        self.window_size, self.kind = (window_size, window_size), kind
        self.norm1 = nn.LayerNorm(channels)
        self.attention = WindowAttention(
            channels, num_heads=num_heads, window_size=self.window_size
        )
        self.norm2 = nn.LayerNorm(channels)
        self.mlp = Mlp(channels, approximate="tanh")
        self.drop_path = DropPath(drop_path)

    @checked()
    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
        # attention within each group, then every token alone
        x = x + self.drop_path(self.attend(self.norm1(x)))
        return x + self.drop_path(self.mlp(self.norm2(x)))

    def attend(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
        """Attention in the groups of the padded map; whatever stands in the padding, unseen."""
        window_size, kind = self.window_size, self.kind
        # whole groups: zeros below and right, which nobody may look at
        mask = self.mask(x)
        padded = pad_to_multiple(x, multiple=window_size)
        # cut into groups (neighbors, or a grid), attend, join
        windows = partition_windows(padded, window_size=window_size, kind=kind)
        windows = self.attention(windows, mask)
        merged = merge_windows(windows, window_size=window_size, kind=kind)
        return crop(merged, size=(x.shape[1], x.shape[2]))

    def mask(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "nh nw n n"] | None:
        """What hides the padding of the map; None where the groups fill it."""
        (h, w), (wh, ww) = x.shape[1:3], self.window_size
        # hide what is padding
        return (
            padding_mask(
                (h, w), window_size=(wh, ww), kind=self.kind, device=x.device, dtype=x.dtype
            )
            if h % wh or w % ww
            else None
        )


class MaxViTBlock(nn.Module):
    """MBConv, then attention among neighbors, then across the grid.

    Shape: (b, h, w, in_channels) -> (b, ⌈h / stride⌉, ⌈w / stride⌉, channels).
    Paper: section 3.3 and figure 2.

    >>> import torch
    >>> block = MaxViTBlock(8, 12, num_heads=3, window_size=2, stride=2)
    >>> block(torch.zeros(1, 8, 8, 8)).shape
    torch.Size([1, 4, 4, 12])
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        *,
        num_heads: int,
        window_size: int,
        stride: int = 1,
        kinds: tuple[Kind, ...] = ("window", "grid"),
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.mbconv = MBConv(in_channels, channels, stride=stride, drop_path=drop_path)
        self.axes = nn.Sequential(
            *(
                AxisAttention(
                    channels,
                    num_heads=num_heads,
                    window_size=window_size,
                    kind=kind,
                    drop_path=drop_path,
                )
                for kind in kinds
            )
        )

    @checked()
    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b out_h out_w out"]:
        # MBConv, then windows, then the grid
        return self.axes(self.mbconv(x))


class MaxViTStage(nn.Module):
    """Blocks of one width; the first one's MBConv halves the map.

    Shape: (b, h, w, in_channels) -> (b, ⌈h / 2⌉, ⌈w / 2⌉, channels).
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        *,
        num_heads: int,
        window_size: int,
        kinds: tuple[Kind, ...],
        drop_path: list[float],
    ) -> None:
        super().__init__()
        self.blocks = nn.Sequential(
            *(
                MaxViTBlock(
                    channels if index else in_channels,
                    channels,
                    num_heads=num_heads,
                    window_size=window_size,
                    stride=1 if index else 2,
                    kinds=kinds,
                    drop_path=rate,
                )
                for index, rate in enumerate(drop_path)
            )
        )

    @checked()
    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b half_h half_w out"]:
        # half the sides, then block by block
        return self.blocks(x)


class MaxViT(Model):
    """The whole model. Shape: (b, 3, h, w) -> logits (b, classes). Any picture size runs.

    >>> import torch
    >>> from utils.models import create_model
    >>> create_model("maxvit_nano")(torch.zeros(2, 3, 60, 66)).shape
    torch.Size([2, 12])
    """

    def __init__(self, config: MaxViTConfig) -> None:
        super().__init__()
        self.config = config
        rates = drop_path_rates(config.drop_path, config.depths)
        before = (config.stem_channels, *config.channels[:-1])
        last = config.channels[-1]
        self.stem = Stem(config.in_channels, config.stem_channels)
        self.stages = nn.ModuleList(
            MaxViTStage(
                in_channels,
                channels,
                num_heads=channels // config.channels_per_head,
                window_size=config.window_size,
                kinds=config.kinds,
                drop_path=rate,
            )
            for in_channels, channels, rate in zip(before, config.channels, rates, strict=True)
        )
        self.norm = nn.LayerNorm(last)
        self.hidden = nn.Linear(last, last)
        self.head = nn.Linear(last, config.classes)
        self.coarsest = 2 ** (1 + len(config.depths))
        self.apply(_init)

    def norm_of_the_coarsest(self) -> nn.Module:
        return self.stages[-1].blocks[0].mbconv.depthwise_norm  # type: ignore[index, union-attr]

    @checked(*fits("picture"))
    def forward(self, picture: Float[Tensor, "b rgb h w"]) -> Float[Tensor, "b classes"]:
        # classify the last map
        return self.classify(self.pyramid(picture)[-1])

    @checked()
    def classify(self, features: Float[Tensor, "b h w c"]) -> Float[Tensor, "b classes"]:
        """The head: the mean over the last map, one hidden layer, logits."""
        # classify: the mean over all tokens, a hidden layer
        means = reduce(features, "b h w c -> b c", "mean")
        return self.head(self.hidden(self.norm(means)).tanh())

    @checked(*fits("picture"))
    def pyramid(self, picture: Float[Tensor, "b rgb h w"]) -> list[Tensor]:
        """The map after each stage: (b, h/4, w/4, c), (b, h/8, w/8, 2c), ...

        >>> import torch
        >>> from utils.models import create_model
        >>> maps = create_model("maxvit_nano").pyramid(torch.zeros(1, 3, 64, 64))
        >>> [tuple(m.shape) for m in maps]
        [(1, 16, 16, 32), (1, 8, 8, 64), (1, 4, 4, 96)]
        """
        # stem: half the sides
        x = self.stem(picture)
        maps = []
        # stage by stage, smaller and wider
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps


def _init(module: nn.Module) -> None:
    # Appendix A.2: truncated normal of 0.02 for the matrices, zero for their biases. Convolutions
    # keep the spread that preserves the variance over what a filter reads.
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
