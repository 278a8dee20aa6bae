"""The squeeze-excite view shows what the layer itself took in and gave out."""

import numpy as np
import pytest
import torch

from utils.explorers import explore
from utils.explorers.squeeze_excite import compute as view
from utils.models import create_model
from utils.training import prepare
from utils.world import CLASSES, ShapesWorld, WorldConfig
from utils.world.scene import scene_picture


@pytest.fixture(scope="module")
def model():
    """Two MBConvs in the first stage, and gates that differ."""
    torch.manual_seed(0)
    made = create_model("maxvit_nano", depths=(2, 1, 1)).eval()
    for module in made.modules():
        if isinstance(module, torch.nn.Linear):
            torch.nn.init.normal_(module.weight, std=0.3)
    return made


@pytest.fixture(scope="module")
def shown(model):
    return explore("squeeze_excite", model=model, layer=1, picked=(5, 3))


def gates_by_hand(model, pictures):
    """Squeeze, two matrices, sigmoid: the formula, written once more."""
    part = model.stages[0].blocks[1].mbconv.squeeze_excite
    means = by_hand(model, pictures)[0].mean((1, 2))
    hidden = means @ part.reduce.weight.T + part.reduce.bias
    scores = hidden * hidden.sigmoid() @ part.expand.weight.T + part.expand.bias
    return (1 / (1 + (-scores).exp())).detach()


def by_hand(model, pictures):
    """What goes into the second MBConv's squeeze-excite, and what comes out."""
    kept = {}
    part = model.stages[0].blocks[1].mbconv.squeeze_excite
    handle = part.register_forward_hook(lambda _, x, out: kept.update(x=x[0], out=out))
    with torch.no_grad():
        model(prepare(pictures, model))
    handle.remove()
    return kept["x"], kept["out"]


def test_a_channel_times_its_gate_is_what_the_layer_hands_on(model, shown):
    result = shown.result()
    example = view.scenes()[4 * view.PER_CLASS][None]
    before, after = by_hand(model, example)
    assert np.allclose(result.filtered, before[0, :, :, result.channel], atol=1e-4)
    got = result.gate * result.filtered
    assert np.allclose(got, after[0, :, :, result.channel], atol=1e-4)
    assert result.channel == result.channels[3]
    assert result.example.shape == (64, 64, 3)
    assert (result.name, result.last_layer, result.hidden) == ("stage 0, block 1", 3, 128)


def test_a_class_shows_the_mean_gate_of_its_scenes(model, shown):
    result = shown.result()
    gates = gates_by_hand(model, view.scenes())
    for number in (0, 7, 11):
        mine = gates[number * view.PER_CLASS :][: view.PER_CLASS].mean(0)
        assert np.allclose(result.gates[1 + number], mine[result.channels], atol=1e-5)
    assert np.allclose(result.means, result.gates[1:].mean(0), atol=1e-6)
    mine = gates_by_hand(model, scene_picture((64, 64)))[0]
    assert np.allclose(result.gates[0], mine[result.channels], atol=1e-5)


def test_the_most_telling_channels_come_first(model, shown):
    classes = shown.result().gates[1:].var(0)
    assert (np.diff(classes) < 1e-5).all()
    mine = view.compute(view.Settings(order="picture", layer=1), shown.inside("cpu"))
    assert (np.diff(np.abs(mine.gates[0] - mine.means)) < 1e-4).all()


def test_scenes_are_unseen_ones_of_their_class():
    world = ShapesWorld(WorldConfig(size=(64, 64)), split="test")
    pictures, labels = world.pictures(range(200))
    for number in (0, 6):
        first = pictures[labels == number][0]
        assert torch.equal(view.scenes()[number * view.PER_CLASS], first)
    assert len(view.scenes()) == view.PER_CLASS * len(CLASSES)


def test_a_gate_that_knows_the_class_has_all_its_variance_between_classes():
    kind = torch.arange(12).repeat_interleave(view.PER_CLASS) / 12
    noise = torch.rand(12 * view.PER_CLASS, generator=torch.Generator().manual_seed(0))
    gates = torch.stack([torch.cat([g[:1], g]) for g in (kind, noise)], dim=1)
    run = view.MBConvRun("stage 0, block 0", gates, torch.zeros(13, 2, 2, 2))
    inside = view.Inside([run], None)
    knows, guesses = (
        view.compute(view.Settings(layer=0, picked=(0, rank)), inside) for rank in (0, 1)
    )
    assert (knows.channel, guesses.channel) == (0, 1)
    assert knows.between == pytest.approx(1)
    assert guesses.between < 0.3


def test_the_view_says_what_the_model_answers():
    shown = explore("squeeze_excite")
    with torch.no_grad():
        parts = shown.model(prepare(scene_picture((64, 64)), shown.model))[0].softmax(-1)
    result = shown.result()
    assert result.says[0] == CLASSES[int(parts.argmax())] == "knob rising"
    assert np.allclose(result.parts, parts.sort(descending=True).values[:3], atol=1e-4)
    assert shown.sentence.endswith(f"It says knob rising ({100 * float(parts.max()):.0f} %).")
    shown.picked = (1 + CLASSES.index("notch pair"), 0)
    assert shown.result().says[0] == "notch pair"
