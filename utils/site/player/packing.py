"""Files for the page: what the scripts hand to `courseAsset`."""

import base64
import gzip
from pathlib import Path

from utils.io.whole import write_text
from utils.site.player.modules import script_text

PART = 600_000  # characters of one part, so that a progress bar can move
Sizes = dict[str, list[int]]


def write_asset(folder: Path, name: str, content: str) -> None:
    """A script that hands over a JavaScript expression."""
    path = folder / f"{name}.js"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, f"courseAsset({script_text(name)}, {content});\n")


def write_packed(folder: Path, name: str, data: bytes) -> list[int]:
    """Bytes as gzip in base64, in parts; the length of each part."""
    return write_gzipped(folder, name, gzip.compress(data, 9, mtime=0))


def write_gzipped(folder: Path, name: str, data: bytes) -> list[int]:
    """The same for bytes that are gzipped already."""
    text = base64.b64encode(data).decode()
    parts = [text[at : at + PART] for at in range(0, len(text), PART)]
    for number, part in enumerate(parts):
        write_asset(folder, f"{name}.{number}", script_text(part))
    return [len(part) for part in parts]
