"""Classical methods that a trained model is measured against.

Most come from scikit-image. Two come from packages that the course does not install and uses where
they are: BM3D (`bm3d`, whose licence allows research alone) and DIS flow
(`opencv-python-headless`).
"""

import importlib.util
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import torch
from jaxtyping import Float
from skimage.color import rgb2gray
from skimage.filters import median, unsharp_mask
from skimage.morphology import opening
from skimage.registration import optical_flow_tvl1
from skimage.restoration import (
    denoise_bilateral,
    denoise_nl_means,
    denoise_tv_chambolle,
    richardson_lucy,
    wiener,
)
from torch import Tensor

from utils.training.metrics import psnr

SIDES = (3, 5, 7)  # pixels: sides of the square filters against rain
WIDTHS = (3, 5, 7, 9)  # pixels: widths of the filters that are one row high, across the streaks
SIGMA = 25 / 255
GRAY_LEVELS = 255
BORDER = 32  # pixels that are continued around a picture before its blur is undone

Filter = Callable[..., np.ndarray]


def tvl1(
    frame0: Float[Tensor, "b rgb h w"], frame1: Float[Tensor, "b rgb h w"]
) -> Float[Tensor, "b 2 h w"]:
    """TV-L1 flow of scikit-image on gray pictures. Units: pixels, (x, y)."""
    flows = []
    for first, second in zip(frame0.numpy(), frame1.numpy(), strict=True):
        rows, columns = optical_flow_tvl1(
            *(rgb2gray(picture, channel_axis=0).astype(np.float32) for picture in (first, second))
        )
        flows.append(np.stack([columns, rows]))  # scikit-image answers (y, x)
    return torch.from_numpy(np.stack(flows).astype(np.float32))


def has_package(name: str) -> bool:
    """Whether a package that the course does not install is there."""
    return importlib.util.find_spec(name) is not None


def dis_flow(
    frame0: Float[Tensor, "b rgb h w"], frame1: Float[Tensor, "b rgb h w"]
) -> Float[Tensor, "b 2 h w"]:
    """DIS flow of OpenCV at its medium preset, on gray pictures. Units: pixels, (x, y)."""
    import cv2

    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flows = []
    for pair in zip(frame0.numpy(), frame1.numpy(), strict=True):
        gray = [rgb2gray(picture, channel_axis=0) * GRAY_LEVELS for picture in pair]
        flow = search.calc(*(picture.round().astype(np.uint8) for picture in gray), None)
        flows.append(flow.transpose(2, 0, 1))
    return torch.from_numpy(np.stack(flows).astype(np.float32))


def bm3d_denoiser(
    noisy: Float[Tensor, "b rgb h w"], clean: Float[Tensor, "b rgb h w"], *, sigma: float
) -> dict[str, float]:
    """The PSNR of color BM3D, which is told the true σ (in gray levels), by its own settings."""
    from bm3d import bm3d_rgb

    pictures = noisy.movedim(1, -1).double().numpy()
    found = np.stack([bm3d_rgb(picture, sigma / GRAY_LEVELS) for picture in pictures])
    restored = torch.from_numpy(found).movedim(-1, 1).to(clean).clamp(0, 1)
    return {"psnr_bm3d": psnr(restored, clean)}


def best_denoiser(
    noisy: Float[Tensor, "b rgb h w"], clean: Float[Tensor, "b rgb h w"]
) -> dict[str, float]:
    """The PSNR of each of three denoisers at the best of its settings, chosen with the truth."""
    families = {
        "non_local_means": [
            partial(
                denoise_nl_means,
                patch_size=patch,
                patch_distance=9,
                h=strength * SIGMA,
                sigma=SIGMA,
                channel_axis=0,
            )
            for strength in (0.4, 0.6, 0.8, 1.0)
            for patch in (3, 5, 7)
        ],
        "bilateral": [
            partial(denoise_bilateral, sigma_color=color, sigma_spatial=space, channel_axis=0)
            for color in (0.1, 0.15, 0.2, 0.3)
            for space in (1.0, 2.0, 3.0)
        ],
        "total_variation": [
            partial(denoise_tv_chambolle, weight=weight, channel_axis=0)
            for weight in (0.05, 0.08, 0.1, 0.12, 0.15, 0.2)
        ],
    }
    return {f"psnr_{name}": _best(works, noisy, clean) for name, works in families.items()}


def best_against_rain(
    rainy: Float[Tensor, "b rgb h w"], clean: Float[Tensor, "b rgb h w"]
) -> dict[str, float]:
    """The PSNR of the best median and the best opening, square or one row high.

    An opening takes away what is brighter than its surroundings and narrower than its window.
    """
    windows = [(1, side, side) for side in SIDES] + [(1, 1, width) for width in WIDTHS]
    families = {
        "median": [
            partial(median, footprint=np.ones(window), mode="reflect") for window in windows
        ],
        "opening": [partial(opening, footprint=np.ones(window)) for window in windows],
    }
    return {f"psnr_{name}": _best(works, rainy, clean) for name, works in families.items()}


def best_against_blur(
    blurred: Float[Tensor, "b rgb h w"],
    clean: Float[Tensor, "b rgb h w"],
    kernels: Float[Tensor, "b k k"],
) -> dict[str, float]:
    """The PSNR of sharpening, which is blind, and of two methods that are told the true blur."""
    sharpen = [
        partial(unsharp_mask, radius=radius, amount=amount, channel_axis=0)
        for radius in (1.0, 2.0, 3.0)
        for amount in (0.25, 0.5, 1.0, 1.5)
    ]
    told = {
        "wiener_told_the_blur": [
            partial(wiener, balance=balance, clip=False) for balance in (1e-3, 1e-2, 0.1, 1.0)
        ],
        "richardson_lucy_told_the_blur": [
            partial(richardson_lucy, num_iter=count) for count in (5, 10, 20, 40)
        ],
    }
    report = {"psnr_unsharp_mask": _best(sharpen, blurred, clean)}
    for name, works in told.items():
        results = [_undo(work, blurred, kernels) for work in works]
        report[f"psnr_{name}"] = max(psnr(result, clean) for result in results)
    return report


def _undo(work: Filter, blurred: Tensor, kernels: Tensor) -> Tensor:
    """Each channel of each picture, with its edges continued, through a work on gray pictures."""
    width = ((BORDER, BORDER), (BORDER, BORDER))
    inside = (slice(BORDER, -BORDER), slice(BORDER, -BORDER))
    results = [
        np.stack([work(np.pad(c, width, mode="edge"), kernel)[inside] for c in picture])
        for picture, kernel in zip(blurred.double().numpy(), kernels.double().numpy(), strict=True)
    ]
    return torch.from_numpy(np.stack(results)).to(blurred).clamp(0, 1)


def _best(works: Iterable[Filter], spoiled: Tensor, clean: Tensor) -> float:
    pictures = spoiled.clamp(0, 1).numpy()
    results = (np.stack([work(picture) for picture in pictures]) for work in works)
    return max(psnr(torch.from_numpy(x.astype(np.float32)).clamp(0, 1), clean) for x in results)
