"""One query, step by step."""

from typing import ClassVar

from utils.explorers.base import Explorer
from utils.explorers.one_query import compute, still
from utils.explorers.settings import check_settings


class OneQuery(Explorer):
    """Query, scores, scale, softmax, mix: what `attention` does with one token of a picture."""

    name = "one_query"
    title = "One query, step by step"
    hint = "Click a patch: it asks. Then play the five steps, or go through them one by one."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 524

    def result(self) -> compute.Result:
        check_settings(self.settings)
        return compute.compute(self.settings, self.picture)
