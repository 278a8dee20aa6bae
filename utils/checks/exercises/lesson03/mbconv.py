"""Exercise 8: the convolutional half of a block."""

from typing import Any

from torch import Tensor
from torch.nn import functional

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.maxvit import MBConv
from utils.models.maxvit.mbconv import gelu


def reference(layer: MBConv, x: Tensor) -> Tensor:
    return layer.shortcut(x) + layer.branch(x)


def cases() -> list[Case]:
    halving = filled(lambda: MBConv(4, 8, stride=2))
    plain = filled(lambda: MBConv(8, 8), seed=1)
    return [
        Case("a map (1, 4, 6, 4), stride 2, 8 channels wanted", (halving, drawn(1, 4, 6, 4))),
        Case("a batch (2, 3, 5, 8), stride 1", (plain, drawn(2, 3, 5, 8, seed=1))),
        Case("a map with odd sides (1, 5, 3, 4), stride 2", (halving, drawn(1, 5, 3, 4, seed=2))),
    ]


def _branch(
    layer: Any,
    x: Tensor,
    *,
    act: Any = gelu,
    depthwise: Any = None,
    early_gates: bool = False,
    gates: bool = True,
) -> Tensor:
    """The right branch but for what is given."""
    x = act(layer.expand_norm(layer.expand(layer.norm(x))))
    if early_gates:
        x = layer.squeeze_excite(x)
    x = act(layer.depthwise_norm((depthwise or layer.depthwise)(x)))
    if gates and not early_gates:
        x = layer.squeeze_excite(x)
    return layer.project(x)


def _convolve(x: Tensor, layer: Any, *, stride: int) -> Tensor:
    """torch's convolution with padding=1."""
    planes = x.permute(0, 3, 1, 2)
    weight = layer.depthwise.weight
    out = functional.conv2d(planes, weight, stride=stride, padding=1, groups=weight.shape[0])
    return out.permute(0, 2, 3, 1)


def no_shortcut(layer, x):
    return _branch(layer, x)


def shortcut_of_the_normalized(layer, x):
    return layer.shortcut(layer.norm(x)) + _branch(layer, x)


def shortcut_picks(layer, x):
    if layer.depthwise.stride[0] == 1:
        return reference(layer, x)
    return layer.shortcut.projection(x[:, ::2, ::2]) + _branch(layer, x)


def multiplied(layer, x):
    return layer.shortcut(x) * _branch(layer, x)


def torch_padding(layer, x):
    stride = layer.depthwise.stride[0]
    branch = _branch(layer, x, depthwise=lambda y: _convolve(y, layer, stride=stride))
    return layer.shortcut(x) + branch


def stride_first(layer, x):
    stride = layer.depthwise.stride[0]
    branch = _branch(
        layer, x[:, ::stride, ::stride], depthwise=lambda y: _convolve(y, layer, stride=1)
    )
    return layer.shortcut(x) + branch


def gates_before_the_filter(layer, x):
    return layer.shortcut(x) + _branch(layer, x, early_gates=True)


def gates_forgotten(layer, x):
    return layer.shortcut(x) + _branch(layer, x, gates=False)


def exact_gelu(layer, x):
    return layer.shortcut(x) + _branch(layer, x, act=functional.gelu)


def silu(layer, x):
    return layer.shortcut(x) + _branch(layer, x, act=functional.silu)


def gelu_at_the_end(layer, x):
    return layer.shortcut(x) + gelu(_branch(layer, x))


def first_norm_forgotten(layer, x):
    y = gelu(layer.expand_norm(layer.expand(x)))
    y = gelu(layer.depthwise_norm(layer.depthwise(y)))
    return layer.shortcut(x) + layer.project(layer.squeeze_excite(y))


def gelu_first(layer, x):
    x_in, x = x, layer.expand_norm(gelu(layer.expand(layer.norm(x))))
    x = layer.depthwise_norm(gelu(layer.depthwise(x)))
    return layer.shortcut(x_in) + layer.project(layer.squeeze_excite(x))


