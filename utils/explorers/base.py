"""What every view shares: settings as traits, a picture, the still beside the live view, errors.

A view is a room of five files (see `utils/explorers/windows`); its class says which. A view whose
`in_module` is true computes in the browser; for any other, `refresh` runs `compute` in Python
whenever a setting changes and sends the arrays. A view that runs a model overrides `refresh`
alone: that is the one place to choose a device, to take the time, and to fall back to the CPU.
"""

from collections.abc import Iterator
from types import ModuleType
from typing import Any, ClassVar

import anywidget
import traitlets
from matplotlib.figure import Figure

from utils.errors import CourseError
from utils.explorers.arrays import pack, pack_result
from utils.explorers.module import module_text, style_text
from utils.explorers.picture import Picture, as_bytes, picture_of
from utils.explorers.settings import check_settings, controls_of
from utils.figures.show import png_bundle

MIME = "application/vnd.jupyter.widget-view+json"


class Explorer(anywidget.AnyWidget):
    """A live view with its still picture and its sentence.

    Settings are given by keyword and stay traits of the same names: `view.shift = 2` moves the
    slider. `picture` is the learner's own: a file, its bytes or a (3, h, w) tensor.
    """

    name: ClassVar[str]  # of the room
    title: ClassVar[str]
    hint: ClassVar[str]  # what to try first
    maths: ClassVar[ModuleType]  # Settings, compute, sentence, sweep, PICTURE_SIZE
    figure: ClassVar[ModuleType]  # draw
    height: ClassVar[int]  # of the whole view, in pixels
    in_module: ClassVar[bool] = False  # the arithmetic is also in widget.js

    pixels = traitlets.Dict().tag(sync=True)  # the picture, packed
    arrays = traitlets.Dict().tag(sync=True)  # the result, packed; empty when in_module
    sentence = traitlets.Unicode().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)
    upload = traitlets.Bytes().tag(sync=True)  # a picture file on its way to Python
    start = traitlets.Dict().tag(sync=True)  # what the reset button goes back to

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" in cls.__dict__:
            cls._esm = module_text(cls)
            cls._css = style_text(cls.name)

    def __init__(self, picture: Any = None, **settings: Any) -> None:
        controls = controls_of(self.maths.Settings)
        unknown = sorted(set(settings) - set(controls))
        if unknown:
            raise TypeError(f"{unknown[0]} is no setting: {', '.join(controls)} are")
        start = self.maths.Settings(**settings)
        values = {name: getattr(start, name) for name in controls}
        super().__init__()
        self.add_traits(**{name: traitlets.Any().tag(sync=True) for name in controls})
        with self.hold_trait_notifications():
            for name, value in values.items():
                self.set_trait(name, value)
        self.start = values
        self.first_picture = picture
        self.take_picture(picture)
        self.on_msg(self._asked)
        self.observe(self._changed, names=list(controls))
        self.observe(self._uploaded, names=["upload"])
        self.refresh()

    @property
    def settings(self) -> Any:
        """The present settings, as the dataclass that `compute` takes."""
        values = {name: getattr(self, name) for name in controls_of(self.maths.Settings)}
        pairs = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return self.maths.Settings(**pairs)

    @classmethod
    def sweep(cls) -> Iterator[Any]:
        """Settings that cover the whole range of the view, for the tests."""
        return cls.maths.sweep()

    def take_picture(self, source: Any) -> None:
        """Show another picture: a file, its bytes, a tensor, or None for the scene."""
        self.picture: Picture = picture_of(source, size=self.maths.PICTURE_SIZE)
        self.pixels = pack(as_bytes(self.picture))

    def result(self) -> Any:
        """What the view shows, computed in Python. Raises: CourseError for bad settings."""
        check_settings(self.settings)
        return self.maths.compute(self.settings)

    def refresh(self) -> None:
        """Bring sentence, arrays and error up to date with the settings."""
        try:
            result = self.result()
        except CourseError as error:
            self.error = str(error)
            return
        with self.hold_sync():
            self.error = ""
            self.sentence = self.maths.sentence(self.settings, result)
            if not self.in_module:
                self.arrays = pack_result(result)

    def draw(self) -> Figure:
        """The still: the present state as one figure."""
        return self.figure.draw(self.settings, self.result(), self.picture)

    def _changed(self, change: Any) -> None:
        self.refresh()

    def _uploaded(self, change: Any) -> None:
        if not self.upload:
            return
        try:
            self.take_picture(bytes(self.upload))
            self.refresh()
        except CourseError as error:
            self.error = str(error)
        self.upload = b""  # the same file may come again

    def _asked(self, widget: Any, message: dict[str, Any], buffers: Any) -> None:
        if message.get("do") == "scene":
            self.take_picture(self.first_picture)
            self.refresh()

    def __repr__(self) -> str:
        return self.error or self.sentence

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        facts: dict[str, Any] = {}
        data: dict[str, Any] = {"text/plain": repr(self)}
        if not self.error:
            data, facts = png_bundle(self.draw(), repr(self))
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {MIME: view, **data}, facts
