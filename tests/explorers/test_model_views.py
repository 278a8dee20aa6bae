"""The views that run a model: other models, other devices, memory that runs out."""

import numpy as np
import pytest
import torch

from utils.explorers import explore
from utils.explorers.attention.compute import MASKED, OUTSIDE, SEEN, run, scattered
from utils.models import create_model
from utils.tap import watching
from utils.training import prepare
from utils.world import CLASSES
from utils.world.scene import scene_picture


def test_attention_takes_another_model():
    view = explore("attention", model=create_model("swin_t"), stage=2, block=5, head=11)
    result = view.result()
    assert result.weights.shape == (14, 14)
    assert (result.last_stage, result.last_block, result.last_head) == (3, 5, 11)
    assert result.shift == 3
    assert "Stage 2, block 5 (shifted by 3), head 11" in view.sentence


def test_shown_weights_are_those_that_the_layer_used():
    view = explore("attention", mode="head", stage=0, block=1, head=1, query=(5, 9))
    result = view.result()
    picture = scene_picture((64, 64))
    with torch.no_grad(), watching(view.model, "stages.0.blocks.1.attention.weights") as seen:
        view.model(prepare(picture, view.model))
    weights = seen["stages.0.blocks.1.attention.weights"][0][0]
    # cell (5, 9) of the 16×16 map stands at (3, 7) after the roll by 2: window (0, 1), token 15
    used = weights[0, 1, 1, 15].reshape(4, 4).numpy()
    assert np.allclose(result.weights[2:6, 6:10], used, atol=1e-6)
    assert (result.sees[2:6, 6:10] == SEEN).all()
    assert result.weights.sum() == pytest.approx(1, abs=1e-5)


def test_masked_cells_are_in_the_window_and_get_nothing():
    result = explore("attention", stage=0, block=1, query=(15, 15)).result()
    assert (result.sees == MASKED).sum() == 12
    assert result.weights[result.sees == MASKED].max() < 1e-6
    assert result.weights[result.sees == OUTSIDE].max() == 0


def test_rollout_of_a_stage_mixes_its_blocks():
    view = explore("attention", mode="stage", stage=0, block=1, query=(8, 7))
    with torch.no_grad():
        first, second = run(view.model, *view.inputs()).stages[0]
    by_hand = torch.eye(256)
    for block in (first, second):
        mean = scattered(block, block.weights.mean(dim=2))
        assert torch.allclose(mean.sum(1), torch.ones(256), atol=1e-5)
        by_hand = (0.5 * mean + 0.5 * torch.eye(256)) @ by_hand
    shown = view.result().weights.reshape(-1)
    assert np.allclose(shown, by_hand[8 * 16 + 7].numpy(), atol=1e-6)


def test_when_memory_runs_out_the_view_says_so_and_goes_on_on_the_cpu(monkeypatch):
    view = explore("attention")
    before = view.sentence
    usual = view._timed_run

    def full(device):
        if device != "cpu":
            raise torch.OutOfMemoryError("out of memory")
        return usual(device)

    monkeypatch.setattr(view, "_timed_run", full)
    view.device = "cuda"
    assert view.device == "cpu"
    assert view.ran.startswith("CUDA: its memory ran out; now on the CPU. CPU, ")
    assert (view.sentence, view.error) == (before, "")


def test_the_scene_is_fed_as_the_model_learned_it_and_answered_rightly():
    view = explore("attention")
    (fed,) = view.inputs()
    assert torch.equal(fed, scene_picture((64, 64)))
    with torch.no_grad():
        parts = view.model(prepare(fed, view.model))[0].softmax(-1)
    result = view.result()
    assert result.says[0] == CLASSES[int(parts.argmax())] == "knob rising"
    assert np.allclose(result.parts, parts.sort(descending=True).values[:3], atol=1e-4)
    assert "It says knob rising (" in view.sentence


def test_a_picture_of_ones_own_is_made_smaller_instead():
    view = explore("attention", torch.rand(3, 100, 120))
    assert view.inputs()[0].shape == (1, 3, 384, 384)
