"""Exercise 5: four tokens into one."""

from typing import Any

from einops import rearrange
from torch import Tensor
from torch.nn import functional

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.layers import PatchMerging
from utils.ops import pad_to_multiple


def reference(layer: PatchMerging, x: Tensor) -> Tensor:
    return layer(x)


def cases() -> list[Case]:
    layer = filled(lambda: PatchMerging(3))
    return [
        Case("a random map (1, 4, 6, 3)", (layer, drawn(1, 4, 6, 3))),
        Case("a random batch (2, 2, 8, 3)", (layer, drawn(2, 2, 8, 3, seed=1))),
        Case("a map with odd sides, (1, 5, 7, 3)", (layer, drawn(1, 5, 7, 3, seed=2))),
    ]


def easy() -> dict[str, tuple[Any, ...]]:
    return {
        "even sides": (filled(lambda: PatchMerging(3)), drawn(2, 4, 8, 3)),
    }


def _merge(layer, x, pattern="b (h ph) (w pw) c -> b h w (pw ph c)"):
    x = pad_to_multiple(x, multiple=(2, 2))
    return rearrange(x, pattern, ph=2, pw=2)


def rows_outside(layer, x):
    x = _merge(layer, x, "b (h ph) (w pw) c -> b h w (ph pw c)")
    return layer.reduction(layer.norm(x))


def channels_outside(layer, x):
    x = _merge(layer, x, "b (h ph) (w pw) c -> b h w (c pw ph)")
    return layer.reduction(layer.norm(x))


def far_corners(layer, x):
    x = _merge(layer, x, "b (ph h) (pw w) c -> b h w (pw ph c)")
    return layer.reduction(layer.norm(x))


def norm_forgotten(layer, x):
    return layer.reduction(_merge(layer, x))


def no_permute(layer, x):
    x = pad_to_multiple(x, multiple=(2, 2))
    b, h, w, c = x.shape
    return layer.reduction(layer.norm(x.reshape(b, h // 2, w // 2, 4 * c)))


def cropped(layer, x):
    h, w = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
    return layer.reduction(layer.norm(_merge(layer, x[:, :h, :w])))


def padded_in_front(layer, x):
    h, w = x.shape[1:3]
    x = functional.pad(x, (0, 0, w % 2, 0, h % 2, 0))
    return layer.reduction(layer.norm(_merge(layer, x)))


def repeated(layer, x):
    x = pad_to_multiple(x, multiple=(2, 2), mode="replicate")
    return layer(x)


EXERCISE = Exercise(
    name="patch_merge",
    title="Four tokens into one",
    difficulty=3,
    minutes=10,
    why="This is how Swin gets its pyramid. The order of the four is arbitrary, and for that very "
    "reason it must be the published one.",
    reference=reference,
    cases=cases,
    axes="b h w c",
    gradients=True,
    view="b h w c -> (b h w) c",
    may_call=("utils.ops.pad.pad_to_multiple",),
    easy=easy,
    mistakes=(
        Mistake(
            "rows outside",
            "Your order is top left, top right, bottom left, bottom right. The official code goes "
            "down the columns: top left, bottom left, top right, bottom right: (pw ph c).",
            rows_outside,
        ),
        Mistake(
            "channels outside",
            "The four tokens stand one after the other, each with all its channels: (pw ph c).",
            channels_outside,
        ),
        Mistake(
            "grid for block",
            "You join tokens that lie half a map apart. The four are neighbors: (h ph) (w pw).",
            far_corners,
        ),
        Mistake("norm forgotten", "layer.norm comes before layer.reduction.", norm_forgotten),
        Mistake(
            "no permute",
            "A reshape alone joins four tokens of one row. Split both axes and move ph and pw "
            "beside the channels.",
            no_permute,
        ),
        Mistake(
            "cropped for padded",
            "An odd row or column is thrown away. Swin pads with zeros, so that nothing is lost.",
            cropped,
        ),
        Mistake(
            "padded in front",
            "The zeros belong below and to the right.",
            padded_in_front,
        ),
        Mistake(
            "the last row repeated",
            "At odd sides you repeat the last row and column. The published layer pads with zeros.",
            repeated,
        ),
    ),
    hints=(
        "Pad odd sides with zeros (below, right). Then every 2×2 square becomes one token.",
        "x[:, 0::2, 0::2] are all top left tokens. Which three slices are missing, and in which "
        "order does Swin put them? Down the columns.",
        "torch.cat of x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2] on "
        "the last axis; layer.norm; layer.reduction.",
    ),
    solution="""
def patch_merge(layer, x):
    x = functional.pad(x, (0, 0, 0, x.shape[2] % 2, 0, x.shape[1] % 2))
    x = rearrange(x, "b (h ph) (w pw) c -> b h w (pw ph c)", ph=2, pw=2)
    return layer.reduction(layer.norm(x))
""",
    ways=(
        """
def patch_merge(layer, x):
    x = functional.pad(x, (0, 0, 0, x.shape[2] % 2, 0, x.shape[1] % 2))
    parts = [x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]]
    return layer.reduction(layer.norm(torch.cat(parts, dim=-1)))
""",
    ),
    whole=Whole("swin_t", lambda model, f: methods_replaced(model, PatchMerging, "forward", f)),
)
