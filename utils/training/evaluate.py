"""How well a model does on scenes that it has not seen."""

import torch
from torch import nn

from utils.training.metrics import top1
from utils.training.prepare import prepare
from utils.world import ARRANGEMENTS, ShapesWorld, WorldConfig

CHUNK = 250


@torch.no_grad()
def classify(
    model: nn.Module, world: WorldConfig, *, split: str = "test", count: int = 1000
) -> dict[str, float]:
    """Top-1 accuracy on the first scenes of a split: of the class, its part, its arrangement."""
    scenes, device = ShapesWorld(world, split=split), next(model.parameters()).device
    was_training = model.training
    model.eval()
    logits, labels = [], []
    for start in range(0, count, CHUNK):
        picture, label = scenes.pictures(range(start, min(start + CHUNK, count)))
        logits.append(model(prepare(picture.to(device), model)).cpu())
        labels.append(label)
    model.train(was_training)
    chance, label = torch.cat(logits).softmax(-1), torch.cat(labels)
    shape = (len(label), -1, len(ARRANGEMENTS))
    return {
        "top1": top1(chance, label),
        "top1_part": top1(chance.reshape(shape).sum(2), label // len(ARRANGEMENTS)),
        "top1_arrangement": top1(chance.reshape(shape).sum(1), label % len(ARRANGEMENTS)),
    }
