"""Exercise 1: how many numbers the attention holds."""

from typing import Any

from utils.checks.exercise import Case, Exercise, Mistake

Size = tuple[int, int]


def reference(size: Size, channels: int, num_heads: int) -> tuple[int, int]:
    pixels, d = size[0] * size[1], channels // num_heads
    return num_heads * pixels**2, num_heads * d**2


def cases() -> list[Case]:
    settings = [((128, 128), 48, 1), ((64, 48), 96, 2), ((5, 7), 24, 4), ((256, 256), 384, 8)]
    return [
        Case(f"a {h}×{w} map, {channels} channels, {heads} heads", ((h, w), channels, heads))
        for (h, w), channels, heads in settings
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "a square map": ((4, 4), 12, 2),
        "one head": ((4, 6), 12, 1),
    }


def heads_forgotten(size, channels, num_heads):
    return (size[0] * size[1]) ** 2, channels**2


def one_head_alone(size, channels, num_heads):
    return (size[0] * size[1]) ** 2, (channels // num_heads) ** 2


def every_head_all_channels(size, channels, num_heads):
    return num_heads * (size[0] * size[1]) ** 2, num_heads * channels**2


def not_squared(size, channels, num_heads):
    return num_heads * size[0] * size[1], num_heads * (channels // num_heads)


def swapped(size, channels, num_heads):
    pixels, over_channels = reference(size, channels, num_heads)
    return over_channels, pixels


def pixels_times_channels(size, channels, num_heads):
    _, over_channels = reference(size, channels, num_heads)
    return size[0] * size[1] * channels, over_channels


EXERCISE = Exercise(
    name="table_sizes",
    title="How many weights an attention holds",
    difficulty=1,
    minutes=5,
    why="Two numbers explain why restoration, which must keep every pixel, turned attention on its "
    "side.",
    reference=reference,
    cases=cases,
    axes="number",
    easy=easy,
    mistakes=(
        Mistake(
            "heads forgotten",
            "You count as if there were one head. Every head has a table of its own, over its own "
            "channels / heads channels.",
            heads_forgotten,
        ),
        Mistake(
            "one head alone",
            "That is the table of one head. There are num_heads of them.",
            one_head_alone,
        ),
        Mistake(
            "all channels in every head",
            "A head has channels / heads channels, and only these attend to each other.",
            every_head_all_channels,
        ),
        Mistake(
            "not squared",
            "That counts tokens. The table has one weight for every pair of them.",
            not_squared,
        ),
        Mistake("order swapped", "Over pixels first, then over channels.", swapped),
        Mistake(
            "pixels times channels",
            "That is the size of the map. Attention over pixels has a weight for every pair of "
            "pixels.",
            pixels_times_channels,
        ),
    ),
    hints=(
        "A table has one row per query and one column per key. Who are the tokens in each case?",
        "Over pixels: h · w tokens in every head. Over channels: channels / heads tokens in every "
        "head.",
        "(num_heads * (h * w) ** 2, num_heads * (channels // num_heads) ** 2).",
    ),
    solution="""
def table_sizes(size, channels, num_heads):
    h, w = size
    return num_heads * (h * w) ** 2, num_heads * (channels // num_heads) ** 2
""",
)
