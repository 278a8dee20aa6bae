"""Exercise 3: the injector."""

from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.contracts import Size
from utils.models.vit_adapter import DeformableAttention, Injector


def reference(injector: Injector, x: Tensor, side: list[Tensor]) -> Tensor:
    return injector(x, side)


def cases() -> list[Case]:
    def make() -> Injector:
        attention = DeformableAttention(6, num_heads=2, levels=3, points=2)
        return Injector(6, attention=attention)

    one, two = filled(make), filled(make, seed=1)
    wide = _maps(1, (2, 3), ((4, 6), (2, 3), (1, 2)))
    high = _maps(2, (3, 1), ((6, 2), (3, 1), (2, 1)))
    return [
        Case("a 2×3 map and side maps of 4×6, 2×3 and 1×2", (one, *wide)),
        Case("two 3×1 maps, side maps of 6×2, 3×1 and 2×1", (two, *high)),
    ]


def _maps(b: int, size: Size, sizes: tuple[Size, ...]) -> tuple[Tensor, list[Tensor]]:
    side = [1 + 2 * drawn(b, *one, 6, seed=1 + number) for number, one in enumerate(sizes)]
    return drawn(b, *size, 6), side


def _read(injector, x, side):
    (read,) = injector.attention([x], side)
    return read


def _normed(injector, x, side):
    return injector.query_norm(x), [injector.feature_norm(one) for one in side]


def gamma_missing(injector, x, side):
    return x + _read(injector, *_normed(injector, x, side))


def gamma_on_both(injector, x, side):
    return injector.gamma * (x + _read(injector, *_normed(injector, x, side)))


def gamma_on_the_skip(injector, x, side):
    return injector.gamma * x + _read(injector, *_normed(injector, x, side))


def no_residual(injector, x, side):
    return injector.gamma * _read(injector, *_normed(injector, x, side))


def residual_of_the_normalized(injector, x, side):
    x, side = _normed(injector, x, side)
    return x + injector.gamma * _read(injector, x, side)


def norms_forgotten(injector, x, side):
    return x + injector.gamma * _read(injector, x, side)


def side_not_normalized(injector, x, side):
    return x + injector.gamma * _read(injector, injector.query_norm(x), side)


def norms_swapped(injector, x, side):
    swapped = injector.feature_norm(x), [injector.query_norm(one) for one in side]
    return x + injector.gamma * _read(injector, *swapped)


EXERCISE = Exercise(
    name="inject",
    title="The injector",
    difficulty=2,
    minutes=10,
    why="Here the trained ViT meets something new. γ starts at 0, so that on the first day nothing "
    "changes; leave it out and the pretraining is shaken.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    view="b h w c -> (b h w) c",
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
            "You add to the normalized map. The skip carries x as it came.",
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
        "injector.attention(queries, features) takes two lists of maps and gives one map for each "
        "that asks; here one asks, the normalized x.",
        "features = [injector.feature_norm(one) for one in side]; (read,) = "
        "injector.attention([injector.query_norm(x)], features); then x + injector.gamma * read.",
    ),
    solution="""
def inject(injector, x, side):
    features = [injector.feature_norm(one) for one in side]
    (read,) = injector.attention([injector.query_norm(x)], features)
    return x + injector.gamma * read
""",
    whole=Whole("vit_adapter_t", lambda model, f: methods_replaced(model, Injector, "forward", f)),
)
