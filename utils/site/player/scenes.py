"""What a view of the site shows before anybody touches it, as arrays."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.explorers.base import Explorer
from utils.explorers.pair import Pair
from utils.explorers.picture import as_bytes
from utils.site.readings.facts import is_plain

FINE = 65535
Part = tuple[str, str, NDArray]  # name, kind, array


@dataclass(frozen=True)
class Packed:
    """Arrays in a row of bytes, and what each is."""

    data: bytes
    parts: list[dict[str, Any]]

    @property
    def name(self) -> str:
        """Of its file: equal scenes have equal names."""
        return f"scenes/{hashlib.sha256(self.data).hexdigest()[:10]}"


def scene_of(view: Explorer) -> Packed | None:
    """The first picture or the two frames, with what is known about them."""
    parts = list(_parts(view))
    if not parts:
        return None
    named = [{"key": key, "kind": kind, "shape": list(array.shape)} for key, kind, array in parts]
    return Packed(b"".join(_bytes(kind, array) for _, kind, array in parts), named)


def _parts(view: Any) -> list[Part]:
    if not view.takes_picture:
        return []
    if is_plain(view.name):
        return [("pixels", "byte", as_bytes(view.picture))]
    if isinstance(getattr(view, "pair", None), Pair):
        pair = view.pair
        known = [("flow", "float", pair.flow[0].numpy())]
        if pair.hidden is not None:
            known.append(("hidden", "byte", pair.hidden[0].byte().numpy()))
        frames = [("frame0", pair.frame0), ("frame1", pair.frame1)]
        return [*((key, "picture", frame[0].numpy()) for key, frame in frames), *known]
    fed = view.picture if getattr(view, "fed", None) is None else view.fed[0]
    shown = [("pixels", "byte", as_bytes(view.picture))]
    return [("picture", "picture", fed.numpy()), *shown]


def _bytes(kind: str, array: NDArray) -> bytes:
    if kind == "picture":
        return (array.clip(0, 1) * np.float64(FINE)).round().astype("<u2").tobytes()
    return array.astype({"float": "<f4", "byte": "|u1"}[kind]).tobytes()
