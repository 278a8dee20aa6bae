"""TensorFlow's "same" padding: ⌈side / stride⌉ cells come out, the odd zero stands at the end."""

from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.errors import ConfigError
from utils.ops._check import Size, check_map, check_size

Pads = tuple[tuple[int, int], tuple[int, int]]


def same_padding(size: Size, *, kernel_size: int, stride: int = 1) -> Pads:
    """How many cells to add above and below, left and right: ((top, bottom), (left, right)).

    A 3×3 kernel of stride 2 on an even side gets 0 and 1, where torch's padding=1 would add 1 and
    1: the samples then stand one cell further up and left, with the same shape.
    Paper: MaxViT's published weights, trained in TensorFlow. Raises: ConfigError.

    >>> same_padding((8, 7), kernel_size=3, stride=2)
    ((0, 1), (1, 1))
    """
    check_size(size, name="size")
    if kernel_size < 1 or stride < 1:
        raise ConfigError(
            f"kernel_size={kernel_size} and stride={stride} came",
            allowed="both are at least 1",
            mend="MaxViT takes kernel_size=3 and stride 1 or 2",
        )
    return _split(size[0], kernel_size, stride), _split(size[1], kernel_size, stride)


def pad_same(
    x: Float[Tensor, "b h w c"], *, kernel_size: int, stride: int = 1
) -> Float[Tensor, "b padded_h padded_w c"]:
    """Add the zeros of `same_padding`; a convolution without padding then gives ⌈side / stride⌉.

    Shape: (b, h, w, c) -> (b, top + h + bottom, left + w + right, c).
    Raises: ShapeError for what is no map, ConfigError.

    >>> import torch
    >>> pad_same(torch.ones(1, 2, 2, 1), kernel_size=3, stride=2)[0, :, :, 0].tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    check_map(x)
    rows, columns = same_padding((x.shape[1], x.shape[2]), kernel_size=kernel_size, stride=stride)
    return functional.pad(x, (0, 0, *columns, *rows))


def average_squares(x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b half_h half_w c"]:
    """The mean of each 2×2 square; at an odd end the mean of the cells that are there.

    Shape: (b, h, w, c) -> (b, ⌈h / 2⌉, ⌈w / 2⌉, c). Paper: MaxViT appendix A.1, the shortcut.
    Raises: ShapeError for what is no map.

    >>> import torch
    >>> x = torch.arange(6.0).reshape(1, 2, 3, 1)
    >>> average_squares(x).flatten().tolist()
    [2.0, 3.5]
    """
    check_map(x)
    planes = rearrange(x, "b h w c -> b c h w")
    pooled = functional.avg_pool2d(planes, 2, ceil_mode=True, count_include_pad=False)
    return rearrange(pooled, "b c h w -> b h w c")


def _split(side: int, kernel_size: int, stride: int) -> tuple[int, int]:
    rest = max((-(-side // stride) - 1) * stride + kernel_size - side, 0)
    return rest // 2, rest - rest // 2
