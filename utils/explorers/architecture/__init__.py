"""A drawing of each model to click: its boxes, what they give, their code and their views."""

from utils.explorers.architecture.widget import Architecture as Explorer

__all__ = ["Explorer"]
