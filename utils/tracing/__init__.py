"""What a model does and what it costs: the layer table and the counts."""

from utils.tracing.cost import Cost, cost
from utils.tracing.summary import Row, Summary, summary

__all__ = ["Cost", "Row", "Summary", "cost", "summary"]
