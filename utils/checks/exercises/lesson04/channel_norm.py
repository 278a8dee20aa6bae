"""Exercise 3: two kinds of LayerNorm."""

from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.restormer import ChannelNorm

EPS = 1e-5


def reference(layer: ChannelNorm, x: Tensor) -> Tensor:
    return layer(x)


def cases() -> list[Case]:
    free = filled(lambda: ChannelNorm(6, bias=False))
    usual = filled(lambda: ChannelNorm(5), seed=1)
    return [
        Case("a map (1, 2, 3, 6), no bias", (free, drawn(1, 2, 3, 6) + 1.0)),
        Case("a batch (2, 3, 2, 5), with a bias", (usual, drawn(2, 3, 2, 5, seed=1) + 1.0)),
        Case("a faint map (1, 2, 4, 6), no bias", (free, 0.004 * drawn(1, 2, 4, 6, seed=2))),
    ]


def _norm(layer, x, *, subtract, variance=None, eps=EPS):
    centered = x - x.mean(-1, keepdim=True)
    variance = x.var(-1, keepdim=True, correction=0) if variance is None else variance
    x = (centered if subtract else x) / (variance + eps).sqrt() * layer.weight
    return x if layer.bias is None else x + layer.bias


def always_subtracted(layer, x):
    return _norm(layer, x, subtract=True)


def never_subtracted(layer, x):
    return _norm(layer, x, subtract=False)


def mean_square(layer, x):
    if layer.bias is not None:
        return layer(x)
    return _norm(layer, x, subtract=False, variance=x.square().mean(-1, keepdim=True))


def unbiased(layer, x):
    return _norm(layer, x, subtract=layer.bias is not None, variance=x.var(-1, keepdim=True))


def no_eps(layer, x):
    return _norm(layer, x, subtract=layer.bias is not None, eps=0.0)


def other_eps(layer, x):
    return _norm(layer, x, subtract=layer.bias is not None, eps=1e-6)


def over_the_map(layer, x):
    mean, variance = x.mean((1, 2), keepdim=True), x.var((1, 2), keepdim=True, correction=0)
    x = (x - mean if layer.bias is not None else x) / (variance + EPS).sqrt() * layer.weight
    return x if layer.bias is None else x + layer.bias


def weight_forgotten(layer, x):
    x = x - x.mean(-1, keepdim=True) * (layer.bias is not None)
    x = x / (x.var(-1, keepdim=True, correction=0) + EPS).sqrt()
    return x if layer.bias is None else x + layer.bias


def eps_outside(layer, x):
    spread = x.var(dim=-1, keepdim=True, correction=0).sqrt() + 1e-5
    if layer.bias is None:
        return x / spread * layer.weight
    return (x - x.mean(dim=-1, keepdim=True)) / spread * layer.weight + layer.bias


EXERCISE = Exercise(
    name="channel_norm",
    title="Two kinds of LayerNorm",
    difficulty=2,
    minutes=10,
    why="The denoising weights come with another LayerNorm than all others: one subtraction and "
    "one bias less. With the wrong one everything runs, and every number is another.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    view="b h w c -> (b h w) c",
    mistakes=(
        Mistake(
            "mean subtracted without a bias",
            "Without a bias nothing is subtracted from x either: x / √(variance + eps) · weight. "
            "Only the variance is taken around the mean.",
            always_subtracted,
        ),
        Mistake(
            "mean never subtracted",
            "With a bias it is the usual LayerNorm: the mean is taken away first.",
            never_subtracted,
        ),
        Mistake(
            "mean square for variance",
            "You divide by the root of the mean square (RMS norm). The official bias-free norm "
            "divides by the root of the variance, which is taken around the mean.",
            mean_square,
        ),
        Mistake("unbiased variance", "The variance divides by c, not by c − 1.", unbiased),
        Mistake("no eps", "1e-5 is added to the variance, under the root.", no_eps),
        Mistake("wrong eps", "Restormer's eps is 1e-5.", other_eps),
        Mistake(
            "normalized over the map",
            "You normalize each channel over the map. LayerNorm looks at one pixel alone: the last "
            "axis.",
            over_the_map,
        ),
        Mistake("weight forgotten", "layer.weight scales every channel.", weight_forgotten),
        Mistake(
            "eps outside the root",
            "You add eps to the root, to the spread. It is added to the variance, "
            "under the root: that matters where a pixel is faint.",
            eps_outside,
        ),
    ),
    hints=(
        "Two cases: layer.bias is None, or not. What is equal in both, and what is not?",
        "Both divide by √(variance + 1e-5), the variance around the mean with correction=0, and "
        "multiply by layer.weight. Only with a bias is the mean subtracted.",
        "scale = layer.weight / (variance + 1e-5).sqrt(); without a bias x * scale, with one "
        "(x - mean) * scale + layer.bias.",
    ),
    solution="""
def channel_norm(layer, x):
    mean = x.mean(dim=-1, keepdim=True)
    variance = x.var(dim=-1, keepdim=True, correction=0)
    scale = layer.weight / (variance + 1e-5).sqrt()
    if layer.bias is None:
        return x * scale
    return (x - mean) * scale + layer.bias
""",
    whole=Whole(
        "restormer_denoise", lambda model, f: methods_replaced(model, ChannelNorm, "forward", f)
    ),
)
