"""From the bytes of a picture file to float32 (3, h, w) in [0, 1]: turned, in sRGB, full depth."""

import contextlib
import io
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Shaped
from numpy.typing import NDArray
from PIL import Image, ImageCms
from torch import Tensor

from utils.errors import ConfigError
from utils.io.extras import without_notes

MOST_PIXELS = 64_000_000  # a decompression bomb is refused before it is unpacked
ORIENTATION = 0x0112  # the EXIF tag
BITS, PLANES = 258, 284  # TIFF's tags: the bits of each channel, and how channels are stored
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
TIFF = (b"II*\x00", b"MM\x00*")
OTHER_END = {"16B": "16L", "16L": "16B", "16N": "16B" if sys.byteorder == "little" else "16L"}
BYTE, WORD = 255, 65535
SLACK = 1.5  # floating-point pictures stray a little beyond [0, 1]
Values = Float[np.ndarray, "_ _ _"]  # height, width, channels


def decode(content: bytes, *, name: str) -> Float[Tensor, "3 h w"]:
    """The picture in these bytes; `name` stands in the sentences.

    Raises: ConfigError for too many pixels. Anything else that a decoder raises comes through.
    """
    with _without_size_warning():
        try:
            values = _read(content, name=name)
        except ConfigError:
            raise
        except Exception:
            plain = without_notes(content)
            if content.startswith(TIFF):
                values = _tiff(content, name=name)
            elif plain != content:  # its notes may be what is odd
                values = _read(plain, name=name)
            else:
                raise
    return torch.from_numpy(values).permute(2, 0, 1).contiguous()


@contextlib.contextmanager
def _without_size_warning() -> Iterator[None]:
    """Pillow warns of large pictures; here they are refused in plain words instead."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        yield


def _read(content: bytes, *, name: str) -> Values:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            refuse_large(picture.size, name=name)
            low = _low_bytes(content, picture)
            turn = UPRIGHT.get(_orientation(picture))
            if _is_deep_tiff(picture) and (low is None or _is_by_plane(picture)):
                return _tiff(content, name=name)
            picture.load()
            values = _values(picture, low, name=name)
    except Image.DecompressionBombError as error:
        raise _too_large(f"{name} has more pixels than can be unpacked safely") from error
    return values if turn is None else _turned(values, turn)


def refuse_large(size: tuple[int, int], *, name: str) -> None:
    """Refuse a picture of more than MOST_PIXELS; `size` is (width, height)."""
    if size[0] * size[1] > MOST_PIXELS:
        raise _too_large(f"{name} has {size[0]}×{size[1]} pixels")


def _too_large(came: str) -> ConfigError:
    return ConfigError(
        came,
        allowed=f"pictures have at most {MOST_PIXELS:,} pixels",
        mend="scale it down first",
    )


def _orientation(picture: Image.Image) -> int:
    """How the camera was held, 1 where no one can say. The note is taken out, so that no decoder
    turns the picture by itself.
    """
    try:
        return int(picture.getexif().pop(ORIENTATION, 1))
    except Exception:  # an odd note is no reason not to show the picture
        return 1


def _turned(values: Values, turn: Image.Transpose) -> Values:
    """The array upright, as Pillow's method of that name does it."""
    swapped = values.transpose(1, 0, 2)
    upright = {
        Image.Transpose.FLIP_LEFT_RIGHT: values[:, ::-1],
        Image.Transpose.ROTATE_180: values[::-1, ::-1],
        Image.Transpose.FLIP_TOP_BOTTOM: values[::-1],
        Image.Transpose.TRANSPOSE: swapped,
        Image.Transpose.ROTATE_270: swapped[:, ::-1],
        Image.Transpose.TRANSVERSE: swapped[::-1, ::-1],
        Image.Transpose.ROTATE_90: swapped[::-1],
    }
    return np.ascontiguousarray(upright[turn])


def _low_bytes(content: bytes, picture: Image.Image) -> NDArray[np.uint8] | None:
    """The lower half of 16-bit colors, of which Pillow keeps the upper; None where there is none.

    The same file is decoded again as if its two bytes stood the other way round.
    """
    tiles = getattr(picture, "tile", [])
    raws = {_raw_mode(tile.args) for tile in tiles}
    raw = raws.pop() if len(raws) == 1 else ""
    colors, _, end = raw.partition(";")
    if colors not in ("RGB", "RGBA", "LA") or end not in OTHER_END:
        return None
    # Gray and alpha of 16 bits are laid out like four bytes, and none is left out of those.
    other = "RGBA" if colors == "LA" else f"{colors};{OTHER_END[end]}"
    with Image.open(io.BytesIO(content)) as again:
        if again.format == "TIFF":
            _orientation(again)
        again.tile = [
            tile._replace(args=(other, *tile.args[1:]) if isinstance(tile.args, tuple) else other)
            for tile in again.tile
        ]
        again.load()
        low = np.asarray(again)
    return low[..., 1::2] if colors == "LA" else low


def _raw_mode(args: Any) -> str:
    """How a tile's bytes lie, from what its decoder is told."""
    first = args[0] if isinstance(args, tuple) and args else args
    return first if isinstance(first, str) else ""


