"""The shipped models as graphs for a browser: each view's pass, and a file of weights a model."""

from utils.site.export.models import write_models

__all__ = ["write_models"]
