"""The three views of Restormer: against loops, against the model itself, for other models."""

import math

import numpy as np
import pytest
import torch

from utils.explorers import explore
from utils.explorers.gate import compute as gates
from utils.explorers.mdta import compute as mdta
from utils.explorers.restore import compute as restore
from utils.explorers.restormers import place_of, signed_colors
from utils.models import create_model
from utils.reference import twins
from utils.tap import watching
from utils.training.metrics import psnr
from utils.world import degrade


@pytest.fixture(scope="module")
def small():
    """A Restormer with other depths, heads and widths than the shipped one, in eval mode."""
    torch.manual_seed(3)
    return create_model(
        "restormer_derain",
        channels=8,
        depths=(1, 2, 1, 1),
        num_heads=(1, 2, 2, 4),
        refinement=2,
    ).eval()


def test_the_shown_matrix_is_the_one_that_the_layer_used(small):
    view = explore("mdta", model=small, step=1, block=1, head=1, pair=(5, 2))
    result = view.result()
    with torch.no_grad(), watching(small, "encoder.1.1.attention.*") as seen:
        small(view.picture[None])
    used = seen["encoder.1.1.attention.weights"][0][0, 1].numpy()
    assert np.allclose(result.weights, used, atol=1e-6)
    assert (result.place, result.head, result.row, result.column) == (
        "Down 2, block 2 of 2",
        1,
        5,
        2,
    )
    assert (result.height, result.width, result.last_step) == (64, 64, 7)
    assert result.learned == pytest.approx(
        float(small.encoder[1][1].attention.temperature[1].detach())
    )


def test_the_matrix_and_the_mix_against_loops():
    q, k, v = torch.randn(3, 2, 4, 3, 5)
    cosines = torch.zeros(2, 4, 4)
    for head, i, j in np.ndindex(2, 4, 4):
        dot, length_q, length_k = 0.0, 0.0, 0.0
        for y, x in np.ndindex(3, 5):
            a, b = float(q[head, i, y, x]), float(k[head, j, y, x])
            dot, length_q, length_k = dot + a * b, length_q + a * a, length_k + b * b
        cosines[head, i, j] = dot / math.sqrt(length_q * length_k)
    inside = {"latent.0": mdta.Heads(cosines, torch.tensor([1.0, 1.5]), q, k, v, (3, 5))}
    result = mdta.compute(mdta.Settings(0, 0, head=1, doublings=1, pair=(2, 3)), inside)
    flat = [x.flatten(2)[None].numpy() for x in (q, k, v)]
    want = twins.channel_attention(*flat, temperature=[2.0, 3.0])[0, 1, 2]
    mixed = np.zeros(15)
    for weight, channel in zip(result.mixed_weights, result.mixed_channels, strict=True):
        mixed += weight * v[1, int(channel)].flatten().numpy()
    assert np.allclose(mixed, want, atol=1e-5)
    assert result.most_after == pytest.approx(np.abs(want).max(), rel=1e-5)
    assert (result.temperature, result.learned) == (3.0, 1.5)
    assert list(result.mixed_weights) == sorted(result.mixed_weights, reverse=True)
    assert result.cosine == pytest.approx(float(cosines[1, 2, 3]))


def test_hot_is_sharp_and_cold_is_even():
    view = explore("mdta", doublings=-5)
    cold = view.result().weights
    view.doublings = 5
    hot = view.result().weights
    assert np.allclose(cold, 1 / 12, atol=0.01)
    assert hot.max() > 0.9
    assert "was learned, × 32)" in view.sentence


def test_the_gate_is_what_the_layer_computed_and_counts_are_counted(small):
    view = explore("gate", model=small, kind="rain", step=6, block=0, cell=(1, 2))
    result = view.result()
    spoiled = degrade(
        view.picture[None], kind="rain", strength=1.0, generator=torch.Generator().manual_seed(0)
    )
    layer, kept = small.decoder[2][0].feed_forward, []
    handle = layer.depthwise.register_forward_hook(lambda *passed: kept.append(passed[2]))
    with torch.no_grad(), watching(small, "decoder.2.0.feed_forward.gate"):
        small(spoiled)
    handle.remove()
    through = twins.channel_gate(kept[0][0, ::16, ::16].numpy())
    with torch.no_grad():
        halves = gates.run(small, spoiled)["decoder.2.0"]
    shown = (halves.gate.float() * halves.content.float()).permute(1, 2, 0)[::16, ::16].numpy()
    assert np.allclose(shown, through, atol=2e-3)
    channel = halves.gate[result.channel].float()
    count = sum(float(value) > 0.17 for value in channel.flatten())
    assert result.open_here == pytest.approx(count / channel.numel())
    assert (result.place, result.hidden, result.number) == ("Up 1, block 1 of 1", 42, 9)
    assert result.shown == 35


