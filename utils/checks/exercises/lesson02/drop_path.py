"""Exercise 7: leave whole branches out."""

import torch
from einops import rearrange
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.install import methods_replaced
from utils.layers import DropPath


def reference(x: Tensor, rate: float, draws: Tensor, training: bool) -> Tensor:
    if not training:
        return x
    return x * _each((draws >= rate) / (1 - rate), x)


def _each(factors: Tensor, x: Tensor) -> Tensor:
    """One factor for each sample, ready to be multiplied with it."""
    return rearrange(factors, "b -> b 1 1 1").to(x.dtype)


def cases() -> list[Case]:
    few = torch.tensor([0.75, 0.125, 0.375])
    many = torch.tensor([0.0625, 0.4375, 0.9375, 0.3125, 0.6875])
    return [
        Case("3 samples in training, rate 0.25", (drawn(3, 2, 4, 3), 0.25, few, True)),
        Case("3 samples in evaluation, rate 0.25", (drawn(3, 1, 4, 3), 0.25, few, False)),
        Case("5 samples in training, rate 0.375", (drawn(5, 1, 3, 5), 0.375, many, True)),
        Case("5 samples in training, rate 0", (drawn(5, 2, 1, 5, seed=1), 0.0, many, True)),
    ]


def also_in_evaluation(x, rate, draws, training):
    return reference(x, rate, draws, True)


def not_scaled(x, rate, draws, training):
    return x * _each(draws >= rate, x) if training else x


def scaled_down(x, rate, draws, training):
    return x * _each((draws >= rate) * (1 - rate), x) if training else x


def scaled_in_evaluation(x, rate, draws, training):
    return x * _each(draws >= rate, x) if training else x * (1 - rate)


def turned_around(x, rate, draws, training):
    return x * _each((draws < rate) / (1 - rate), x) if training else x


def rate_for_share(x, rate, draws, training):
    return x * _each((draws < 1 - rate) / (1 - rate), x) if training else x


def one_for_all(x, rate, draws, training):
    return reference(x, rate, draws[:1].expand_as(draws), training)


def by_channel(x, rate, draws, training):
    return x * (draws >= rate) / (1 - rate) if training else x


def left_as_it_was(x, rate, draws, training):
    return torch.where(_each(draws, x) < rate, x, x / (1 - rate)) if training else x


def by_the_share_that_lived(x, rate, draws, training):
    keep = (draws >= rate).to(x.dtype)
    return x * _each(keep / keep.mean(), x) if training else x


EXERCISE = Exercise(
    name="drop_path",
    title="Leave whole branches out",
    difficulty=3,
    minutes=10,
    why="Swin, MaxViT and ViT-Adapter are trained with it. Its faults show in no shape, and most "
    "of them only in training.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    view="b h w c -> b (h w c)",
    mistakes=(
        Mistake(
            "also in evaluation",
            "You leave branches out when training is False. In evaluation x comes back unchanged.",
            also_in_evaluation,
        ),
        Mistake(
            "kept ones not scaled",
            "The samples that are kept come out as they were. Then the mean over many runs is "
            "(1 − rate) · x, and evaluation does not fit training: divide them by 1 − rate.",
            not_scaled,
        ),
        Mistake(
            "scaled down",
            "You multiply the kept ones by 1 − rate. They are few, so each has to count more: "
            "divide.",
            scaled_down,
        ),
        Mistake(
            "scaled in evaluation",
            "You leave the kept ones as they were and make up for it in evaluation. The first "
            "dropout paper did it so; here training pays, and evaluation is x.",
            scaled_in_evaluation,
        ),
        Mistake(
            "kept and dropped exchanged",
            "You keep the samples whose draw is below the rate. Those are the ones left out.",
            turned_around,
        ),
        Mistake(
            "the other end",
            "You keep draws < 1 − rate. That is as often, but here a sample is left out where "
            "draws < rate.",
            rate_for_share,
        ),
        Mistake(
            "one draw for all",
            "The first draw decides for the whole batch. Every sample has its own.",
            one_for_all,
        ),
        Mistake(
            "draws along the channels",
            "x * keep lines the draws up with the last axis, and it runs only because there are as "
            "many channels as samples. The draws belong to the first axis: give them the shape "
            "(b, 1, 1, 1).",
            by_channel,
        ),
        Mistake(
            "dropped ones left as they were",
            "A sample that is left out becomes 0, so that only the skip beside the branch remains.",
            left_as_it_was,
        ),
        Mistake(
            "scaled by the share that lived",
            "You divide by the share that happened to live in this batch. Then one sample's value "
            "depends on the others: divide by the probability, 1 − rate.",
            by_the_share_that_lived,
        ),
    ),
    hints=(
        "What comes out in evaluation? And what must a kept sample be multiplied by, so that the "
        "mean of kept and dropped ones is x?",
        "keep = draws >= rate has one entry for each sample. In the shape (b, 1, 1, 1) it meets "
        "the first axis of x.",
        "In training: x * keep / (1 - rate), with keep = (draws >= rate)[:, None, None, None].",
    ),
    solution="""
def drop_path(x, rate, draws, training):
    if not training:
        return x
    keep = rearrange(draws >= rate, "b -> b 1 1 1")
    return x * keep / (1 - rate)
""",
    whole=Whole(
        "swin_t",
        lambda model, f: methods_replaced(
            model,
            DropPath,
            "forward",
            lambda layer, x: f(x, layer.rate, x.new_zeros(x.shape[0]), layer.training),
        ),
    ),
)
