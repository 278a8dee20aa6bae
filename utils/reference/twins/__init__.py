"""Each operation once more as loops over single numbers: slow, plain, nothing of ours imported.

Nested lists or arrays go in, numpy arrays come out; names and keywords are those of `utils.ops`.
"""

from utils.reference.twins.attention import attention, attention_weights
from utils.reference.twins.channels import channel_attention, channel_gate
from utils.reference.twins.layer_norm import layer_norm
from utils.reference.twins.masks import region_labels, shift_mask, shift_mask_by_count
from utils.reference.twins.pad import crop, pad_to_multiple
from utils.reference.twins.pixels import pixel_shuffle, pixel_unshuffle
from utils.reference.twins.position import (
    relative_position_bias,
    relative_position_index,
    sine_position,
)
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
    "channel_attention",
    "channel_gate",
    "crop",
    "cyclic_shift",
    "cyclic_unshift",
    "layer_norm",
    "merge_axis",
    "merge_windows",
    "pad_to_multiple",
    "partition_axis",
    "partition_windows",
    "pixel_shuffle",
    "pixel_unshuffle",
    "region_labels",
    "relative_position_bias",
    "relative_position_index",
    "shift_mask",
    "shift_mask_by_count",
    "sine_position",
]
