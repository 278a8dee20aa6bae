"""Move the scene by sliders and watch GMFlow follow."""

from utils.explorers.flow.widget import FlowView as Explorer

__all__ = ["Explorer"]
