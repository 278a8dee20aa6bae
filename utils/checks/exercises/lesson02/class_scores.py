"""Exercise 2: from the last map to the classes."""

from einops import reduce
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.swin import Swin, SwinConfig

SMALL = SwinConfig(channels=6, depths=(1,), num_heads=(2,), window_size=2, classes=4)


def reference(model: Swin, features: Tensor) -> Tensor:
    return model.head(reduce(model.norm(features), "b h w c -> b c", "mean"))


def cases() -> list[Case]:
    model = filled(lambda: Swin(SMALL))
    return [
        Case("a random map (1, 2, 3, 6)", (model, drawn(1, 2, 3, 6))),
        Case("a random batch (3, 4, 2, 6)", (model, drawn(3, 4, 2, 6, seed=1))),
    ]


def mean_before_norm(model, features):
    return model.head(model.norm(features.mean(dim=(1, 2))))


def norm_forgotten(model, features):
    return model.head(features.mean(dim=(1, 2)))


def summed(model, features):
    return model.head(model.norm(features).sum(dim=(1, 2)))


def first_token(model, features):
    return model.head(model.norm(features)[:, 0, 0])


def highest(model, features):
    return model.head(model.norm(features).amax(dim=(1, 2)))


def softmaxed(model, features):
    return reference(model, features).softmax(dim=-1)


EXERCISE = Exercise(
    name="class_scores",
    title="From the last map to the classes",
    difficulty=1,
    minutes=5,
    why="Swin has no class token: the mean of all tokens stands for the picture.",
    reference=reference,
    cases=cases,
    axes="b classes",
    gradients=True,
    view="b classes -> b classes",
    mistakes=(
        Mistake(
            "mean before the norm",
            "You normalize the mean. Swin normalizes every token and then takes the mean: a norm "
            "and a mean do not change places.",
            mean_before_norm,
        ),
        Mistake("norm forgotten", "model.norm is missing before the mean.", norm_forgotten),
        Mistake("sum for mean", "You add the tokens up: the scores grow with the picture.", summed),
        Mistake(
            "first token",
            "You take the top left token. There is no class token in Swin: take the mean of all.",
            first_token,
        ),
        Mistake("maximum for mean", "Swin takes the mean over the tokens.", highest),
        Mistake(
            "softmax inside the model",
            "The model returns logits; the loss (and whoever wants probabilities) takes the "
            "softmax. Twice is once too often.",
            softmaxed,
        ),
    ),
    hints=(
        "Three steps: a norm, a mean, a linear layer. In this order?",
        "The mean goes over two axes, h and w; the channels stay.",
        "model.head(model.norm(features).mean(dim=(1, ...)))",
    ),
    solution="""
def class_scores(model, features):
    tokens = model.norm(features)
    return model.head(tokens.mean(dim=(1, 2)))
""",
    whole=Whole(
        "swin_t",
        lambda model, f: methods_replaced(
            model, Swin, "forward", lambda swin, picture: f(swin, swin.pyramid(picture)[-1])
        ),
    ),
)
