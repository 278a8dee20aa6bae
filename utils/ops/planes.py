"""Maps are b h w c here, torch's convolutions and poolings want b c h w: there and back."""

from collections.abc import Callable

from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.contracts import Size, checked, room


def on_planes(
    layer: Callable[[Tensor], Tensor], x: Float[Tensor, "b h w c"]
) -> Float[Tensor, "b out_h out_w out_c"]:
    """What a layer of planes (b, c, h, w) makes of a map (b, h, w, c), as a map.

    A map seen as "b c h w" is what torch calls channels-last, so nothing is copied.
    Shape: (b, h, w, c) -> (b, out_h, out_w, out_c).

    >>> import torch
    >>> on_planes(lambda planes: planes[:, :2], torch.zeros(1, 5, 6, 3)).shape
    torch.Size([1, 5, 6, 2])
    """
    # channels in front, the layer, channels last
    return rearrange(layer(rearrange(x, "b h w c -> b c h w")), "b c h w -> b h w c")


@checked(room(lambda b, c, size: b * c * size[0] * size[1], "the map at its new size"))
def resize(x: Float[Tensor, "b h w c"], *, size: Size) -> Float[Tensor, "b new_h new_w c"]:
    """The map at another size, read between the cells (bilinear; cells are squares, not points).

    Shape: (b, h, w, c) -> (b, *size, c). Raises: ShapeError, ConfigError.

    >>> import torch
    >>> resize(torch.tensor([1.0, 5.0]).reshape(1, 1, 2, 1), size=(1, 4)).flatten().tolist()
    [1.0, 2.0, 4.0, 5.0]
    """
    return on_planes(
        lambda planes: functional.interpolate(
            planes, size=size, mode="bilinear", align_corners=False
        ),
        x,
    )
