"""Exercise 3: LayerNorm and GELU by hand."""

import torch
from torch import Tensor
from torch.nn import functional

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.swin import SwinBlock


def reference(block: SwinBlock, x: Tensor) -> Tensor:
    return block.mlp(block.norm2(x))


def cases() -> list[Case]:
    block = filled(lambda: SwinBlock(6, num_heads=2, window_size=2))
    return [
        Case("a random map (1, 2, 3, 6)", (block, drawn(1, 2, 3, 6))),
        Case("a random map (2, 3, 1, 6) of small values", (block, 0.004 * drawn(2, 3, 1, 6))),
    ]


def _mlp(block, x, activation):
    return block.mlp.fc2(activation(block.mlp.fc1(x)))


def _norm(block, x, variance, eps):
    x = (x - x.mean(-1, keepdim=True)) / (variance + eps).sqrt()
    return x * block.norm2.weight + block.norm2.bias


def tanh_gelu(block, x):
    return _mlp(block, block.norm2(x), lambda y: functional.gelu(y, approximate="tanh"))


def sigmoid_gelu(block, x):
    return _mlp(block, block.norm2(x), lambda y: y * torch.sigmoid(1.702 * y))


def relu(block, x):
    return _mlp(block, block.norm2(x), functional.relu)


def no_activation(block, x):
    return _mlp(block, block.norm2(x), lambda y: y)


def unbiased(block, x):
    x = _norm(block, x, x.var(-1, keepdim=True), block.norm2.eps)
    return _mlp(block, x, functional.gelu)


def eps_outside(block, x):
    variance = x.var(-1, keepdim=True, correction=0)
    x = _norm(block, x, (variance.sqrt() + block.norm2.eps) ** 2, 0.0)
    return _mlp(block, x, functional.gelu)


def other_eps(block, x):
    x = _norm(block, x, x.var(-1, keepdim=True, correction=0), 1e-6)
    return _mlp(block, x, functional.gelu)


def no_eps(block, x):
    x = _norm(block, x, x.var(-1, keepdim=True, correction=0), 0.0)
    return _mlp(block, x, functional.gelu)


def norm_forgotten(block, x):
    return _mlp(block, x, functional.gelu)


def no_mean(block, x):
    x = x / (x.pow(2).mean(-1, keepdim=True) + block.norm2.eps).sqrt()
    return _mlp(block, x * block.norm2.weight + block.norm2.bias, functional.gelu)


def over_the_map(block, x):
    mean, variance = x.mean((1, 2), keepdim=True), x.var((1, 2), keepdim=True, correction=0)
    x = (x - mean) / (variance + block.norm2.eps).sqrt()
    return _mlp(block, x * block.norm2.weight + block.norm2.bias, functional.gelu)


def not_scaled_back(block, x):
    return block.mlp(functional.layer_norm(x, x.shape[-1:], eps=block.norm2.eps))


EXERCISE = Exercise(
    name="feed_forward",
    title="LayerNorm and GELU by hand",
    difficulty=2,
    minutes=15,
    why="Two layers that everybody calls and few have written. Most differences between "
    "implementations of one paper sit here: the eps, the variance, the kind of GELU.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    view="b h w c -> (b h w) c",
    mistakes=(
        Mistake(
            "GELU of the other kind",
            "You use the tanh formula. Swin's GELU is the exact one: x · Φ(x) with "
            "Φ(x) = (1 + erf(x / √2)) / 2. They differ by up to 0.0005.",
            tanh_gelu,
        ),
        Mistake(
            "GELU by a sigmoid",
            "x · σ(1.702 x) is a rough formula for GELU. Swin's is x · (1 + erf(x / √2)) / 2.",
            sigmoid_gelu,
        ),
        Mistake("ReLU for GELU", "Between the two layers stands a GELU, not a ReLU.", relu),
        Mistake(
            "no activation",
            "Without the GELU two linear layers are one linear layer.",
            no_activation,
        ),
        Mistake(
            "unbiased variance",
            "You divide by c − 1. LayerNorm divides by c: correction=0.",
            unbiased,
        ),
        Mistake(
            "eps outside the root",
            "eps is added to the variance, under the root: (x − mean) / √(variance + eps).",
            eps_outside,
        ),
        Mistake(
            "wrong eps",
            "You use 1e-6 (as ViT does). This layer has its own: block.norm2.eps, 1e-5 in Swin.",
            other_eps,
        ),
        Mistake("no eps", "Without eps a constant token divides by zero: block.norm2.eps.", no_eps),
        Mistake("norm forgotten", "block.norm2 comes before the MLP.", norm_forgotten),
        Mistake(
            "mean not subtracted",
            "That is an RMS norm. LayerNorm takes the mean away first.",
            no_mean,
        ),
        Mistake(
            "normalized over the map",
            "You normalize each channel over the map: that is instance norm. LayerNorm looks at "
            "one token alone: the last axis.",
            over_the_map,
        ),
        Mistake(
            "norm without weight and bias",
            "The normalized values are used as they are. `norm2.weight` scales each"
            " channel, and `norm2.bias` is added.",
            not_scaled_back,
        ),
    ),
    hints=(
        "LayerNorm: each token alone, over its channels. Which variance, and where does eps go?",
        "(x − mean) / √(variance + eps) · weight + bias with x.var(..., correction=0); "
        "GELU is x · Φ(x), Φ the normal distribution.",
        "Φ(y) = (1 + torch.erf(y / 2**0.5)) / 2. Then block.mlp.fc2(y · Φ(y)) with "
        "y = block.mlp.fc1(normalized).",
    ),
    solution="""
def feed_forward(block, x):
    mean = x.mean(dim=-1, keepdim=True)
    variance = x.var(dim=-1, keepdim=True, correction=0)
    x = (x - mean) / (variance + block.norm2.eps).sqrt()
    x = x * block.norm2.weight + block.norm2.bias
    y = block.mlp.fc1(x)
    gelu = y * (1 + torch.erf(y / 2**0.5)) / 2
    return block.mlp.fc2(gelu)
""",
    ways=(
        """
def feed_forward(block, x):
    y = block.mlp.fc1(block.norm2(x))
    return block.mlp.fc2(functional.gelu(y))
""",
    ),
    whole=Whole(
        "swin_t",
        lambda model, f: methods_replaced(
            model, SwinBlock, "forward", lambda block, x: _block_with(f, block, x)
        ),
    ),
)


def _block_with(f, block, x):
    x = x + block.attend(block.norm1(x))
    return x + f(block, x)
