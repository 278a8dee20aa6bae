"""The view of who feeds whom: a step at a time, or all of them played."""

from typing import ClassVar

from utils.explorers.base import Explorer
from utils.explorers.interaction import compute, still


class InteractionView(Explorer):
    """The two lanes of ViT-Adapter and what passes between them."""

    name = "interaction"
    title = "Who feeds whom"
    hint = "Press Play, or step with the arrow keys: the orange one asks, purple is what it reads."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 460
    in_module = True
