"""Restormer: attention across channels, in a U of four levels."""

from utils.models.restormer.blocks import (
    GDFN,
    MDTA,
    ChannelNorm,
    Downsample,
    MapWindowAttention,
    RestormerBlock,
    Upsample,
)
from utils.models.restormer.config import VARIANTS, RestormerConfig
from utils.models.restormer.ensemble import Eightfold
from utils.models.restormer.model import Restormer

__all__ = [
    "GDFN",
    "MDTA",
    "VARIANTS",
    "ChannelNorm",
    "Downsample",
    "Eightfold",
    "MapWindowAttention",
    "Restormer",
    "RestormerBlock",
    "RestormerConfig",
    "Upsample",
]
