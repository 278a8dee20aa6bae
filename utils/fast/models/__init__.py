"""Fast forms of what stands in `utils/models`."""

from utils.fast.models import maxvit, vit, vit_adapter  # noqa: F401 - they register their forms
