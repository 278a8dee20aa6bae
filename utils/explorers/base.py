"""What every view shares: settings as traits, a picture, the still beside the live view, errors.

A view is a room of five files (see `utils/explorers/windows`); its class says which. A view whose
`in_module` is true computes in the browser; for any other, `refresh` runs `compute` in Python
whenever a setting changes and sends the arrays. A view that runs a model overrides `refresh`
alone: that is the one place to choose a device, to take the time, and to fall back to the CPU.
"""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, ClassVar

import traitlets
from matplotlib.figure import Figure

from utils.cells import lifetime
from utils.cells.live import LiveView
from utils.cells.plain_torch import plain_torch
from utils.errors import CourseError
from utils.explorers.arrays import pack, pack_result
from utils.explorers.module import module_text, style_text
from utils.explorers.picture import Picture, as_bytes, picture_of
from utils.explorers.settings import check_settings, controls_of
from utils.explorers.traits import Binary
from utils.explorers.work import Work


class Explorer(LiveView):
    """A live view with its still picture and its sentence.

    Settings are given by keyword and stay traits of the same names: `view.shift = 2` moves the
    slider. `picture` is the learner's own: a file, its bytes or a (3, h, w) tensor.
    """

    name: ClassVar[str]  # of the room
    maths: ClassVar[ModuleType]  # Settings, compute, sentence, sweep, PICTURE_SIZE
    figure: ClassVar[ModuleType]  # draw
    in_module: ClassVar[bool] = False  # the arithmetic is also in widget.js
    takes_picture: ClassVar[bool] = True  # one of the learner's own
    takes_frames: ClassVar[bool] = False  # or two of them
    takes_camera: ClassVar[bool] = False
    drafts: ClassVar[tuple[str, ...]] = ()  # settings that a smaller answer follows at once

    pixels = traitlets.Dict().tag(sync=True)  # the picture, packed
    arrays = traitlets.Dict().tag(sync=True)  # the result, packed; empty when in_module
    sentence = traitlets.Unicode().tag(sync=True)
    upload = Binary().tag(sync=True)  # a picture file on its way to Python
    start = traitlets.Dict().tag(sync=True)  # what the reset button goes back to
    asked = traitlets.Int().tag(sync=True)  # the page counts what it asks of Python
    answered = traitlets.Int().tag(sync=True)  # and Python what it has answered
    work = traitlets.Dict().tag(sync=True)  # what goes on beside: its state, its beats

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" in cls.__dict__:
            cls.made_by = f"explore({cls.name!r})"
            cls._esm = module_text(cls)
            cls._css = style_text(cls.name)

    @plain_torch()
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
        self.run: Work | None = None
        lifetime.belongs_to_cell(self)
        self.take_picture(picture)
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

    @plain_torch()
    def refresh(self) -> None:
        """Bring sentence, arrays and error up to date with the settings."""
        if self.comm is None:
            return  # closed; a run beside may still come to its end
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

    def begin(self, run: Work, *, wait: bool) -> None:
        """Start work beside the main thread; what it does is told from its own state."""
        self.run = run
        run.start()
        self.tell_work(run)
        if wait:
            run.wait()

    def tell_work(self, run: Work) -> None:
        """The page hears how the work goes on, and what went wrong in it."""
        if run is not self.run:
            return
        with self.hold_sync():
            self.work = {"state": run.state, "beat": run.beat}
            if run.error is not None:
                self.error = _words(run.error)

    def close(self) -> None:
        """Give back comms and memory and end what runs; the view cannot be shown again."""
        if self.comm is not None and self.run is not None:
            self.run.stop()
        super().close()

    def forget(self) -> None:
        self.pixels, self.arrays, self.first_picture = {}, {}, None
        self.__dict__.pop("picture", None)  # a view that failed at its start has none

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the page has set; whatever goes wrong is said in the view."""
        with self._errors_told():
            super().set_state(sync_data)
        self.answered = sync_data.get("asked", self.answered)

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:
        with self._errors_told():  # callbacks of `on_msg` would swallow what they raise
            super()._handle_custom_msg(content, buffers)
            self._asked(self, content, buffers)
        self.answered = content.get("asked", self.answered)

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        try:
            yield
        except (Exception, KeyboardInterrupt) as error:
            self.error = _words(error)
            if not isinstance(error, CourseError):
                traceback.print_exc()

    def _changed(self, change: Any) -> None:
        self.refresh()

    def _uploaded(self, change: Any) -> None:
        if not self.upload:
            return
        try:
            self.take_picture(self.upload)
            self.refresh()
        except CourseError as error:
            self.error = str(error)
        finally:
            self.upload = b""  # the same file may come again

    def _asked(self, widget: Any, message: dict[str, Any], buffers: Any) -> None:
        """What a button wants. Raises: CourseError where it cannot be."""
        if message.get("do") == "scene":
            self.take_picture(self.first_picture)
            self.refresh()

    def __repr__(self) -> str:
        return self.error or self.sentence


def _words(error: BaseException) -> str:
    """An error as the view says it."""
    if isinstance(error, CourseError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted: nothing was changed."
    return f"{type(error).__name__}: {error}. Reset the view, or run its cell again."
