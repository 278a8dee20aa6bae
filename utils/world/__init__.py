"""Shapes World, photographs, and what can go wrong with a picture."""

from utils.world.config import WorldConfig
from utils.world.shapes import ARRANGEMENTS, CLASSES, PARTS
from utils.world.shapes_world import Batch, ShapesWorld

__all__ = ["ARRANGEMENTS", "CLASSES", "PARTS", "Batch", "ShapesWorld", "WorldConfig"]
