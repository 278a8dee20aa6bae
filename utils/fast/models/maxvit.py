"""Fast forms of MaxViT's convolutions: batch normalizations folded, padding without a copy."""

from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.fast.models.norms import affine
from utils.fast.ops import fold_after, fold_before, linear
from utils.models.maxvit.mbconv import MBConv, SameConv2d, Stem, gelu
from utils.ops import same_padding
from utils.switch import definition, fast_form


@fast_form(MBConv.branch, hides="expanded filtered")
def folded_branch(layer: MBConv, x: Float[Tensor, "b h w c"]) -> Float[Tensor, "b out_h out_w out"]:
    """Each batch normalization folded into the matrix beside it.

    Gains three passes over the map, two of them over four times the channels.
    Costs the folding on every call: some multiplications per weight.
    Assumes eval mode, where statistics are fixed; in training the plain form runs.
    """
    if layer.training:
        return definition(MBConv.branch)(layer, x)
    weight, bias = fold_before(layer.expand.weight, None, **affine(layer.norm))
    weight, bias = fold_after(weight, bias, **affine(layer.expand_norm))
    x = linear(x, weight, bias, gelu="tanh")
    weight, bias = fold_after(layer.depthwise.weight, None, **affine(layer.depthwise_norm))
    x = gelu(convolve_same(layer.depthwise, x, weight, bias))
    return layer.project(layer.squeeze_excite(x))


@fast_form(Stem.forward)
def folded_stem(
    stem: Stem, picture: Float[Tensor, "b rgb h w"]
) -> Float[Tensor, "b out_h out_w c"]:
    """The batch normalization folded into the convolution before it, the picture channels-last.

    Gains one pass over the largest map of the model; a picture that is channels-last in memory
    keeps all that follows so. Costs and assumes what `folded_branch` does.
    """
    if stem.training:
        return definition(Stem.forward)(stem, picture)
    x = rearrange(picture, "b rgb h w -> b h w rgb").contiguous()
    weight, bias = fold_after(stem.conv1.weight, stem.conv1.bias, **affine(stem.norm))
    return stem.conv2(gelu(convolve_same(stem.conv1, x, weight, bias)))


@fast_form(SameConv2d.forward)
def convolution_of_padded_kernel(
    conv: SameConv2d, x: Float[Tensor, "b h w c"]
) -> Float[Tensor, "b out_h out_w out_c"]:
    """The kernel padded instead of the map: zeros in front, where "same" wants fewer before.

    Gains a copy of the map: the padding is then as wide on either side, and torch's own.
    Costs a kernel that is one row and one column larger, where the two sides differ.
    Assumes nothing.
    """
    return convolve_same(conv, x, conv.weight, conv.bias)


def convolve_same(
    conv: SameConv2d,
    x: Float[Tensor, "b h w c"],
    weight: Float[Tensor, "out_c group_c kh kw"],
    bias: Float[Tensor, " out_c"] | None,
) -> Float[Tensor, "b out_h out_w out_c"]:
    """The convolution of a layer with another weight and bias."""
    (top, bottom), (left, right) = same_padding(
        (x.shape[1], x.shape[2]), kernel_size=conv.kernel_size[0], stride=conv.stride[0]
    )
    out = functional.conv2d(
        rearrange(x, "b h w c -> b c h w"),
        functional.pad(weight, (right - left, 0, bottom - top, 0)),
        bias,
        stride=conv.stride,
        padding=(bottom, right),
        groups=conv.groups,
    )
    return rearrange(out, "b c h w -> b h w c")
