"""What the views that run a model share: which model, on which device, in which time.

A run is kept until picture, model or device change, so that a slider only cuts out another piece.
When the memory of a device runs out, the view says so, frees it and goes on on the CPU.
"""

import time
from typing import Any, ClassVar

import torch
import traitlets
from torch import nn

from utils.cells.plain_torch import plain_torch
from utils.device import available_devices, pick_device
from utils.explorers.arrays import Packed, pack
from utils.explorers.base import Explorer
from utils.explorers.picture import scene_for
from utils.explorers.settings import check_settings
from utils.fast import fast

CPU = "cpu"


class ModelExplorer(Explorer):
    """A view with a model: `explore(NAME, model=...)` takes any variant or your own module.

    A room's `compute.py` gives `default_model()`, `run(model, picture)` (the pass, on whatever
    device both are) and `compute(settings, inside)` with what `run` returned. Where the view itself
    does not show what the model answers, it also gives `says(model, output, picture)`: a picture
    of the answer, of the output if the pass was the whole model's, else None.
    """

    devices: ClassVar[tuple[str, ...]] = tuple(device.type for device in available_devices())

    says = traitlets.Dict().tag(sync=True)  # the model's answer as a picture, packed
    device = traitlets.Unicode().tag(sync=True)
    ran = traitlets.Unicode().tag(sync=True)  # device and milliseconds of the last pass
    # While a setting in `drafts` moves, the page asks for a draft; when the hand rests, for all.
    draft = traitlets.Bool().tag(sync=True)

    @plain_torch()
    def __init__(self, picture: Any = None, *, model: nn.Module | None = None, **settings: Any):
        self.model = (self.maths.default_model() if model is None else model).eval()
        self.kept: dict[str, Any] = {}
        self.set_trait("device", pick_device().type)
        super().__init__(picture, **settings)
        self.observe(self._changed, names=["device", "draft"])

    def take_picture(self, source: Any) -> None:
        self.kept = {}
        self.fed: torch.Tensor | None = None  # the scene as the model learned it; shown enlarged
        if source is None:
            self.fed = scene_for(self.model, getattr(self.maths, "side_of", None))
        super().take_picture(source if self.fed is None else self.fed[0])

    def result(self, device: str | None = None) -> Any:
        """What the view shows, from the present device or the one that is named."""
        check_settings(self.settings)
        return self.maths.compute(self.settings, self.inside(device or self.device))

    def inputs(self) -> list[torch.Tensor]:
        """What `run` takes beside the model: the picture, or more of them in other views."""
        return [self.picture[None] if self.fed is None else self.fed]

    def inside(self, device: str) -> Any:
        """What the model's pass gave on this device; runs it where it has not run yet."""
        if device not in self.kept:
            try:
                self.kept = {CPU: self.kept[CPU]} if CPU in self.kept else {}
                self.kept[device] = self._timed_run(device)
            except (torch.OutOfMemoryError, RuntimeError, NotImplementedError) as error:
                if device == CPU:
                    raise
                reason = "its memory ran out" if _is_memory(error) else "it cannot run this model"
                self._leave(device)
                inside = self.inside(CPU)
                self.device = CPU
                self.ran = f"{device.upper()}: {reason}; now on the CPU. {self.ran}"
                return inside
        return self.kept[device]

    def forget(self) -> None:
        super().forget()
        self.kept = {}
        del self.model

    def _timed_run(self, device: str) -> Any:
        model, pictures = self.model.to(device), [x.to(device) for x in self.inputs()]
        outputs: list[Any] = []
        watcher = model.register_forward_hook(lambda *call: outputs.append(call[-1]))
        _wait(device)
        started = time.perf_counter()
        try:
            inside = self._pass(model, pictures)
        finally:
            watcher.remove()
        _wait(device)
        self.ran = f"{device.upper()}, {1000 * (time.perf_counter() - started):.0f} ms"
        if said := self._answer(model, outputs[0] if outputs else None, pictures):
            self.says = said
        return inside

    def _answer(self, model: nn.Module, output: Any, pictures: list[torch.Tensor]) -> Packed:
        if not hasattr(self.maths, "says"):
            return {}
        with torch.no_grad(), fast():
            picture = self.maths.says(model, output, *pictures)
        return {} if picture is None else pack(picture)

    def _pass(self, model: nn.Module, pictures: list[torch.Tensor]) -> Any:
        """The one place where a view runs its model: in the fast forms, but for what it watches."""
        with torch.no_grad(), fast():
            return self.maths.run(model, *pictures)

    def _leave(self, device: str) -> None:
        self.kept.pop(device, None)
        self.model.to(CPU)
        if device == "cuda":
            torch.cuda.empty_cache()

    def draw(self) -> Any:
        # Stills and their words come from the CPU, so that they are the same on every machine.
        return self.figure.draw(self.settings, self.result(CPU), self.picture)

    def __repr__(self) -> str:
        return self.error or self._said()

    @plain_torch()
    def _said(self) -> str:
        return self.maths.sentence(self.settings, self.result(CPU))


def _wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()
    elif device == "mps":
        torch.mps.synchronize()


def _is_memory(error: Exception) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in str(error).lower()
