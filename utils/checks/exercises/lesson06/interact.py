"""Exercise 6: inject, run the blocks, extract."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from torch import Tensor, nn

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.vit import ViTBlock
from utils.models.vit_adapter import DeformableAttention, Extractor, Injector, Interaction

Blocks = list[nn.Module]


def reference(
    interaction: Interaction, x: Tensor, side: list[Tensor], blocks: Blocks
) -> tuple[Tensor, ...]:
    x, side = interaction(x, side, blocks)
    return (x, *side)


def cases() -> list[Case]:
    def attention(levels: int) -> DeformableAttention:
        return DeformableAttention(4, num_heads=2, levels=levels, points=1)

    def make(extra: int) -> Interaction:
        injector = Injector(4, attention=attention(3))
        extractors = [Extractor(4, attention=attention(1), hidden=3) for _ in range(1 + extra)]
        return Interaction(injector, extractors[0], extractors[1:])

    def block() -> ViTBlock:
        return ViTBlock(4, num_heads=2, mlp_ratio=1.0)

    alone, with_extra = filled(lambda: make(0)), filled(lambda: make(2), seed=1)
    one, two = [filled(block)], [filled(block, seed=1), filled(block, seed=2)]
    sizes = ((4, 6), (2, 3), (1, 2))

    def side(b: int) -> list[Tensor]:
        return [drawn(b, *size, 4, seed=3 + number) for number, size in enumerate(sizes)]

    return [
        Case("a 2×3 map, one block", (alone, drawn(1, 2, 3, 4), side(1), one)),
        Case(
            "two maps, two blocks, two more extractors",
            (with_extra, drawn(2, 2, 3, 4), side(2), two),
        ),
    ]


def _run(x, blocks):
    for block in blocks:
        x = block(x)
    return x


def _extract(extractors, side, x):
    for extractor in extractors:
        side = extractor(side, x)
    return side


def _all(interaction):
    return [interaction.extractor, *interaction.extra]


def extracted_too_early(interaction, x, side, blocks):
    injected = interaction.injector(x, side)
    side = _extract(_all(interaction), side, injected)
    return (_run(injected, blocks), *side)


def injected_too_late(interaction, x, side, blocks):
    x = interaction.injector(_run(x, blocks), side)
    return (x, *_extract(_all(interaction), side, x))


def injector_forgotten(interaction, x, side, blocks):
    x = _run(x, blocks)
    return (x, *_extract(_all(interaction), side, x))


def extracted_first(interaction, x, side, blocks):
    side = _extract(_all(interaction), side, x)
    return (_run(interaction.injector(x, side), blocks), *side)


def side_left_alone(interaction, x, side, blocks):
    return (_run(interaction.injector(x, side), blocks), *side)


def extra_forgotten(interaction, x, side, blocks):
    x = _run(interaction.injector(x, side), blocks)
    return (x, *_extract([interaction.extractor], side, x))


def last_extractor_alone(interaction, x, side, blocks):
    x = _run(interaction.injector(x, side), blocks)
    return (x, *_extract(_all(interaction)[-1:], side, x))


def first_block_alone(interaction, x, side, blocks):
    x = _run(interaction.injector(x, side), blocks[:1])
    return (x, *_extract(_all(interaction), side, x))


def install(model: nn.Module, f: Callable[..., tuple]) -> AbstractContextManager[None]:
    """One row of maps comes back from the learner, x and the side path is what the model wants."""

    def forward(interaction, x, side, blocks):
        x, *side = f(interaction, x, side, blocks)
        return x, side

    return methods_replaced(model, Interaction, "forward", forward)


EXERCISE = Exercise(
    name="interact",
    title="Inject, run the blocks, extract",
    difficulty=4,
    minutes=20,
    why="Two streams that must not get mixed up: who reads whom, and when. Four of these are the "
    "whole adapter.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    parts=("the ViT's map", "the map at 1/8", "the map at 1/16", "the map at 1/32"),
    view="b h w c -> (b h w) c",
    may_call=("utils.models.vit_adapter.blocks", "utils.models.vit.model.ViTBlock"),
    mistakes=(
        Mistake(
            "extracted too early",
            "The side path reads the map before the blocks have run. It is to read what the ViT "
            "has made of them.",
            extracted_too_early,
        ),
        Mistake(
            "injected too late",
            "You inject after the blocks: they have not seen the side path.",
            injected_too_late,
        ),
        Mistake(
            "injector forgotten",
            "The ViT never asks the side path: interaction.injector comes first.",
            injector_forgotten,
        ),
        Mistake(
            "extracted first",
            "The order is inject, blocks, extract: the ViT asks before it is asked.",
            extracted_first,
        ),
        Mistake(
            "side path left alone",
            "The side path comes out as it went in: interaction.extractor renews it.",
            side_left_alone,
        ),
        Mistake(
            "extra extractors forgotten",
            "interaction.extra is not used. It is empty but in the last interaction, which has two "
            "more.",
            extra_forgotten,
        ),
        Mistake(
            "extractors not chained",
            "Only the last extractor's result counts: hand each one's side path to the next.",
            last_extractor_alone,
        ),
        Mistake(
            "one block alone",
            "Only the first block runs: go through all that were handed in.",
            first_block_alone,
        ),
    ),
    hints=(
        "Three steps in the order of the title. Who asks whom in each?",
        "x = interaction.injector(x, side); then every block takes x and gives x; then the "
        "extractors take the side path and x.",
        "for extractor in (interaction.extractor, *interaction.extra): side = extractor(side, x), "
        "with x after the blocks; at the end return (x, *side).",
    ),
    solution="""
def interact(interaction, x, side, blocks):
    x = interaction.injector(x, side)
    for block in blocks:
        x = block(x)
    for extractor in (interaction.extractor, *interaction.extra):
        side = extractor(side, x)
    return (x, *side)
""",
    whole=Whole("vit_adapter_t", install),
)
