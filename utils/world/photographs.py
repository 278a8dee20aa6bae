"""Photographs that come inside scikit-image and scikit-learn, each with its licence.

They are read from the installed packages' folders: nothing is downloaded and nothing is copied.
Seven are held out: no training function here gives them away, so that they stay an unseen test.
"""

import importlib.util
import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from utils.contracts import checked
from utils.errors import ConfigError
from utils.io import read_image

FOLDERS = {"skimage": "data", "sklearn": "datasets/images"}
PROJECTS = {"skimage": "scikit-image", "sklearn": "scikit-learn"}
LARGEST_CROP = 2048  # pixels; larger pieces are only enlarged
CC0 = "CC0 1.0"
FREE = "no known copyright restrictions"
PUBLIC = "public domain"
MIDDLEBURY = "Middlebury 2014 stereo benchmark, for research; cite Scharstein and others, GCPR 2014"


@dataclass(frozen=True)
class Photograph:
    """Where a photograph lies, under which licence, by whom."""

    package: str
    file: str
    licence: str
    source: str


# As the packages' own documentation says (skimage/data/_fetchers.py, sklearn images/README.txt).
HELD_OUT_PHOTOGRAPHS = {
    "astronaut": Photograph("skimage", "astronaut.png", PUBLIC, "NASA, Eileen Collins"),
    "coffee": Photograph("skimage", "coffee.png", CC0, "Rachel Michetti"),
    "chelsea": Photograph("skimage", "chelsea.png", CC0, "Stéfan van der Walt"),
    "rocket": Photograph("skimage", "rocket.jpg", PUBLIC, "SpaceX"),
    "retina": Photograph("skimage", "retina.jpg", CC0, "Mikael Häggström"),
    "hubble_deep_field": Photograph("skimage", "hubble_deep_field.jpg", PUBLIC, "NASA, HubbleSite"),
    "stereo_motorcycle": Photograph("skimage", "motorcycle_left.png", MIDDLEBURY, "Nera Nesic"),
}
TRAINING_PHOTOGRAPHS = {
    "camera": Photograph("skimage", "camera.png", CC0, "Lav Varshney"),
    "brick": Photograph("skimage", "brick.png", CC0, "CC0Textures, Bricks25"),
    "grass": Photograph("skimage", "grass.png", CC0, "linolafett"),
    "gravel": Photograph("skimage", "gravel.png", CC0, "CC0Textures, Gravel04"),
    "coins": Photograph("skimage", "coins.png", FREE, "Brooklyn Museum"),
    "moon": Photograph("skimage", "moon.png", "as scikit-image, BSD-3-Clause", "scikit-image"),
    "page": Photograph("skimage", "page.png", "as scikit-image, BSD-3-Clause", "scikit-image"),
    "text": Photograph("skimage", "text.png", PUBLIC, "Wikipedia"),
    "cell": Photograph("skimage", "cell.png", CC0, "Paul Müller and others"),
    "clock": Photograph("skimage", "clock_motion.png", PUBLIC, "Stéfan van der Walt"),
    "immunohistochemistry": Photograph("skimage", "ihc.png", FREE, "CMMI, Gosselies"),
    "microaneurysms": Photograph("skimage", "microaneurysms.png", CC0, "Andreas Maier"),
    "china": Photograph("sklearn", "china.jpg", "CC BY 2.0", "danielbuechele"),
    "flower": Photograph("sklearn", "flower.jpg", "CC BY 2.0", "vultilion"),
}
PHOTOGRAPHS = HELD_OUT_PHOTOGRAPHS | TRAINING_PHOTOGRAPHS
HELD_OUT, TRAINING = tuple(HELD_OUT_PHOTOGRAPHS), tuple(TRAINING_PHOTOGRAPHS)


