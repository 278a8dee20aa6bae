"""Pictures in and out: float32 (3, h, w) in [0, 1], upright, without alpha."""

import contextlib
import io
import math
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor
from torch.nn import functional

from utils.errors import ConfigError, ShapeError
from utils.io.whole import whole_file

LONGEST = 512  # what an explorer shows; larger pictures would make it slow
MOST_PIXELS = 64_000_000  # a decompression bomb is refused before it is unpacked
JPEG_QUALITY = 95
WRITABLE = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


def read_image(source: str | Path | bytes) -> Float[Tensor, "3 h w"]:
    """A picture from a file or from the bytes of one.

    Turned upright by its EXIF note; gray becomes three equal channels; where it is transparent,
    white shows through; 16-bit values keep their precision.

    **Raises** `ConfigError` where there is no such file, or it is no picture, or is cut short.
    """
    name = "the picture" if isinstance(source, bytes) else f"{Path(source).name!r}"
    mend = "open it in another program and save it as PNG or JPEG"
    try:
        content = source if isinstance(source, bytes) else Path(source).read_bytes()
        with _without_size_warning(), Image.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ConfigError(
                    f"{name} has {picture.width}×{picture.height} pixels",
                    allowed=f"pictures have at most {MOST_PIXELS:,} pixels",
                    mend="scale it down first",
                )
            picture.load()
            return _to_tensor(ImageOps.exif_transpose(picture))
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise ConfigError(
            f"{name} cannot be opened",
            allowed="a picture is a file that exists and may be read",
            mend="check the path",
        ) from error
    except UnidentifiedImageError as error:
        raise ConfigError(
            f"{name} is not a picture", allowed="PNG, JPEG and the like are read", mend=mend
        ) from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(
            f"{name} is damaged or cut short", allowed="a picture file is complete", mend=mend
        ) from error


@contextlib.contextmanager
def _without_size_warning() -> Iterator[None]:
    """Pillow warns of large pictures; here they are refused in plain words instead."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        yield


def _to_tensor(picture: Image.Image) -> Float[Tensor, "3 h w"]:
    if picture.mode in ("I;16", "I;16B", "I;16L", "I;16N", "I"):  # 16-bit gray
        gray = np.asarray(picture).astype(np.float32) / 65535
        return torch.from_numpy(gray).clamp(0, 1).expand(3, -1, -1).contiguous()
    if picture.mode == "F":  # floating-point gray
        gray = np.nan_to_num(np.asarray(picture, dtype=np.float32))
        scale = 255 if gray.max(initial=0) > 1 else 1
        return torch.from_numpy(gray / scale).clamp(0, 1).expand(3, -1, -1).contiguous()
    if picture.has_transparency_data:
        seen = picture.convert("RGBA")
        white = Image.new("RGBA", seen.size, "white")
        picture = Image.alpha_composite(white, seen)
    array = np.array(picture.convert("RGB"), dtype=np.float32) / 255
    return torch.from_numpy(array).permute(2, 0, 1).contiguous()


def fit_to(
    picture: Float[Tensor, "3 h w"], *, longest: int = LONGEST
) -> Float[Tensor, "3 small_h small_w"]:
    """The picture scaled down so that no side is longer; a small one stays as it is.

    >>> fit_to(torch.zeros(3, 400, 1000), longest=500).shape
    torch.Size([3, 200, 500])
    """
    if longest < 1:
        raise ConfigError(
            f"longest={longest} came", allowed="a side has at least 1 pixel", mend="use 512"
        )
    h, w = picture.shape[-2:]
    factor = longest / max(h, w)
    if factor >= 1:
        return picture.clone()
    size = (max(1, round(h * factor)), max(1, round(w * factor)))
    scaled = functional.interpolate(picture[None], size=size, mode="bilinear", antialias=True)
    return scaled[0].clamp(0, 1)


def own_picture(source: str | Path | bytes, *, longest: int = LONGEST) -> Float[Tensor, "3 h w"]:
    """The learner's own picture, ready to be shown: upright, without alpha, not too large."""
    return fit_to(read_image(source), longest=longest)


def write_image(path: str | Path, picture: Tensor) -> None:
    """Write a picture as PNG or JPEG (by the file's ending), whole or not at all.

    Values beyond [0, 1] are clipped, and rounded to 8 bits. **Shape** picture "3 h w".
    """
    path = Path(path)
    kind = WRITABLE.get(path.suffix.lower())
    if kind is None:
        raise ConfigError(
            f"a picture file named {path.name!r} came",
            allowed=f"names end in {', '.join(WRITABLE)}",
            mend="end the name in .png",
        )
    if picture.ndim != 3 or picture.shape[0] != 3:
        raise ShapeError(
            f"a tensor of shape {tuple(picture.shape)} came",
            allowed="one picture is (3, h, w)",
            mend="write a batch picture by picture, as in write_image(path, batch[0])",
        )
    if not math.isfinite(float(picture.detach().sum())):
        raise ConfigError(
            "a picture with NaN or infinite values came",
            allowed="pictures are numbers in [0, 1]",
            mend="look where the first NaN arises before writing it",
        )
    values = (picture.detach().float().clamp(0, 1) * 255).round().to("cpu", torch.uint8)
    image = Image.fromarray(values.permute(1, 2, 0).contiguous().numpy())
    with whole_file(path) as file:
        image.save(file, format=kind, **({"quality": JPEG_QUALITY} if kind == "JPEG" else {}))
