"""The convolutional half of MaxViT: stem, MBConv, squeeze-excite, and the shortcut beside it."""

from einops import rearrange, reduce
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from utils.contracts import Positive, Share, checked
from utils.layers import DropPath, MapBatchNorm2d, MapConv2d
from utils.ops import average_squares, pad_same
from utils.switch import replaceable
from utils.tap import tap

EPS = 1e-3  # of every batch normalization, as in the TensorFlow code
EXPANSION = 4  # hidden channels of MBConv per output channel (appendix A.1)
SQUEEZE = 0.25  # channels inside squeeze-excite per output channel (appendix A.1)


def gelu(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """The tanh form of GELU, which the published weights were trained with."""
    return functional.gelu(x, approximate="tanh")


class SameConv2d(MapConv2d):
    """A convolution with TensorFlow's "same" padding: ⌈side / stride⌉ cells come out.

    Shape: (b, h, w, in_channels) -> (b, ⌈h / stride⌉, ⌈w / stride⌉, out_channels).

    >>> import torch
    >>> SameConv2d(3, 8, 3, stride=2)(torch.zeros(1, 5, 6, 3)).shape
    torch.Size([1, 3, 3, 8])
    """

    @checked()
    @replaceable
    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b out_h out_w out_c"]:
        # zeros at the edges
        x = pad_same(x, kernel_size=self.kernel_size[0], stride=self.stride[0])
        # convolution of the padded map
        return super().forward(x)


class SqueezeExcite(nn.Module):
    """Multiply every channel by a gate in (0, 1) that the means of all channels decide.

    The gates (b, c) can be watched as "gates". Shape: (b, h, w, c) -> the same.
    Paper: arXiv 1709.01507 section 3; inside MBConv, `hidden` is a quarter of its output channels.

    >>> import torch
    >>> SqueezeExcite(8, hidden=2)(torch.zeros(1, 5, 6, 8)).shape
    torch.Size([1, 5, 6, 8])
    """

    @checked()
    def __init__(self, channels: Positive, *, hidden: Positive) -> None:
        super().__init__()
        self.reduce = nn.Linear(channels, hidden)
        self.expand = nn.Linear(hidden, channels)

    @checked()
    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
        # each channel times its gate
        return x * rearrange(self.gates(x), "b c -> b 1 1 c")

    def gates(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b c"]:
        """How far each channel of each picture opens: sigmoid(W₂ SiLU(W₁ means))."""
        # squeeze: mean over the map
        means = reduce(x, "b h w c -> b c", "mean")
        # excite: a gate for every channel
        return tap("gates", self.expand(functional.silu(self.reduce(means))).sigmoid())


class Shortcut(nn.Module):
    """What goes past an MBConv that halves the map: 2×2 means, projected where the width changes.

    Shape: (b, h, w, in_channels) -> (b, ⌈h / 2⌉, ⌈w / 2⌉, channels). Paper: equation (4).

    >>> import torch
    >>> Shortcut(8, 12)(torch.zeros(1, 5, 6, 8)).shape
    torch.Size([1, 3, 3, 12])
    """

    @checked()
    def __init__(self, in_channels: Positive, channels: Positive) -> None:
        super().__init__()
        self.projection: nn.Module = nn.Identity()
        if in_channels != channels:
            self.projection = nn.Linear(in_channels, channels)

    @checked()
    @replaceable
    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b half_h half_w out"]:
        # means of 2×2, projected
        return self.projection(average_squares(x))


class MBConv(nn.Module):
    """Expand, filter each channel alone, let some channels pass, project; beside a shortcut.

    Shape: (b, h, w, in_channels) -> (b, ⌈h / stride⌉, ⌈w / stride⌉, channels).
    Paper: equations (3) and (4), figure 2. The expanded map can be watched as "expanded", the
    filtered one as "filtered", the gates as "squeeze_excite.gates".

    >>> import torch
    >>> MBConv(8, 12, stride=2)(torch.zeros(1, 5, 6, 8)).shape
    torch.Size([1, 3, 3, 12])
    """

    @checked()
    def __init__(
        self,
        in_channels: Positive,
        channels: Positive,
        *,
        stride: Positive = 1,
        drop_path: Share = 0.0,
    ) -> None:
        super().__init__()
        hidden = EXPANSION * channels
        self.shortcut = Shortcut(in_channels, channels) if stride == 2 else nn.Identity()
        self.norm = MapBatchNorm2d(in_channels, eps=EPS)
        self.expand = nn.Linear(in_channels, hidden, bias=False)
        self.expand_norm = MapBatchNorm2d(hidden, eps=EPS)
        self.depthwise = SameConv2d(hidden, hidden, 3, stride=stride, groups=hidden, bias=False)
        self.depthwise_norm = MapBatchNorm2d(hidden, eps=EPS)
        self.squeeze_excite = SqueezeExcite(hidden, hidden=int(SQUEEZE * channels))
        self.project = nn.Linear(hidden, channels)
        self.drop_path = DropPath(drop_path)

    @checked()
    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b out_h out_w out"]:
        # branch beside the shortcut
        return self.shortcut(x) + self.drop_path(self.branch(x))

    @replaceable
    def branch(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b out_h out_w out"]:
        """The convolutions, from left to right in the figure."""
        # expand: 1×1, four times as many channels
        x = self.expand(self.norm(x))
        x = tap("expanded", gelu(self.expand_norm(x)))
        # depthwise: 3×3, every channel alone
        x = tap("filtered", gelu(self.depthwise_norm(self.depthwise(x))))
        # squeeze-excite: which channels pass; project: 1×1
        return self.project(self.squeeze_excite(x))


class Stem(nn.Module):
    """Two 3×3 convolutions; the first halves the picture. It comes in as b c h w, b h w c goes out.

    Shape: (b, 3, h, w) -> (b, ⌈h / 2⌉, ⌈w / 2⌉, channels). Paper: section 4, table 1, S0.

    >>> import torch
    >>> Stem(3, 16)(torch.zeros(1, 3, 9, 8)).shape
    torch.Size([1, 5, 4, 16])
    """

    @checked()
    def __init__(self, in_channels: Positive, channels: Positive) -> None:
        super().__init__()
        self.conv1 = SameConv2d(in_channels, channels, 3, stride=2)
        self.norm = MapBatchNorm2d(channels, eps=EPS)
        self.conv2 = SameConv2d(channels, channels, 3)

    @checked()
    @replaceable
    def forward(self, picture: Float[Tensor, "b rgb h w"]) -> Float[Tensor, "b out_h out_w c"]:
        # channels last
        x = rearrange(picture, "b rgb h w -> b h w rgb")
        # two convolutions, the first halves
        return self.conv2(gelu(self.norm(self.conv1(x))))
