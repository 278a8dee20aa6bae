"""Exercise 3: the injector."""

from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.vit_adapter import DeformableAttention, Injector

Sizes = tuple[tuple[int, int], ...]


def reference(injector: Injector, x: Tensor, side: Tensor, size: Sizes, sizes: Sizes) -> Tensor:
    return injector(x, side, size=size, sizes=sizes)


def cases() -> list[Case]:
    def make() -> Injector:
        attention = DeformableAttention(6, num_heads=2, levels=3, points=2)
        return Injector(6, attention=attention)

    one, two = filled(make), filled(make, seed=1)
    wide = (((2, 3),), ((4, 6), (2, 3), (1, 2)))
    high = (((3, 1),), ((6, 2), (3, 1), (2, 1)))
    return [
        Case("a 2×3 map and a side path of 32 tokens", (one, *_tokens(1, 6, 32), *wide)),
        Case("two 3×1 maps, 17 tokens beside each", (two, *_tokens(2, 3, 17), *high)),
    ]


def _tokens(b: int, n: int, m: int) -> tuple[Tensor, Tensor]:
    return drawn(b, n, 6), 1 + 2 * drawn(b, m, 6, seed=1)


def _read(injector, tokens, size, sizes):
    return injector.attention(*tokens, query_sizes=size, feature_sizes=sizes)


def _normed(injector, x, side):
    return injector.query_norm(x), injector.feature_norm(side)


def gamma_missing(injector, x, side, size, sizes):
    return x + _read(injector, _normed(injector, x, side), size, sizes)


def gamma_on_both(injector, x, side, size, sizes):
    return injector.gamma * (x + _read(injector, _normed(injector, x, side), size, sizes))


def gamma_on_the_skip(injector, x, side, size, sizes):
    return injector.gamma * x + _read(injector, _normed(injector, x, side), size, sizes)


def no_residual(injector, x, side, size, sizes):
    return injector.gamma * _read(injector, _normed(injector, x, side), size, sizes)


def residual_of_the_normalized(injector, x, side, size, sizes):
    x, side = _normed(injector, x, side)
    return x + injector.gamma * _read(injector, (x, side), size, sizes)


def norms_forgotten(injector, x, side, size, sizes):
    return x + injector.gamma * _read(injector, (x, side), size, sizes)


def side_not_normalized(injector, x, side, size, sizes):
    return x + injector.gamma * _read(injector, (injector.query_norm(x), side), size, sizes)


def norms_swapped(injector, x, side, size, sizes):
    swapped = injector.feature_norm(x), injector.query_norm(side)
    return x + injector.gamma * _read(injector, swapped, size, sizes)


EXERCISE = Exercise(
    name="inject",
    title="The injector",
    difficulty=2,
    minutes=10,
    why="Here the trained ViT meets something new. γ starts at 0, so that on the first day nothing "
    "changes; leave it out and the pretraining is shaken.",
    reference=reference,
    cases=cases,
    axes="b n c",
    gradients=True,
    view="b n c -> (b n) c",
    may_call=("utils.models.vit_adapter.attentions",),
    mistakes=(
        Mistake(
            "gamma missing",
            "What was read is added as it is. It is multiplied by γ first, channel by channel: at "
            "the start γ is 0 and the plain ViT stays what it was.",
            gamma_missing,
        ),
        Mistake(
            "gamma on the sum",
            "γ multiplies the sum, x included: at the start everything would be 0.",
            gamma_on_both,
        ),
        Mistake(
            "gamma on the skip",
            "γ multiplies x. It belongs to what was read.",
            gamma_on_the_skip,
        ),
        Mistake("no residual", "x itself is lost: x + γ · what was read.", no_residual),
        Mistake(
            "residual of the normalized",
            "You add to the normalized tokens. The skip carries x as it came.",
            residual_of_the_normalized,
        ),
        Mistake(
            "norms forgotten",
            "Both sides are normalized before they meet: query_norm and feature_norm.",
            norms_forgotten,
        ),
        Mistake(
            "side path not normalized",
            "injector.feature_norm is missing: the side path comes with another scale.",
            side_not_normalized,
        ),
        Mistake(
            "norms swapped",
            "query_norm belongs to x, which asks, feature_norm to the side path.",
            norms_swapped,
        ),
    ),
    hints=(
        "Equation (1) of the paper: x + γ · attention(norm(x), norm(side)). Who asks, and who "
        "answers?",
        "injector.attention(query, features, query_sizes=size, feature_sizes=sizes); the query is "
        "the normalized x.",
        "read = injector.attention(injector.query_norm(x), injector.feature_norm(side), ...); then "
        "x + injector.gamma * read.",
    ),
    solution="""
def inject(injector, x, side, size, sizes):
    query, features = injector.query_norm(x), injector.feature_norm(side)
    read = injector.attention(query, features, query_sizes=size, feature_sizes=sizes)
    return x + injector.gamma * read
""",
    whole=Whole(
        "vit_adapter_t",
        lambda model, f: methods_replaced(
            model,
            Injector,
            "forward",
            lambda injector, x, side, *, size, sizes: f(injector, x, side, size, sizes),
        ),
    ),
)
