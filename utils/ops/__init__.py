"""Pure tensor functions, no parameters: what the blocks of all five models are made of."""

from utils.ops.attention import attention
from utils.ops.channels import channel_attention, channel_gate
from utils.ops.deformable import deformable_attention, reference_points
from utils.ops.flow_error import end_point_error, flow_loss
from utils.ops.gates import squeeze_excite_gates
from utils.ops.instance_norm import instance_norm
from utils.ops.layer_norm import layer_norm
from utils.ops.local_attention import local_attention
from utils.ops.masks import region_labels, shift_mask, shift_mask_by_count
from utils.ops.matching import (
    coordinates,
    match_globally,
    match_locally,
    match_probability,
)
from utils.ops.pad import crop, pad_to_multiple
from utils.ops.padding_mask import padding_mask
from utils.ops.pixels import pixel_shuffle, pixel_unshuffle
from utils.ops.planes import on_planes, resize
from utils.ops.position import relative_position_bias, relative_position_index, sine_position
from utils.ops.rotary import rotate_by_place
from utils.ops.same import average_squares, pad_same, same_padding
from utils.ops.shift import cyclic_shift, cyclic_unshift
from utils.ops.splits import sine_position_by_count, split_attention
from utils.ops.upsample import convex_upsample, upsample_flow
from utils.ops.warp import forward_backward_error, occluded, warp
from utils.ops.windows import (
    BLOCK,
    GRID,
    merge_axis,
    merge_windows,
    partition_axis,
    partition_windows,
)

__all__ = [
    "BLOCK",
    "GRID",
    "attention",
    "average_squares",
    "channel_attention",
    "channel_gate",
    "convex_upsample",
    "coordinates",
    "crop",
    "cyclic_shift",
    "cyclic_unshift",
    "deformable_attention",
    "end_point_error",
    "flow_loss",
    "forward_backward_error",
    "instance_norm",
    "layer_norm",
    "local_attention",
    "match_globally",
    "match_locally",
    "match_probability",
    "merge_axis",
    "merge_windows",
    "occluded",
    "on_planes",
    "pad_same",
    "pad_to_multiple",
    "padding_mask",
    "partition_axis",
    "partition_windows",
    "pixel_shuffle",
    "pixel_unshuffle",
    "reference_points",
    "region_labels",
    "relative_position_bias",
    "relative_position_index",
    "resize",
    "rotate_by_place",
    "same_padding",
    "shift_mask",
    "shift_mask_by_count",
    "sine_position",
    "sine_position_by_count",
    "split_attention",
    "squeeze_excite_gates",
    "upsample_flow",
    "warp",
]
