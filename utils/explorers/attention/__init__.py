"""Where a trained Swin looks: the weights of one query, by stage, block and head."""

from utils.explorers.attention.widget import Attention as Explorer

__all__ = ["Explorer"]
