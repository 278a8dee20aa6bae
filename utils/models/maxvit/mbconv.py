"""The convolutional half of MaxViT: stem, MBConv, squeeze-excite, and the shortcut beside it."""

from einops import rearrange, reduce
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from utils.layers import DropPath, Linear, MapBatchNorm2d, MapConv2d, is_looked_into
from utils.ops import (
    average_squares,
    fold_after,
    fold_before,
    linear,
    same_padding,
    squeeze_excite_gates,
)
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

    >>> SameConv2d(3, 8, 3, stride=2)(torch.zeros(1, 5, 6, 3)).shape
    torch.Size([1, 3, 3, 8])
    """

    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b out_h out_w out_c"]:
        return self.convolve(x, self.weight, self.bias)

    def convolve(
        self,
        x: Float[Tensor, "b h w c"],
        weight: Float[Tensor, "out_c group_c kh kw"],
        bias: Float[Tensor, " out_c"] | None,
    ) -> Float[Tensor, "b out_h out_w out_c"]:
        """The convolution with another weight and bias.

        Zeros in front of the kernel, where "same" asks for more cells after than before, do what
        `pad_same` does without copying the map: the padding is then as wide on either side.
        """
        (top, bottom), (left, right) = same_padding(
            (x.shape[1], x.shape[2]), kernel_size=self.kernel_size[0], stride=self.stride[0]
        )
        out = functional.conv2d(
            rearrange(x, "b h w c -> b c h w"),
            functional.pad(weight, (right - left, 0, bottom - top, 0)),
            bias,
            stride=self.stride,
            padding=(bottom, right),
            groups=self.groups,
        )
        return rearrange(out, "b c h w -> b h w c")


class SqueezeExcite(nn.Module):
    """Multiply every channel by a gate in (0, 1) that the means of all channels decide.

    The gates (b, c) can be watched as "gates". Shape: (b, h, w, c) -> the same.
    Paper: arXiv 1709.01507 section 3; inside MBConv, `hidden` is a quarter of its output channels.

    >>> SqueezeExcite(8, hidden=2)(torch.zeros(1, 5, 6, 8)).shape
    torch.Size([1, 5, 6, 8])
    """

    def __init__(self, channels: int, *, hidden: int) -> None:
        super().__init__()
        self.reduce = nn.Linear(channels, hidden)
        self.expand = nn.Linear(hidden, channels)

    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b h w c"]:
        return x * rearrange(self.gates(x), "b c -> b 1 1 c")

    def gates(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b c"]:
        """How far each channel of each picture opens."""
        gates = squeeze_excite_gates(
            reduce(x, "b h w c -> b c", "mean"),
            reduce=self.reduce.weight,
            reduce_bias=self.reduce.bias,
            expand=self.expand.weight,
            expand_bias=self.expand.bias,
        )
        return tap("gates", gates)


class Shortcut(nn.Module):
    """What goes past an MBConv that halves the map: 2×2 means, projected where the width changes.

    Shape: (b, h, w, in_channels) -> (b, ⌈h / 2⌉, ⌈w / 2⌉, channels). Paper: equation (4).

    >>> Shortcut(8, 12)(torch.zeros(1, 5, 6, 8)).shape
    torch.Size([1, 3, 3, 12])
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.projection: nn.Module = nn.Identity()
        if in_channels != channels:
            self.projection = Linear(in_channels, channels)

    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b half_h half_w out"]:
        return self.projection(average_squares(x))


class MBConv(nn.Module):
    """Expand, filter each channel alone, let some channels pass, project; beside a shortcut.

    Shape: (b, h, w, in_channels) -> (b, ⌈h / stride⌉, ⌈w / stride⌉, channels).
    Paper: equations (3) and (4). The expanded map can be watched as "expanded", the filtered one
    as "filtered", the gates as "squeeze_excite.gates".

    >>> MBConv(8, 12, stride=2)(torch.zeros(1, 5, 6, 8)).shape
    torch.Size([1, 3, 3, 12])
    """

    def __init__(
        self, in_channels: int, channels: int, *, stride: int = 1, drop_path: float = 0.0
    ) -> None:
        super().__init__()
        hidden = EXPANSION * channels
        self.shortcut = Shortcut(in_channels, channels) if stride == 2 else nn.Identity()
        self.norm = MapBatchNorm2d(in_channels, eps=EPS)
        self.expand = Linear(in_channels, hidden, bias=False)
        self.expand_norm = MapBatchNorm2d(hidden, eps=EPS)
        self.depthwise = SameConv2d(hidden, hidden, 3, stride=stride, groups=hidden, bias=False)
        self.depthwise_norm = MapBatchNorm2d(hidden, eps=EPS)
        self.squeeze_excite = SqueezeExcite(hidden, hidden=int(SQUEEZE * channels))
        self.project = Linear(hidden, channels)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b out_h out_w out"]:
        branch = self.folded_branch(x) if can_fold(self) else self.branch(x)
        return self.shortcut(x) + self.drop_path(branch)

    def branch(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b out_h out_w out"]:
        """The convolutions as in the paper's figure 2."""
        x = self.expand(self.norm(x))
        x = tap("expanded", gelu(self.expand_norm(x)))
        x = tap("filtered", gelu(self.depthwise_norm(self.depthwise(x))))
        return self.project(self.squeeze_excite(x))

    def folded_branch(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b out_h out_w out"]:
        """The same in eval mode: each batch normalization folded into the matrix beside it."""
        weight, bias = fold_before(self.expand.weight, None, **affine(self.norm))
        weight, bias = fold_after(weight, bias, **affine(self.expand_norm))
        x = linear(x, weight, bias, gelu="tanh")
        weight, bias = fold_after(self.depthwise.weight, None, **affine(self.depthwise_norm))
        x = gelu(self.depthwise.convolve(x, weight, bias))
        return self.project(self.squeeze_excite(x))


class Stem(nn.Module):
    """Two 3×3 convolutions; the first halves the picture. It comes in as b c h w, b h w c goes out.

    Shape: (b, 3, h, w) -> (b, ⌈h / 2⌉, ⌈w / 2⌉, channels). Paper: section 4, table 1, S0.

    >>> Stem(3, 16)(torch.zeros(1, 3, 9, 8)).shape
    torch.Size([1, 5, 4, 16])
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.conv1 = SameConv2d(in_channels, channels, 3, stride=2)
        self.norm = MapBatchNorm2d(channels, eps=EPS)
        self.conv2 = SameConv2d(channels, channels, 3)

    def forward(self, picture: Float[Tensor, "b rgb h w"]) -> Float[Tensor, "b out_h out_w c"]:
        x = rearrange(picture, "b rgb h w -> b h w rgb").contiguous()
        if can_fold(self):
            weight, bias = fold_after(self.conv1.weight, self.conv1.bias, **affine(self.norm))
            return self.conv2(gelu(self.conv1.convolve(x, weight, bias)))
        return self.conv2(gelu(self.norm(self.conv1(x))))


def affine(norm: MapBatchNorm2d) -> dict[str, Tensor]:
    """A batch normalization in eval mode, as the keywords of `fold_before` and `fold_after`."""
    scale, shift = norm.scale_and_shift()
    return {"scale": scale, "shift": shift}


def can_fold(module: nn.Module) -> bool:
    """Whether nobody would notice: the statistics are fixed, and nobody looks inside.

    A watched or traced model has hooks on its modules; it calls each of them, one by one.
    """
    return not module.training and not is_looked_into(module)
