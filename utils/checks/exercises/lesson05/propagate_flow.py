"""Exercise 4: what cannot be matched asks what looks like it."""

from typing import Any

from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn, numbered
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.gmflow import FlowPropagation
from utils.ops import coordinates


def reference(layer: FlowPropagation, feature: Tensor, flow: Tensor) -> Tensor:
    return layer(feature, flow, radius=-1)


def cases() -> list[Case]:
    layer = filled(lambda: FlowPropagation(6))
    return [
        Case("a 2×3 map with a numbered flow", (layer, drawn(1, 2, 3, 6), numbered(1, 2, 3, 2))),
        Case(
            "random features (2, 4, 3, 6) and a random flow",
            (layer, drawn(2, 4, 3, 6, seed=1), drawn(2, 4, 3, 2, seed=2)),
        ),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "square maps": (
            filled(lambda: FlowPropagation(6)),
            drawn(2, 3, 3, 6, seed=1),
            drawn(2, 3, 3, 2, seed=2),
        ),
    }


def _spread(layer, feature, flow, *, keys=None, scale=None, softmax=-1):
    q = layer.q(feature)
    k = layer.k(q) if keys is None else keys(feature, q)
    q, k, v = (x.flatten(1, 2) for x in (q, k, flow))
    scores = q @ k.mT * (q.shape[-1] ** -0.5 if scale is None else scale)
    return (scores.softmax(softmax) @ v).reshape(flow.shape)


def places_for_flow(layer, feature, flow):
    own = coordinates(tuple(flow.shape[1:3])).expand_as(flow)
    return _spread(layer, feature, own) - own


def keys_of_the_features(layer, feature, flow):
    return _spread(layer, feature, flow, keys=lambda x, q: layer.k(x))


def keys_forgotten(layer, feature, flow):
    return _spread(layer, feature, flow, keys=lambda x, q: q)


def roles_swapped(layer, feature, flow):
    q = layer.k(feature)
    q, k, v = (x.flatten(1, 2) for x in (q, layer.q(q), flow))
    return ((q @ k.mT / q.shape[-1] ** 0.5).softmax(-1) @ v).reshape(flow.shape)


def raw_features(layer, feature, flow):
    q, v = feature.flatten(1, 2), flow.flatten(1, 2)
    return ((q @ q.mT / q.shape[-1] ** 0.5).softmax(-1) @ v).reshape(flow.shape)


def no_scale(layer, feature, flow):
    return _spread(layer, feature, flow, scale=1.0)


def softmax_over_queries(layer, feature, flow):
    return _spread(layer, feature, flow, softmax=-2)


def added(layer, feature, flow):
    return flow + _spread(layer, feature, flow)


EXERCISE = Exercise(
    name="propagate_flow",
    title="Ask what looks like you",
    difficulty=3,
    minutes=15,
    why="A hidden pixel has no match in the other frame. But it looks like the rest of its thing, "
    "and that has one.",
    reference=reference,
    cases=cases,
    axes="b h w xy",
    gradients=True,
    view="b h w xy -> (b h) (w xy)",
    easy=easy,
    mistakes=(
        Mistake(
            "the wrong values",
            "Your values are places, as in the matching. Here the values are the flow that was "
            "found: each cell takes a mean of the others' flow.",
            places_for_flow,
        ),
        Mistake(
            "keys of the features",
            "You take k(x). That is what the figure of the paper suggests; the published weights "
            "were trained with k(q(x)): the keys are made from the queries.",
            keys_of_the_features,
        ),
        Mistake("keys forgotten", "layer.k is never used: k = layer.k(q).", keys_forgotten),
        Mistake(
            "q and k swapped",
            "You apply layer.k first and layer.q to its result. First q, then k on top of it.",
            roles_swapped,
        ),
        Mistake(
            "features compared as they are",
            "You compare the features themselves. layer.q and layer.k stand in between.",
            raw_features,
        ),
        Mistake("no scale", "The scores are not divided by √c.", no_scale),
        Mistake(
            "softmax over the wrong axis",
            "Your weights sum to 1 over the cells that ask. They must over those that answer: the "
            "last axis. (With it a constant flow stays what it is.)",
            softmax_over_queries,
        ),
        Mistake(
            "added to the flow",
            "You add the old flow. The mean replaces it: there is no residual here.",
            added,
        ),
    ),
    hints=(
        "Attention of frame 0 to itself. Queries and keys come from the features; what are the "
        "values?",
        "q = layer.q(feature) and k = layer.k(q), not layer.k(feature). Flatten h and w to tokens, "
        "also in the flow.",
        "weights = (q @ k.mT / c**0.5).softmax(dim=-1); then weights @ flow.flatten(1, 2), back to "
        "the shape of the flow.",
    ),
    solution="""
def propagate_flow(layer, feature, flow):
    q = layer.q(feature)
    k = layer.k(q)
    q, k, values = q.flatten(1, 2), k.flatten(1, 2), flow.flatten(1, 2)
    weights = (q @ k.mT / q.shape[-1] ** 0.5).softmax(dim=-1)
    return (weights @ values).reshape(flow.shape)
""",
    whole=Whole(
        "gmflow",
        lambda model, f: methods_replaced(
            model,
            FlowPropagation,
            "forward",
            lambda layer, feature, flow, *, radius: f(layer, feature, flow),
        ),
        tolerance=1e-4,
    ),
)