def _values(picture: Image.Image, low: NDArray[np.uint8] | None, *, name: str) -> Values:
    """Colors in [0, 1], white showing where the picture is transparent."""
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith(("I", "F")):
        gray = unit_range(np.asarray(picture), name=name)[..., None]
        clear = picture.info.get("transparency")
        if isinstance(clear, int):
            gray = np.where(np.asarray(picture)[..., None] == clear, np.float32(1), gray)
        return np.repeat(gray, 3, axis=2)
    if low is not None:
        high = np.asarray(picture).astype(np.uint16)
        high = high[..., [0, 3]] if low.shape[2] == 2 else high
        full = (high << 8) | low
        values = full.astype(np.float32) / WORD
        clear = picture.info.get("transparency")
        if picture.mode == "RGB" and isinstance(clear, tuple):
            values[(full == np.array(clear, np.uint16)).all(-1)] = 1
        return _over_white(_in_srgb_16(values, profile))
    if picture.has_transparency_data:
        seen = picture.convert("RGBA")
        colors, alpha = _in_srgb(seen.convert("RGB"), profile), seen.getchannel("A")
        both = np.dstack([np.asarray(colors), np.asarray(alpha)])
        return _over_white(both.astype(np.float32) / BYTE)
    return np.asarray(_in_srgb(picture, profile)).astype(np.float32) / BYTE


def _over_white(values: Values) -> Values:
    """(h, w, 1 to 4) -> (h, w, 3): gray spread, the last of two or four channels is alpha."""
    colors = values if values.shape[2] in (1, 3) else values[..., :-1]
    if values.shape[2] in (2, 4):
        alpha = values[..., -1:]
        colors = colors * alpha + (1 - alpha)
    return np.repeat(colors, 3, axis=2) if colors.shape[2] == 1 else colors


def _in_srgb(colors: Image.Image, profile: bytes | None) -> Image.Image:
    """Colors as RGB in sRGB, by the color profile of their file.

    A profile that is missing, broken or for other channels changes nothing.
    """
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "srgb" not in ImageCms.getProfileDescription(source).casefold():
                mode = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}[
                    source.profile.xcolor_space.strip()
                ]
                colors = colors if colors.mode == mode else colors.convert(mode)
                target = ImageCms.createProfile("sRGB")
                made = ImageCms.profileToProfile(colors, source, target, outputMode="RGB")
                if made is not None:
                    return made
        except Exception:  # whatever is wrong with it, the numbers are a picture without it
            pass
    return colors.convert("RGB")


def _in_srgb_16(values: Values, profile: bytes | None) -> Values:
    """The same for 16-bit colors: what the profile changes is computed at 8 bits and added."""
    if not profile or values.shape[2] < 3:
        return values
    before = (values[..., :3] * BYTE).round().astype(np.uint8)
    after = np.asarray(_in_srgb(Image.fromarray(before), profile))
    shift = (after.astype(np.float32) - before) / BYTE
    return np.concatenate([(values[..., :3] + shift).clip(0, 1), values[..., 3:]], axis=2)


def unit_range(values: Shaped[NDArray, "..."], *, name: str) -> Float[np.ndarray, "..."]:
    """Values of any type as float32 in [0, 1], by what their type or their range says they are.

    Bytes count to 255 and 16-bit numbers to 65535, also where they come as larger integers or as
    floating-point numbers; other floating-point numbers are in [0, 1] already, and a few that stray
    are clipped. What is no number becomes 0.

    Raises: ConfigError where the range fits none of these.
    """
    if values.dtype == bool or values.dtype == np.uint8:
        return values.astype(np.float32) / (1 if values.dtype == bool else BYTE)
    sound = np.nan_to_num(values.astype(np.float64), nan=0, posinf=0, neginf=0)
    top = float(sound.max(initial=0))
    if top > WORD:
        raise ConfigError(
            f"{name} has values up to {top:g}",
            allowed="values lie in [0, 1], or are 8-bit or 16-bit numbers",
            mend="scale them to [0, 1] first",
        )
    if values.dtype.kind in "ui":
        scale = WORD if values.dtype.itemsize == 2 or top > BYTE else BYTE
    elif top <= 1 or (np.quantile(sound, 0.99) <= SLACK and (sound != sound.round()).any()):
        scale = 1
    else:
        scale = BYTE if top <= BYTE else WORD
    return (sound / scale).clip(0, 1).astype(np.float32)


def _is_deep_tiff(picture: Image.Image) -> bool:
    """Whether it is a TIFF of more bits per color than Pillow keeps."""
    bits = getattr(picture, "tag_v2", {}).get(BITS, (8,))
    return max(bits) > 8 and not picture.mode.startswith(("I", "F"))


def _is_by_plane(picture: Image.Image) -> bool:
    """Whether a TIFF keeps each color in a plane of its own, where Pillow decides on the bytes."""
    return getattr(picture, "tag_v2", {}).get(PLANES) == 2


def _tiff(content: bytes, *, name: str) -> Values:
    """A TIFF that Pillow does not read: several channels of 16 bits or of floating point."""
    import tifffile  # comes with scikit-image

    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page = file.pages.first
        refuse_large((page.imagewidth, page.imagelength), name=name)
        array = page.asarray()
    if array.ndim == 3 and array.shape[0] in (3, 4) and array.shape[2] not in (3, 4):
        array = array.transpose(1, 2, 0)  # plane by plane
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] > 4:
        raise ValueError(f"channels of shape {array.shape}")
    return _over_white(unit_range(array, name=name))
