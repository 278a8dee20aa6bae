"""Exercise 1: from the last map to the classes, MaxViT's way."""

import torch
from einops import reduce
from torch import Tensor
from torch.nn import functional

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.maxvit import MaxViT, MaxViTConfig

SMALL = MaxViTConfig(
    stem_channels=4, channels=(6,), depths=(1,), channels_per_head=3, window_size=2, classes=4
)


def reference(model: MaxViT, features: Tensor) -> Tensor:
    means = reduce(features, "b h w c -> b c", "mean")
    return model.head(torch.tanh(model.hidden(model.norm(means))))


def cases() -> list[Case]:
    model = filled(lambda: MaxViT(SMALL))
    return [
        Case("a random map (1, 2, 3, 6)", (model, drawn(1, 2, 3, 6))),
        Case("a random batch (3, 4, 2, 6)", (model, drawn(3, 4, 2, 6, seed=1))),
        Case("a faint map (1, 3, 2, 6)", (model, 0.01 * drawn(1, 3, 2, 6, seed=2))),
    ]


def norm_before_mean(model, features):
    means = model.norm(features).mean(dim=(1, 2))
    return model.head(model.hidden(means).tanh())


def tanh_forgotten(model, features):
    return model.head(model.hidden(model.norm(features.mean(dim=(1, 2)))))


def gelu_for_tanh(model, features):
    return model.head(functional.gelu(model.hidden(model.norm(features.mean(dim=(1, 2))))))


def hidden_forgotten(model, features):
    return model.head(model.norm(features.mean(dim=(1, 2))))


def norm_forgotten(model, features):
    return model.head(model.hidden(features.mean(dim=(1, 2))).tanh())


def summed(model, features):
    return model.head(model.hidden(model.norm(features.sum(dim=(1, 2)))).tanh())


def softmaxed(model, features):
    return reference(model, features).softmax(dim=-1)


EXERCISE = Exercise(
    name="maxvit_scores",
    title="From the last map to the classes",
    difficulty=1,
    minutes=5,
    why="Swin's head and MaxViT's differ in an order and in one layer. With published weights each "
    "is a wrong model, and no shape tells.",
    reference=reference,
    cases=cases,
    axes="b classes",
    gradients=True,
    view="b classes -> b classes",
    mistakes=(
        Mistake(
            "norm before the mean",
            "You normalize every token, as Swin does. MaxViT takes the mean first and normalizes "
            "the one vector that is left.",
            norm_before_mean,
        ),
        Mistake(
            "tanh forgotten",
            "Between model.hidden and model.head stands a tanh; without it two linear layers are "
            "one.",
            tanh_forgotten,
        ),
        Mistake(
            "GELU for tanh",
            "Everywhere else in MaxViT stands a GELU; in its head stands a tanh.",
            gelu_for_tanh,
        ),
        Mistake(
            "hidden layer forgotten",
            "model.hidden is missing: Swin has no such layer, MaxViT has.",
            hidden_forgotten,
        ),
        Mistake("norm forgotten", "model.norm comes after the mean.", norm_forgotten),
        Mistake(
            "sum for mean",
            "You add the tokens up. The norm that follows hides most of it, but not its eps.",
            summed,
        ),
        Mistake(
            "softmax inside the model",
            "The model returns logits; the loss takes the softmax.",
            softmaxed,
        ),
    ),
    hints=(
        "Four steps: a mean, a norm, a hidden layer with its tanh, a linear layer.",
        "The mean goes over h and w. model.norm then sees (b, c), one vector per picture.",
        "model.head(model.hidden(model.norm(features.mean(dim=(1, 2)))) ... ) with a tanh.",
    ),
    solution="""
def maxvit_scores(model, features):
    means = model.norm(features.mean(dim=(1, 2)))
    return model.head(torch.tanh(model.hidden(means)))
""",
    whole=Whole(
        "maxvit_t",
        lambda model, f: methods_replaced(
            model, MaxViT, "forward", lambda maxvit, picture: f(maxvit, maxvit.pyramid(picture)[-1])
        ),
    ),
)
