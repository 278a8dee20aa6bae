"""Fast forms of shared modules; importing them registers them."""

from utils.fast.layers import drop_path, mlp, patch, window_attention  # noqa: F401