@cache
def _folder(package: str) -> Path | None:
    """Where a package keeps its pictures; None where it is not installed. It is not imported."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0], FOLDERS[package])


def missing(names: Iterable[str] = tuple(PHOTOGRAPHS)) -> tuple[str, ...]:
    """Those of the names whose file is not on this machine."""
    return tuple(name for name in names if _path(name) is None)


def _path(name: str) -> Path | None:
    if name not in PHOTOGRAPHS:
        raise ConfigError(
            f"the photograph {name!r} came",
            allowed=f"there are {', '.join(PHOTOGRAPHS)}",
            mend="choose one of them, or read your own with utils.io.read_image",
        )
    entry = PHOTOGRAPHS[name]
    folder = _folder(entry.package)
    path = folder / entry.file if folder else None
    return path if path and path.is_file() else None


@checked()
def photograph(name: str) -> Float[Tensor, "3 h w"]:
    """A photograph by name, any of them, in [0, 1].

    >>> photograph("chelsea").shape
    torch.Size([3, 300, 451])
    """
    return shared_photograph(name).clone()


def shared_photograph(name: str) -> Float[Tensor, "3 h w"]:
    """The same without a copy, for those who only look."""
    path = _path(name)
    if path is None:
        project = PROJECTS[PHOTOGRAPHS[name].package]
        raise ConfigError(
            f"the photograph {name!r} is not on this machine",
            allowed=f"it comes with {project}",
            mend=f"install it: pip install {project}",
        )
    return _read(path)


@cache
def _read(path: Path) -> Float[Tensor, "3 h w"]:
    return read_image(path)


def training_names(*, require_all: bool = False) -> tuple[str, ...]:
    """Names of all photographs that may be trained on, none that is held out.

    Those whose package is missing are left out; with `require_all`, as for every weight file that
    comes with the course, they are asked for by name instead.
    """
    absent = missing(TRAINING)
    if absent and require_all:
        raise ConfigError(
            f"the photographs {', '.join(absent)} are not on this machine",
            allowed="weights that are shipped are trained on all of them",
            mend="install scikit-learn: pip install scikit-learn",
        )
    return tuple(name for name in TRAINING if name not in absent)


@checked()
def held_out_middles(side: int) -> Float[Tensor, "n rgb side side"]:
    """The square in the middle of every held-out photograph, in the order of HELD_OUT."""
    middles = []
    shortest = min(min(shared_photograph(name).shape[1:]) for name in HELD_OUT)
    if not 1 <= side <= shortest:
        raise ConfigError(
            f"side={side} came",
            allowed=f"a square fits into all of them where its side is 1 to {shortest} pixels",
            mend="take a smaller one",
        )
    for name in HELD_OUT:
        picture = photograph(name)
        top, left = ((length - side) // 2 for length in picture.shape[1:])
        middles.append(picture[:, top : top + side, left : left + side])
    return torch.stack(middles)


@checked()
def training_crops(
    count: int, *, size: tuple[int, int], generator: torch.Generator, require_all: bool = False
) -> Float[Tensor, "b rgb h w"]:
    """Random pieces of training photographs: any place, scale 1/2 to 1, mirrored or not.

    Gray photographs are tinted at random every second time, so that color cannot tell them apart.
    """
    if count < 0 or min(size) < 1 or max(size) > LARGEST_CROP:
        raise ConfigError(
            f"{count} pieces of {size} came",
            allowed=f"pieces are counted from 0, and their sides run from 1 to {LARGEST_CROP}",
            mend="take size=(64, 64), for example",
        )
    pictures = [shared_photograph(name) for name in training_names(require_all=require_all)]
    crops = []
    for _ in range(count):
        pick, scale, top, left, mirror, tint, *colors = torch.rand(12, generator=generator).tolist()
        picture = pictures[int(pick * len(pictures))]
        h, w = picture.shape[-2:]
        # A piece is never larger than its photograph: small photographs are scaled up instead.
        grow = min(1 + scale, h / size[0], w / size[1])
        piece_h, piece_w = int(size[0] * grow), int(size[1] * grow)
        y, x = int(top * (h - piece_h + 1)), int(left * (w - piece_w + 1))
        piece = picture[:, y : y + piece_h, x : x + piece_w]
        if (piece_h, piece_w) != size:
            piece = functional.interpolate(piece[None], size, mode="bilinear", antialias=True)[0]
        if mirror < 0.5:
            piece = piece.flip(-1)
        if tint < 0.5 and bool((piece[0] == piece[1]).all()):
            first, second = torch.tensor(colors).reshape(2, 3, 1, 1)
            piece = torch.lerp(first * 0.4, 0.5 + second * 0.5, piece)
        crops.append(piece)
    return torch.stack(crops) if crops else torch.zeros(0, 3, *size)


@dataclass(frozen=True)
class StereoPair:
    """Two views of one scene with measured flow.

    **Units** flow in pixels, (x, y), from the left to the right view: x is minus the disparity and
    y is 0. Where `known` is False there was no measurement and the flow says 0.
    """

    left: Float[Tensor, "1 rgb h w"]
    right: Float[Tensor, "1 rgb h w"]
    flow: Float[Tensor, "1 2 h w"]
    known: Bool[Tensor, "1 h w"]


def stereo_pair() -> StereoPair:
    """The real motorcycle: two photographs and the measured motion of (almost) every pixel."""
    left = photograph("stereo_motorcycle")
    folder = _folder("skimage")
    assert folder is not None, "the left view was just read from there"
    right = read_image(folder / "motorcycle_right.png")
    with np.load(io.BytesIO((folder / "motorcycle_disp.npz").read_bytes())) as file:
        disparity = torch.from_numpy(file["arr_0"].astype(np.float32))
    known = disparity.isfinite()
    x = torch.where(known, -disparity, 0.0)
    flow = torch.stack([x, torch.zeros_like(x)])
    return StereoPair(left[None], right[None], flow[None], known[None])
