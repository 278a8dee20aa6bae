"""Fast forms of what stands in `utils/models`."""

from utils.fast.models import gmflow, restormer  # noqa: F401 - importing them registers their forms
