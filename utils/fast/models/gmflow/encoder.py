"""The encoder: fewer frames at a time, and no second map where a relu can write into the first."""

import torch
from jaxtyping import Float, Real
from torch import Tensor

from utils.models.gmflow.encoder import FlowEncoder, ResidualBlock
from utils.models.gmflow.model import GMFlow
from utils.ops import instance_norm
from utils.switch import fast_form
from utils.tap import tap

PORTION = 2**16  # pixels at a time: 16 frames of 64×64, or one of 384×512


@fast_form(GMFlow.encode)
def encode_in_portions(
    model: GMFlow, frame0: Real[Tensor, "b rgb h w"], frame1: Real[Tensor, "b rgb h w"]
) -> tuple[list[Tensor], list[Tensor]]:
    """Few frames at a time through the encoder.

    Gains: what a portion needs stays in the cache and is freed before the next one.
    Costs: the features are copied once, where the portions are joined.
    Assumes: the encoder treats every frame alone. With gradients, for which all portions would be
    kept, all frames go at once.
    """
    frames = model.batch(frame0, frame1)
    pixels = frames.shape[1] * frames.shape[2]
    count = len(frames) if torch.is_grad_enabled() else max(1, PORTION // pixels)
    portions = [model.encoder(portion) for portion in frames.split(count)]
    features = [tap("features", x) for x in _join([features for features, _ in portions])]
    if model.config.upsampler != "unet":
        return features, []
    return features, _join([maps for _, maps in portions])


def _join(portions: list[list[Tensor]]) -> list[Tensor]:
    """Lists of maps, one list per portion of the batch -> one list of maps of the whole batch."""
    return [torch.cat(parts) for parts in zip(*portions, strict=True)]


@fast_form(ResidualBlock.forward)
def residual_in_place(
    block: ResidualBlock, x: Float[Tensor, "b h w c"]
) -> Float[Tensor, "b out_h out_w out_c"]:
    """The residual block with each relu written over what it reads.

    Gains: one map less in memory, three times.
    Assumes: nobody else holds what is written over (no hook on the block or its parts), and the
    norm's gradient needs its input, not its output.
    """
    y = instance_norm(block.conv1(x)).relu_()
    y = instance_norm(block.conv2(y)).relu_()
    if block.shortcut is not None:
        x = instance_norm(block.shortcut(x))
    return (x + y).relu_()


@fast_form(FlowEncoder.forward)
def encoder_in_place(
    encoder: FlowEncoder, frames: Float[Tensor, "b h w rgb"]
) -> tuple[list[Float[Tensor, "b _h _w c"]], list[Float[Tensor, "b _h _w _c"]]]:
    """The encoder with the stem's relu written over what it reads.

    Gains: one map less in memory, of all the largest.
    Assumes: as `residual_in_place`.
    """
    x = instance_norm(encoder.stem(frames)).relu_()
    maps = []
    for stage in encoder.stages:
        x = stage(x)
        maps.append(x)
    x = encoder.projection(x)
    return [x] if encoder.trident is None else encoder.trident(x), maps
