"""The cost view: three pictures on logarithmic axes, and a button that measures here."""

from typing import Any, ClassVar

from utils.explorers.base import Explorer
from utils.explorers.cost import compute, still
from utils.explorers.cost.measure import PATIENCE, Times, measure
from utils.explorers.settings import check_settings
from utils.explorers.work import Work


class Cost(Explorer):
    """Multiply-adds, memory and time of five kinds of attention against the picture's side."""

    name = "cost"
    title = "What attention costs"
    hint = "Where does each curve cross the memory? Now store no weights."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 552

    takes_picture = False
    times: Times | None = None

    def result(self) -> compute.Result:
        check_settings(self.settings)
        return compute.compute(self.settings, self.times)

    def measure(self, *, patience: float = PATIENCE, wait: bool = True) -> None:
        """Time every kind on this machine's processor, about ten seconds in all."""
        if self.run is None or not self.run.going:
            do = Work(lambda work: self._measure(patience, work), told=self.tell_work)
            self.begin(do, wait=wait)

    def _measure(self, patience: float, work: Work) -> None:
        def show(times: Times) -> None:
            work.check()
            self.times = {kind: dict(found) for kind, found in times.items()}
            self.refresh()

        measure(patience=patience, each=show)

    def _asked(self, widget: Any, message: dict[str, Any], buffers: Any) -> None:
        super()._asked(widget, message, buffers)
        if message.get("do") == "measure":
            self.measure(wait=False)
