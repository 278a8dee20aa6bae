"""Shapes World, photographs, and what can go wrong with a picture."""

from utils.world.config import WorldConfig
from utils.world.degrade import KINDS, degrade
from utils.world.scene import Motion, scene, scene_picture
from utils.world.shapes import ARRANGEMENTS, CLASSES, PARTS
from utils.world.shapes_world import Batch, ShapesWorld

__all__ = [
    "ARRANGEMENTS",
    "CLASSES",
    "KINDS",
    "PARTS",
    "Batch",
    "Motion",
    "ShapesWorld",
    "WorldConfig",
    "degrade",
    "scene",
    "scene_picture",
]
