"""Fast forms of the plain ViT's blocks."""

from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.models.vit import PatchEmbedding
from utils.switch import fast_form


@fast_form(PatchEmbedding.forward)
def patches_times_matrix(
    layer: PatchEmbedding, pixels: Float[Tensor, "b h w rgb"]
) -> Float[Tensor, "b nh nw c"]:
    """The convolution as one matrix product, which it is: the patches do not overlap.

    Gains the convolution's way of finding its kernel for so large a stride.
    Costs a copy of the picture, patch by patch.
    Assumes that the stride is the kernel's side and that the picture is whole patches.
    """
    ph, pw = layer.kernel_size
    cut = "b (nh ph) (nw pw) rgb -> b nh nw (rgb ph pw)"
    patches = rearrange(pixels, cut, ph=ph, pw=pw)
    weight = rearrange(layer.weight, "c rgb ph pw -> c (rgb ph pw)")
    return functional.linear(patches, weight, layer.bias)
