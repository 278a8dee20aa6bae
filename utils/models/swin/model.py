"""Swin Transformer (Liu et al., arXiv 2103.14030).

| paper | here |
|---|---|
| C, M | `channels`, `window_size` |
| patch partition + linear embedding | `PatchEmbedding` |
| W-MSA, SW-MSA | `WindowAttention` in `SwinBlock` with shift 0 and M // 2 |
| B, B̂ | bias, `relative_position_table` |
| ẑˡ, zˡ (equation 3) | `x` after each of the two residual lines of `SwinBlock.forward` |

Differs from the official code in: any size runs (the picture is padded to the patch, each map to
the window; as in torchvision), an axis that one window covers is not shifted, also after padding;
maps are (b, h, w, c) throughout; the mask is made per size and cached, not stored in the model.
"""

from einops import reduce
from jaxtyping import Float
from torch import Tensor, nn

from utils.contracts import Natural, Positive, Share, Size, checked
from utils.layers import (
    DropPath,
    Mlp,
    PatchEmbedding,
    PatchMerging,
    WindowAttention,
    drop_path_rates,
    heads_divide_channels,
)
from utils.models.base import Model, fits
from utils.models.swin.config import SwinConfig
from utils.ops import (
    crop,
    cyclic_shift,
    cyclic_unshift,
    merge_windows,
    pad_to_multiple,
    partition_windows,
    shift_mask,
)


