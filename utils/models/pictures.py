"""What a model asks of the numbers in a picture: none that cannot be meant as one."""

import warnings
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from utils.contracts import Rule, tells_numbers
from utils.errors import ShapeError

BYTE = (0, 255)  # whole numbers are the bytes of a file
SMALL = 3.0  # what is scaled to [0, 1], or to mean 0 and deviation 1, stays within


def values_within(
    *names: str, least: float, most: float, scale: str, warn_of_small: bool = False
) -> Rule:
    """The rule that pictures' values lie within limits, and whole numbers within 0..255.

    `scale` says which values are meant; `warn_of_small` says a word where pictures meant as 0..255
    seem to be scaled down. A picture that tells no numbers (on the device "meta", in a count of
    operations) is not asked. Raises, from the checked function: ShapeError.
    """

    def ask(known: Mapping[str, Any]) -> None:
        small: list[tuple[float, float]] = []
        for name in names:
            picture = known[name]
            if not tells_numbers(picture):
                continue
            low, high = _ends(picture)
            first, last = (least, most) if picture.is_floating_point() else BYTE
            if not (first <= low and high <= last):  # also where one of them is NaN
                raise ShapeError(
                    f"{name} with values from {low:.6g} to {high:.6g} came",
                    allowed=f"its values are finite, on the scale {scale}; whole numbers are "
                    "0..255",
                    mend="divide by the largest value that its file can hold (255 for 8 bits, "
                    f"65535 for 16), and multiply by {255 if most > BYTE[1] else 1}",
                )
            if picture.is_floating_point() and low < high and max(-low, high) <= SMALL:
                small.append((low, high))
        if warn_of_small and small:
            low, high = small[0]
            warnings.warn(
                f"a picture with values from {low:.3g} to {high:.3g} came: this model takes "
                "0..255 and sees it as nearly black; multiply by 255 what is in [0, 1]",
                stacklevel=6,  # the caller of the model
            )

    return ask


def _ends(picture: Tensor) -> tuple[float, float]:
    numbers = picture if picture.is_floating_point() else picture.float()
    low, high = numbers.detach().aminmax()
    return float(low), float(high)
