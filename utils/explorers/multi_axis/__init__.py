"""Block and grid on one picture: who a cell meets, and what two layers reach."""

from utils.explorers.multi_axis.widget import MultiAxis as Explorer

__all__ = ["Explorer"]
