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

Sizes = tuple[tuple[int, int], ...]
Blocks = list[nn.Module]


def reference(
    interaction: Interaction, x: Tensor, side: Tensor, sizes: Sizes, blocks: Blocks
) -> tuple[Tensor, Tensor]:
    x, side = interaction(x, side, sizes=sizes, blocks=blocks)
    return x.flatten(1, 2), side


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
    return [
        Case("a 2×3 map, one block", (alone, drawn(1, 2, 3, 4), drawn(1, 32, 4), sizes, one)),
        Case(
            "two maps, two blocks, two more extractors",
            (with_extra, drawn(2, 2, 3, 4), drawn(2, 32, 4, seed=3), sizes, two),
        ),
    ]


def _inject(interaction, x, side, sizes):
    h, w = x.shape[1:3]
    tokens = interaction.injector(x.flatten(1, 2), side, size=((h, w),), sizes=sizes)
    return tokens.unflatten(1, (h, w))


def _run(x, blocks):
    for block in blocks:
        x = block(x)
    return x


def _extract(extractors, side, x, sizes):
    for extractor in extractors:
        side = extractor(side, x.flatten(1, 2), size=(tuple(x.shape[1:3]),), sizes=sizes)
    return side


def _all(interaction):
    return [interaction.extractor, *interaction.extra]


def extracted_too_early(interaction, x, side, sizes, blocks):
    injected = _inject(interaction, x, side, sizes)
    side = _extract(_all(interaction), side, injected, sizes)
    return _run(injected, blocks).flatten(1, 2), side


def injected_too_late(interaction, x, side, sizes, blocks):
    x = _inject(interaction, _run(x, blocks), side, sizes)
    return x.flatten(1, 2), _extract(_all(interaction), side, x, sizes)


def injector_forgotten(interaction, x, side, sizes, blocks):
    x = _run(x, blocks)
    return x.flatten(1, 2), _extract(_all(interaction), side, x, sizes)


def extracted_first(interaction, x, side, sizes, blocks):
    side = _extract(_all(interaction), side, x, sizes)
    return _run(_inject(interaction, x, side, sizes), blocks).flatten(1, 2), side


def side_left_alone(interaction, x, side, sizes, blocks):
    return _run(_inject(interaction, x, side, sizes), blocks).flatten(1, 2), side


def extra_forgotten(interaction, x, side, sizes, blocks):
    x = _run(_inject(interaction, x, side, sizes), blocks)
    return x.flatten(1, 2), _extract([interaction.extractor], side, x, sizes)


def last_extractor_alone(interaction, x, side, sizes, blocks):
    x = _run(_inject(interaction, x, side, sizes), blocks)
    return x.flatten(1, 2), _extract(_all(interaction)[-1:], side, x, sizes)


def first_block_alone(interaction, x, side, sizes, blocks):
    x = _run(_inject(interaction, x, side, sizes), blocks[:1])
    return x.flatten(1, 2), _extract(_all(interaction), side, x, sizes)


def install(model: nn.Module, f: Callable[..., tuple]) -> AbstractContextManager[None]:
    """Tokens come back from the learner, a map is what the model wants."""

    def forward(interaction, x, side, *, sizes, blocks):
        tokens, side = f(interaction, x, side, sizes, blocks)
        return tokens.unflatten(1, x.shape[1:3]), side

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
    axes="b n c",
    gradients=True,
    parts=("the tokens", "the side path"),
    view="b n c -> (b n) c",
    may_call=("utils.models.vit_adapter.blocks", "utils.models.vit.model.ViTBlock"),
    mistakes=(
        Mistake(
            "extracted too early",
            "The side path reads the tokens before the blocks have run. It is to read what the ViT "
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
        "Three steps in the order of the title. Injector and extractor want tokens, the blocks "
        "want a map.",
        "tokens = x.flatten(1, 2); interaction.injector(tokens, side, size=((h, w),), "
        "sizes=sizes); unflatten(1, (h, w)) for the blocks.",
        "for extractor in (interaction.extractor, *interaction.extra): side = extractor(side, "
        "tokens, size=((h, w),), sizes=sizes), with the tokens after the blocks.",
    ),
    solution="""
def interact(interaction, x, side, sizes, blocks):
    size = tuple(x.shape[1:3])
    x = interaction.injector(x.flatten(1, 2), side, size=(size,), sizes=sizes)
    x = x.unflatten(1, size)
    for block in blocks:
        x = block(x)
    tokens = x.flatten(1, 2)
    for extractor in (interaction.extractor, *interaction.extra):
        side = extractor(side, tokens, size=(size,), sizes=sizes)
    return tokens, side
""",
    whole=Whole("vit_adapter_t", install),
)
