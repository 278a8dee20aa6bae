"""The five models, one room per paper, and the door to all of them."""

from utils.models.create import create_model, list_models

__all__ = ["create_model", "list_models"]
