"""Exercise 5, find the bug: a skip that multiplies."""

from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.maxvit import AxisAttention


def reference(layer: AxisAttention, x: Tensor) -> Tensor:
    return layer(x)


def cases() -> list[Case]:
    window = filled(lambda: AxisAttention(6, num_heads=2, window_size=2))
    grid = filled(lambda: AxisAttention(6, num_heads=3, window_size=2, kind="grid"), seed=1)
    return [
        Case("a map (1, 2, 4, 6), windows", (window, drawn(1, 2, 4, 6))),
        Case("a batch (2, 4, 6, 6), grid", (grid, drawn(2, 4, 6, 6, seed=1))),
    ]


def as_found(layer, x):
    x = x + layer.attend(layer.norm1(x))
    return x * layer.mlp(layer.norm2(x))


def both_multiplied(layer, x):
    x = x * layer.attend(layer.norm1(x))
    return x * layer.mlp(layer.norm2(x))


def second_skip_missing(layer, x):
    x = x + layer.attend(layer.norm1(x))
    return layer.mlp(layer.norm2(x))


def skip_from_the_start(layer, x):
    y = x + layer.attend(layer.norm1(x))
    return x + layer.mlp(layer.norm2(y))


def side_by_side(layer, x):
    return x + layer.attend(layer.norm1(x)) + layer.mlp(layer.norm2(x))


def norm_after(layer, x):
    x = layer.norm1(x + layer.attend(x))
    return layer.norm2(x + layer.mlp(x))


def of_the_normalized(layer, x):
    x = layer.norm1(x)
    x = layer.norm2(x + layer.attend(x))
    return x + layer.mlp(x)


def norms_swapped(layer, x):
    x = x + layer.attend(layer.norm2(x))
    return x + layer.mlp(layer.norm1(x))


def mlp_first(layer, x):
    x = x + layer.mlp(layer.norm2(x))
    return x + layer.attend(layer.norm1(x))


EXERCISE = Exercise(
    name="residual_halves",
    title="Find the bug: a skip that multiplies",
    difficulty=3,
    minutes=10,
    why="A public MaxViT had this for months, in block and in grid attention. One character, no "
    "error, no wrong shape, and it trains.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    view="b h w c -> (b h w) c",
    may_call=("utils.models.maxvit.model.AxisAttention.attend", "utils.layers"),
    mistakes=(
        Mistake(
            "the bug as it was found",
            "The second skip is a product. A skip carries x past the MLP as it is: x + mlp(...).",
            as_found,
        ),
        Mistake("both skips multiply", "Both skips are sums, not products.", both_multiplied),
        Mistake(
            "second skip missing",
            "What came out of the attention is lost: x + mlp(norm2(x)).",
            second_skip_missing,
        ),
        Mistake(
            "skip from the start",
            "The second skip begins after the first sum, not at the layer's input: otherwise the "
            "attention reaches the output through the MLP alone.",
            skip_from_the_start,
        ),
        Mistake(
            "both halves side by side",
            "The MLP must see the sum after the attention, not the layer's input.",
            side_by_side,
        ),
        Mistake(
            "norm after instead of before",
            "You normalize the sums. MaxViT normalizes what goes into each half: pre-norm.",
            norm_after,
        ),
        Mistake(
            "skip of the normalized map",
            "You add to the normalized map. The skip carries x as it came, before the norm.",
            of_the_normalized,
        ),
        Mistake(
            "norms swapped",
            "norm1 belongs to the attention, norm2 to the MLP: untrained they are equal, with "
            "weights they are not.",
            norms_swapped,
        ),
        Mistake("MLP first", "The attention comes first, then the MLP.", mlp_first),
    ),
    hints=(
        "Run the given code on a layer whose MLP gives 0. What comes out, and what should?",
        "Each half reads x, makes something of norm(x), and adds it to x. Is that what it does?",
        "x = x + layer.attend(layer.norm1(x)), and the same form once more for mlp and norm2.",
    ),
    solution="""
def residual_halves(layer, x):
    x = x + layer.attend(layer.norm1(x))
    return x + layer.mlp(layer.norm2(x))
""",
    whole=Whole("maxvit_t", lambda model, f: methods_replaced(model, AxisAttention, "forward", f)),
)
