"""Restormer at 128×128, first shown to be equal to the authors' code; cost against picture size."""

import os
from copy import deepcopy
from dataclasses import replace

import torch
from torch import nn

from utils.checkpoints import load_official
from utils.cli.benches.timing import Row, Settings, rows_of
from utils.cli.benches.training import training_rows
from utils.models import create_model
from utils.reference import read_case, recipe
from utils.tracing.cost import multiply_adds

NAME = "restormer_derain"
SIDE = 128
ONCE_FROM = 1024  # a side whose run takes seconds is run once


def run(settings: Settings) -> list[Row]:
    """One row for each model at the published size; with --all, sizes as long as they fit.

    Each side is twice the one before, so it has four times the pixels: memory and time should
    grow by four, and not by sixteen as between pixels.
    """
    case = read_case(NAME)
    model = create_model(NAME).eval()
    load_official(model, case.state_dict())
    with torch.no_grad():  # what is made here is trained below as well
        difference = case.outputs["image"].difference(model(*case.inputs))
    nano = create_model("restormer_nano").eval()
    rows = _rows("ours", model, SIDE, settings, f"equal to the authors' code to {difference:.0e}")
    last = _rows("restormer_nano", nano, SIDE, settings, "")
    rows += last
    free = free_memory(settings.device) if settings.all else 0
    side = SIDE
    while 4 * max(map(peak_of, last[:2])) < free:
        side *= 2
        once = replace(settings, repeats=1, warmup=0) if side >= ONCE_FROM else settings
        last = _rows("restormer_nano", nano, side, once, "")
        rows += last
    if settings.all:
        rows.append(Row.missing("restormer_nano", f"1×3×{2 * side}×{2 * side}", "memory"))
    return rows


def peak_of(row: Row) -> float | int:
    """Bytes; without end where they could not be measured."""
    peak = row.timing.peak if row.timing else None
    return float("inf") if peak is None else peak


def free_memory(device: torch.device) -> int:
    """Bytes that may be taken now; 0 where the system does not tell."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows and macOS
        return 0


def _rows(name: str, model: nn.Module, side: int, settings: Settings, note: str) -> list[Row]:
    picture = recipe.image(4, 1, 3, side, side)
    shapes = deepcopy(model).to("meta"), picture.to("meta")  # counting needs no numbers
    flop = 2.0 * sum(multiply_adds(*shapes)[""].values())
    model, picture = model.to(settings.device), picture.to(settings.device)
    case = f"1×3×{side}×{side}"
    rows = rows_of(name, case, lambda: model(picture), settings, flop=flop, note=note)
    if side == SIDE:
        rows += training_rows(name, case, model, picture, settings=settings, flop=flop)
    return rows
