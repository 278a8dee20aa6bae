"""The shapes of Shapes World: a long bar with one part on its top edge and one on its bottom edge.

Twelve classes are four kinds of part times three arrangements. The three arrangements of one kind
show the very same corners, parts and edges, each facing the same way: only *where the two parts
stand relative to each other* tells them apart, and they are farther apart than a small patch sees.
So a model that looks at patches without their order can name the kind of part, and must guess the
arrangement.

| arrangement | top part | bottom part |
|---|---|---|
| pair | left or right | at the same end |
| rising | right | left |
| falling | left | right |

**Units** a shape lives in its own coordinates `(u, v)`, u to the right and v down, in which the bar
reaches from −0.95 to 0.95; the pose multiplies by `scale` pixels, turns and moves it.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

PARTS = ("knob", "block", "spike", "notch")
ARRANGEMENTS = ("pair", "rising", "falling")
CLASSES: tuple[str, ...] = tuple(f"{part} {place}" for part in PARTS for place in ARRANGEMENTS)

HALF_LENGTH, HALF_HEIGHT = 0.95, 0.4
CORNER = 0.1  # corner radius of the bar
PART_PLACE = 0.31  # parts stand this far left or right of the middle
KNOB, KNOB_RISE = 0.2, 0.12  # radius of the round part, and its middle's height above the edge
BLOCK_WIDTH, BLOCK_REACH = 0.25, 0.14  # half the width of the square part, and its height
SPIKE_WIDTH, SPIKE_REACH = 0.19, 0.34  # the same of the pointed part
NOTCH = 0.14  # radius of the part that is cut away
PART_REACH = max(KNOB + KNOB_RISE, BLOCK_REACH, SPIKE_REACH)
EXTENT_U, EXTENT_V = HALF_LENGTH, HALF_HEIGHT + PART_REACH  # no part of any shape lies beyond
OUTLINE = 0.09  # width of the outline, inside the edge


def split_label(label: Int[Tensor, "*s"]) -> tuple[Int[Tensor, "*s"], Int[Tensor, "*s"]]:
    """The kind of part and the arrangement of each class.

    >>> part, arrangement = split_label(torch.tensor([0, 5]))
    >>> [(PARTS[p], ARRANGEMENTS[a]) for p, a in zip(part.tolist(), arrangement.tolist())]
    [('knob', 'pair'), ('block', 'falling')]
    """
    return label // len(ARRANGEMENTS), label % len(ARRANGEMENTS)


def part_places(
    label: Int[Tensor, "*s"], coin: Float[Tensor, "*s"]
) -> tuple[Float[Tensor, "*s"], Float[Tensor, "*s"]]:
    """Where the top and the bottom part stand, in u; the coin in [0, 1) picks the end of a pair.

    >>> part_places(torch.tensor([1, 2]), torch.tensor([0.0, 0.0]))
    (tensor([ 0.3100, -0.3100]), tensor([-0.3100,  0.3100]))
    """
    _, arrangement = split_label(label)
    pair_end = torch.where(coin < 0.5, -1.0, 1.0)
    top = torch.where(arrangement == 0, pair_end, torch.where(arrangement == 1, 1.0, -1.0))
    bottom = torch.where(arrangement == 0, pair_end, -top)
    return top * PART_PLACE, bottom * PART_PLACE


def signed_distance(
    u: Float[Tensor, "*p"],
    v: Float[Tensor, "*p"],
    *,
    part: int,
    top: Float[Tensor, "*p"],
    bottom: Float[Tensor, "*p"],
) -> Float[Tensor, "*p"]:
    """Distance of each point to the shape's edge, negative inside.

    **Units** the shape's own; exact at the edge, a lower bound of the true distance elsewhere.

    >>> middle, place = torch.zeros(1), torch.full((1,), PART_PLACE)
    >>> signed_distance(middle, middle, part=0, top=place, bottom=place)
    tensor([-0.4000])
    """
    bar = _bar(u, v)
    # The top and the bottom part never meet, so each point looks only at the one of its own half.
    x = torch.where(v < 0, u - top, u - bottom)
    y = v.abs() - HALF_HEIGHT  # height above the edge; parts go on below it, inside the bar
    kind = PARTS[part]
    if kind == "knob":
        return torch.minimum(bar, torch.hypot(x, y - KNOB_RISE) - KNOB)
    if kind == "block":
        return torch.minimum(bar, torch.maximum(x.abs() - BLOCK_WIDTH, y - BLOCK_REACH))
    if kind == "spike":
        steep = math.hypot(1 / SPIKE_WIDTH, 1 / SPIKE_REACH)
        return torch.minimum(bar, (x.abs() / SPIKE_WIDTH + y / SPIKE_REACH - 1) / steep)
    return torch.maximum(bar, NOTCH - torch.hypot(x, y))


def _bar(u: Float[Tensor, "*p"], v: Float[Tensor, "*p"]) -> Float[Tensor, "*p"]:
    """Signed distance to a box with round corners."""
    across = u.abs() - (HALF_LENGTH - CORNER)
    along = v.abs() - (HALF_HEIGHT - CORNER)
    outside = torch.hypot(across.clamp(min=0), along.clamp(min=0))
    return outside + torch.maximum(across, along).clamp(max=0) - CORNER
