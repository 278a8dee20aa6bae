"""The pan that tells the kinds of attention apart: its answer, and what its score looks at."""

import torch
from torch import nn
from torch.nn import functional

from utils.models.vit_adapter import DeformableAttention
from utils.training.claims import vit_adapter
from utils.training.claims.vit_adapter import ATTENTION, CELL, NEW, PAN, ROOM, SIDE, frames


def wide(count=2):
    generator = torch.Generator().manual_seed(0)
    return torch.rand(count, 3, SIDE + ROOM, SIDE + PAN + ROOM, generator=generator)


def test_the_answer_is_the_frame_itself_moved_to_the_right():
    before, after = frames(wide(), torch.Generator().manual_seed(5))
    assert before.shape == (2, 3, SIDE, SIDE)
    cells = functional.avg_pool2d(before, CELL)
    assert torch.allclose(after[..., NEW:], cells[..., :-NEW], atol=1e-6)


def test_columns_that_nobody_can_know_do_not_count(monkeypatch):
    before, after = frames(wide(), torch.Generator().manual_seed(1))
    painted = after + 0.1
    painted[..., :NEW] = 9
    monkeypatch.setattr(vit_adapter, "wide_scenes", lambda split: wide())
    monkeypatch.setattr(vit_adapter, "colors", lambda model, frame: painted)
    model = nn.Identity()
    assert abs(vit_adapter.pan_score(model, "test")["psnr"] - 20) < 1e-3
    assert abs(vit_adapter.pan_loss(model, (before, after)).item() - 0.01) < 1e-6


def test_deformable_attention_starts_on_its_published_rays():
    model = ATTENTION.arms["deformable"]()
    layers = [m for m in model.modules() if isinstance(m, DeformableAttention)]
    assert len(layers) == 10
    assert all(not layer.offsets.weight.any() and layer.offsets.bias.any() for layer in layers)
