"""Deterministic weights and inputs for the recorded reference outputs in this folder.

Weights are a function of the official parameter name and shape alone, so no
checkpoint has to be downloaded: build the official-layout state dict from a
manifest, load it, run the model on the recorded input, compare.

    sd = state_dict("swin_t")                 # official names -> tensors
    x = image(*[1, 1, 3, 224, 224, -2, 2])    # the "input" of swin_t.npz
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).resolve().parent


def fill(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Value of the official parameter or buffer `name`; float32, or int64 for counters."""
    noise = (
        np.random.RandomState(zlib.crc32(name.encode()))
        .standard_normal(shape or (1,))
        .astype(np.float32)
    )
    leaf = name.rsplit(".", 1)[-1]
    if leaf == "num_batches_tracked":
        return np.zeros(shape, np.int64)
    if leaf == "running_var":
        return (0.8 + 0.2 * np.abs(noise)).astype(np.float32)
    if leaf == "running_mean":
        return 0.1 * noise
    if leaf == "temperature":
        return 1 + 0.1 * noise
    if leaf.endswith("relative_position_bias_table"):
        return 0.5 * noise
    if leaf in ("gamma", "gamma1", "gamma2"):
        return 0.5 + 0.1 * noise
    if leaf in ("pos_embed", "level_embed", "cls_token"):
        return 0.2 * noise
    if name.endswith("sampling_offsets.bias"):
        return 2 * noise
    if name.endswith("sampling_offsets.weight"):
        return (0.1 * noise / np.sqrt(shape[1])).astype(np.float32)
    if len(shape) >= 2:
        return (noise / np.sqrt(np.prod(shape[1:]))).astype(np.float32)
    if leaf == "weight":
        return 1 + 0.1 * noise
    return 0.1 * noise


def state_dict(manifest: str, *, window_size: int | None = None) -> dict[str, torch.Tensor]:
    """Official-layout state dict of `<manifest>.json`, filled by `fill`; float32.

    `window_size`: the side of another window than the published 7, for the bias tables.
    """
    shapes = json.loads((HERE / f"{manifest}.json").read_text())["state_dict"]
    out = {}
    for name, shape in shapes.items():
        if window_size and name.endswith("relative_position_bias_table"):
            side = 2 * window_size - 1
            shape = [side * side, shape[1]] if len(shape) == 2 else [shape[0], side, side]
        out[name] = torch.from_numpy(np.asarray(fill(name, tuple(shape)))).reshape(shape)
    return out


def image(
    seed: int, b: int, c: int, h: int, w: int, low: float = 0.0, high: float = 1.0
) -> torch.Tensor:
    """Sums of sinusoids plus noise, scaled per channel to [low, high]; (b, c, h, w) float32."""
    rng = np.random.RandomState(seed)
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    out = np.zeros((b, c, h, w), np.float32)
    for i in range(b):
        for j in range(c):
            z = np.zeros((h, w), np.float32)
            for _ in range(6):
                fx, fy, phase, gain = (
                    rng.uniform(0.01, 0.35),
                    rng.uniform(0.01, 0.35),
                    rng.uniform(0, 6.283),
                    rng.uniform(0.3, 1),
                )
                z += gain * np.sin(fx * x + fy * y + phase).astype(np.float32)
            z += 0.2 * rng.standard_normal((h, w)).astype(np.float32)
            out[i, j] = (z - z.min()) / (z.max() - z.min())
    return torch.from_numpy(low + (high - low) * out)


def frame_pair(
    seed: int, b: int, h: int, w: int, dx: int, dy: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Two crops of one 0..255 image, the second taken (dx, dy) pixels further right and down."""
    whole = image(seed, b, 3, h + 32, w + 32, 0.0, 255.0)
    return whole[:, :, 16 : 16 + h, 16 : 16 + w].contiguous(), whole[
        :, :, 16 + dy : 16 + dy + h, 16 + dx : 16 + dx + w
    ].contiguous()


def sample(tensor: torch.Tensor, count: int = 4096) -> np.ndarray:
    """Every k-th value of the flattened tensor, k = max(1, numel // count): what is recorded."""
    flat = tensor.detach().reshape(-1)
    return flat[:: max(1, flat.numel() // count)].double().cpu().numpy()
