"""Exercise 8: attention without its matrix, the softmax running over portions of the keys."""

import torch
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake
from utils.checks.exercises.inputs import drawn
from utils.ops import attention


def reference(q: Tensor, k: Tensor, v: Tensor, portion: int) -> Tensor:
    return attention(q, k, v)


def room(q: Tensor, k: Tensor, v: Tensor, portion: int) -> int:
    """The largest of what comes in, what goes out, and the scores of one portion."""
    b, heads, n, _ = q.shape
    return max(q.numel(), k.numel(), v.numel(), b * heads * n * max(portion, v.shape[-1]))


def cases() -> list[Case]:
    q, k, v = _maps(1, 2, 15, 33, 4, 2, seed=6)
    q[..., 0], k[..., 0] = 20.0, 10.0  # every score is about 20 · 10 / √4
    return [
        Case("11 queries, 24 keys in portions of 8", (*_maps(1, 2, 11, 24, 4, 4, seed=0), 8)),
        Case("scores of about a hundred", (q, k, v, 7)),
        Case("13 queries, 40 keys in portions of 9", (*_maps(2, 1, 13, 40, 3, 5, seed=3), 9)),
    ]


def _maps(b: int, heads: int, n: int, m: int, d: int, e: int, *, seed: int) -> tuple[Tensor, ...]:
    """Queries, keys and values."""
    shapes = ((n, d), (m, d), (m, e))
    return tuple(drawn(b, heads, *shape, seed=seed + at) for at, shape in enumerate(shapes))


def _running(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    portion: int,
    *,
    scale: bool = True,
    old_sum: bool = True,
    old_mix: bool = True,
    largest: bool = True,
    divide: bool = True,
    rest: bool = True,
) -> Tensor:
    top = q.new_full((*q.shape[:-1], 1), -torch.inf if largest else 0.0)
    total, mix = torch.zeros_like(top), q.new_zeros(*q.shape[:-1], v.shape[-1])
    keys = k.shape[-2] if rest else k.shape[-2] // portion * portion
    for at in range(0, keys, portion):
        scores = q @ k[..., at : at + portion, :].mT * (q.shape[-1] ** -0.5 if scale else 1.0)
        new = torch.maximum(top, scores.amax(-1, keepdim=True)) if largest else top
        shares, shrink = (scores - new).exp(), (top - new).exp()
        total = total * (shrink if old_sum else 1.0) + shares.sum(-1, keepdim=True)
        mix = mix * (shrink if old_mix else 1.0) + shares @ v[..., at : at + portion, :]
        top = new
    return mix / total if divide else mix


def nothing_shrunk(q, k, v, portion):
    return _running(q, k, v, portion, old_sum=False, old_mix=False)


def sum_not_shrunk(q, k, v, portion):
    return _running(q, k, v, portion, old_sum=False)


def mix_not_shrunk(q, k, v, portion):
    return _running(q, k, v, portion, old_mix=False)


def mean_of_portions(q, k, v, portion):
    parts = zip(k.split(portion, -2), v.split(portion, -2), strict=True)
    return torch.stack([attention(q, one, other) for one, other in parts]).mean(0)


def scale_forgotten(q, k, v, portion):
    return _running(q, k, v, portion, scale=False)


def no_largest(q, k, v, portion):
    return _running(q, k, v, portion, largest=False)


def not_divided(q, k, v, portion):
    return _running(q, k, v, portion, divide=False)


def rest_left_out(q, k, v, portion):
    return _running(q, k, v, portion, rest=False)


EXERCISE = Exercise(
    name="attend_portions",
    title="Attention without its matrix",
    difficulty=4,
    minutes=25,
    why="This is what fused attention does: the same numbers, and the memory of all-with-all falls "
    "from n² to n.",
    reference=reference,
    cases=cases,
    room=room,
    axes="b heads i e",
    gradients=True,
    view="b heads i e -> (b heads i) e",
    mistakes=(
        Mistake(
            "nothing is shrunk",
            "A new largest score changes what e^(score − largest) means: the old sum and the old "
            "mix were counted from the old one. Multiply both by e^(old − new).",
            nothing_shrunk,
        ),
        Mistake(
            "the sum is not shrunk",
            "The old mix is brought to the new largest score, the old sum is not.",
            sum_not_shrunk,
        ),
        Mistake(
            "the mix is not shrunk",
            "The old sum is brought to the new largest score, the old mix is not.",
            mix_not_shrunk,
        ),
        Mistake(
            "mean of the portions",
            "A softmax in each portion, then the mean: a portion of poor keys counts as much as "
            "one of good ones. The portions share one sum.",
            mean_of_portions,
        ),
        Mistake("scale forgotten", "The scores are divided by √d.", scale_forgotten),
        Mistake(
            "no largest score",
            "e^score of a score of a hundred is more than float32 holds. Subtract the largest "
            "score so far.",
            no_largest,
        ),
        Mistake(
            "not divided",
            "The mix is a sum of e^score · value: divide it by the sum of all e^score at the end.",
            not_divided,
        ),
        Mistake(
            "the rest is left out",
            "The last portion may be shorter: its keys count, too.",
            rest_left_out,
        ),
    ),
    hints=(
        "The softmax needs one number of its whole row, the sum of e^score. What else must you "
        "keep of the keys that have gone by?",
        "Three things for each query: the largest score so far, the sum, the mix of values. When a "
        "larger score comes, the other two were counted from the wrong one.",
        "new = torch.maximum(top, scores.amax(-1, keepdim=True)); shrink = (top − new).exp(); "
        "total = total · shrink + …; mix = mix · shrink + …; at the end mix / total. Begin with "
        "top = −∞.",
    ),
    solution="""
def attend_portions(q, k, v, portion):
    top = q.new_full((*q.shape[:-1], 1), -torch.inf)  # the largest score of each query so far
    total, mix = torch.zeros_like(top), 0.0
    for some_k, some_v in zip(k.split(portion, dim=-2), v.split(portion, dim=-2), strict=True):
        scores = q @ some_k.mT / q.shape[-1] ** 0.5
        new = torch.maximum(top, scores.amax(dim=-1, keepdim=True))
        shares, shrink = (scores - new).exp(), (top - new).exp()
        total = total * shrink + shares.sum(dim=-1, keepdim=True)
        mix = mix * shrink + shares @ some_v
        top = new
    return mix / total
""",
)
