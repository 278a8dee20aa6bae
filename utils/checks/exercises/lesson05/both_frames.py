"""Exercise 7: two frames in one pass."""

import torch
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.gmflow import FeatureTransformer


def reference(
    transformer: FeatureTransformer, feature0: Tensor, feature1: Tensor, splits: int
) -> tuple[Tensor, Tensor]:
    return transformer(feature0, feature1, splits=splits)


def cases() -> list[Case]:
    two = filled(lambda: FeatureTransformer(8, layers=2, mlp_ratio=2))
    other = filled(lambda: FeatureTransformer(4, layers=3, mlp_ratio=1), seed=1)
    return [
        Case("one pair of 4×6 maps, 2 layers", (two, *_pair(1, 4, 6, 8), 2)),
        Case("two pairs of 2×3 maps, not split", (other, *_pair(2, 2, 3, 4), 1)),
    ]


def _pair(*shape: int) -> tuple[Tensor, Tensor]:
    return drawn(*shape), drawn(*shape, seed=1)


def targets_never_renewed(transformer, feature0, feature1, splits):
    first0, first1 = feature0, feature1
    for layer in transformer.layers:
        feature0 = layer(feature0, first1, splits=splits)
        feature1 = layer(feature1, first0, splits=splits)
    return feature0, feature1


def own_frame_for_the_other(transformer, feature0, feature1, splits):
    for layer in transformer.layers:
        feature0 = layer(feature0, feature0, splits=splits)
        feature1 = layer(feature1, feature1, splits=splits)
    return feature0, feature1


def one_after_the_other(transformer, feature0, feature1, splits):
    for layer in transformer.layers:
        feature0 = layer(feature0, feature1, splits=splits)
        feature1 = layer(feature1, feature0, splits=splits)
    return feature0, feature1


def rolled_by_one(transformer, feature0, feature1, splits):
    both = torch.cat([feature0, feature1])
    for layer in transformer.layers:
        both = layer(both, both.roll(1, dims=0), splits=splits)
    return both.chunk(2)


def frame_1_left_alone(transformer, feature0, feature1, splits):
    for layer in transformer.layers:
        feature0 = layer(feature0, feature1, splits=splits)
    return feature0, feature1


def swapped_at_the_end(transformer, feature0, feature1, splits):
    feature0, feature1 = reference(transformer, feature0, feature1, splits)
    return feature1, feature0


def first_layer_alone(transformer, feature0, feature1, splits):
    layer = transformer.layers[0]
    return (
        layer(feature0, feature1, splits=splits),
        layer(feature1, feature0, splits=splits),
    )


EXERCISE = Exercise(
    name="both_frames",
    title="Two frames in one pass",
    difficulty=4,
    minutes=15,
    why="Features that know only their own frame match badly. Each frame looks at the other, layer "
    "by layer, with the same weights in both directions: that is why the backward flow is free.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    parts=("feature0", "feature1"),
    view="b h w c -> (b h) (w c)",
    may_call=("utils.models.gmflow.transformer.Transformer",),
    mistakes=(
        Mistake(
            "targets never renewed",
            "Every layer looks at the other frame's first features. After each layer the target "
            "must be what the other frame has become.",
            targets_never_renewed,
        ),
        Mistake(
            "own frame for the other",
            "Each frame looks at itself twice: the target is the *other* frame.",
            own_frame_for_the_other,
        ),
        Mistake(
            "one after the other",
            "Frame 1 sees what frame 0 has become in the same layer. Both must look at the state "
            "before the layer, or the two directions are not alike.",
            one_after_the_other,
        ),
        Mistake(
            "rolled by one picture",
            "You swap by rolling the batch by 1. That is right for one pair alone: with b pairs "
            "roll by b, or picture 0 looks into another pair.",
            rolled_by_one,
        ),
        Mistake(
            "frame 1 left alone",
            "Only frame 0 changes. Both frames go through every layer.",
            frame_1_left_alone,
        ),
        Mistake("swapped at the end", "The two results have changed places.", swapped_at_the_end),
        Mistake(
            "one layer alone",
            "You use the first layer alone: go through all of transformer.layers.",
            first_layer_alone,
        ),
    ),
    hints=(
        "layer(source, target, splits=...) renews the source. You need it for both frames in every "
        "layer, with the frames as they were before the layer.",
        "Put both frames into one batch, torch.cat([feature0, feature1]): one call serves both. "
        "What is then the target of each picture?",
        "target = torch.cat([feature1, feature0]), made anew in every layer; at the end "
        "both.chunk(2).",
    ),
    solution="""
def both_frames(transformer, feature0, feature1, splits):
    for layer in transformer.layers:
        source = torch.cat([feature0, feature1])
        target = torch.cat([feature1, feature0])
        feature0, feature1 = layer(source, target, splits=splits).chunk(2)
    return feature0, feature1
""",
    ways=(
        """
def both_frames(transformer, feature0, feature1, splits):
    for layer in transformer.layers:
        new0 = layer(feature0, feature1, splits=splits)
        new1 = layer(feature1, feature0, splits=splits)
        feature0, feature1 = new0, new1
    return feature0, feature1
""",
    ),
    whole=Whole(
        "gmflow",
        lambda model, f: methods_replaced(
            model,
            FeatureTransformer,
            "forward",
            lambda transformer, feature0, feature1, *, splits: f(
                transformer, feature0, feature1, splits
            ),
        ),
        tolerance=1e-4,
    ),
)