EXERCISE = Exercise(
    name="mbconv",
    title="The whole MBConv",
    difficulty=5,
    minutes=25,
    why="Eight layers, one stride and one shortcut. Public versions left out the expansion, the "
    "GELU or the first norm, and every shape was right.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    view="b h w c -> (b h w) c",
    may_call=(
        "utils.models.maxvit.mbconv.SameConv2d",
        "utils.models.maxvit.mbconv.SqueezeExcite",
        "utils.models.maxvit.mbconv.Shortcut",
        "utils.models.maxvit.mbconv.gelu",
        "utils.ops",
    ),
    mistakes=(
        Mistake(
            "no shortcut",
            "The branch stands alone. Equations (3) and (4) add it to layer.shortcut(x).",
            no_shortcut,
        ),
        Mistake(
            "shortcut of the normalized map",
            "The shortcut carries x as it came, before layer.norm.",
            shortcut_of_the_normalized,
        ),
        Mistake(
            "shortcut picks every second cell",
            "Where the map is halved, the shortcut takes the mean of each 2×2 square: use "
            "layer.shortcut, not a slice.",
            shortcut_picks,
        ),
        Mistake("a skip that multiplies", "The shortcut is added to the branch.", multiplied),
        Mistake(
            "stride with torch's padding",
            'You convolve with padding=1. The layer pads as TensorFlow\'s "same" does, which on '
            "an even side puts its one zero at the end: call layer.depthwise.",
            torch_padding,
        ),
        Mistake(
            "stride in the wrong place",
            "You halve the map before the expansion and throw three quarters of it away. The "
            "stride belongs to the depthwise convolution, which still looks at all cells.",
            stride_first,
        ),
        Mistake(
            "gates before the filter",
            "Squeeze-excite stands before the depthwise convolution. It comes after: the gates "
            "judge what the filters have found.",
            gates_before_the_filter,
        ),
        Mistake("squeeze-excite forgotten", "layer.squeeze_excite is missing.", gates_forgotten),
        Mistake(
            "GELU of the other kind",
            'MaxViT was trained with the tanh form: functional.gelu(y, approximate="tanh").',
            exact_gelu,
        ),
        Mistake("SiLU for GELU", "EfficientNet's MBConv has SiLU; MaxViT's has GELU.", silu),
        Mistake(
            "GELU at the end",
            "After layer.project nothing comes but the sum: the bottleneck is linear.",
            gelu_at_the_end,
        ),
        Mistake(
            "first norm forgotten",
            "MaxViT's MBConv is pre-normalized: layer.norm comes before layer.expand.",
            first_norm_forgotten,
        ),
        Mistake(
            "GELU before the norms",
            "You apply GELU before expand_norm and depthwise_norm. Here each norm "
            "comes first, then its GELU.",
            gelu_first,
        ),
    ),
    hints=(
        "Two paths that meet in a sum. The shortcut is one call; the branch has the layers in the "
        "order in which print(layer) lists them.",
        "norm, expand, expand_norm, GELU; depthwise, depthwise_norm, GELU; squeeze_excite, "
        "project. The GELU is the tanh form.",
        'y = functional.gelu(layer.expand_norm(layer.expand(layer.norm(x))), approximate="tanh"), '
        "the same for depthwise, then layer.project(layer.squeeze_excite(y)) + layer.shortcut(x).",
    ),
    solution="""
def mbconv(layer, x):
    y = layer.expand_norm(layer.expand(layer.norm(x)))
    y = functional.gelu(y, approximate="tanh")
    y = layer.depthwise_norm(layer.depthwise(y))
    y = functional.gelu(y, approximate="tanh")
    y = layer.project(layer.squeeze_excite(y))
    return layer.shortcut(x) + y
""",
    whole=Whole("maxvit_t", lambda model, f: methods_replaced(model, MBConv, "forward", f)),
)
