"""Shapes World, photographs, and what can go wrong with a picture."""

from utils.world.config import WorldConfig
from utils.world.degrade import KINDS, degrade
from utils.world.moved import MovedPair, join_pairs, moved_photograph, moved_training_pairs
from utils.world.photographs import (
    HELD_OUT,
    TRAINING,
    held_out_middles,
    photograph,
    stereo_pair,
    training_crops,
)
from utils.world.scene import Motion, scene, scene_picture
from utils.world.shapes import ARRANGEMENTS, CLASSES, PARTS
from utils.world.shapes_world import Batch, ShapesWorld

__all__ = [
    "ARRANGEMENTS",
    "CLASSES",
    "HELD_OUT",
    "KINDS",
    "PARTS",
    "TRAINING",
    "Batch",
    "Motion",
    "MovedPair",
    "ShapesWorld",
    "WorldConfig",
    "degrade",
    "held_out_middles",
    "join_pairs",
    "moved_photograph",
    "moved_training_pairs",
    "photograph",
    "scene",
    "scene_picture",
    "stereo_pair",
    "training_crops",
]
