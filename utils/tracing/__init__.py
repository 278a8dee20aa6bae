"""What a model does and what it costs: line by line, the layer table, the counts."""

from utils.tracing.cost import Cost, cost
from utils.tracing.diff import Parting, diff
from utils.tracing.ladder import Ladder, show_ladder
from utils.tracing.run import Run
from utils.tracing.source import Source, show_source
from utils.tracing.summary import Row, Summary, summary
from utils.tracing.tracer import Trace, trace
from utils.tracing.tree import Call, Line, Value

__all__ = [
    "Call",
    "Cost",
    "Ladder",
    "Line",
    "Parting",
    "Row",
    "Run",
    "Source",
    "Summary",
    "Trace",
    "Value",
    "cost",
    "diff",
    "show_ladder",
    "show_source",
    "summary",
    "trace",
]
