"""Restormer at 128×128, first shown to be equal to the authors' code; cost against picture size."""

import torch

from utils.checkpoints import load_official
from utils.cli.benches.timing import Row, Settings, measure
from utils.models import create_model
from utils.reference import read_case, recipe
from utils.tracing.cost import multiply_adds

NAME = "restormer_derain"
SIDES = (128, 192, 256)  # --all: memory and time grow with the pixels, not with their square


def run(settings: Settings) -> list[Row]:
    """One row for the published size, with --all one for each side, and the nano one."""
    case = read_case(NAME)
    model = create_model(NAME).eval()
    load_official(model, case.state_dict())
    with torch.inference_mode():
        difference = case.outputs["image"].difference(model(*case.inputs))
    note = f"equal to the authors' code to {difference:.0e}"
    sides = SIDES if settings.all else SIDES[:1]
    rows = [_row("ours", model, side, settings, note) for side in sides]
    nano = create_model("restormer_nano").eval()
    return [*rows, _row("restormer_nano", nano, SIDES[0], settings, "")]


def _row(name: str, model: torch.nn.Module, side: int, settings: Settings, note: str) -> Row:
    picture = recipe.image(4, 1, 3, side, side)
    flop = 2.0 * sum(multiply_adds(model.cpu(), picture)[""].values())
    model, picture = model.to(settings.device), picture.to(settings.device)
    with torch.inference_mode():
        timing = measure(lambda: model(picture), settings)
    return Row(name, f"1×3×{side}×{side}", timing, flop, note)
