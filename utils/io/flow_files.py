"""Optical flow in Middlebury's .flo files.

**Format** little-endian: the float 202021.25 (its bytes spell PIEH), the width and the height as
32-bit integers, then for each pixel, row by row, its x and y motion as 32-bit floats.
**Source** https://vision.middlebury.edu/flow/code/flow-code/README.txt
"""

import struct
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from utils.contracts import checked
from utils.errors import ConfigError, ShapeError
from utils.io.paths import as_path
from utils.io.whole import write_bytes

MAGIC = b"PIEH"
LONGEST_SIDE = 99_999  # Middlebury's own reader refuses larger ones
UNKNOWN = 1e9  # pixels: a longer motion says that nothing is known, as in Middlebury's own reader
MARK = 1e10  # what is written for such a pixel


@checked()
def known_flow(flow: Float[Tensor, "*b xy h w"]) -> Bool[Tensor, "*b h w"]:
    """Where a flow says something: both of its numbers are finite and at most 1e9.

    >>> known_flow(torch.tensor([[[0.0, 1e10, torch.nan]], [[0.0, 0.0, 0.0]]]))
    tensor([[ True, False, False]])
    """
    return (flow.abs() <= UNKNOWN).all(dim=-3)


def read_flo(path: str | Path) -> Float[Tensor, "2 h w"]:
    """The flow in a .flo file. Where it is unknown, the file says more than 1e9 (`known_flow`).

    **Units** pixels, (x, y).
    """
    path = as_path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{path.name!r} cannot be opened",
            allowed="a flow file exists and may be read",
            mend="check the path",
        ) from error
    if content[:4] != MAGIC or len(content) < 12:
        raise ConfigError(
            f"{path.name!r} is not a .flo file",
            allowed=f"such a file begins with the four letters {MAGIC.decode()} and its size",
            mend="write it with write_flo, or pass the flow file and not the picture",
        )
    w, h = struct.unpack("<ii", content[4:12])
    if not (0 < w <= LONGEST_SIDE and 0 < h <= LONGEST_SIDE):
        raise ConfigError(
            f"{path.name!r} says that it is {h}×{w}",
            allowed=f"both sides lie between 1 and {LONGEST_SIDE}",
            mend="the file is damaged: get it again",
        )
    if len(content) != 12 + 8 * h * w:
        raise ConfigError(
            f"{path.name!r} has {len(content)} bytes",
            allowed=f"a {h}×{w} flow takes {12 + 8 * h * w}",
            mend="the file is damaged: get it again",
        )
    flow = np.frombuffer(content, dtype="<f4", offset=12).reshape(h, w, 2)
    return torch.from_numpy(flow.astype(np.float32)).permute(2, 0, 1).contiguous()


def write_flo(path: str | Path, flow: Tensor) -> None:
    """Write flow as a .flo file, whole or not at all; where it is unknown, the file says 1e10.

    **Shape** flow "2 h w". **Units** pixels, (x, y).
    """
    if not isinstance(flow, Tensor):
        raise ShapeError(
            f"a {type(flow).__name__} came",
            allowed="one flow is a tensor (2, h, w), x first",
            mend="torch.as_tensor makes one of numbers",
        )
    if flow.ndim != 3 or flow.shape[0] != 2 or 0 in flow.shape:
        raise ShapeError(
            f"a tensor of shape {tuple(flow.shape)} came",
            allowed="one flow is (2, h, w), x first",
            mend="write a batch flow by flow, as in write_flo(path, flows[0])",
        )
    _, h, w = flow.shape
    if flow.is_complex():
        raise ShapeError(
            f"a flow of {flow.dtype} came",
            allowed="a flow is real numbers, in pixels",
            mend="split the complex numbers: torch.view_as_real",
        )
    flow = flow.detach().to("cpu", torch.float32)
    values = flow.where(known_flow(flow), MARK).permute(1, 2, 0).contiguous().numpy()
    write_bytes(path, MAGIC + struct.pack("<ii", w, h) + values.astype("<f4").tobytes())
