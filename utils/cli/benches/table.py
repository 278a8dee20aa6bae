"""Rows as a Markdown table, and the machine they were measured on."""

import math
import os
import platform
from pathlib import Path

import torch

from utils.cli.benches.timing import MEGABYTE, Row, Settings, unit_name

HEAD = ("name", "case", "units", "lowest ms", "median ms", "spread", "peak MB", "machine", "note")


def rounded(value: float) -> str:
    """Three digits that count, and no power of ten.

    >>> [rounded(value) for value in (2892.69, 90.14, 7.94, 0.0281, 0.00004)]
    ['2,893', '90.1', '7.94', '0.0281', '< 0.001']
    """
    if value < 1e-3:
        return "< 0.001"
    return f"{value:,.{max(0, 2 - math.floor(math.log10(value)))}f}"


def cells(row: Row) -> tuple[str, ...]:
    """One row as text; what was not measured stays empty."""
    timing, share = row.timing, row.share_of_machine
    if timing is None:
        return (row.name, row.case, "", "", "", "", "", "", row.note)
    return (
        row.name,
        row.case,
        rounded(timing.units),
        rounded(timing.lowest * 1000),
        rounded(timing.median * 1000),
        f"{timing.spread:.0%}",
        "" if timing.peak is None else f"{timing.peak / MEGABYTE:.0f}",
        "" if share is None else f"{share:.0%}",
        row.note,
    )


def markdown(rows: list[Row]) -> str:
    """A table with aligned columns; columns that no row fills are left out."""
    lines = [HEAD, *map(cells, rows)]
    filled = [i for i in range(len(HEAD)) if any(line[i] for line in lines[1:])]
    widths = {i: max(len(line[i]) for line in lines) for i in filled}
    body = ["| " + " | ".join(line[i].ljust(widths[i]) for i in filled) + " |" for line in lines]
    rule = "|" + "|".join("-" * (widths[i] + 2) for i in filled) + "|"
    return "\n".join([body[0], rule, *body[1:]])


def processor() -> str:
    """The name of the processor as far as the system tells it."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def machine(settings: Settings, unit: float) -> str:
    """What the figures depend on, in three lines."""
    device = settings.device.type
    if device == "cuda":
        device = torch.cuda.get_device_name(settings.device)
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    versions = f"Python {platform.python_version()}, torch {torch.__version__}"
    return "\n".join(
        [
            f"Machine: {processor()}; {system}; device {device}.",
            f"{versions}, {torch.get_num_threads()} threads, lowest of {settings.repeats}.",
            f"Unit: the arithmetic of one 2048×2048 float32 matrix product, here {unit * 1000:.1f} "
            f"ms (the quickest of three ways: {unit_name(settings.device)}).",
        ]
    )
