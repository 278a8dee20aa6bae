"""Films in and out, frame by frame, through PyAV (FFmpeg's own libraries)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from utils.errors import ConfigError, CourseError
from utils.io.decode import refuse_large
from utils.io.whole import whole_file

CODECS = ("libx264", "mpeg4")  # the first one that is there; every player knows them
QUALITY = {"crf": "18"}  # of x264: hardly to be told from the original


@dataclass(frozen=True)
class Film:
    """What a film file says about itself; `frames` is 0 where it says nothing of their number."""

    frames: int
    per_second: float


def film_facts(path: str | Path) -> Film:
    """How many frames a film has, and how many a second.

    Raises: ConfigError for a file that is no film.
    """
    with _opened(Path(path)) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate or stream.guessed_rate or 25
        return Film(int(stream.frames or 0), float(rate))


def read_film(path: str | Path) -> Iterator[Float[Tensor, "3 h w"]]:
    """The frames of a film, one after the other, upright: float32 (3, h, w) in [0, 1].

    Raises: ConfigError for a file that is no film, or where its data end too early.
    """
    path, seen = Path(path), 0
    with _opened(path) as container:
        refuse_large(_size(container), name=f"{path.name!r}")
        try:
            for frame in container.decode(video=0):
                array = frame.to_ndarray(format="rgb24")
                turns = round((getattr(frame, "rotation", 0) or 0) / 90) % 4
                array = np.ascontiguousarray(np.rot90(array, turns))
                seen += 1
                yield torch.from_numpy(array.transpose(2, 0, 1).astype(np.float32) / 255)
        except CourseError:
            raise
        except Exception as error:  # decoders raise what they like
            _not_whole(path, error, f"after {seen} frames ")


def _size(container: Any) -> tuple[int, int]:
    stream = container.streams.video[0]
    return stream.width, stream.height


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The film's container, with a picture in it."""
    library = _library()
    if not path.is_file():
        raise ConfigError(
            f"{path.name!r} cannot be opened",
            allowed="a film is a file that exists and may be read",
            mend="check the path",
        )
    try:
        container = library.open(str(path))
    except Exception as error:  # the library has twenty kinds of errors
        _not_whole(path, error, "")
    with container:
        if not container.streams.video:
            raise ConfigError(
                f"{path.name!r} has no pictures",
                allowed="a film has a stream of pictures",
                mend="name another file",
            )
        yield container


def _not_whole(path: Path, error: Exception, where: str) -> NoReturn:
    raise ConfigError(
        f"{path.name!r} cannot be read {where}({type(error).__name__})",
        allowed="MP4, WebM, MOV, AVI and what else FFmpeg knows are read, where they are whole",
        mend="save it again as MP4",
    ) from error


def _library() -> ModuleType:
    try:
        import av
    except ImportError as error:
        raise ConfigError(
            "the reader of films is not installed",
            allowed="films are read by PyAV",
            mend="install it: pip install av",
        ) from error
    return av


@contextmanager
def film_file(
    path: str | Path, *, per_second: float
) -> Iterator[Callable[[UInt8[np.ndarray, "h w 3"]], None]]:
    """A film to add frames to, all of one size; it appears at `path` when the block ends well.

    A side of an odd number of pixels gets one more, since colors are stored for pairs.
    Raises: ConfigError for a name that does not end in .mp4.
    """
    path = Path(path)
    if path.suffix.lower() != ".mp4":
        raise ConfigError(
            f"a film named {path.name!r} came", allowed="films are MP4", mend="end the name in .mp4"
        )
    library = _library()
    with whole_file(path) as file, library.open(file, mode="w", format="mp4") as container:
        stream = container.add_stream(_codec(library), rate=_rate(per_second))
        stream.pix_fmt = "yuv420p"
        if stream.codec_context.name == "libx264":
            stream.options = QUALITY

        def add(picture: UInt8[np.ndarray, "h w 3"]) -> None:
            h, w = picture.shape[:2]
            even = np.pad(picture, ((0, h % 2), (0, w % 2), (0, 0)), mode="edge")
            if not stream.codec_context.is_open:
                stream.height, stream.width = even.shape[:2]
            if (stream.height, stream.width) != even.shape[:2]:
                raise ConfigError(
                    f"a frame of {h}×{w} pixels came for a film of {stream.height}×{stream.width}",
                    allowed="all frames of a film have one size",
                    mend="scale or pad them first",
                )
            frame = library.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
            container.mux(stream.encode(frame))

        yield add
        container.mux(stream.encode(None))


def _codec(library: ModuleType) -> str:
    return next(name for name in CODECS if name in library.codecs_available)


def _rate(per_second: float) -> Any:
    from fractions import Fraction

    return Fraction(per_second).limit_denominator(1001)
