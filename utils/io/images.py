"""Pictures in and out: float32 (3, h, w) in [0, 1], upright, in sRGB, without alpha."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image, UnidentifiedImageError
from torch import Tensor
from torch.nn import functional

from utils.errors import ConfigError, CourseError, ShapeError
from utils.io.decode import decode, unit_range
from utils.io.paths import as_path
from utils.io.whole import whole_file

LONGEST = 512  # what an explorer shows; larger pictures would make it slow
JPEG_QUALITY = 95
WRITABLE = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
LONGEST_JPEG = 65_500  # pixels of a side: the format's own limit
BEYOND = 3.0  # how far from [0, 1] noise of σ = 100 strays; farther away it is another range


def read_image(source: str | Path | bytes | bytearray | memoryview) -> Float[Tensor, "3 h w"]:
    """A picture from a file or from the bytes of one.

    Turned upright by its EXIF note; colors come in sRGB by the file's own profile; gray becomes
    three equal channels; where it is transparent, white shows through; 16-bit values keep their
    precision. Notes that are odd or damaged are passed over.

    **Raises** `ConfigError` where there is no such file, or it is no picture, or is cut short.
    """
    if not isinstance(source, bytes | bytearray | memoryview):
        source = as_path(source)
    name = f"{source.name!r}" if isinstance(source, Path) else "the picture"
    mend = "open it in another program and save it as PNG or JPEG"
    try:
        content = source.read_bytes() if isinstance(source, Path) else bytes(source)
    except (OSError, ValueError) as error:  # a name may hold what no name can
        raise ConfigError(
            f"{name} cannot be opened",
            allowed="a picture is a file that exists and may be read",
            mend="check the path",
        ) from error
    try:
        return decode(content, name=name)
    except CourseError:
        raise
    except UnidentifiedImageError as error:
        raise ConfigError(
            f"{name} is not a picture", allowed="PNG, JPEG and the like are read", mend=mend
        ) from error
    except Exception as error:  # decoders raise what they like
        raise ConfigError(
            f"{name} is damaged or cut short", allowed="a picture file is complete", mend=mend
        ) from error


def as_picture(source: Any) -> Float[Tensor, "3 h w"]:
    """Whatever stands for one picture, as float32 (3, h, w) in [0, 1].

    A tensor (3, h, w); an array (h, w, 3) or (3, h, w); gray, (h, w) or with one channel; with
    alpha, which shows white; 8-bit or 16-bit numbers or [0, 1]; a Pillow picture; the path or the
    bytes of a file.

    Raises: ShapeError for other axes, ConfigError for another range or kind.

    >>> as_picture(np.full((4, 5, 3), 255, np.uint8)).shape
    torch.Size([3, 4, 5])
    """
    if isinstance(source, str | Path | bytes | bytearray | memoryview):
        return read_image(source)
    if isinstance(source, Image.Image):
        return _from_pillow(source)
    if _is_picture(source):  # as it is, wherever it lies
        refuse_other_range(source)
        return source.float()
    if isinstance(source, Tensor):
        values, is_tensor = source.detach().cpu(), True
        array = values.float().numpy() if values.is_floating_point() else values.numpy()
    elif isinstance(source, np.ndarray):
        array, is_tensor = source, False
    else:
        raise ConfigError(
            f"a {type(source).__name__} came for a picture",
            allowed="a picture is a tensor (3, h, w), an array (h, w, 3), a Pillow picture, or the "
            "path or the bytes of a file",
            mend="torch.as_tensor makes a tensor of numbers",
        )
    array = _channels_last(array, is_tensor=is_tensor)
    if array.dtype.kind == "f":
        refuse_other_range(torch.from_numpy(array.copy()))
    elif array.dtype.kind in "uib":
        array = unit_range(array, name="the picture")
    else:
        raise ConfigError(
            f"a picture of {array.dtype} came",
            allowed="colors are numbers",
            mend="convert it to float32 in [0, 1]",
        )
    array = array.astype(np.float32)
    if array.shape[2] == 4:
        array = array[..., :3] * array[..., 3:] + (1 - array[..., 3:])
    rgb = np.broadcast_to(array, (*array.shape[:2], 3))
    return torch.from_numpy(rgb.transpose(2, 0, 1).copy())


def _is_picture(source: Any) -> bool:
    if not isinstance(source, Tensor) or not source.is_floating_point():
        return False
    return source.ndim == 3 and source.shape[0] == 3 and source.numel() > 0


def _from_pillow(picture: Image.Image) -> Float[Tensor, "3 h w"]:
    file = io.BytesIO()
    picture.save(file, format="TIFF" if picture.mode == "F" else "PNG")
    return read_image(file.getvalue())


def _channels_last(array: np.ndarray, *, is_tensor: bool) -> np.ndarray:
    """(h, w, c) from an array or a tensor of one picture; tensors have their channels first."""
    if array.ndim == 2 and array.size:
        return array[..., None]
    first = array.ndim == 3 and array.shape[0] in (1, 3)
    last = array.ndim == 3 and array.shape[2] in (1, 3, 4) and not is_tensor
    if (first or last) and array.size:
        return array if last else array.transpose(1, 2, 0)
    raise ShapeError(
        f"{'a tensor' if is_tensor else 'an array'} of shape {array.shape} came",
        allowed="one picture is (3, h, w), with at least one pixel",
        mend="x.permute(2, 0, 1) turns a tensor (h, w, 3); give a batch picture by picture, "
        "as in batch[0]",
    )


def refuse_other_range(picture: Tensor) -> None:
    """Refuse values that cannot be colors in [0, 1] with a little noise.

    Raises: ConfigError.
    """
    if picture.is_meta or not picture.numel() or torch.compiler.is_compiling():
        return
    low, high = (float(x) for x in picture.detach().aminmax())
    if low != low or high != high or low in (float("-inf"),) or high == float("inf"):
        raise ConfigError(
            "a picture with NaN or infinite values came",
            allowed="pictures are numbers in [0, 1]",
            mend="look where the first NaN arises",
        )
    if low < -BEYOND or high > 1 + BEYOND:
        raise ConfigError(
            f"a picture with values from {low:g} to {high:g} came",
            allowed="floating-point pictures lie in [0, 1]",
            mend="divide by 255 where they count to 255",
        )


def fit_to(picture: Any, *, longest: int = LONGEST) -> Float[Tensor, "3 small_h small_w"]:
    """The picture scaled down so that no side is longer; a small one stays as it is.

    Anything that `as_picture` takes.

    >>> fit_to(torch.zeros(3, 400, 1000), longest=500).shape
    torch.Size([3, 200, 500])
    """
    if isinstance(longest, bool) or not isinstance(longest, int) or longest < 1:
        raise ConfigError(
            f"longest={longest} came", allowed="a side has at least 1 pixel", mend="use 512"
        )
    picture = as_picture(picture)
    h, w = picture.shape[-2:]
    factor = longest / max(h, w)
    if factor >= 1:
        return picture.clone()
    size = (max(1, round(h * factor)), max(1, round(w * factor)))
    scaled = functional.interpolate(picture[None], size=size, mode="bilinear", antialias=True)
    return scaled[0].clamp(0, 1)


def own_picture(source: Any, *, longest: int = LONGEST) -> Float[Tensor, "3 h w"]:
    """The learner's own picture, whatever stands for it, upright, without alpha, not too large."""
    return fit_to(source, longest=longest)


