"""Swin-T at 4×3×224×224 beside every library that has it; each is first shown to be equal."""

import torch

from utils.checkpoints import load_official
from utils.cli.benches.peers import SWIN_T
from utils.cli.benches.timing import Row, Settings, measure, rows_of
from utils.models import create_model
from utils.reference import recipe
from utils.tracing.cost import multiply_adds

CASE = "4×3×224×224"
EQUAL = 1e-4  # mean |difference| / standard deviation; float32 rounding is 1e-6


def run(settings: Settings) -> list[Row]:
    """One row for ours, one for each peer."""
    official = recipe.state_dict("swin_t")
    ours = create_model("swin_t").eval()
    load_official(ours, official)
    picture = recipe.image(1, 4, 3, 224, 224, -2.0, 2.0)
    flop = 2.0 * sum(multiply_adds(ours, picture)[""].values())
    ours, picture = ours.to(settings.device), picture.to(settings.device)
    rows = []
    with torch.inference_mode():
        expected = ours(picture)
        rows += rows_of("ours", CASE, lambda: ours(picture), settings, flop=flop)
        for name, build in SWIN_T.items():
            try:
                peer = build(official).to(settings.device)
            except ImportError:
                rows.append(Row.missing(name, CASE, "not installed"))
                continue
            difference = float((peer(picture) - expected).abs().mean() / expected.std())
            if difference > EQUAL:
                rows.append(Row.missing(name, CASE, f"differs by {difference:.1e}"))
                continue
            timing = measure(lambda peer=peer: peer(picture), settings)  # type: ignore[misc]
            rows.append(Row(name, CASE, timing, flop, f"equal to {difference:.0e}"))
    return rows
