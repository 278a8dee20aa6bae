"""A peer as it runs best: as it is, channels-last, compiled; the row says what was tried."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from utils.cli.benches.timing import Row, Settings, Timing, measure

Call = Callable[[], Any]


def ways(peer: nn.Module, picture: Tensor) -> Iterator[tuple[str, Call]]:
    """The ways in which a model of another library may run, each with its name."""
    yield "as it is", partial(peer, picture)
    last = torch.channels_last
    peer.to(memory_format=last)  # type: ignore[call-overload]
    yield "channels-last", partial(peer, picture.contiguous(memory_format=last))
    peer.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    yield "compiled", partial(torch.compile(peer), picture)


def fastest(
    name: str,
    case: str,
    peer: nn.Module,
    picture: Tensor,
    settings: Settings,
    *,
    flop: float | None = None,
    note: str = "",
) -> Row:
    """The row of a peer in its quickest way; the note says how long each of them took.

    A way that does not run here (a compiler is missing) is told as such. What is compiled cannot be
    watched for memory.
    """
    tried: dict[str, Timing] = {}
    failed = []
    for way, call in ways(peer, picture):
        try:
            tried[way] = measure(call, settings, memory=way != "compiled")
        except Exception as error:
            failed.append(f"{way}: {type(error).__name__}")
    if not tried:
        return Row.missing(name, case, "; ".join(failed))
    best = min(tried, key=lambda way: tried[way].units)
    told = ", ".join(f"{way} {1000 * timing.lowest:.0f} ms" for way, timing in tried.items())
    said = "; ".join(filter(None, [note, f"{best}, the quickest of: {told}", *failed]))
    return Row(name, case, tried[best], flop, said)
