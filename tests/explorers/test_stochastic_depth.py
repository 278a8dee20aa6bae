"""The stochastic depth view: coins of the course's DropPath, sums and means by hand."""

import numpy as np
import pytest
import torch

from utils.explorers import explore
from utils.explorers.stochastic_depth.compute import Settings, compute, throw


def test_what_is_kept_is_scaled_by_the_rate_of_its_block():
    result = compute(Settings(rate=5))
    assert result.rates == pytest.approx([0.5 * i / 11 for i in range(12)], abs=1e-6)
    for branch in range(24):
        allowed = {0.0, 1 / (1 - 0.5 * (branch // 2) / 11)}
        for factor in np.unique(result.factors[:, branch]):
            assert min(abs(factor - one) for one in allowed) < 1e-5, branch
    assert (result.factors[:, :2] == 1).all()  # block 0 leaves nothing out


def test_sums_go_up_by_what_is_kept():
    result = compute(Settings(rate=9, doublings=2, throw=3, cell=(5, 20)))
    want = [0.0]
    for factor in result.factors[5]:
        want.append(want[-1] + float(factor))
    assert result.own == pytest.approx(want, rel=1e-5)
    assert result.kept == sum(factor > 0 for factor in result.factors[5])
    assert result.living == sum(row[20] > 0 for row in result.factors)
    four = throw(9, 3)[:4]
    assert result.mean[-1] == pytest.approx(float(four.sum()) / 4, rel=1e-5)
    assert result.whole.tolist() == list(range(25))


def test_many_passes_give_the_whole_and_one_does_not():
    for seed in range(4):
        many = compute(Settings(rate=5, doublings=9, throw=seed))
        error = torch.tensor([r / (1 - r) for r in many.rates.tolist()]).mul(2).sum().sqrt()
        assert abs(many.mean[-1] - 24) < 4 * error / 512**0.5
    one = compute(Settings(rate=5, doublings=0))
    assert abs(one.mean[-1] - 24) > 0.5
    assert many.low[-1] < 22 < 26 < many.high[-1]


def test_without_a_rate_every_sample_is_whole_and_chance_is_left_alone():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    throw.cache_clear()
    result = compute(Settings(rate=0, cell=(15, 23)))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert result.own.tolist() == result.mean.tolist() == list(range(25))
    assert (result.living, result.kept) == (16, 24)


def test_the_sentence_names_the_branch_its_fate_and_the_mean():
    view = explore("stochastic_depth", rate=9, doublings=9, cell=(7, 23))
    result = view.result()
    assert "in block 11 it is 0.900" in view.sentence
    assert f"{result.living} of 16 samples keep its MLP" in view.sentence
    assert "sample 7 keeps it, times 10.000" in view.sentence
    assert f"the mean of 512 samples is {result.mean[-1]:.2f}." in view.sentence
