"""Fast forms of what stands in `utils/models`."""

from utils.fast.models import maxvit  # noqa: F401 - importing it registers its forms
