"""Feature maps as colors: the three directions in which the features vary most."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8
from numpy.typing import NDArray


@dataclass(frozen=True)
class Directions:
    """Three directions in feature space and the range that each shows, fitted to one map.

    The same directions can color another map, so that equal features get equal colors.
    """

    mean: Float[np.ndarray, "c"]
    axes: Float[np.ndarray, "c three"]
    low: Float[np.ndarray, "three"]
    high: Float[np.ndarray, "three"]

    @classmethod
    def of(cls, features: NDArray) -> "Directions":
        """Fitted to a map (h, w, c)."""
        flat = features.reshape(-1, features.shape[-1]).astype(np.float64)
        mean = flat.mean(0)
        _, _, axes = np.linalg.svd(flat - mean, full_matrices=False)
        axes = axes[:3].T
        shown = (flat - mean) @ axes
        # The sign of a direction is free: let the largest value of each be positive.
        sign = np.sign(shown[np.abs(shown).argmax(0), range(axes.shape[1])])
        low, high = np.percentile(shown * sign, (2, 98), axis=0)
        return cls(mean, axes * sign, low, high)

    def colors(self, features: NDArray) -> UInt8[np.ndarray, "h w three"]:
        """A map (h, w, c) as red, green and blue, 0 to 255."""
        shown = (features - self.mean) @ self.axes
        shown = ((shown - self.low) / np.maximum(self.high - self.low, 1e-12)).clip(0, 1)
        return (255 * shown).round().astype(np.uint8)


def own_colors(features: NDArray) -> UInt8[np.ndarray, "h w three"]:
    """A map (h, w, c) in the colors of its own directions."""
    return Directions.of(features).colors(features)
