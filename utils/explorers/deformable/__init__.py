"""Deformable attention: click a query and see the points that it reads."""

from utils.explorers.deformable.widget import Deformable as Explorer

__all__ = ["Explorer"]
