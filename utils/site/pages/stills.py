"""Pictures of stored outputs become files beside the pages, so that the text arrives first."""

import base64
import hashlib
import html
import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from utils.cells.show import INVITATION, SHARPNESS
from utils.figures.style import DPI
from utils.io.whole import write_bytes

FOLDER = "_static/pictures"
TAG = re.compile(r"<img\b[^>]*>")
DATA = re.compile(r'\bsrc="data:image/(\w+);base64,([^"]*)"')
OWN_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
# "Shift+Enter makes this live" is written above a still; on a page without a kernel it is not so.
TINT, PALE = 20, 200  # of 255: the blue of its letters, and the paper around them
STRIP = round(INVITATION * DPI * SHARPNESS)
Keep = Callable[[bytes, str], str]


def keeper(source: Path, up: str) -> Keep:
    """A function that keeps a picture once, under the name of its content, and gives its address.

    `up` leads from the page to the top of the site, like `../`.
    """
    folder = source / FOLDER
    folder.mkdir(parents=True, exist_ok=True)

    def keep(content: bytes, kind: str) -> str:
        name = f"{hashlib.sha256(content).hexdigest()[:16]}.{kind}"
        if not (folder / name).exists():
            write_bytes(folder / name, content)
        return f"{up}{FOLDER}/{name}"

    return keep


def with_files(markup: str, keep: Keep) -> str:
    """HTML in which every inlined picture is a file with its size, loaded when it comes near."""
    still = "course-still" in markup

    def tag(found: re.Match[str]) -> str:
        data = DATA.search(found[0])
        if data is None:
            return found[0]
        content = base64.b64decode(data[2])
        if still:
            content = without_invitation(content)
        width, height = Image.open(io.BytesIO(content)).size
        shown = re.search(r'\bwidth="(\d+)"', found[0])
        size = f' height="{round(height * int(shown[1]) / width)}"' if shown else ""
        return found[0].replace(data[0], f'src="{keep(content, data[1])}"{size} loading="lazy"')

    return TAG.sub(tag, OWN_STYLE.sub("", markup))


def without_invitation(content: bytes) -> bytes:
    """A still without the words above it that say how a notebook makes it live.

    Most of the strip goes with them; a title that reaches into it stays whole.
    """
    pixels = np.array(Image.open(io.BytesIO(content)).convert("RGB"))
    strip = pixels[:STRIP]
    red, green, blue = np.moveaxis(strip.astype(np.int16), -1, 0)
    strip[(blue - red > TINT) & (blue > green) | (strip.min(axis=-1) > PALE)] = 255
    rows = (strip < 255).any(axis=(1, 2))
    stream = io.BytesIO()
    empty = int(rows.argmax()) if rows.any() else STRIP
    Image.fromarray(pixels[empty:]).save(stream, "WEBP", quality=90, method=4)
    return stream.getvalue()


def picture(content: bytes, kind: str, alt: str, keep: Keep, *, width: int | None = None) -> str:
    """One picture that has no HTML of its own, with its sentence."""
    size = Image.open(io.BytesIO(content)).size
    shown = width or size[0]
    return (
        f'<img src="{keep(content, kind)}" alt="{html.escape(alt)}" width="{shown}" '
        f'height="{round(size[1] * shown / size[0])}" loading="lazy" '
        'style="max-width:100%;height:auto">'
    )
