"""Exercise 7: the mask of shifted windows."""

from typing import Any

import torch
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.install import replaced
from utils.ops import partition_windows, region_labels, shift_mask

Size = tuple[int, int]


def reference(size: Size, window_size: Size, shift_size: Size) -> Tensor:
    return shift_mask(size, window_size=window_size, shift_size=shift_size)


def cases() -> list[Case]:
    return [
        Case("a 4×6 map, windows of 2×3, shift (1, 1)", ((4, 6), (2, 3), (1, 1))),
        Case("a 6×8 map, windows of 3×4, shift (1, 2)", ((6, 8), (3, 4), (1, 2))),
        Case("a 6×6 map, windows of 3×2, shift (2, 0)", ((6, 6), (3, 2), (2, 0))),
        Case("a 3×8 map, windows of 3×4, shift (0, 2)", ((3, 8), (3, 4), (0, 2))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "a square map in square windows with one shift for both axes": ((6, 6), (3, 3), (1, 1)),
        "a map without a shift": ((4, 6), (2, 3), (0, 0)),
    }


def _windows(size: Size, window_size: Size, shift_size: Size) -> Tensor:
    labels = region_labels(size, window_size=window_size, shift_size=shift_size)
    return partition_windows(labels[None, ..., None], window_size=window_size)[0, ..., 0]


def wrong_sign(size, window_size, shift_size):
    return -reference(size, window_size, shift_size)


def inverted(size, window_size, shift_size):
    return -100.0 - reference(size, window_size, shift_size)


def yes_no(size, window_size, shift_size):
    return (reference(size, window_size, shift_size) == 0).float()


def one_for_all(size, window_size, shift_size):
    mask = reference(size, window_size, shift_size)
    return mask[-1:, -1:].expand_as(mask).contiguous()


def before_the_roll(size, window_size, shift_size):
    labels = region_labels(size, window_size=window_size, shift_size=shift_size)
    labels = torch.roll(labels, shift_size, dims=(0, 1))
    windows = partition_windows(labels[None, ..., None], window_size=window_size)[0, ..., 0]
    return (windows[..., :, None] != windows[..., None, :]).float() * -100.0


def rolled_the_wrong_way(size, window_size, shift_size):
    mask = reference(size, window_size, shift_size)
    return mask.flip(0, 1).flip(-1, -2).contiguous()


def only_two_strips(size, window_size, shift_size):
    (h, w), (dy, dx) = size, shift_size
    rows = (torch.arange(h) >= h - dy).long()
    columns = (torch.arange(w) >= w - dx).long()
    labels = rows[:, None] + columns[None, :]  # two different regions share the label 1
    windows = partition_windows(labels[None, ..., None], window_size=window_size)[0, ..., 0]
    return (windows[..., :, None] != windows[..., None, :]).float() * -100.0


def axes_swapped(size, window_size, shift_size):
    mask = reference(size[::-1], window_size[::-1], shift_size[::-1])
    return mask.transpose(0, 1).contiguous()


def minus_infinity(size, window_size, shift_size):
    return torch.where(reference(size, window_size, shift_size) < 0, -torch.inf, 0.0)


def only_rows(size, window_size, shift_size):
    return shift_mask(size, window_size=window_size, shift_size=(shift_size[0], 0))


def only_columns(size, window_size, shift_size):
    return shift_mask(size, window_size=window_size, shift_size=(0, shift_size[1]))


EXERCISE = Exercise(
    name="shifted_mask",
    title="The mask of shifted windows",
    difficulty=4,
    minutes=20,
    why="After the roll a window holds cells from opposite ends of the picture. The mask keeps "
    "them apart; no other part of Swin is asked about so often.",
    reference=reference,
    cases=cases,
    axes="nh nw i j",
    floats=False,
    view="nh nw i j -> (nh nw i) j",
    easy=easy,
    mistakes=(
        Mistake(
            "mask sign",
            "Your mask adds +100 to strangers: they get all the weight. It must be −100.",
            wrong_sign,
        ),
        Mistake(
            "mask inverted",
            "You forbid the neighbors and allow the strangers: 0 where the regions are equal.",
            inverted,
        ),
        Mistake(
            "a mask to multiply with",
            "Your mask is 1 and 0. It is added to the scores before the softmax, so it is 0 where "
            "a cell may look and −100 where not.",
            yes_no,
        ),
        Mistake(
            "mask not per window",
            "You give every window the mask of the last one. Most windows hold true neighbors "
            "only and need no mask: one mask per window.",
            one_for_all,
        ),
        Mistake(
            "regions before the roll",
            "You label the map where it was before the roll. The windows are cut from the rolled "
            "map: the strangers are in its last rows and columns.",
            before_the_roll,
        ),
        Mistake(
            "shift the wrong way",
            "Your strangers sit in the first windows. The roll goes up and left, so they come in "
            "at the bottom and at the right.",
            rolled_the_wrong_way,
        ),
        Mistake(
            "regions that share a label",
            "You add the row label to the column label, so that two different regions both get 1. "
            "Give every pair its own number: 3 · row strip + column strip.",
            only_two_strips,
        ),
        Mistake(
            "axes swapped",
            "Height and width have changed places somewhere: sizes are (height, width), and cells "
            "are read row by row.",
            axes_swapped,
        ),
        Mistake(
            "minus infinity",
            "That works until a whole row is forbidden: then the softmax gives nan. The official "
            "code adds −100, which is enough: exp(−100) is about 4e-44.",
            minus_infinity,
        ),
        Mistake(
            "no mask for columns",
            "You keep apart what the roll brought together from above and below, "
            "not what it brought together from left and right: columns need their "
            "strips, too.",
            only_rows,
        ),
        Mistake(
            "no mask for rows",
            "You keep apart what the roll brought together from left and right, not"
            " what it brought together from above and below: rows need their "
            "strips, too.",
            only_columns,
        ),
    ),
    hints=(
        "Give every region of the rolled map a number. Two cells may see each other if they lie "
        "in one window and have the same number.",
        "Rows fall into three strips: up to h − wh, up to h − dy, and the rest (no strips where "
        "dy is 0). The same for columns. Number = 3 · row strip + column strip.",
        "Cut the h×w map of numbers with window_partition into (nh, nw, n); compare "
        "labels[..., :, None] with labels[..., None, :]; −100 where they differ.",
    ),
    solution="""
def shifted_mask(size, window_size, shift_size):
    strips = []
    for side, window, shift in zip(size, window_size, shift_size, strict=True):
        at = torch.arange(side)
        came_around = (at >= side - shift).long() if shift else 0 * at
        last_window = (at >= side - window).long() if shift else 0 * at
        strips.append(last_window + came_around)
    labels = 3 * strips[0][:, None] + strips[1][None, :]
    labels = window_partition(labels[None, :, :, None], window_size)[0, ..., 0]
    differs = labels[..., :, None] != labels[..., None, :]
    return differs.float() * -100 + 0.0
""",
    ways=(
        """
def shifted_mask(size, window_size, shift_size):
    (h, w), (wh, ww), (dy, dx) = size, window_size, shift_size
    labels = torch.zeros(1, h, w, 1)
    rows = (slice(0, -wh), slice(-wh, -dy), slice(-dy, None)) if dy else (slice(0, None),)
    columns = (slice(0, -ww), slice(-ww, -dx), slice(-dx, None)) if dx else (slice(0, None),)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            labels[:, row, column] = 3 * i + j
    labels = window_partition(labels, window_size)[0, ..., 0]
    differs = labels[..., :, None] != labels[..., None, :]
    return differs.float() * -100 + 0.0
""",
    ),
    whole=Whole(
        "swin_t",
        lambda model, f: replaced(
            "utils.models.swin.model.shift_mask",
            lambda size, *, window_size, shift_size, **kwargs: f(
                tuple(size), window_size, shift_size
            ),
        ),
    ),
)
