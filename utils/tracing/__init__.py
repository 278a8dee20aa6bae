"""What a model does and what it costs: line by line, the layer table, the counts."""

from utils.tracing.cost import Cost, cost
from utils.tracing.diff import Parting, diff
from utils.tracing.summary import Row, Summary, summary
from utils.tracing.tracer import Trace, trace
from utils.tracing.tree import Call, Line, Value

__all__ = [
    "Call",
    "Cost",
    "Line",
    "Parting",
    "Row",
    "Summary",
    "Trace",
    "Value",
    "cost",
    "diff",
    "summary",
    "trace",
]