def write_image(path: str | Path, picture: Any) -> None:
    """Write a picture as PNG or JPEG (by the file's ending), whole or not at all.

    Anything that `as_picture` takes. Values a little beyond [0, 1] are clipped, and all are rounded
    to 8 bits. **Shape** picture "3 h w".
    """
    path = as_path(path)
    kind = WRITABLE.get(path.suffix.lower())
    if kind is None:
        raise ConfigError(
            f"a picture file named {path.name!r} came",
            allowed=f"names end in {', '.join(WRITABLE)}",
            mend="end the name in .png",
        )
    values = _bytes_of(picture)
    h, w = values.shape[:2]
    if kind == "JPEG" and max(h, w) > LONGEST_JPEG:
        raise ConfigError(
            f"a picture of {h}×{w} pixels came for {path.name!r}",
            allowed=f"a JPEG has at most {LONGEST_JPEG:,} pixels on a side",
            mend="end the name in .png",
        )
    image = Image.fromarray(values)
    with whole_file(path) as file:
        image.save(file, format=kind, **({"quality": JPEG_QUALITY} if kind == "JPEG" else {}))


def _bytes_of(picture: Any) -> UInt8[np.ndarray, "h w rgb"]:
    """The colors from 0 to 255; bytes as they are, so that large pictures need no floats."""
    is_array = isinstance(picture, np.ndarray) and picture.dtype == np.uint8
    if is_array and picture.ndim == 3 and picture.shape[2] == 3 and picture.size:
        return np.ascontiguousarray(picture)
    values = (as_picture(picture).detach().clamp(0, 1) * 255).round().to("cpu", torch.uint8)
    return values.permute(1, 2, 0).contiguous().numpy()
