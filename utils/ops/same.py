"""TensorFlow's "same" padding: ⌈side / stride⌉ cells come out, the odd zero stands at the end."""

from functools import partial

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.contracts import Positive, Size, checked, room
from utils.ops.planes import on_planes

Pads = tuple[tuple[int, int], tuple[int, int]]


@checked()
def same_padding(size: Size, *, kernel_size: Positive, stride: Positive = 1) -> Pads:
    """How many cells to add above and below, left and right: ((top, bottom), (left, right)).

    A 3×3 kernel of stride 2 on an even side gets 0 and 1, where torch's padding=1 would add 1 and
    1: the samples then stand one cell further up and left, with the same shape.
    Paper: MaxViT's published weights, trained in TensorFlow. Raises: ConfigError.

    >>> same_padding((8, 7), kernel_size=3, stride=2)
    ((0, 1), (1, 1))
    """
    return _split(size[0], kernel_size, stride), _split(size[1], kernel_size, stride)


@checked(
    room(
        lambda b, h, w, c, kernel_size: b * c * (h + kernel_size) * (w + kernel_size),
        "the padded map",
    ),
)
def pad_same(
    x: Float[Tensor, "b h w c"], *, kernel_size: Positive, stride: Positive = 1
) -> Float[Tensor, "b padded_h padded_w c"]:
    """Add the zeros of `same_padding`; a convolution without padding then gives ⌈side / stride⌉.

    Shape: (b, h, w, c) -> (b, top + h + bottom, left + w + right, c).
    Raises: ShapeError for what is no map, ConfigError.

    >>> import torch
    >>> pad_same(torch.ones(1, 2, 2, 1), kernel_size=3, stride=2)[0, :, :, 0].tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    rows, columns = same_padding((x.shape[1], x.shape[2]), kernel_size=kernel_size, stride=stride)
    # zeros around the map
    return functional.pad(x, (0, 0, *columns, *rows))


@checked()
def average_squares(x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b half_h half_w c"]:
    """The mean of each 2×2 square; at an odd end the mean of the cells that are there.

    Shape: (b, h, w, c) -> (b, ⌈h / 2⌉, ⌈w / 2⌉, c). Paper: MaxViT appendix A.1, the shortcut.
    Raises: ShapeError for what is no map.

    >>> import torch
    >>> x = torch.arange(6.0).reshape(1, 2, 3, 1)
    >>> average_squares(x).flatten().tolist()
    [2.0, 3.5]
    """
    # means of 2×2 cells
    return on_planes(
        partial(functional.avg_pool2d, kernel_size=2, ceil_mode=True, count_include_pad=False), x
    )


def _split(side: int, kernel_size: int, stride: int) -> tuple[int, int]:
    rest = max((-(-side // stride) - 1) * stride + kernel_size - side, 0)
    return rest // 2, rest - rest // 2
