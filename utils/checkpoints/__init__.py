"""Weights from disk: the authors' published files, and the small ones that come with the course."""

from utils.checkpoints.official import LoadReport, load_official
from utils.checkpoints.shipped import list_shipped, load_shipped, read_card, save_shipped

__all__ = [
    "LoadReport",
    "list_shipped",
    "load_official",
    "load_shipped",
    "read_card",
    "save_shipped",
]