class SwinBlock(nn.Module):
    """Window attention and an MLP, each behind a LayerNorm and beside a residual.

    Shape: (b, h, w, c) -> the same. Paper: equation (3). `shift_size` is 0 (W-MSA) or
    window_size // 2 (SW-MSA).

    >>> import torch
    >>> SwinBlock(8, num_heads=2, window_size=4, shift_size=2)(torch.zeros(1, 9, 8, 8)).shape
    torch.Size([1, 9, 8, 8])
    """

    @checked(heads_divide_channels)
    def __init__(
        self,
        channels: Positive,
        *,
        num_heads: Positive,
        window_size: Positive,
        shift_size: Natural = 0,
        drop_path: Share = 0.0,
        relative_position: bool = True,
    ) -> None:
        super().__init__()
        self.window_size = (window_size, window_size)
        self.shift_size = (shift_size, shift_size)
        self.norm1 = nn.LayerNorm(channels)
        self.attention = WindowAttention(
            channels,
            num_heads=num_heads,
            window_size=self.window_size,
            relative_position=relative_position,
        )
        self.norm2 = nn.LayerNorm(channels)
        self.mlp = Mlp(channels)
        self.drop_path = DropPath(drop_path)

    @checked()
    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
        # attention in windows: ẑ = (S)W-MSA(LN(z)) + z
        x = x + self.drop_path(self.attend(self.norm1(x)))
        # every token alone: z = MLP(LN(ẑ)) + ẑ
        return x + self.drop_path(self.mlp(self.norm2(x)))

    def attend(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
        """Attention in the windows of the padded and shifted map; the map comes back in place."""
        size = (x.shape[1], x.shape[2])
        # whole windows: zeros below and right
        x = pad_to_multiple(x, multiple=self.window_size)
        shift_size = self.shift_for((x.shape[1], x.shape[2]))
        # who may look at whom
        mask = self.mask(x, shift_size=shift_size)
        # shift, cut into windows, attend, join, shift back
        x = cyclic_shift(x, shift_size=shift_size)
        windows = partition_windows(x, window_size=self.window_size)
        windows = self.attention(windows, mask)
        x = merge_windows(windows, window_size=self.window_size)
        return crop(cyclic_unshift(x, shift_size=shift_size), size=size)

    def mask(
        self, x: Float[Tensor, "b h w c"], *, shift_size: tuple[int, int]
    ) -> Float[Tensor, "nh nw n n"] | None:
        """Who may not look at whom in the shifted windows; None where nothing is shifted."""
        size, window_size = (x.shape[1], x.shape[2]), self.window_size
        # −100 across what the shift brought together
        return (
            shift_mask(
                size,
                window_size=window_size,
                shift_size=shift_size,
                device=x.device,
                dtype=x.dtype,
            )
            if any(shift_size)
            else None
        )

    @checked()
    def shift_for(self, padded: Size) -> tuple[int, int]:
        """The shift on each axis: none where one window covers the padded map."""
        (h, w), (wh, ww), (sy, sx) = padded, self.window_size, self.shift_size
        return (0 if h <= wh else sy, 0 if w <= ww else sx)


class SwinStage(nn.Module):
    """Blocks with and without shift in turn, then patch merging (not after the last stage).

    Shape: (b, h, w, c) -> the map after the blocks (b, h, w, c), and what the next stage gets.
    """

    def __init__(
        self,
        channels: int,
        *,
        num_heads: int,
        window_size: int,
        drop_path: list[float],
        merge: bool,
        shift: bool = True,
        relative_position: bool = True,
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            SwinBlock(
                channels,
                num_heads=num_heads,
                window_size=window_size,
                shift_size=window_size // 2 if shift and index % 2 else 0,
                drop_path=rate,
                relative_position=relative_position,
            )
            for index, rate in enumerate(drop_path)
        )
        self.merging = PatchMerging(channels) if merge else nn.Identity()

    @checked()
    def forward(
        self, x: Float[Tensor, "b h w c"]
    ) -> tuple[Float[Tensor, "b h w c"], Float[Tensor, "b next_h next_w next_c"]]:
        # blocks: windows and shifted windows in turn
        for block in self.blocks:
            x = block(x)
        # patch merging: four corners become one token
        return x, self.merging(x)


class Swin(Model):
    """The whole model. Shape: (b, 3, h, w) -> logits (b, classes). Any picture size runs.

    >>> import torch
    >>> from utils.models import create_model
    >>> create_model("swin_nano")(torch.zeros(2, 3, 60, 66)).shape
    torch.Size([2, 12])
    """

    def __init__(self, config: SwinConfig) -> None:
        super().__init__()
        self.config = config
        widths = [config.channels * 2**stage for stage in range(len(config.depths))]
        rates = drop_path_rates(config.drop_path, config.depths)
        self.patch_embedding = PatchEmbedding(
            config.in_channels, config.channels, patch_size=config.patch_size
        )
        self.stages = nn.ModuleList(
            SwinStage(
                width,
                num_heads=num_heads,
                window_size=config.window_size,
                drop_path=rate,
                merge=width != widths[-1],
                shift=config.shift,
                relative_position=config.relative_position,
            )
            for width, num_heads, rate in zip(widths, config.num_heads, rates, strict=True)
        )
        self.norm = nn.LayerNorm(widths[-1])
        self.head = nn.Linear(widths[-1], config.classes)
        self.apply(_init)

    @checked(*fits("picture"))
    def forward(self, picture: Float[Tensor, "b rgb h w"]) -> Float[Tensor, "b classes"]:
        # classify the last map
        return self.classify(self.pyramid(picture)[-1])

    @checked()
    def classify(self, features: Float[Tensor, "b h w c"]) -> Float[Tensor, "b classes"]:
        """The head: the mean over the last map, as logits."""
        # classify: the mean over all tokens
        return self.head(reduce(self.norm(features), "b h w c -> b c", "mean"))

    @checked(*fits("picture"))
    def pyramid(self, picture: Float[Tensor, "b rgb h w"]) -> list[Tensor]:
        """The map after each stage's blocks: (b, h/4, w/4, c), (b, h/8, w/8, 2c), ...

        >>> import torch
        >>> from utils.models import create_model
        >>> [tuple(m.shape) for m in create_model("swin_nano").pyramid(torch.zeros(1, 3, 64, 64))]
        [(1, 16, 16, 32), (1, 8, 8, 64), (1, 4, 4, 128)]
        """
        # patches as tokens
        x = self.patch_embedding(picture)
        maps = []
        # stage by stage, smaller and wider
        for stage in self.stages:
            features, x = stage(x)
            maps.append(features)
        return maps


def _init(module: nn.Module) -> None:
    # The official initialization: truncated normal of 0.02 for the matrices, zero for their biases.
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
