"""From pixels to tokens, and from four tokens to one."""

from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from utils.contracts import Count, checked, fits_weights, holds
from utils.ops import on_planes, pad_to_multiple
from utils.switch import replaceable


class PatchEmbedding(nn.Module):
    """Cut the picture into patches and make each one a vector: a convolution of stride = size.

    A picture whose sides are no multiples of the patch is padded with zeros below and right.
    Shape: (b, in_channels, h, w) -> (b, ⌈h / patch⌉, ⌈w / patch⌉, channels).
    Paper: Swin section 3.1 (patch partition and linear embedding).

    >>> PatchEmbedding(3, 96, patch_size=4)(torch.zeros(1, 3, 224, 230)).shape
    torch.Size([1, 56, 58, 96])
    """

    @checked()
    def __init__(self, in_channels: Count, channels: Count, *, patch_size: Count = 4) -> None:
        super().__init__()
        self.patch_size = patch_size
        self.projection = nn.Conv2d(in_channels, channels, patch_size, stride=patch_size)
        self.norm = nn.LayerNorm(channels)

    @checked(
        fits_weights("picture"),
        holds(
            lambda self, rgb: rgb == self.projection.in_channels,
            lambda self: f"this layer takes {self.projection.in_channels} channels: (b, c, h, w)",
            came=lambda picture: f"a picture of shape {tuple(picture.shape)} came",
            mend="picture.movedim(-1, 1) brings the channels in front of the sides",
        ),
    )
    @replaceable
    def forward(self, picture: Float[Tensor, "b rgb h w"]) -> Float[Tensor, "b nh nw c"]:
        # channels last
        pixels = rearrange(picture, "b rgb h w -> b h w rgb")
        # whole patches, with zeros below and right where one is cut
        pixels = pad_to_multiple(pixels, multiple=(self.patch_size, self.patch_size))
        # one vector for every patch
        patches = on_planes(self.projection, pixels)
        # norm over each vector
        return self.norm(patches)


class PatchMerging(nn.Module):
    """Join each 2×2 square of tokens into one token with twice the channels.

    The four vectors stand in a row in the order top left, bottom left, top right, bottom right
    (columns outside), are normalized and projected. An odd side is padded with zeros.
    Shape: (b, h, w, c) -> (b, ⌈h / 2⌉, ⌈w / 2⌉, 2c). Paper: Swin section 3.1.

    >>> PatchMerging(96)(torch.zeros(1, 7, 8, 96)).shape
    torch.Size([1, 4, 4, 192])
    """

    @checked()
    def __init__(self, channels: Count) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * channels)
        self.reduction = nn.Linear(4 * channels, 2 * channels, bias=False)

    @checked(
        fits_weights("x"),
        holds(
            lambda self, c: 4 * c == self.reduction.in_features,
            lambda self: f"this layer takes {self.reduction.in_features // 4} channels",
            came=lambda c: f"a map of {c} channels came",
            mend="rearrange the map to b h w c, or make the layer for its channels",
        ),
    )
    def forward(self, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b half_h half_w cc"]:
        # zeros where a side is odd
        x = pad_to_multiple(x, multiple=(2, 2))
        # four neighbors in a row
        x = rearrange(x, "b (h ph) (w pw) c -> b h w (pw ph c)", ph=2, pw=2)
        # normalized, then half as many channels
        return self.reduction(self.norm(x))
