"""Fast forms of Restormer's blocks."""

from utils.fast.models.restormer import blocks  # noqa: F401 - importing it registers its forms
