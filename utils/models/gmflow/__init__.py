"""GMFlow: optical flow as matching, and matching as attention whose values are coordinates."""

from utils.models.gmflow.config import VARIANTS, GMFlowConfig
from utils.models.gmflow.encoder import FlowEncoder, ResidualBlock
from utils.models.gmflow.model import Flow, GMFlow, Matching
from utils.models.gmflow.propagation import FlowPropagation
from utils.models.gmflow.transformer import FeatureTransformer, TransformerBlock, TransformerLayer
from utils.models.gmflow.upsampler import BilinearUpsampler, ConvexUpsampler, UNetUpsampler

__all__ = [
    "VARIANTS",
    "BilinearUpsampler",
    "ConvexUpsampler",
    "FeatureTransformer",
    "Flow",
    "FlowEncoder",
    "FlowPropagation",
    "GMFlow",
    "GMFlowConfig",
    "Matching",
    "ResidualBlock",
    "TransformerBlock",
    "TransformerLayer",
    "UNetUpsampler",
]
