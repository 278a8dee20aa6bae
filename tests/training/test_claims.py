"""Claims: fair arms, every run kept, rates chosen on validation; the stored ones obey the rules."""

import json
from dataclasses import replace

import pytest
import torch
from torch import nn

from utils.errors import CheckpointError, ConfigError
from utils.training.claims import (
    CLAIMS,
    ClaimResult,
    base,
    find_claim,
    list_claims,
    load_claim,
    plan,
    run_arm,
    run_claim,
)
from utils.training.claims.base import Claim, chosen_lr, facts_of, thinned
from utils.training.loop import Settings

NAMES, STORED = list(CLAIMS), list_claims()


def line(bias):
    return lambda: nn.Linear(1, 1, bias=bias)


@pytest.fixture
def small():
    """A line with and without an offset, fitted to y = 3x + 1."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(64, 1, generator=generator)
    asked = []

    def batch(step, seed):
        asked.append((step, seed))
        return x, 3 * x + 1

    claim = Claim(
        name="line",
        question="Does an offset help?",
        source="school",
        task="fit a line",
        arms={"offset": line(True), "no offset": line(False)},
        settings=Settings(steps=30, warmup=2, weight_decay=0.0, ema=0.5, mixed=False),
        lrs=(0.01, 0.1, 0.3),
        batch=batch,
        loss=lambda model, data: (model(data[0]) - data[1]).square().mean(),
        score=lambda model, split: {"error": (model(x) - 3 * x - 1).abs().mean().item()},
        measure="error",
        unit="",
        higher_is_better=False,
        seeds=(0, 1),
    )
    return claim, asked


def test_a_claim_makes_every_run_once_and_chooses_rates_on_validation(small, tmp_path, monkeypatch):
    claim, _ = small
    assert len(list(plan(claim, []))) == 6  # two arms, three rates
    assert run_claim(claim, folder=tmp_path)
    stored = load_claim("line", folder=tmp_path)
    assert len(stored.runs) == 8  # and one more seed for each arm
    assert {len(runs) for runs in stored.arms.values()} == {2}
    for arm, runs in stored.arms.items():
        first = [run for run in stored.runs if run["arm"] == arm and run["seed"] == 0]
        assert runs[0]["val"]["error"] == min(run["val"]["error"] for run in first)
    assert max(stored.scores("offset")) < min(stored.scores("no offset"))
    assert "offset 0." in stored.sentence()
    before = (tmp_path / "line.json").read_text()
    monkeypatch.setattr(base, "describe", lambda device: "another machine")
    assert run_claim(claim, folder=tmp_path)
    assert (tmp_path / "line.json").read_text() == before  # and says who made its runs


def test_a_claim_that_is_cut_goes_on_where_it_was(small, tmp_path):
    claim, _ = small
    assert not run_claim(claim, folder=tmp_path, minutes=0.0)
    assert not (tmp_path / "line.json").exists()
    run = run_arm(claim, "offset", lr=0.1, seed=0)
    assert len(list(plan(claim, [run]))) == 5


def test_a_claim_is_listed_when_its_last_run_is_made(small, tmp_path):
    claim, _ = small
    assert run_claim(claim, folder=tmp_path)
    assert list_claims(tmp_path) == ["line"]
    path = tmp_path / "line.json"
    stored = json.loads(path.read_text())
    path.write_text(json.dumps({**stored, "runs": stored["runs"][:-1]}))
    assert list_claims(tmp_path) == []
    with pytest.raises(CheckpointError, match="train claims/line"):
        load_claim("line", folder=tmp_path)


def test_all_arms_see_the_same_data_in_the_same_order(small):
    claim, asked = small
    run_arm(claim, "offset", lr=0.1, seed=1)
    first = list(asked)
    asked.clear()
    run_arm(claim, "no offset", lr=0.3, seed=1)
    assert asked == first == [(step, 1) for step in range(30)]


def test_the_same_run_gives_the_same_numbers(small):
    claim, _ = small
    one, two = (run_arm(claim, "offset", lr=0.1, seed=0) for _ in range(2))
    assert (one["loss"], one["test"]) == (two["loss"], two["test"])


def test_the_better_rate_is_the_higher_or_the_lower_score():
    runs = [
        {"arm": "a", "lr": lr, "seed": 0, "val": {"m": score}}
        for lr, score in ((1.0, 0.2), (2.0, 0.7), (3.0, 0.5))
    ]
    facts = {"seeds": [0], "measure": "m", "higher_is_better": True}
    assert chosen_lr(facts, runs, "a") == 2.0
    assert chosen_lr({**facts, "higher_is_better": False}, runs, "a") == 1.0


def test_thinning_keeps_the_mean():
    curve = [float(i) for i in range(1200)]
    assert len(thinned(curve)) == 60
    assert sum(thinned(curve)) / 60 == pytest.approx(sum(curve) / 1200)


def test_unknown_names_are_answered_with_the_known_ones(small, tmp_path):
    with pytest.raises(ConfigError, match="swin"):
        find_claim("resnet")
    with pytest.raises(CheckpointError, match="train claims/resnet"):
        load_claim("resnet", folder=tmp_path)
    with pytest.raises(ConfigError, match="offset, no offset"):
        run_arm(small[0], "curve", lr=0.1, seed=0)


@pytest.mark.parametrize("name", NAMES)
def test_arms_have_the_same_number_of_parameters_and_learn_from_the_same_loss(name):
    claim = CLAIMS[name]
    counts = {}
    for arm, build in claim.arms.items():
        torch.manual_seed(0)
        model = build()
        counts[arm] = sum(p.numel() for p in model.parameters())
        loss = claim.loss(model.train(), claim.batch(0, 0))
        loss.backward()
        assert loss.isfinite()
        assert any(p.grad is not None and p.grad.abs().max() > 0 for p in model.parameters())
    whole = [count for arm, count in counts.items() if arm not in claim.fewer]
    assert max(whole) <= 1.05 * min(whole), counts
    assert all(counts[arm] < min(whole) for arm in claim.fewer), counts


@pytest.mark.parametrize("name", NAMES)
def test_data_is_drawn_from_step_and_seed_alone(name):
    claim = CLAIMS[name]
    one, again, later, other = (claim.batch(*at) for at in ((3, 0), (3, 0), (4, 0), (3, 1)))
    assert all(torch.equal(a, b) for a, b in zip(one, again, strict=True))
    assert not torch.equal(one[0], later[0])
    assert not torch.equal(one[0], other[0])


@pytest.mark.parametrize("name", STORED)
def test_the_stored_file_belongs_to_the_claim_and_is_complete(name):
    claim, stored = CLAIMS[name], load_claim(name)
    assert not list(plan(claim, stored.runs))
    wanted = facts_of(claim)
    assert stored.facts == wanted
    assert all(run["hardware"] and run["torch"] and run["seconds"] > 0 for run in stored.runs)
    assert isinstance(stored, ClaimResult)
    assert len(stored.runs) == len(claim.arms) * (len(claim.lrs) + len(claim.seeds) - 1)


def test_every_stored_claim_is_known():
    assert {"swin", "maxvit", "vit_adapter"} <= set(STORED) <= set(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("name", STORED)
def test_the_button_trains_an_arm_again(name):
    from utils.explorers import explore

    view = explore("claim", claim=name)
    view.train()
    result = view.result()
    scores = result.scores[result.arm]
    span = max(float(result.means.max() - result.means.min()), 0.02 * abs(float(scores.mean())))
    assert result.live_score == pytest.approx(float(scores[0]), abs=span / 4)
    assert len(result.live) == result.steps


def test_a_live_run_shows_itself_and_stops_when_asked(monkeypatch):
    from utils.explorers import explore
    from utils.explorers.claim import widget

    view = explore("claim")
    said = view.sentence
    claim = find_claim(view.settings.claim)

    def few_steps(claim, arm, *, on_step, **rest):
        for step in range(3):
            on_step(step, 1.0 / (step + 1))
        return {"test": {claim.measure: 12.34}}

    monkeypatch.setattr(widget, "run_arm", few_steps)
    view.train()
    assert list(view.result().live) == [1.0, 0.5, pytest.approx(1 / 3)]
    assert view.result().live_score == pytest.approx(12.34)
    assert view.sentence.startswith(said)
    assert "12.34" in view.sentence

    def told_to_stop(claim, arm, *, on_step, **rest):
        on_step(0, 1.0)
        view.stop()
        on_step(1, 0.5)
        pytest.fail("it went on")

    monkeypatch.setattr(widget, "run_arm", told_to_stop)
    view.train()
    assert view.result().live_score == -1
    assert view.result().live_done == pytest.approx(2 / claim.settings.steps)


def test_a_shorter_claim_is_refused_as_another(small, tmp_path):
    claim, _ = small
    assert run_claim(claim, folder=tmp_path)
    longer = replace(claim, settings=replace(claim.settings, steps=31))
    with pytest.raises(ConfigError, match="other settings"):
        run_claim(longer, folder=tmp_path)
    assert run_claim(longer, folder=tmp_path, fresh=True)
