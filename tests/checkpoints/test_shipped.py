"""The weights that come with the course do what their cards say."""

import pytest
import torch

from utils.checkpoints import load_shipped
from utils.checkpoints.shipped import SHIPPED, list_shipped, read_card, save_shipped
from utils.errors import CheckpointError
from utils.models import create_model, segmenter
from utils.training import RECIPES, classify

MEGABYTE = 2**20


def test_something_is_shipped_and_each_file_has_a_recipe():
    assert list_shipped()
    assert set(list_shipped()) <= set(RECIPES)


@pytest.mark.parametrize("name", list_shipped())
def test_a_card_says_how_to_make_the_file_again(name):
    card = read_card(name)
    assert card["command"] == f"python3 course.py train {name}"
    for key in ("settings", "data", "world", "metrics", "hardware", "torch", "date"):
        assert card[key], key
    assert card["settings"]["steps"] == RECIPES[name].settings.steps
    assert card["parameters"] == sum(p.numel() for p in load_shipped(name).parameters())


def test_the_files_are_small():
    sizes = [path.stat().st_size for path in SHIPPED.glob("*.safetensors")]
    assert max(sizes) <= 6 * MEGABYTE
    assert sum(sizes) <= 36 * MEGABYTE


def test_swin_nano_knows_the_shapes_that_it_has_never_seen():
    model = load_shipped("swin_nano")
    assert not model.training
    # 600 scenes: at 97 % one standard deviation is 0.7 %, so 95 % leaves room for the draw.
    found = classify(model, RECIPES["swin_nano"].world, split="test", count=600)
    assert found["top1"] >= 0.95
    assert found["top1"] == pytest.approx(
        read_card("swin_nano")["metrics"]["test"]["top1"], abs=0.03
    )


@pytest.mark.slow
def test_swin_nano_measures_what_its_card_says():
    card = read_card("swin_nano")
    found = classify(load_shipped("swin_nano"), RECIPES["swin_nano"].world, count=card["tested_on"])
    assert found["top1"] >= 0.97
    assert found == pytest.approx(card["metrics"]["test"], abs=1e-3)


def test_what_is_saved_is_loaded_again(tmp_path, monkeypatch):
    model = create_model("swin_nano", depths=(1, 1, 2))
    card = {"model": "swin_nano", "overrides": {"depths": [1, 1, 2]}}
    save_shipped("mine", model, card, folder=tmp_path)
    monkeypatch.setattr("utils.checkpoints.shipped.SHIPPED", tmp_path)
    loaded = load_shipped("mine").state_dict()
    for name, value in model.state_dict().items():
        assert torch.equal(loaded[name], value.half().float()), name


@pytest.mark.parametrize("name", ["vit_nano", "vit_adapter_nano"])
def test_a_segmenter_is_built_again_with_its_head(name, tmp_path, monkeypatch):
    torch.manual_seed(0)
    model = segmenter(name, classes=7, hidden=24).half().float().eval()
    card = {"model": name, "overrides": {}}
    save_shipped(f"{name}_segmenter", model, card, folder=tmp_path)
    assert "segmenter" not in card  # what was given is not changed
    monkeypatch.setattr("utils.checkpoints.shipped.SHIPPED", tmp_path)
    assert read_card(f"{name}_segmenter")["segmenter"] == {"classes": 7, "hidden": 24}
    loaded = load_shipped(f"{name}_segmenter")
    assert not loaded.training
    picture = torch.rand(1, 3, 40, 50)
    assert torch.equal(loaded(picture), model(picture))


def test_an_unknown_name_is_answered_with_the_known_ones_and_the_command():
    with pytest.raises(CheckpointError, match=r"swin_nano.*course\.py train nothing"):
        read_card("nothing")
