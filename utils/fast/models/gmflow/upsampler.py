"""The upsamplers, with each relu written over what it reads."""

import torch
from jaxtyping import Float
from torch import Tensor

from utils.models.gmflow.upsampler import ConvexUpsampler, UNetUpsampler, double
from utils.ops import convex_upsample, upsample_flow
from utils.switch import fast_form


@fast_form(ConvexUpsampler.forward)
def convex_in_place(
    upsampler: ConvexUpsampler,
    feature: Float[Tensor, "b h w c"],
    flow: Float[Tensor, "b h w xy"],
    maps: list[Tensor],
) -> Float[Tensor, "b fine_h fine_w xy"]:
    """The convex upsampler with its relu in place.

    Gains: one map less in memory.
    Assumes: nobody else holds the convolution's result (no hook on the upsampler or its parts).
    """
    x = torch.cat([flow.to(feature.dtype), feature], dim=-1)
    logits = upsampler.conv2(upsampler.conv1(x).relu_())
    return convex_upsample(flow, logits, factor=upsampler.factor)


@fast_form(UNetUpsampler.forward)
def unet_in_place(
    upsampler: UNetUpsampler,
    feature: Float[Tensor, "b h w c"],
    flow: Float[Tensor, "b h w xy"],
    maps: list[Tensor],
) -> Float[Tensor, "b fine_h fine_w xy"]:
    """The U-Net's decoder with its relus in place.

    Gains: one map less in memory at every step.
    Assumes: as `convex_in_place`.
    """
    x = upsampler.enter(torch.cat([flow.to(feature.dtype), feature], dim=-1)).relu_()
    skips = [*reversed(maps[: len(upsampler.steps) - 1]), None]
    for step, skip in zip(upsampler.steps, skips, strict=True):
        first, _, second, _ = step.children()
        x = double(x)
        x = first(x if skip is None else torch.cat([x, skip], dim=-1)).relu_()
        x = second(x).relu_()
    return upsample_flow(flow, factor=upsampler.factor) + upsampler.leave(x).to(flow.dtype)
