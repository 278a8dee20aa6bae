"""Fast forms of shared modules; importing them registers them."""

from utils.fast.layers import mlp, patch, upsample, window_attention  # noqa: F401
