"""Exercise 6 (find the bug): from which cells an output hears, measured by gradients."""

import torch
from torch import Tensor, nn

from utils.checks.exercise import Case, Exercise, Mistake
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled


class Spread(nn.Module):
    """A 3×3 convolution and a layer norm, over (1, h, w, c)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        mixed = self.mix(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return nn.functional.layer_norm(mixed, mixed.shape[-1:])


def reference(layer: nn.Module, x: Tensor, row: int, column: int) -> Tensor:
    def one(x: Tensor) -> Tensor:
        return layer(x)[0, row, column]

    jacobian = torch.autograd.functional.jacobian(one, x.detach())
    return jacobian[:, 0].square().sum((0, -1)).sqrt()


def cases() -> list[Case]:
    small, large = filled(lambda: Spread(3)), filled(lambda: Spread(4), seed=1)
    return [
        Case("a 4×6 map, row 1, column 4", (small, drawn(1, 4, 6, 3), 1, 4)),
        Case("a 5×3 map, row 4, column 0", (large, drawn(1, 5, 3, 4), 4, 0)),
    ]


def sum_over_channels(layer, x, row, column):
    x = x.detach().clone().requires_grad_()
    with torch.enable_grad():
        (gradient,) = torch.autograd.grad(layer(x)[0, row, column].sum(), x)
    return gradient[0].square().sum(-1).sqrt()


def first_channel_alone(layer, x, row, column):
    x = x.detach().clone().requires_grad_()
    with torch.enable_grad():
        (gradient,) = torch.autograd.grad(layer(x)[0, row, column, 0], x)
    return gradient[0].square().sum(-1).sqrt()


def row_and_column_turned(layer, x, row, column):
    h, w = x.shape[1:3]
    return reference(layer, x, min(column, h - 1), min(row, w - 1))


def signs_cancel(layer, x, row, column):
    def one(x):
        return layer(x)[0, row, column]

    jacobian = torch.autograd.functional.jacobian(one, x.detach())
    return jacobian[:, 0].sum((0, -1)).abs()


def squared(layer, x, row, column):
    return reference(layer, x, row, column).square()


def from_everywhere(layer, x, row, column):
    x = x.detach().clone().requires_grad_()
    with torch.enable_grad():
        (gradient,) = torch.autograd.grad(layer(x).square().sum(), x)
    return gradient[0].square().sum(-1).sqrt()


EXERCISE = Exercise(
    name="heard_from",
    title="Find the bug: heard from nobody",
    difficulty=3,
    minutes=15,
    why="Measured reach is the test of every drawing of a receptive field, and this bug says "
    '"nothing arrives" in networks where all is well.',
    reference=reference,
    cases=cases,
    axes="h w",
    view="h w -> h w",
    may_call=("utils.checks.exercises.lesson07.heard_from.Spread",),
    mistakes=(
        Mistake(
            "sum over the channels",
            "The layer ends in a layer norm: its channels always sum to 0, so the gradient of "
            "their "
            "sum is 0 everywhere. Take the channels one at a time.",
            sum_over_channels,
        ),
        Mistake(
            "first channel alone",
            "You asked one channel of the output. Cells may reach the others: take all of them.",
            first_channel_alone,
        ),
        Mistake(
            "row and column turned",
            "The output is read at layer(x)[0, row, column].",
            row_and_column_turned,
        ),
        Mistake(
            "signs cancel",
            "You add the gradients before you take their size, so that plus and minus cancel. "
            "Square first.",
            signs_cancel,
        ),
        Mistake(
            "the root forgotten",
            "The size of a vector is the root of its summed squares.",
            squared,
        ),
        Mistake(
            "everybody's output",
            "You asked all cells of the output. The question is what *one* of them hears.",
            from_everywhere,
        ),
    ),
    hints=(
        "Print layer(x)[0, row, column].sum() for two different inputs. What do you see?",
        "Go back once for each channel of the output, torch.autograd.grad(out[channel], x, "
        "retain_graph=True).",
        "Add the squares of all these gradients over both kinds of channels, then take the root.",
    ),
    solution="""
def heard_from(layer, x, row, column):
    with torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        out = layer(x)[0, row, column]
        rows = [torch.autograd.grad(one, x, retain_graph=True)[0][0] for one in out]
    return torch.stack(rows).square().sum((0, -1)).sqrt()
""",
)
