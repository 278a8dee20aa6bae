"""A shipped model beside the strongest classical methods, as its card tells it, whoever wins."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Row = tuple[str, str, tuple[tuple[str, str], ...]]  # title, entry of the card, (method, measure)

_NOISE: tuple[tuple[str, str], ...] = (("BM3D, told σ", "psnr_bm3d"),)
RESTORED: tuple[Row, ...] = (
    ("noise σ = 15", "noise 15", _NOISE),
    (
        "noise σ = 25",
        "noise 25",
        (("non-local means, told σ", "psnr_non_local_means"), *_NOISE),
    ),
    ("noise σ = 50", "noise 50", _NOISE),
    ("rain", "rain 0.6", (("median", "psnr_median"), ("opening", "psnr_opening"))),
    (
        "blur of 7 px",
        "blur 7",
        (
            ("sharpening", "psnr_unsharp_mask"),
            ("Richardson–Lucy, told the blur", "psnr_richardson_lucy_told_the_blur"),
        ),
    ),
)
_FLOW = (("TV-L1", "epe_tvl1"), ("DIS", "epe_dis"))
MOVED: tuple[Row, ...] = (
    ("photographs, slow", "moved", _FLOW),
    ("photographs, fast", "fast", _FLOW),
    ("a stereo pair", "stereo", _FLOW),
)


@dataclass(frozen=True)
class Measured:
    """What one method reached on one task; `best` marks the winner of the task."""

    task: str
    method: str
    value: float
    best: bool


def rivals(card: dict[str, Any]) -> "Rivals":
    """The figures of the card of `restormer_nano` (PSNR in dB) or `gmflow_nano` (error in pixels).

    A method that was not installed where the card was made has no row.
    """
    name, marks = card["model"], card["metrics"]["test"]
    if name == "restormer_nano":
        start, end = ("as it came", "psnr_in"), (name, "psnr")
        return Rivals("dB", _measured(marks, RESTORED, start, end, best=max))
    start, end = ("mean motion", "mean_motion"), (name, "epe")
    return Rivals("px", _measured(marks["photographs"], MOVED, start, end, best=min))


def _measured(
    card: dict[str, dict[str, float]],
    rows: tuple[Row, ...],
    start: tuple[str, str],
    end: tuple[str, str],
    *,
    best: Callable[[Iterable[float]], float],
) -> tuple[Measured, ...]:
    found = []
    for task, entry, methods in rows:
        marks = card[entry]
        found.append(Measured(task, start[0], marks[start[1]], best=False))
        values = [(method, marks[key]) for method, key in (*methods, end) if key in marks]
        winner = best(value for _, value in values)
        found += [Measured(task, method, value, value == winner) for method, value in values]
    return tuple(found)


@dataclass(frozen=True)
class Rivals:
    """The table as text: one row for each method, a star at the best of each task."""

    unit: str
    rows: tuple[Measured, ...]

    def __str__(self) -> str:
        wide = max(len(row.method) for row in self.rows)
        lines, task = [], ""
        for row in self.rows:
            if row.task != task:
                lines.append(row.task)
                task = row.task
            star = " *" if row.best else ""
            lines.append(f"  {row.method:<{wide}}  {row.value:5.2f} {self.unit}{star}")
        return "\n".join(lines)

    __repr__ = __str__
