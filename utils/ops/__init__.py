"""Pure tensor functions, no parameters: what the blocks of all five models are made of."""

from utils.ops.attention import attention
from utils.ops.masks import region_labels, shift_mask, shift_mask_by_count
from utils.ops.pad import crop, pad_to_multiple
from utils.ops.position import relative_position_bias, relative_position_index, sine_position
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
    "crop",
    "cyclic_shift",
    "cyclic_unshift",
    "merge_axis",
    "merge_windows",
    "pad_to_multiple",
    "partition_axis",
    "partition_windows",
    "region_labels",
    "relative_position_bias",
    "relative_position_index",
    "shift_mask",
    "shift_mask_by_count",
    "sine_position",
]
