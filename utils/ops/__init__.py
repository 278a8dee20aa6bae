"""Pure tensor functions, no parameters: what the blocks of all five models are made of."""

from utils.ops.attention import attention
from utils.ops.bands import in_bands
from utils.ops.channels import channel_attention, channel_gate
from utils.ops.fold import fold_after, fold_before
from utils.ops.gates import squeeze_excite_gates
from utils.ops.layer_norm import layer_norm
from utils.ops.masks import region_labels, shift_mask, shift_mask_by_count
from utils.ops.pad import crop, pad_to_multiple
from utils.ops.padding_mask import padding_mask
from utils.ops.pixels import pixel_shuffle, pixel_unshuffle
from utils.ops.position import relative_position_bias, relative_position_index, sine_position
from utils.ops.same import average_squares, pad_same, same_padding
from utils.ops.shift import cyclic_shift, cyclic_unshift
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
    "crop",
    "cyclic_shift",
    "cyclic_unshift",
    "fold_after",
    "fold_before",
    "in_bands",
    "layer_norm",
    "merge_axis",
    "merge_windows",
    "pad_same",
    "pad_to_multiple",
    "padding_mask",
    "partition_axis",
    "partition_windows",
    "pixel_shuffle",
    "pixel_unshuffle",
    "region_labels",
    "relative_position_bias",
    "relative_position_index",
    "same_padding",
    "shift_mask",
    "shift_mask_by_count",
    "sine_position",
    "squeeze_excite_gates",
]
