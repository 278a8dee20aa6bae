"""The one thing that every layer with several heads asks of its settings."""

from utils.contracts import holds

heads_divide_channels = holds(
    lambda channels, num_heads: channels % num_heads == 0,
    "the number of heads divides the channels",
    mend="the published models take 32, 48 or 64 channels per head",
    of="setting",
)
