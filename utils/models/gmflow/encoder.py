"""GMFlow's convolutional encoder: frames to features."""

from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from utils.layers import MapConv2d
from utils.ops import instance_norm, on_planes
from utils.switch import replaceable


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions, each normalized and cut at zero, beside a shortcut.

    Where the size changes the shortcut is a normalized 1×1 convolution. (Its bias is in the
    published weights, but the norm behind it takes every constant away: it never learns.)
    Shape: (b, h, w, c) -> (b, ⌈h / stride⌉, ⌈w / stride⌉, out_channels).
    Paper: GMFlow section 3.1, the encoder of RAFT.

    >>> ResidualBlock(8, 12, stride=2)(torch.zeros(1, 6, 8, 8)).shape
    torch.Size([1, 3, 4, 12])
    """

    def __init__(self, channels: int, out_channels: int, *, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = MapConv2d(channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.conv2 = MapConv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.shortcut: MapConv2d | None = None
        if stride != 1 or channels != out_channels:
            self.shortcut = MapConv2d(channels, out_channels, 1, stride=stride)

    @replaceable
    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b out_h out_w out_c"]:
        # Two convolutions, the first with the stride; each normalized and cut at zero
        y = functional.relu(instance_norm(self.conv1(x)))
        y = functional.relu(instance_norm(self.conv2(y)))
        # The shortcut, brought to the same size where it changed
        if self.shortcut is not None:
            x = instance_norm(self.shortcut(x))
        # residual, cut at zero
        return functional.relu(x + y)


class Trident(nn.Module):
    """One 3×3 kernel read with the strides 1, 2, ...: features for every scale.

    Shape: (b, h, w, c) -> maps (b, ⌈h / stride⌉, ⌈w / stride⌉, c), the coarsest first.
    Paper: GMFlow section 3.4, after TridentNet (arXiv 1901.01892).

    >>> [tuple(x.shape) for x in Trident(8, scales=2)(torch.zeros(1, 4, 6, 8))]
    [(1, 2, 3, 8), (1, 4, 6, 8)]
    """

    def __init__(self, channels: int, *, scales: int) -> None:
        super().__init__()
        self.strides = [2**k for k in reversed(range(scales))]
        self.weight = nn.Parameter(torch.empty(channels, channels, 3, 3))
        nn.init.kaiming_normal_(self.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Float[Tensor, "b h w c"]) -> list[Float[Tensor, "b _h _w c"]]:
        # The same kernel with every stride
        return [
            on_planes(partial(functional.conv2d, weight=self.weight, stride=step, padding=1), x)
            for step in self.strides
        ]


class FlowEncoder(nn.Module):
    """A stem of stride 2, three stages of two residual blocks, and a 1×1 convolution.

    The stages' maps have strides 2, 4 and `stride`. With two scales one 3×3 kernel runs over the
    features with stride 1 and with stride 2.
    Shape: (b, h, w, in_channels) -> features per scale, the coarsest first, and the three maps.
    Paper: GMFlow section 3.1.

    >>> encoder = FlowEncoder(8, widths=(4, 6, 8), stride=8)
    >>> features, maps = encoder(torch.zeros(1, 16, 24, 3))
    >>> [tuple(x.shape) for x in (*features, *maps)]
    [(1, 2, 3, 8), (1, 8, 12, 4), (1, 4, 6, 6), (1, 2, 3, 8)]
    """

    def __init__(
        self,
        channels: int,
        *,
        widths: tuple[int, ...],
        stride: int,
        scales: int = 1,
        in_channels: int = 3,
        first_kernel: int = 7,
    ) -> None:
        super().__init__()
        self.stem = MapConv2d(
            in_channels,
            widths[0],
            first_kernel,
            stride=2,
            padding=first_kernel // 2,
            bias=False,
        )
        inputs, steps = (widths[0], *widths), (1, 2, stride // 4)
        self.stages = nn.ModuleList(
            nn.Sequential(
                ResidualBlock(before, width, stride=step),
                ResidualBlock(width, width),
            )
            for before, width, step in zip(inputs[:-1], widths, steps, strict=True)
        )
        self.projection = MapConv2d(widths[-1], channels, 1)
        self.trident = Trident(channels, scales=scales) if scales > 1 else None
        self.apply(_init)

    @replaceable
    def forward(
        self, frames: Float[Tensor, "b h w rgb"]
    ) -> tuple[list[Float[Tensor, "b _h _w c"]], list[Float[Tensor, "b _h _w _c"]]]:
        # The stem: half the sides
        x = functional.relu(instance_norm(self.stem(frames)))
        # Three stages of residual blocks; their maps are the U-Net's skips
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        # As many channels as the transformer takes, for one scale or for two
        x = self.projection(x)
        # one map for each scale
        return [x] if self.trident is None else self.trident(x), maps


def _init(module: nn.Module) -> None:
    # The official initialization of convolutions that a ReLU follows.
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
