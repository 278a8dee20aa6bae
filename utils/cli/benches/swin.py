"""Swin-T at 4×3×224×224 beside every library that has it; each is first shown to be equal."""

import torch

from utils.checkpoints import load_official
from utils.cli.benches.fastest import fastest
from utils.cli.benches.peers import SWIN_T
from utils.cli.benches.timing import Row, Settings, rows_of
from utils.cli.benches.training import training_row, training_rows
from utils.models import create_model
from utils.reference import recipe
from utils.tracing.cost import multiply_adds

CASE = "4×3×224×224"
EQUAL = 1e-4  # mean |difference| / standard deviation; float32 rounding is 1e-6


def run(settings: Settings) -> list[Row]:
    """Rows for ours, one for each peer in its quickest way, and one training step."""
    official = recipe.state_dict("swin_t")
    ours = create_model("swin_t").eval()
    load_official(ours, official)
    picture = recipe.image(1, 4, 3, 224, 224, -2.0, 2.0)
    flop = 2.0 * sum(multiply_adds(ours, picture)[""].values())
    ours, picture = ours.to(settings.device), picture.to(settings.device)
    rows, peers = [], {}
    with torch.no_grad():  # what is made here is trained below as well
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
            said = f"equal to {difference:.0e}"
            rows.append(fastest(name, CASE, peer, picture, settings, flop=flop, note=said))
            peers[name] = peer
    rows += training_rows("ours", CASE, ours, picture, settings=settings, flop=flop)
    if "timm" in peers:
        peer = peers["timm"]
        rows.append(training_row("timm", CASE, peer, picture, settings=settings, flop=flop))
    return rows
