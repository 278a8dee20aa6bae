"""The DINOv2 view: rows of the weights by hand, the learner's file, the stand-in and its words."""

import numpy as np
import pytest
import torch

from tests.models.test_dinov2 import SMALL, as_published, peer_of
from utils.errors import CheckpointError
from utils.explorers import explore
from utils.explorers.dinov2 import compute as view
from utils.explorers.dinov2 import models
from utils.models import create_model


@pytest.fixture
def inside():
    """Two blocks of three heads; 1 + 4 tokens stand in front of 16×16 patches."""
    generator = torch.Generator().manual_seed(0)
    weights = [torch.rand(3, 261, 261, generator=generator).softmax(-1).half() for _ in range(2)]
    return view.Inside(weights, torch.randn(16, 16, 7, generator=generator), 5, False)


@pytest.mark.parametrize(("asks", "token"), [("class", 0), ("patch", 5 + 16 * 9 + 4)])
def test_the_map_is_the_row_of_whoever_asks(inside, asks, token):
    result = view.compute(view.Settings(asks, block=1, head=2, query=(9, 4)), inside)
    row = inside.weights[1][2, token].float().numpy()
    assert np.array_equal(result.weights, row[5:].reshape(16, 16))
    assert result.away == pytest.approx(row[:5].sum(), abs=1e-6)
    first = inside.weights[1][0, token, 5:].float().numpy().reshape(16, 16)
    at = np.unravel_index(first.argmax(), first.shape)
    assert result.mosaic[0][at].tolist() == [253, 231, 55] or result.mosaic[0][at].sum() > 500
    assert (result.last_block, result.last_head) == (1, 2)


def test_the_share_is_that_of_three_directions(inside):
    flat = inside.patches.reshape(256, 7).double()
    values = torch.linalg.eigvalsh(torch.cov(flat.T))
    result = view.compute(view.Settings(), inside)
    assert result.share == pytest.approx(float(values[-3:].sum() / values.sum()), rel=1e-6)
    assert f"{100 * result.share:.0f} % of how the patches differ" in view.sentence(
        view.Settings(), result
    )


def test_the_stand_in_says_that_it_is_none_and_is_the_courses_vit():
    model = models.stand_in()
    plain = models.load_shipped("vit_nano_segmenter").backbone.vit
    for name, tensor in plain.state_dict().items():
        assert torch.equal(model.state_dict()[name], tensor), name
    shown = explore("dinov2", asks="patch", query=(9, 7))
    assert shown.sentence.startswith("A stand-in, no DINOv2")
    assert "its class token is untrained" in shown.sentence
    assert "row 9, column 7 asks" in shown.sentence


def small_file(folder, name, registers):
    file = folder / name
    torch.save(as_published(peer_of(registers).state_dict()), file)
    return file


@pytest.mark.parametrize(("name", "registers"), [("", 0), ("reg4_", 4)])
def test_a_file_of_the_authors_is_opened_and_found(tmp_path, monkeypatch, name, registers):
    made = []

    def small(variant, **changes):
        made.append((variant, changes))
        return create_model("vit_nano_dinov2", **SMALL | changes)

    monkeypatch.setattr(models, "create_model", small)
    file = small_file(tmp_path, f"dinov2_vitb14_{name}pretrain.pth", registers)
    (tmp_path / "dinov2_notes.txt").write_text("no model")
    assert models.found_file(tmp_path) == file
    shown = explore("dinov2", file=file)
    assert made == [("vit_b_dinov2", {"registers": registers})]
    assert "stand-in" not in shown.sentence
    assert (shown.result().front, shown.result().last_block) == (1 + registers, 2)
    monkeypatch.chdir(tmp_path)
    assert explore("dinov2").sentence == shown.sentence


def test_a_file_of_another_name_is_refused_and_none_is_found(tmp_path):
    assert models.found_file(tmp_path) is None
    with pytest.raises(CheckpointError, match=r"'mine.pth' came.*dinov2_vits14_pretrain.pth"):
        models.model_of(tmp_path / "mine.pth")
