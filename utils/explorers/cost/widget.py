"""The cost view: three pictures on logarithmic axes, and a button that measures here."""

import threading
from typing import Any, ClassVar

from utils.explorers.base import Explorer
from utils.explorers.cost import compute, still
from utils.explorers.cost.measure import PATIENCE, Times, measure
from utils.explorers.settings import check_settings


class Cost(Explorer):
    """Multiply-adds, memory and time of five kinds of attention against the picture's side."""

    name = "cost"
    title = "What attention costs"
    hint = "Where does each curve cross the memory? Now store no weights."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 552

    times: Times | None = None
    worker: threading.Thread | None = None

    def result(self) -> compute.Result:
        check_settings(self.settings)
        return compute.compute(self.settings, self.times)

    def measure(self, *, patience: float = PATIENCE, wait: bool = True) -> None:
        """Time every kind on this machine's processor, about ten seconds in all."""
        if self.worker is not None and self.worker.is_alive():
            return
        self.worker = threading.Thread(target=self._measure, args=(patience,), daemon=True)
        self.worker.start()
        if wait:
            self.worker.join()

    def _measure(self, patience: float) -> None:
        def show(times: Times) -> None:
            self.times = {kind: dict(found) for kind, found in times.items()}
            self.refresh()

        measure(patience=patience, each=show)

    def _asked(self, widget: Any, message: dict[str, Any], buffers: Any) -> None:
        super()._asked(widget, message, buffers)
        if message.get("do") == "measure":
            self.measure(wait=False)
