"""Each operation once more as loops over single numbers: slow, plain, nothing of ours imported.

Nested lists or arrays go in, numpy arrays come out; names and keywords are those of `utils.ops`.
"""

from utils.reference.twins.attention import attention, attention_weights
from utils.reference.twins.channels import channel_attention, channel_gate
from utils.reference.twins.deformable import deformable_attention, reference_points
from utils.reference.twins.layer_norm import layer_norm
from utils.reference.twins.linear import (
    fold_after,
    fold_before,
    linear,
    squeeze_excite_gates,
)
from utils.reference.twins.masks import region_labels, shift_mask, shift_mask_by_count
from utils.reference.twins.pad import crop, pad_to_multiple
from utils.reference.twins.padding_mask import padding_mask
from utils.reference.twins.pixels import pixel_shuffle, pixel_unshuffle
from utils.reference.twins.position import (
    relative_position_bias,
    relative_position_index,
    sine_position,
)
from utils.reference.twins.same import average_squares, pad_same, same_padding
from utils.reference.twins.shift import cyclic_shift, cyclic_unshift
from utils.reference.twins.windows import (
    merge_axis,
    merge_windows,
    partition_axis,
    partition_windows,
)

__all__ = [
    "attention",
    "attention_weights",
    "average_squares",
    "channel_attention",
    "channel_gate",
    "crop",
    "cyclic_shift",
    "cyclic_unshift",
    "deformable_attention",
    "fold_after",
    "fold_before",
    "layer_norm",
    "linear",
    "merge_axis",
    "merge_windows",
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
    "same_padding",
    "shift_mask",
    "shift_mask_by_count",
    "sine_position",
    "squeeze_excite_gates",
]
