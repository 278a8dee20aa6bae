"""ViT-Adapter-S at 256×256 beside its plain ViT; the kinds of attention inside the adapter."""

import torch

from utils.checkpoints import load_official
from utils.cli.benches.timing import Row, Settings, rows_of
from utils.cli.benches.training import training_rows
from utils.models import create_model
from utils.models.vit_adapter import ATTENTIONS
from utils.reference import read_case, recipe
from utils.tracing.cost import multiply_adds

SIDE = 256


def run(settings: Settings) -> list[Row]:
    """ViT-Adapter-S, the ViT-S with a simple pyramid, and with --all the other attentions."""
    rows = [
        *_rows("ours", create_model("vit_adapter_s"), settings, _equal()),
        *_rows("vit_s, simple pyramid", create_model("vit_s"), settings, "other network"),
    ]
    for kind in ATTENTIONS[1:] if settings.all else ():
        model = create_model("vit_adapter_s", attention=kind)
        rows += _rows(f"ours, {kind} attention", model, settings, "other network")
    return rows


def _equal() -> str:
    """How near the recorded outputs of the authors' code ViT-Adapter-T comes."""
    case = read_case("vit_adapter_t")
    model = create_model(case.model).eval()
    load_official(model, case.state_dict())
    with torch.no_grad():  # what is made here is trained below as well
        finest = model(*case.inputs)[0].permute(0, 3, 1, 2)
    return f"T is equal to the authors' code to {case.outputs['f1'].difference(finest):.0e}"


def _rows(name: str, model: torch.nn.Module, settings: Settings, note: str) -> list[Row]:
    picture = recipe.image(5, 1, 3, SIDE, SIDE, -2.0, 2.0)
    flop = 2.0 * sum(multiply_adds(model.eval(), picture)[""].values())
    model, picture = model.to(settings.device), picture.to(settings.device)
    case = f"1×3×{SIDE}×{SIDE}"
    rows = rows_of(name, case, lambda: model(picture), settings, flop=flop, note=note)
    if name == "ours":
        rows += training_rows(name, case, model, picture, settings=settings, flop=flop)
    return rows
