"""Cutting into windows, grid groups, rows and columns, and putting together again."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from utils.errors import ConfigError, ShapeError
from utils.ops import merge_axis, merge_windows, partition_axis, partition_windows
from utils.reference import twins

sides = st.integers(1, 4)
kinds = pytest.mark.parametrize("kind", ["window", "grid"])
axes = pytest.mark.parametrize("axis", ["rows", "columns"])

# b, (h, w), c, (wh, ww): every number another one, so that no swap can hide
SIZES = [
    (2, (6, 10), 3, (3, 5)),
    (1, (8, 6), 5, (2, 3)),
    (3, (4, 7), 2, (4, 1)),
    (1, (5, 3), 1, (1, 3)),
]


def numbered(b, size, c):
    return torch.arange(b * size[0] * size[1] * c).reshape(b, *size, c)


@kinds
@given(b=sides, nh=sides, nw=sides, wh=sides, ww=sides, c=sides)
def test_merge_undoes_partition(kind, b, nh, nw, wh, ww, c):
    x = numbered(b, (nh * wh, nw * ww), c)
    windows = partition_windows(x, window_size=(wh, ww), kind=kind)
    assert windows.shape == (b, nh, nw, wh * ww, c)
    assert torch.equal(merge_windows(windows, window_size=(wh, ww), kind=kind), x)


@axes
@given(b=sides, h=sides, w=sides, c=sides)
def test_merge_axis_undoes_partition_axis(axis, b, h, w, c):
    x = numbered(b, (h, w), c)
    assert torch.equal(merge_axis(partition_axis(x, axis=axis), axis=axis), x)


@kinds
@pytest.mark.parametrize(("b", "size", "c", "window_size"), SIZES)
def test_equal_to_the_twin(kind, b, size, c, window_size):
    x = numbered(b, size, c)
    ours = partition_windows(x, window_size=window_size, kind=kind)
    theirs = twins.partition_windows(x, window_size=window_size, kind=kind)
    assert ours.tolist() == theirs.tolist()
    back = merge_windows(ours, window_size=window_size, kind=kind)
    assert back.tolist() == twins.merge_windows(theirs, window_size=window_size, kind=kind).tolist()


@axes
@pytest.mark.parametrize(("b", "size", "c", "_window"), SIZES)
def test_axes_equal_to_the_twin(axis, b, size, c, _window):
    x = numbered(b, size, c)
    cut = partition_axis(x, axis=axis)
    assert cut.tolist() == twins.partition_axis(x, axis=axis).tolist()
    assert merge_axis(cut, axis=axis).tolist() == twins.merge_axis(cut, axis=axis).tolist()


def test_window_grid_and_missing_permute_differ_on_a_numbered_map():
    x = numbered(1, (8, 8), 1)
    window = partition_windows(x, window_size=(4, 4))
    grid = partition_windows(x, window_size=(4, 4), kind="grid")
    no_permute = x.reshape(1, 2, 2, 16, 1)
    assert window.shape == grid.shape == no_permute.shape
    assert not torch.equal(window, grid)
    assert not torch.equal(window, no_permute)
    assert window.sort().values.sum() == grid.sum() == no_permute.sum()


@kinds
def test_the_gradient_goes_back_to_the_cell_it_came_from(kind):
    x = torch.zeros(2, 6, 10, 3, requires_grad=True)
    weight = numbered(2, (6, 10), 3).float()
    windows = partition_windows(x, window_size=(3, 5), kind=kind)
    (windows * partition_windows(weight, window_size=(3, 5), kind=kind)).sum().backward()
    assert torch.equal(x.grad, weight)


@kinds
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.bool])
def test_the_dtype_stays(kind, dtype):
    x = torch.zeros(1, 4, 6, 2, dtype=dtype)
    windows = partition_windows(x, window_size=(2, 3), kind=kind)
    assert windows.dtype == merge_windows(windows, window_size=(2, 3), kind=kind).dtype == dtype


def test_the_input_is_left_alone():
    x = numbered(1, (4, 6), 2)
    before = x.clone()
    partition_windows(x, window_size=(2, 3)).add_(1)
    assert torch.equal(x, before)


WRONG = [
    (
        lambda: partition_windows(torch.zeros(1, 50, 60, 3), window_size=(7, 7)),
        "a 50×60 map cannot be cut into 7×7 windows: the window's sides must divide the map's; "
        "pad it to 56×63 first (pad_to_multiple does)",
    ),
    (
        lambda: partition_windows(torch.zeros(1, 0, 6, 3), window_size=(2, 3)),
        "x of shape (1, 0, 6, 3) and dtype float32 came: x is a tensor (b, h, w, c); "
        "give h at least one entry",
    ),
    (
        lambda: partition_windows(torch.zeros(4, 6, 3), window_size=(2, 3)),
        "x of shape (4, 6, 3) and dtype float32 came: x is a tensor (b, h, w, c); "
        "x[None] adds an axis in front, x[..., None] one at the end",
    ),
    (
        lambda: partition_windows([[1]], window_size=(2, 3)),
        "x came as a list: x is a torch tensor (b, h, w, c); torch.as_tensor(x) "
        "makes one of numbers",
    ),
    (
        lambda: merge_windows(torch.zeros(1, 2, 2, 5, 3), window_size=(2, 3)),
        "windows of shape (1, 2, 2, 5, 3) came for window_size 2×3: they are (b, nh, nw, n, c) "
        "with n = 2·3 = 6; pass the window_size with which the map was cut",
    ),
    (
        lambda: merge_axis(torch.zeros(1, 4, 3, 6, 2), axis="rows"),
        "windows of shape (1, 4, 3, 6, 2) came as rows: rows are (b, h, 1, w, c), columns "
        "(b, 1, w, h, c); pass what partition_axis made, with the same axis",
    ),
]

WRONG_SETTINGS = [
    *(
        (
            lambda size=size: partition_windows(torch.zeros(1, 4, 6, 3), window_size=size),
            f"window_size = {size!r} came: window_size is two whole numbers of at least 1, "
            "(height, width); pass window_size=(7, 7), for example",
        )
        for size in [(0, 3), (2, -3), (2.0, 3), (2, 3, 1), 2, [2, 3.0]]
    ),
    (
        lambda: partition_windows(torch.zeros(1, 4, 6, 3), window_size=(2, 3), kind="block"),
        "kind = 'block' came: kind is one of window, grid; pass kind='window'",
    ),
    (
        lambda: partition_axis(torch.zeros(1, 4, 6, 3), axis="x"),
        "axis = 'x' came: axis is one of rows, columns; pass axis='rows'",
    ),
]


@pytest.mark.parametrize(("call", "text"), WRONG)
def test_wrong_shapes_are_refused_with_the_remedy(plain_types, call, text):
    with pytest.raises(ShapeError) as error:
        call()
    assert str(error.value) == text


@pytest.mark.parametrize(("call", "text"), WRONG_SETTINGS)
def test_wrong_settings_are_refused_with_the_remedy(plain_types, call, text):
    with pytest.raises(ConfigError) as error:
        call()
    assert str(error.value) == text
