"""How far word travels: what is measured by gradients is what groups foretell."""

import torch

from utils.explorers.reach import (
    DEPTHS,
    PAIRS,
    QUERY,
    SIDE,
    groups_by_name,
    layers_by_name,
    measured,
    theory,
    travels,
)


def test_measured_is_foretold_and_counts_are_those_of_the_papers():
    found = travels()
    counts = {name: [int((g > 0).sum()) for g, _ in reach] for name, reach in found.items()}
    assert list(found) == list(PAIRS)
    assert counts == {
        "windows": [16, 16, 16],
        "Swin": [4**2, 8**2, 16**2],  # (layers · window)²
        "MaxViT": [16, 256, SIDE**2],
        "axial": [SIDE, SIDE**2, SIDE**2],
        "channels": [SIDE**2] * len(DEPTHS),
    }
    for reach in found.values():
        for gradient, allowed in reach:
            assert torch.equal(gradient > 0, allowed)


def test_the_last_layer_is_the_first_seen_from_the_query():
    """Windows after the grid reach other cells than the grid after windows."""
    numbers, layers = groups_by_name(), layers_by_name()
    for order in (("window", "grid"), ("grid", "window")):
        allowed = theory([numbers[name] for name in order], query=QUERY)
        gradient = measured([layers[name] for name in order], side=SIDE, query=QUERY)
        assert torch.equal(gradient > 0, allowed)
    rows = torch.arange(3)[:, None].expand(3, 4)
    halves = (torch.arange(3)[:, None] > 0).long() * 2 + (torch.arange(4) > 1).long()
    assert theory([rows, halves], query=(0, 1)).int().tolist() == [[1] * 4, [0] * 4, [0] * 4]
    assert theory([halves, rows], query=(0, 1)).int().tolist() == [[1] * 4, [0] * 4, [0] * 4]
    assert theory([rows, halves], query=(2, 3)).int().tolist() == [[0] * 4, [1] * 4, [1] * 4]
    assert theory([rows], query=(2, 3)).int().tolist() == [[0] * 4, [0] * 4, [1] * 4]
