"""The five models, one room per paper, and the door to all of them."""

from utils.models.create import create_model, list_models
from utils.models.options import model_from_options
from utils.models.segmenter import Segmenter, segmenter

__all__ = ["Segmenter", "create_model", "list_models", "model_from_options", "segmenter"]
