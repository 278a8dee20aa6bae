"""MaxViT-T at 4×3×224×224 beside timm's, shown equal first, and torchvision's similar network."""

import torch
from torch import nn

from utils.checkpoints import load_official
from utils.cli.benches.fastest import fastest
from utils.cli.benches.peers import library
from utils.cli.benches.timing import Row, Settings, rows_of
from utils.cli.benches.training import training_rows
from utils.models import create_model
from utils.reference import recipe
from utils.tracing.cost import multiply_adds

CASE = "4×3×224×224"
EQUAL = 1e-4  # mean |difference| / standard deviation; float32 rounding is 1e-6


def run(settings: Settings) -> list[Row]:
    """Rows for ours, one for each peer in its quickest way, and one training step."""
    official = recipe.state_dict("maxvit_t")
    ours = create_model("maxvit_t").eval()
    load_official(ours, official)
    picture = recipe.image(1, 4, 3, 224, 224, -2.0, 2.0)
    flop = 2.0 * sum(multiply_adds(ours, picture)[""].values())
    ours, picture = ours.to(settings.device), picture.to(settings.device)
    with torch.no_grad():  # what is made here is trained below as well
        expected = ours(picture)
        rows = [
            *rows_of("ours", CASE, lambda: ours(picture), settings, flop=flop),
            _timm(picture, expected, official, flop, settings),
            _torchvision(picture, settings),
        ]
    return rows + training_rows("ours", CASE, ours, picture, settings=settings, flop=flop)


def _timm(
    picture: torch.Tensor,
    expected: torch.Tensor,
    official: dict[str, torch.Tensor],
    flop: float,
    settings: Settings,
) -> Row:
    try:
        peer: nn.Module = library("timm").create_model("maxvit_tiny_tf_224", pretrained=False)
    except ImportError:
        return Row.missing("timm", CASE, "not installed")
    found = peer.load_state_dict(official, strict=False)
    if found.unexpected_keys or any("lookup" not in name for name in found.missing_keys):
        return Row.missing("timm", CASE, "its parameters have other names")
    peer = peer.to(settings.device).eval()
    difference = float((peer(picture) - expected).abs().mean() / expected.std())
    if difference > EQUAL:
        return Row.missing("timm", CASE, f"differs by {difference:.1e}")
    said = f"equal to {difference:.0e}"
    return fastest("timm", CASE, peer, picture, settings, flop=flop, note=said)


def _torchvision(picture: torch.Tensor, settings: Settings) -> Row:
    """Its network differs a little (other padding, other scale), so only its time is compared."""
    try:
        peer: nn.Module = library("torchvision").models.maxvit_t().to(settings.device).eval()
    except ImportError:
        return Row.missing("torchvision", CASE, "not installed")
    return fastest("torchvision", CASE, peer, picture, settings, note="other network")
