"""A recipe runs from end to end, and what it writes can be loaded and measured again."""

from dataclasses import replace

import pytest
import torch

from utils.checkpoints import shipped
from utils.errors import ConfigError
from utils.io import write_json
from utils.training import RECIPES, Settings, classify, find_recipe, follow
from utils.training.recipes import begin
from utils.training.recipes.base import measure_again

CPU = torch.device("cpu")


def shortened(name):
    """The recipe with as little work as possible."""
    recipe = RECIPES[name]
    settings = Settings(steps=4, batch_size=8, warmup=2, save_every=2, mixed=False)
    return replace(recipe, settings=settings, pool=8 if recipe.pool else 0, tested=6)


@pytest.fixture
def small():
    return shortened("swin_nano")


def test_a_recipe_makes_its_file_and_card(small, tmp_path, monkeypatch):
    run, card = follow(small, folder=tmp_path, shipped=tmp_path, device=CPU, progress=False)
    assert run.finished
    assert card["command"] == "python3 course.py train swin_nano"
    monkeypatch.setattr(shipped, "SHIPPED", tmp_path)
    assert shipped.read_card("swin_nano") == shipped.json.loads(shipped.json.dumps(card))
    model = shipped.load_shipped("swin_nano")
    assert classify(model, small.world, count=6) == pytest.approx(card["metrics"]["test"])

    # Measured again, the card has the new measure and everything else as it was.
    write_json(tmp_path / "swin_nano.json", {**card, "metrics": {}, "minutes": 7.5})
    measure_again(small, folder=tmp_path)
    again = shipped.read_card("swin_nano")
    assert again.pop("measured")
    assert again == {**shipped.json.loads(shipped.json.dumps(card)), "minutes": 7.5}


def test_a_recipe_cut_short_ships_nothing(small, tmp_path):
    _, card = follow(
        small, folder=tmp_path, shipped=tmp_path, device=CPU, minutes=0.0, progress=False
    )
    assert card is None
    assert not list(tmp_path.glob("*.safetensors"))


@pytest.mark.parametrize("name", RECIPES)
def test_the_beginning_and_the_data_are_the_same_every_time(name):
    torch.manual_seed(1)
    one = begin(shortened(name))
    torch.manual_seed(2)
    other = begin(shortened(name))
    weights = one.learner.state_dict()
    assert all(torch.equal(v, weights[key]) for key, v in other.learner.state_dict().items())
    other.batch(1)
    for first, second in zip(one.batch(3), other.batch(3), strict=True):
        assert torch.equal(first, second)
    assert not torch.equal(one.batch(2)[0], one.batch(3)[0])


@pytest.mark.parametrize("name", RECIPES)
def test_the_loss_reaches_every_weight(name):
    task = begin(shortened(name))
    task.learner.train()
    with torch.no_grad():
        for p in task.learner.parameters():  # off the zeros that some weights begin at
            p.add_(0.01)
    task.loss(task.learner, task.batch(0)).backward()
    silent = [
        key
        for key, p in task.learner.named_parameters()
        if p.grad is None or p.grad.abs().max() == 0
    ]
    assert not silent


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ConfigError, match="swin_nano"):
        find_recipe("swin_giant")
