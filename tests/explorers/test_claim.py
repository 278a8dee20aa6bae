"""The claim view: it reads what is stored, and no more often than it must."""

import numpy as np
import pytest
import torch

from utils.errors import ConfigError
from utils.explorers import explore
from utils.explorers.claim import compute, widget
from utils.figures.claims import claim_figure
from utils.training.claims import ClaimResult, find_claim, list_claims, load_claim


def test_a_view_reads_each_claim_once_however_often_it_is_drawn(monkeypatch):
    read = []

    def counted(name):
        read.append(name)
        return load_claim(name)

    for module in (compute, widget):
        monkeypatch.setattr(module, "load_claim", counted)
    first, last = list_claims()[0], list_claims()[-1]
    view = explore("claim", claim=first)
    for name in (first, last, first, last):
        view.claim = name
        view.refresh()
        assert view.result().names == load_claim(name).facts["arms"]
        view.draw()
    assert read == [first, last]


def test_every_score_in_the_sentence_has_its_unit():
    view = explore("claim", claim="gmflow")
    for name, mean in zip(("“global” reaches", "radius 4"), view.result().means, strict=True):
        assert f"{name} {mean:.2f} px" in view.sentence


def test_an_arm_is_chosen_by_its_name():
    view = explore("claim", claim="maxvit", arm="grid twice")
    assert (view.arm, view.result().names[view.result().arm]) == (3, "grid twice")
    with pytest.raises(ConfigError, match="'no shift' came: the arms of maxvit are block, grid"):
        explore("claim", claim="maxvit", arm="no shift")


def test_each_arm_stands_under_its_own_pictures():
    stored = load_claim("swin")
    answers = {
        name: np.full((2, 3, 4, 3), 10 * i, np.uint8) for i, name in enumerate(stored.facts["arms"])
    }
    answers |= {"frame": np.full((2, 3, 4, 3), 99, np.uint8)}
    del answers["no shift"]  # none was kept
    stored = ClaimResult(stored.facts, stored.runs, answers)
    result = compute.compute(compute.Settings("swin"), None, stored)
    assert result.titles == ["frame"]
    assert result.tiles[:, 1, 2, 3, 0].tolist() == [99, 0, 128, 20, 30]
    assert result.live_tile.shape == (0, 3, 4, 3)
    live = compute.Live("no shift", 500, [1.0], None, answers["neither"])
    result = compute.compute(compute.Settings("swin"), live, stored)
    assert np.array_equal(result.live_tile, answers["neither"])
    figure = claim_figure(
        result.names,
        result.scores,
        result.curves,
        measure=result.measure,
        steps=result.steps,
        followed=result.arm,
        answers=dict(zip([*result.titles, *result.names], result.tiles, strict=True)),
    )
    pictures = {ax.get_title(loc="left"): ax for ax in figure.subfigs[1].axes if ax.images}
    words = [ax.get_title(loc="left") for ax in figure.subfigs[1].axes[:5]]
    assert words == ["frame", *result.names]
    assert int(pictures["neither"].images[0].get_array().max()) == 30


def test_a_live_run_shows_what_its_arm_answers(monkeypatch):
    claim, view = find_claim("swin"), explore("claim", claim="swin", arm="no shift")
    monkeypatch.setattr(widget, "EVERY", 0.0)
    shown = []

    def two_steps(claim, arm, *, on_step, on_model, **rest):
        torch.manual_seed(0)
        model = claim.arms[arm]()
        on_model(model)
        for step in range(2):
            torch.nn.init.constant_(model.head.bias, step)
            on_step(step, 1.0)
            shown.append(view.result().live_tile)
        return {"test": {claim.measure: 12.0}}

    monkeypatch.setattr(widget, "run_arm", two_steps)
    view.train()
    assert shown[0].shape == (2, 48, 48, 3)
    assert shown[1].mean() > shown[0].mean() + 50  # brighter by its bias
    assert np.array_equal(view.result().live_tile, shown[1])
    assert claim.answer is not None
