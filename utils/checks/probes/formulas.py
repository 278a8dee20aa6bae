"""A number found in the results, said by the sizes of the inputs: `1 / √d`, `num_heads`."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from torch import Tensor

from utils.checks.trial import Evidence, Trial

CLOSE = 1e-4
POWERS = {1.0: "{}", -1.0: "1 / {}", 0.5: "√{}", -0.5: "1 / √{}", 2.0: "{}²", -2.0: "1 / {}²",
          0.25: "∜{}"}  # fmt: skip
COMMON = (2, 3, 4, 5, 8, 9, 10, 16, 32, 64, 100, 255)


def sizes(trial: Trial, names: tuple[str, ...]) -> dict[str, float]:
    """The whole numbers of one input by name: axes of the result, arguments, sides."""
    found: dict[str, float] = {}
    for name, arg in zip(names, trial.goal.case.args, strict=True):
        for key, value in _numbers(name, arg):
            found.setdefault(key, float(value))
    shapes = trial.goal.want.shapes
    if shapes:
        for name, side in zip(trial.goal.want.axes.split(), shapes[0], strict=True):
            found.setdefault(name, float(side))
    return found


def _numbers(name: str, arg: Any) -> Iterator[tuple[str, int]]:
    if isinstance(arg, bool) or arg is None:
        return
    if isinstance(arg, int):
        yield name, arg
    elif isinstance(arg, tuple) and len(arg) == 2 and all(isinstance(v, int) for v in arg):
        letters = {"size": "hw", "window_size": ("wh", "ww"), "shift_size": ("dy", "dx")}
        first, second = letters.get(name, (f"{name}[0]", f"{name}[1]"))
        yield first, arg[0]
        yield second, arg[1]
    elif isinstance(arg, Tensor):
        for axis, side in enumerate(arg.shape):
            yield f"{name}.shape[{axis}]", side


def named(values: list[float], evidence: Evidence, trials: list[Trial]) -> str:
    """The formula that gives these numbers, one for each trial; else the number where it is one.

    Empty where the numbers differ and no formula fits.
    """
    known = [sizes(trial, evidence.names) for trial in trials]
    shared = [name for name in known[0] if all(name in one for one in known)]
    constant = all(abs(v - values[0]) <= CLOSE * abs(values[0]) for v in values)
    if constant:
        for (power, form), number in product(POWERS.items(), COMMON):
            if abs(values[0] - number**power) <= CLOSE * abs(values[0]):
                return form.format(number)
        return f"{values[0]:.4g}"
    plain = [name for name in shared if "shape" not in name and name != "b"]
    for some in (plain, shared):
        usable = [name for name in some if all(one[name] for one in known)]
        for (power, form), name in product(POWERS.items(), usable):
            if _all_are(values, [one[name] ** power for one in known]):
                return form.format(name)
        for (power, form), name, number in product(POWERS.items(), usable, COMMON):
            if _all_are(values, [number * one[name] ** power for one in known]):
                return (
                    form.replace("1 /", f"{number} /").format(name)
                    if power < 0
                    else (f"{number} · {form.format(name)}")
                )
        for (p, f), (q, g) in product(POWERS.items(), POWERS.items()):
            for x, y in product(usable, usable):
                if x < y and _all_are(values, [one[x] ** p * one[y] ** q for one in known]):
                    return f"{f.format(x)} · {g.format(y)}"
    return ""


def _all_are(values: list[float], wanted: list[float]) -> bool:
    return all(_is(value, right) for value, right in zip(values, wanted, strict=True))


def _is(value: float, wanted: float) -> bool:
    return abs(value - wanted) <= CLOSE * abs(wanted)
