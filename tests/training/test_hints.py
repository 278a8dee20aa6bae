"""The matching hint against a loop over cells, and against the flow it asks for."""

import math

import pytest
import torch

from utils.training.hints import matching_loss

STRIDE, H, W, C = 4, 3, 5, 7


def features():
    generator = torch.Generator().manual_seed(3)
    return (torch.randn(2, H, W, C, generator=generator) for _ in range(2))


def scene():
    """A flow that differs at every pixel, and a few hidden pixels."""
    tall, wide = H * STRIDE, W * STRIDE
    flow = torch.linspace(-6, 7, 2 * 2 * tall * wide).reshape(2, 2, tall, wide)
    hidden = torch.zeros(2, tall, wide, dtype=torch.bool)
    hidden[0, 5, 9] = hidden[1, 0, 0] = True
    return flow, hidden


def by_loop(feature0, feature1, truth, hidden):
    losses = []
    for b in range(len(truth)):
        for row in range(H):
            for column in range(W):
                y, x = (
                    slice(row * STRIDE, (row + 1) * STRIDE),
                    slice(column * STRIDE, (column + 1) * STRIDE),
                )
                goes_x = column + truth[b, 0, y, x].mean().item() / STRIDE
                goes_y = row + truth[b, 1, y, x].mean().item() / STRIDE
                inside = 0 <= goes_x <= W - 1 and 0 <= goes_y <= H - 1
                if hidden[b, y, x].any() or not inside:
                    continue
                scores = torch.einsum("c, h w c -> h w", feature0[b, row, column], feature1[b])
                chance = (scores / math.sqrt(C)).flatten().softmax(0).reshape(H, W)
                loss = 0.0
                for r in range(H):
                    for q in range(W):
                        share = max(0, 1 - abs(goes_y - r)) * max(0, 1 - abs(goes_x - q))
                        loss -= share * chance[r, q].log().item()
                losses.append(loss)
    return sum(losses) / len(losses), len(losses)


def test_the_hint_equals_a_loop_over_cells():
    truth, hidden = scene()
    feature0, feature1 = features()
    expected, asked = by_loop(feature0, feature1, truth, hidden)
    assert 5 < asked < 2 * H * W - 2  # some cells leave the frame, some are hidden
    assert matching_loss(feature0, feature1, truth, hidden).item() == pytest.approx(expected)


def test_where_every_cell_is_hidden_the_hint_says_nothing():
    truth, hidden = scene()
    feature0, feature1 = (x.requires_grad_() for x in features())
    loss = matching_loss(feature0, feature1, truth, torch.ones_like(hidden))
    loss.backward()
    assert loss.item() == 0
    assert feature0.grad is not None
    assert feature0.grad.abs().max() == 0


def test_the_hint_is_least_where_the_expected_place_is_the_true_one():
    truth = torch.full((1, 2, 16, 16), 2.0)  # half a cell to the right and down
    hidden = torch.zeros(1, 16, 16, dtype=torch.bool)
    own = torch.stack(torch.meshgrid(torch.arange(4.0), torch.arange(4.0), indexing="xy"), -1)
    cells = torch.eye(16).reshape(1, 4, 4, 16)

    def asks_for(shift):
        """Frame 0 asks for the cells around its own place plus the shift, in bilinear shares."""
        place = own + shift
        gap = (place[:, :, None, None] - own).abs()
        shares = (1 - gap).clamp(min=1e-6).prod(-1).reshape(1, 4, 4, 16)
        return shares.log() * 4  # the scores are divided by the root of 16 channels

    at, low, high = (
        matching_loss(asks_for(s), cells, truth, hidden).item() for s in (0.5, 0.3, 0.7)
    )
    assert at == pytest.approx(math.log(4), abs=0.01)  # four cells share the answer
    assert at < low
    assert at < high
