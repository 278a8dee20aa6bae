"""Training: one plain loop, the recipes of the shipped weights, and the measures of all tasks."""

from utils.training.evaluate import classify
from utils.training.loop import Run, Settings, TrainingError, train
from utils.training.metrics import boundary_f, endpoint_error, mean_iou, psnr, ssim, top1
from utils.training.prepare import prepare
from utils.training.recipes import RECIPES, Recipe, find_recipe, follow

__all__ = [
    "RECIPES",
    "Recipe",
    "Run",
    "Settings",
    "TrainingError",
    "boundary_f",
    "classify",
    "endpoint_error",
    "find_recipe",
    "follow",
    "mean_iou",
    "prepare",
    "psnr",
    "ssim",
    "top1",
    "train",
]
