"""Fast forms of what stands in `utils/models`."""

# Importing them registers their forms.
from utils.fast.models import gmflow, maxvit, restormer, vit, vit_adapter  # noqa: F401
