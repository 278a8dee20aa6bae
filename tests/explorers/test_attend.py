"""The eight views of attention, against loops over pairs of cells."""

import numpy as np
import pytest
import torch

from utils.explorers import explore
from utils.explorers.attend import compute as view

SIDE = view.SIDE


def meets(kind, a, b, size):
    """Whether the cell `a` asks the cell `b`, by arithmetic on their places."""
    pairs = list(zip(a, b, strict=True))
    stride, shift = SIDE // size, size // 2
    if kind == "window":
        return all(p // size == q // size for p, q in pairs)
    if kind == "shifted":  # windows as they lie on the map: the first begins at shift − size
        return all((p - shift) // size == (q - shift) // size for p, q in pairs)
    if kind == "grid":
        return all(p % stride == q % stride for p, q in pairs)
    return kind != "axial" or any(p == q for p, q in pairs)


@pytest.mark.parametrize("size", [4, 7, 14])
@pytest.mark.parametrize("query", [(0, 0), (7, 9), (27, 2), (13, 27)])
def test_who_is_asked_and_how_much_is_that_of_loops(size, query):
    settings = view.Settings(size, 1, query)
    result = view.compute(settings)
    frame0, frame1 = (x[0].double() for x in (view._scene().frame0, view._scene().frame1))
    patch = lambda frame, y, x: frame[:, 4 * y : 4 * y + 4, 4 * x : 4 * x + 4]  # noqa: E731
    for kind in ("window", "shifted", "grid", "all", "matching"):
        index = view.KINDS.index(kind)
        keys = frame1 if kind == "matching" else frame0
        total = np.zeros((SIDE, SIDE))
        for place in np.ndindex(SIDE, SIDE):
            asked = meets(kind, query, place, size)
            assert result.asked[index][place] == asked
            far = ((patch(frame0, *query) - patch(keys, *place)) ** 2).sum()
            total[place] = np.exp(-2 * float(far)) if asked else 0
        np.testing.assert_allclose(result.weights[index], total / total.sum(), atol=2e-6)
    axial = result.asked[view.KINDS.index("axial")]
    assert all(axial[p] == meets("axial", query, p, size) for p in np.ndindex(SIDE, SIDE))


def test_row_and_column_are_two_layers_whose_weights_each_sum_to_one():
    result = view.compute(view.Settings(query=(7, 9)))
    weights = result.weights[view.KINDS.index("axial")]
    row, column = weights[7].sum() - weights[7, 9], weights[:, 9].sum() - weights[7, 9]
    assert max(row, column) < 1 < row + column + 2 * weights[7, 9] + 1e-6


def test_a_cells_part_of_the_channels_products_is_what_is_lost_without_it():
    x = torch.rand(SIDE * SIDE, 48, generator=torch.Generator().manual_seed(0))
    diagonal = (x.T @ x).trace()
    for cell in (0, 391):
        rest = x.clone()
        rest[cell] = 0
        lost = 1 - float((rest.T @ rest).trace() / diagonal)
        assert float(view.shares(x).flatten()[cell]) == pytest.approx(lost, abs=1e-5)


def test_channels_answer_the_same_whoever_asks():
    index = view.KINDS.index("channel")
    a, b = (view.compute(view.Settings(query=q)).weights[index] for q in ((7, 9), (20, 20)))
    assert np.array_equal(a, b)


def test_points_read_whole_cells_and_beyond_the_picture_nothing():
    index = view.KINDS.index("deformable")
    inside = view.compute(view.Settings(query=(7, 9))).weights[index]
    assert [inside[7, 10], inside[3, 5]] == pytest.approx([1 / 32] * 2, abs=1e-6)
    assert inside.sum() == pytest.approx(1)
    corner = view.compute(view.Settings(query=(0, 0))).weights[index]
    assert corner.sum() == pytest.approx(12 / 32)  # three of eight directions


def test_the_first_state_finds_its_place_in_frame_1():
    result = view.compute(view.Settings())
    assert np.hypot(*np.subtract(result.flow, result.truth)) < 2
    x, y = result.expected
    assert result.flow == pytest.approx(((x - 9) * 4, (y - 7) * 4))


def test_a_picture_of_the_learners_moves_by_a_known_motion():
    picture = torch.rand(3, 60, 90, generator=torch.Generator().manual_seed(0))
    sharp = explore("attend", picture, sharpness=6, query=(14, 14)).result()
    assert sharp.known
    assert not np.array_equal(sharp.frame1, explore("attend").result().frame1)
