"""The scenes' classes need more than small patches: a bag of them, trained as swin_nano, must fail.

The bag sees 9×9 patches and forgets where they were. It gets the same pictures in the same order
for the same number of steps, and as many parameters as swin_nano within 20 %.
"""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from utils.models import create_model
from utils.training import RECIPES, classify, prepare, train
from utils.training.pictures import PicturePool
from utils.world import CLASSES

PATCH, STRIDE, HIDDEN = 9, 8, 512  # pixels, pixels, channels


class BagOfPatches(nn.Module):
    """An MLP on every patch; the mean of its answers is the answer."""

    def __init__(self):
        super().__init__()
        self.config = create_model("swin_nano").config
        self.patches = nn.Conv2d(3, HIDDEN, PATCH, stride=STRIDE)
        self.mlp = nn.Sequential(
            nn.GELU(),
            nn.LayerNorm(HIDDEN),
            nn.Linear(HIDDEN, HIDDEN),
            nn.GELU(),
            nn.Linear(HIDDEN, HIDDEN // 2),
            nn.GELU(),
            nn.Linear(HIDDEN // 2, len(CLASSES)),
        )

    def forward(self, picture):
        return self.mlp(self.patches(picture).movedim(1, -1)).mean((1, 2))


def test_the_bag_forgets_where_its_patches_were_and_is_as_large_as_swin_nano():
    torch.manual_seed(0)
    bag = BagOfPatches().eval()
    picture = torch.rand(1, 3, 4 * STRIDE + PATCH, 4 * STRIDE + PATCH)
    alone = torch.nn.functional.unfold(picture, PATCH, stride=STRIDE)
    order = torch.randperm(alone.shape[-1])
    tiles = alone[0].T[order].reshape(-1, 3, PATCH, PATCH)
    shuffled = torch.stack([bag(tile[None]) for tile in tiles]).mean(0)
    assert torch.allclose(bag(picture), shuffled, atol=1e-5)
    count = sum(p.numel() for p in bag.parameters())
    assert abs(count / sum(p.numel() for p in create_model("swin_nano").parameters()) - 1) < 0.2


@pytest.mark.slow
def test_a_bag_of_patches_stays_below_60_percent():
    recipe = RECIPES["swin_nano"]
    settings = replace(recipe.settings, lr=1e-3)
    torch.manual_seed(settings.seed)
    bag, pool = BagOfPatches(), PicturePool(recipe.world, count=recipe.pool)

    def batch(step):
        return pool.batch(step, batch_size=settings.batch_size, seed=settings.seed)

    def loss(model, data):
        logits = model(prepare(data[0], model)).float()
        return functional.cross_entropy(logits, data[1])

    run = train(bag, batch, loss, settings, device=torch.device("cpu"), progress=False)
    assert run.finished
    bag.load_state_dict(run.weights)
    scores = classify(bag, recipe.world, count=recipe.tested)
    print(scores, run.losses[-1])
    assert scores["top1"] < 0.6
