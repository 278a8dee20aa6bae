"""Hints: what helps a small model over the flat start.

Classification: with the class alone the loss stays at ln 12 for a thousand steps and more: the
model must find the subject, its outline, its parts and their order before any of them pays. The
world knows all of these exactly, so small heads ask for each on the way; they are thrown away in
the end.

Flow: the expected place of a match says only how far off it is, and as long as every cell looks
alike it says nothing. The world knows which cell is the right one, so matching is also asked as a
choice among all cells; that needs no head at all.
"""

import math

import torch
from einops import rearrange
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from utils.models.maxvit import MaxViT
from utils.models.swin import Swin
from utils.ops import coordinates, flow_loss
from utils.training.pictures import CELL
from utils.training.prepare import prepare
from utils.world import CLASSES, PARTS

PART_ANSWERS = 2 * len(PARTS) + 1  # nothing, each kind on top, each kind below
NOTHING = 0.1  # weight of the many cells that hold no part
SMOOTHING = 0.05
CHOICE = 10.0  # weight of the choice of the right cell in the first step; it fades to 0


class Hinted(nn.Module):
    """A classifier with maps at 1/4, 1/8, 1/16, and the heads that give it hints as it learns."""

    def __init__(self, model: Swin | MaxViT) -> None:
        super().__init__()
        self.model = model
        if isinstance(model, Swin):
            first, second = model.config.channels, 2 * model.config.channels
        else:
            first, second, *_ = model.config.channels
        self.hints = nn.ModuleDict(
            {
                "class_second": nn.Linear(second, len(CLASSES)),
                "outline_first": nn.Linear(first, CELL * CELL),
                "parts_first": nn.Linear(first, PART_ANSWERS),
                "parts_second": nn.Linear(second, 4 * PART_ANSWERS),
            }
        )


def hinted_loss(hinted: Hinted, batch: tuple[Tensor, ...]) -> Float[Tensor, ""]:
    """The class of the picture, plus what each cell shows, all as cross-entropy."""
    picture, label, subject, parts = batch
    model, hints = hinted.model, hinted.hints
    first, second, third = model.pyramid(prepare(picture, model))
    logits = model.classify(third).float()
    alone = model.classify(rearrange(third, "b h w c -> (b h w) 1 1 c"))
    cells = rearrange(alone, "(b h w) k -> b h w k", h=third.shape[1], w=third.shape[2])
    cover = subject.float()
    outline = rearrange(cover, "b (h y) (w x) -> b h w (y x)", y=CELL, x=CELL)
    fine = rearrange(
        hints["parts_second"](second), "b h w (y x k) -> b (h y) (w x) k", y=2, x=2, k=PART_ANSWERS
    )
    return (
        F.cross_entropy(logits, label, label_smoothing=SMOOTHING)
        + F.binary_cross_entropy_with_logits(hints["outline_first"](first).float(), outline)
        + _part_loss(hints["parts_first"](first), parts)
        + _part_loss(fine, parts)
        + _cell_loss(cells, label, cover)
        + _cell_loss(hints["class_second"](second), label, cover)
    )


def _part_loss(logits: Tensor, parts: Tensor) -> Tensor:
    weight = torch.ones(PART_ANSWERS, device=logits.device)
    weight[0] = NOTHING
    return F.cross_entropy(logits.float().flatten(0, 2), parts.flatten(), weight=weight)


def _cell_loss(logits: Tensor, label: Tensor, cover: Tensor) -> Tensor:
    """Cells on the subject know its class; the others have no opinion."""
    share = F.avg_pool2d(cover[:, None], cover.shape[-1] // logits.shape[2])[:, 0]
    chance = logits.float().log_softmax(-1)
    right = -torch.take_along_dim(chance, label[:, None, None, None], -1)[..., 0]
    opinion = -chance.mean(-1) - math.log(len(CLASSES))
    rest = 1 - share
    return (share * right).sum() / share.sum() + (rest * opinion).sum() / rest.sum()


def hinted_flow_loss(
    model: nn.Module, batch: tuple[Tensor, ...], *, valid: Bool[Tensor, "b h w"] | None = None
) -> Float[Tensor, ""]:
    """The loss of all intermediate flows, plus the choice of the right cell.

    The batch is frame 0, frame 1 (both in [0, 1]), the true flow, the hidden pixels, and the weight
    of the hint. `valid` goes to `flow_loss`.
    """
    frame0, frame1, truth, hidden, weight = batch
    kept: list[tuple[Tensor, Tensor]] = []
    transformer = model.get_submodule("transformer")
    handle = transformer.register_forward_hook(lambda *call: kept.append(call[-1]))
    flows = model(prepare(frame0, model), prepare(frame1, model)).flows
    handle.remove()
    hint = matching_loss(*kept[0], truth, hidden)
    return flow_loss(flows, truth, valid=valid) + weight * hint


def matching_loss(
    feature0: Float[Tensor, "b h w c"],
    feature1: Float[Tensor, "b h w c"],
    truth: Float[Tensor, "b xy tall wide"],
    hidden: Bool[Tensor, "b tall wide"],
) -> Float[Tensor, ""]:
    """Cross-entropy of choosing, for every cell of frame 0, its true place in frame 1.

    The true place lies between four cells, which share the answer as in bilinear interpolation:
    then the expected place is exact. Cells with a hidden pixel, and those that leave the frame,
    have no answer. Both sides of the frame are multiples of the map's.
    Units: the flow in pixels, (x, y).

    >>> exact = 60 * torch.eye(16).reshape(1, 4, 4, 16)
    >>> still, seen = torch.zeros(1, 2, 16, 16), torch.zeros(1, 16, 16, dtype=torch.bool)
    >>> matching_loss(exact, exact, still, seen).item() < 1e-6
    True
    """
    h, w, c = feature0.shape[1:]
    stride = truth.shape[-1] // w
    flow = rearrange(F.avg_pool2d(truth, stride) / stride, "b xy h w -> b (h w) xy")
    own = rearrange(coordinates((h, w), device=flow.device), "h w xy -> (h w) xy")
    place = own + flow
    most = torch.tensor([w - 1, h - 1], device=flow.device)
    whole = F.max_pool2d(hidden.float(), stride).flatten(1) == 0
    asked = whole & ((place >= 0) & (place <= most)).all(-1)

    q, k = (rearrange(x.float(), "b h w c -> b (h w) c") for x in (feature0, feature1))
    chance = (q @ k.mT * c**-0.5).log_softmax(-1)
    low = place.floor().clamp(min=torch.zeros_like(most), max=most - 1)
    rest = place - low
    total = chance.new_zeros(asked.shape)
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
        x, y = (low + low.new_tensor([dx, dy])).unbind(-1)
        share = (rest[..., 0] if dx else 1 - rest[..., 0]) * (
            rest[..., 1] if dy else 1 - rest[..., 1]
        )
        cell = (y * w + x).long().clamp(0, h * w - 1)
        total = total - share * torch.take_along_dim(chance, cell[..., None], -1)[..., 0]
    return (total * asked).sum() / asked.sum().clamp(min=1)


def wide_start(model: nn.Module) -> None:
    """Draw all linear weights but the head's by Xavier's rule.

    The official 0.02 is right for a width of 768; at 32 it leaves all attention uniform.
    """
    head = getattr(model, "head", None)
    for module in model.modules():
        if isinstance(module, nn.Linear) and module is not head:
            nn.init.xavier_uniform_(module.weight)
