"""The views of ViT-Adapter: what they show is what the layers did."""

import numpy as np
import pytest
import torch
from torch import nn

from utils.errors import ConfigError
from utils.explorers import explore
from utils.explorers.adapters import fitted, trained
from utils.explorers.interaction import compute as diagram
from utils.explorers.pyramid.compute import amplitude, high_part, ring_curve
from utils.models import create_model
from utils.models.vit_adapter import DeformableAttention
from utils.tap import watching


def adapter(**overrides):
    """A ViT-Adapter on whose first pass every layer does something."""
    torch.manual_seed(1)
    model = create_model("vit_adapter_nano", **overrides)
    for module in model.modules():
        if isinstance(module, DeformableAttention):
            nn.init.normal_(module.offsets.weight, std=0.1)
            nn.init.normal_(module.weights.weight, std=0.1)
    for interaction in model.interactions:
        nn.init.normal_(interaction.injector.gamma)
    return model.eval()


def test_shown_points_are_those_that_the_layer_read():
    model = adapter()
    view = explore("deformable", model=model, asks="16", interaction=2, head=1, query=(9, 4))
    with torch.no_grad(), watching(model, "interactions.2.extractor.*") as seen:
        model(fitted(view.inputs()[0], model))
    # place (9, 4) of 16×16 is row 2, column 1 of 4×4, behind the 64 cells at 1/8
    path = "interactions.2.extractor.attention"
    index = 64 + 2 * 4 + 1
    result = view.result()
    assert result.token == (2, 1)
    points = seen[f"{path}.locations"][0][0, index, 1].reshape(-1, 2).numpy()
    np.testing.assert_allclose(result.points, points, atol=1e-5)  # the view runs the fast forms
    weights = seen[f"{path}.weights"][0][0, index, 1].flatten().numpy()
    np.testing.assert_allclose(result.weights, weights, atol=1e-5)
    assert result.weights.sum() == pytest.approx(1)


@pytest.mark.parametrize(("asks", "size"), [("vit", 4), ("8", 8), ("16", 4), ("32", 2)])
def test_without_offsets_every_point_lies_on_the_query(asks, size):
    model = adapter()
    for module in model.modules():
        if isinstance(module, DeformableAttention):
            nn.init.zeros_(module.offsets.weight)
            nn.init.zeros_(module.offsets.bias)
    view = explore("deformable", model=model, asks=asks, heads="all")
    for query in ((0, 0), (3, 14), (15, 15)):
        view.query = query
        result = view.result()
        row, column = (at * size // 16 for at in query)
        assert (result.token, result.size) == ((row, column), size)
        want = ((column + 0.5) / size, (row + 0.5) / size)
        assert np.allclose(result.points, want)
        assert (result.away, result.outside) == (pytest.approx(0, abs=1e-4), 0)


def test_shares_of_the_maps():
    result = explore("deformable", heads="all").result()
    for place, stride in enumerate((8, 16, 32)):
        part = result.weights[result.stride == stride].sum() / 3  # heads
        assert result.shares[place] == pytest.approx(part, abs=1e-5)
    assert result.shares.sum() == pytest.approx(1)
    result = explore("deformable", asks="8").result()
    assert result.shares.tolist() == [0, pytest.approx(1), 0]


def test_larger_models_and_those_under_a_head_are_taken():
    view = explore("deformable", model=create_model("vit_adapter_t"), head=9)
    result = view.result()
    assert (result.side, result.size, result.last_head, result.head) == (224, 14, 5, 5)
    assert explore("deformable", model=trained("vit_adapter_nano")).sentence


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (create_model("vit_nano"), "a PlainViT came: this view shows a ViT-Adapter"),
        (create_model("vit_adapter_nano", attention="linear"), "with linear attention came"),
    ],
)
def test_a_model_without_points_is_a_sentence(model, text):
    view = explore("deformable", model=model)
    assert text in view.error
    with pytest.raises(ConfigError):
        view.result()


def test_what_the_first_injector_adds_grows_with_gamma():
    model = adapter()
    view = explore("injector", model=model, interaction=0)
    once = view.result()
    view.gamma = 20
    assert np.allclose(view.result().strength, 2 * once.strength, rtol=1e-4)
    view.gamma = 0
    nothing = view.result()
    assert not nothing.strength.any()
    assert np.array_equal(nothing.before, nothing.after)
    assert np.array_equal(nothing.before, once.before)  # nobody injected before injector 0


