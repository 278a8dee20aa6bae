"""Attention step by step, against loops and against each other."""

import math

import numpy as np
import pytest
import torch

from utils.explorers import explore
from utils.explorers.one_query import compute as view

SIDE = view.SIDE


@pytest.mark.parametrize("query", [(9, 8), (0, 13)])
@pytest.mark.parametrize("length", [-2, 1])
def test_every_step_is_that_of_loops(query, length):
    picture = torch.rand(3, 112, 112, generator=torch.Generator().manual_seed(0))
    result = view.compute(view.Settings("mix", length, query), picture)
    colors = np.array(
        [
            [picture[:, 8 * y : 8 * y + 8, 8 * x : 8 * x + 8].double().mean((1, 2)).numpy()]
            for y in range(SIDE)
            for x in range(SIDE)
        ]
    ).reshape(-1, 3)
    keys = (colors - colors.mean(0)) * 8 * 2.0**length
    q = keys[query[0] * SIDE + query[1]]
    scores = [sum(a * b for a, b in zip(q, key, strict=True)) for key in keys]
    powers = [math.exp(score / math.sqrt(3)) for score in scores]
    weights = np.array(powers) / sum(powers)
    mixed = sum(w * color for w, color in zip(weights, colors, strict=True))
    np.testing.assert_allclose(result.q, q, atol=1e-4)
    np.testing.assert_allclose(result.scores.ravel(), scores, atol=1e-3)
    np.testing.assert_allclose(result.scaled.ravel(), np.array(scores) / math.sqrt(3), atol=1e-3)
    np.testing.assert_allclose(result.weights.ravel(), weights, atol=1e-5)
    np.testing.assert_allclose(result.output, mixed, atol=1e-5)
    assert result.top.tolist() == np.argsort(-weights, kind="stable")[:8].tolist()
    assert result.rest == pytest.approx(1 - np.sort(weights)[::-1][:8].sum(), abs=1e-5)


def test_longer_queries_and_keys_ask_fewer_cells():
    rests = [view.compute(view.Settings(length=length)).rest for length in range(-2, 3)]
    assert rests == sorted(rests, reverse=True)
    assert rests[0] > 0.9
    assert rests[-1] < 0.5


def test_each_step_says_its_own_numbers():
    explorer = explore("one_query")
    result = explorer.result()
    score = result.scores[result.key]
    explorer.step = "scores"
    assert f"= {score:.2f}. Over" in explorer.sentence
    explorer.step = "scale"
    assert f"{score:.2f} becomes {score / 3**0.5:.2f}" in explorer.sentence
    explorer.step = "mix"
    assert f"{result.output[0]:.2f}" in explorer.sentence
