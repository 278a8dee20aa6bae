"""Training: one plain loop, and what it needs."""

from utils.training.prepare import prepare

__all__ = ["prepare"]