def test_most_comes_through_the_first_channel():
    shares = [
        explore("gate", step=3, cell=cell).result().share
        for cell in ((0, 0), (0, 1), (2, 3), (4, 6))
    ]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > shares[-1]


def test_restore_measures_what_it_shows(small):
    view = explore("restore", model=small, kind="noise", strength=4)
    result = view.result()
    seed = torch.Generator().manual_seed(0)
    spoiled = degrade(view.picture[None], kind="noise", strength=20.0, generator=seed)
    with torch.no_grad():
        restored = small(spoiled).clamp(0, 1)
    assert result.psnr_before == pytest.approx(psnr(spoiled, view.picture[None]), abs=1e-4)
    assert result.psnr_after == pytest.approx(psnr(restored, view.picture[None]), abs=1e-3)
    shown = torch.from_numpy(result.right).permute(2, 0, 1) / 255
    assert (shown - restored[0]).abs().max() < 0.51 / 255
    view.right = "clean"
    assert np.array_equal(
        view.result().right, (view.picture * 255).round().permute(1, 2, 0).numpy()
    )
    view.right = "removed"
    assert view.result().right.shape == (224, 224, 3)
    assert "Noise of σ = 20 gray levels" in view.sentence


def test_the_model_runs_again_only_where_the_weather_changes(small):
    view = explore("restore", model=small)
    passes = []
    handle = small.register_forward_hook(lambda *passed: passes.append(1))
    for name, value, more in (("divider", 3, 0), ("right", "clean", 0), ("kind", "rain", 1)):
        before = len(passes)
        view.set_trait(name, value)
        assert len(passes) - before == more, name
    handle.remove()


@pytest.mark.parametrize("name", ["mdta", "gate", "restore"])
def test_own_pictures_go_through_the_model(name):
    view = explore(name, picture=torch.rand(3, 40, 60))
    assert not view.error
    assert view.sentence != explore(name).sentence


@pytest.mark.parametrize("name", ["mdta", "gate"])
def test_a_model_without_the_taps_is_refused_in_words(name):
    view = explore(name, model=torch.nn.Identity())
    assert "this view shows a Restormer" in view.error


def test_steps_of_the_u_have_names():
    paths = ["encoder.0.0", "encoder.1.0", "latent.0", "decoder.0.0", "decoder.1.0", "refinement.0"]
    names = [place_of(paths, step=step, block=3).name for step in range(8)]
    assert names == ["Down 1", "Down 2", "Bottom", "Up 2", "Up 1", *3 * ["Refinement"]]


def test_zero_is_white_and_signs_are_told_apart():
    negative, zero, positive = signed_colors(np.array([[-1.0, 0.0, 1.0]]))[0].astype(int)
    assert zero.min() > 240
    assert negative[2] > negative[0] + 50
    assert positive[0] > positive[2] + 50


def test_no_difference_counts_as_99_db():
    view = explore("restore", strength=0)
    assert view.result().psnr_before == 99.0
    assert restore.weather(view.settings) == ("noise", 0.0)


def test_a_draft_restores_a_piece_and_measures_it_alone(small):
    view = explore("restore", model=small, kind="noise", strength=3, divider=30)
    view.draft = True
    view.strength = 4
    draft = view.result()
    top, left, h, w = draft.piece
    assert (top, left, h, w) == (64, 67, 96, 96)
    spoiled = degrade(
        view.picture[None], kind="noise", strength=20.0, generator=torch.Generator().manual_seed(0)
    )
    rows, columns = slice(top, top + h), slice(left, left + w)
    with torch.no_grad():
        restored = small(spoiled[..., rows, columns]).clamp(0, 1)
    clean = view.picture[None, :, rows, columns]
    assert draft.psnr_after == pytest.approx(psnr(restored, clean), abs=1e-3)
    assert draft.psnr_before == pytest.approx(psnr(spoiled[..., rows, columns], clean), abs=1e-3)
    seen = np.abs(draft.right[rows, columns] / 255 - restored[0].permute(1, 2, 0).numpy())
    assert seen.max() < 0.6 / 255
    assert (draft.right[:64] <= draft.left[:64] / 2).all()
    assert "The framed piece" in view.sentence
    view.divider = 90  # the piece goes along, as far as it fits
    assert tuple(view.result().piece) == (64, 128, 96, 96)
    view.draft = False
    whole = view.result()
    assert not whole.piece.any()
    assert "The framed piece" not in view.sentence
    with torch.no_grad():
        assert whole.psnr_after == pytest.approx(
            psnr(small(spoiled).clamp(0, 1), view.picture[None]), abs=1e-3
        )
