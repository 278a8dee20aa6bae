"""Classical methods from scikit-image that a trained model is measured against."""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import torch
from jaxtyping import Float
from skimage.color import rgb2gray
from skimage.filters import median
from skimage.registration import optical_flow_tvl1
from skimage.restoration import denoise_bilateral, denoise_nl_means, denoise_tv_chambolle
from torch import Tensor

from utils.training.metrics import psnr

MEDIANS = (3, 5, 7)  # pixels: sides of the median filters
SIGMA = 25 / 255

Filter = Callable[[np.ndarray], np.ndarray]


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


def best_median(
    rainy: Float[Tensor, "b rgb h w"], clean: Float[Tensor, "b rgb h w"]
) -> dict[str, float]:
    """The PSNR of the best median filter, side 3 to 7."""
    works = [
        partial(median, footprint=np.ones((1, side, side)), mode="reflect") for side in MEDIANS
    ]
    return {"psnr_median": _best(works, rainy, clean)}


def _best(works: Iterable[Filter], spoiled: Tensor, clean: Tensor) -> float:
    pictures = spoiled.clamp(0, 1).numpy()
    results = (np.stack([work(picture) for picture in pictures]) for work in works)
    return max(psnr(torch.from_numpy(x.astype(np.float32)).clamp(0, 1), clean) for x in results)
