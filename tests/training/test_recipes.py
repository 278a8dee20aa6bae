"""A recipe runs from end to end, and what it writes can be loaded and measured again."""

from dataclasses import replace

import pytest
import torch

from utils.checkpoints import shipped
from utils.errors import ConfigError
from utils.training import RECIPES, Settings, classify, find_recipe, follow
from utils.training.hints import Hinted, hinted_loss
from utils.training.recipes import begin

CPU = torch.device("cpu")


@pytest.fixture
def small():
    recipe = RECIPES["swin_nano"]
    settings = Settings(steps=4, batch_size=4, warmup=2, save_every=2)
    return replace(recipe, settings=settings, pool=8, tested=6)


def test_a_recipe_makes_its_file_and_card(small, tmp_path, monkeypatch):
    run, card = follow(small, folder=tmp_path, shipped=tmp_path, device=CPU, progress=False)
    assert run.finished
    assert card["command"] == "python3 course.py train swin_nano"
    monkeypatch.setattr(shipped, "SHIPPED", tmp_path)
    assert shipped.read_card("swin_nano") == shipped.json.loads(shipped.json.dumps(card))
    model = shipped.load_shipped("swin_nano")
    assert classify(model, small.world, count=6) == pytest.approx(card["metrics"]["test"])


def test_a_recipe_cut_short_ships_nothing(small, tmp_path):
    _, card = follow(
        small, folder=tmp_path, shipped=tmp_path, device=CPU, minutes=0.0, progress=False
    )
    assert card is None
    assert not list(tmp_path.glob("*.safetensors"))


def test_the_beginning_is_the_same_every_time(small):
    torch.manual_seed(1)
    one = begin(small).state_dict()
    torch.manual_seed(2)
    assert all(torch.equal(value, one[name]) for name, value in begin(small).state_dict().items())


def test_the_hints_reach_every_weight(small):
    hinted = begin(small)
    assert isinstance(hinted, Hinted)
    generator = torch.Generator().manual_seed(0)
    picture = torch.rand(2, 3, 64, 64, generator=generator)
    subject = torch.rand(2, 64, 64, generator=generator) < 0.3
    parts = torch.randint(9, (2, 16, 16), generator=generator)
    hinted_loss(hinted, (picture, torch.tensor([1, 7]), subject, parts)).backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in hinted.parameters())


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ConfigError, match="swin_nano"):
        find_recipe("swin_giant")