def test_gamma_zero_is_the_model_without_gamma_and_gamma_comes_back():
    model = adapter()
    own = [interaction.injector.gamma.clone() for interaction in model.interactions]
    view = explore("injector", model=model, gamma=0, out="4")
    inside = view.inside("cpu")
    loud, deaf = inside.at(10).maps[0], inside.at(0).maps[0]
    for interaction, gamma in zip(model.interactions, own, strict=True):
        assert torch.equal(interaction.injector.gamma, gamma)
        nn.init.zeros_(interaction.injector.gamma)
    with torch.no_grad():
        without = model(fitted(view.inputs()[0], model))[0][0]
    assert torch.allclose(deaf, without, atol=1e-5)
    assert view.result().changed == 0
    view.gamma = 10
    assert view.result().changed == pytest.approx(float((loud - deaf).norm() / deaf.norm()))


def test_an_untrained_model_is_said_to_be_deaf():
    view = explore("injector", model=create_model("vit_adapter_nano"))
    assert "This model's γ is 0" in view.sentence


def test_pixels_that_change_their_class_are_counted():
    view = explore("injector", model=trained("vit_adapter_nano"))
    inside = view.inside("cpu")
    other = (inside.at(10).classes != inside.at(0).classes).double().mean()
    assert view.result().recolored == pytest.approx(float(other))
    assert explore("injector", model=adapter()).result().recolored == -1


@pytest.mark.parametrize(("cycles", "high"), [(2, 0), (4, 0), (5, 1), (8, 1)])
def test_a_wave_stands_at_its_own_frequency(cycles, high):
    across = np.cos(2 * np.pi * cycles * np.arange(16) / 16)
    waves = np.tile(3 + across, (16, 1))[..., None]
    found = amplitude(waves)
    assert high_part(found) == pytest.approx(high)
    assert ring_curve(found).argmax() == cycles - 1
    assert np.argwhere(found > 0.5).tolist() in ([[0, cycles], [0, 16 - cycles]], [[0, 8]])


def test_three_quarters_of_white_noise_are_fine():
    noise = np.random.default_rng(0).normal(size=(32, 32, 64))
    assert high_part(amplitude(noise)) == pytest.approx(0.75, abs=0.03)
    assert np.abs(ring_curve(amplitude(noise))).max() < 0.05


def test_shown_maps_are_those_of_the_two_models():
    plain, ours = create_model("vit_nano").eval(), adapter()
    view = explore("pyramid", model=nn.ModuleList([plain, ours]), level="16")
    pixels = fitted(view.inputs()[0], ours)
    with torch.no_grad():
        maps = plain(pixels)[2][0].numpy(), ours(pixels)[2][0].numpy()
    result = view.result()
    assert np.allclose(result.plain_curve, ring_curve(amplitude(maps[0])), atol=1e-3)
    assert np.allclose(result.adapter_curve, ring_curve(amplitude(maps[1])), atol=1e-3)
    assert result.plain.shape == result.adapter.shape == (4, 4, 3)


def test_an_adapter_alone_is_compared_with_its_own_vit():
    model = adapter()
    view = explore("pyramid", model=model, level="16", channel=6)
    assert "its ViT alone, enlarged" in view.sentence
    with torch.no_grad():
        pixels = fitted(view.inputs()[0], model).permute(0, 2, 3, 1)
        own = model.vit(pixels)[0, :, :, 5, None].numpy()
    assert np.allclose(view.result().plain_curve, ring_curve(amplitude(own)), atol=1e-3)
    larger = explore("pyramid", model=create_model("vit_adapter_t"), channel=96)
    assert "channel 96 of 192" in larger.sentence
    assert "a PlainViT came" in explore("pyramid", model=create_model("vit_nano")).error


def test_the_counts_of_the_diagram_are_those_of_a_pass():
    model = adapter()
    with torch.no_grad(), watching(model) as seen:
        model(torch.zeros(1, 3, 128, 128))
    weights = {path: sum(w.numel() for w in found) for path, found in seen.items()}

    def counted(step):
        return diagram.compute(diagram.Settings(step, "nano", 128)).reads

    assert counted(1) == weights["interactions.0.injector.attention.weights"]
    assert counted(5) == weights["vit.blocks.1.attention.weights"]
    assert counted(6) == weights["interactions.1.extractor.attention.weights"]
    last = [path for path in weights if path.startswith("interactions.3.ext") and "weights" in path]
    assert len(last) == 3
    assert counted(12) == sum(weights[path] for path in last)
    assert counted(0) == counted(13) == 0
