"""What an answer uses: which layers and arguments have an effect, which are called, and when."""

# A lambda keeps a loop's value by a default, whose type mypy does not infer.
# mypy: disable-error-code="misc"

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from utils.checks.answers import Answer, plain
from utils.checks.compare import largest
from utils.checks.copies import copied
from utils.checks.probes.probe import Probe
from utils.checks.slips.solution import right_programs
from utils.checks.trial import Evidence, Trial

NUDGE = 0.5
MOST_PARTS = 24
WORDS = {0: "never", 1: "once", 2: "twice", 3: "three times"}


def without_effect(evidence: Evidence) -> Iterator[str]:
    """What the reference depends on and the answer does not: an argument, a layer, a parameter."""
    found: list[list[str]] = [_unused(evidence, trial) for trial in _richest(evidence)[:2]]
    unused = [name for name in found[0] if all(name in one for one in found)] if found else []
    if 0 < len(unused) <= 4:
        yield f"{_listed(unused)} {'has' if len(unused) == 1 else 'have'} no effect on your result."


def _unused(evidence: Evidence, trial: Trial) -> list[str]:
    assert trial.answer is not None, "chosen for it"
    unused: list[str] = []
    for name, nudged in _nudges(evidence.names, trial.goal.case.args):
        args = nudged()
        if args is None or not _moves(_reference(evidence, args), trial.goal.target):
            continue
        outcome = evidence.again(args)
        if outcome.error is None and not _moves(outcome.value, trial.answer):
            unused += [] if _within(name, unused) else [f"`{name}`"]
        if evidence.late():
            return []
    return unused


def _within(name: str, unused: list[str]) -> bool:
    """Whether a part belongs to a whole that is unused itself."""
    return any(name.startswith(f"{whole.strip('`')}.") for whole in unused)


def settings_without_effect(evidence: Evidence) -> Iterator[str]:
    """A number or size on which the reference depends and the answer does not."""
    trials = [t for t in evidence.trials if t.answer and not t.answer.garbage][:2]
    if len(trials) < min(2, len(evidence.trials)):
        return
    found = [_idle_settings(evidence, trial) for trial in trials]
    idle = [name for name in found[0] if {one[name] for one in found} - {None} == {True}]
    whole = [name for name in idle if "[" not in name]
    idle = [name for name in idle if name.partition("[")[0] not in whole or name in whole]
    if idle:
        named = _listed([f"`{name}`" for name in idle])
        yield f"{named} {'has' if len(idle) == 1 else 'have'} no effect on your result."


def _idle_settings(evidence: Evidence, trial: Trial) -> dict[str, bool | None]:
    """Whether a setting has no effect; None where no other one is possible on this input."""
    assert trial.answer is not None, "chosen for it"
    idle: dict[str, bool | None] = {}
    for name, others in _other_settings(evidence.names, trial.goal.case.args):
        tried = 0
        for args in others:
            if not _moves(_reference(evidence, args), trial.goal.target):
                continue
            outcome = evidence.again(args)
            tried += 1
            if outcome.error is not None or _moves(outcome.value, trial.answer):
                idle[name] = False
                break
        else:
            idle[name] = True if tried else None
    return idle


def _other_settings(
    names: tuple[str, ...], args: tuple[Any, ...]
) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Every number and pair of numbers of the input by name, with inputs that have another one."""
    for place, (name, arg) in enumerate(zip(names, args, strict=True)):
        numbers = (arg,) if type(arg) is int else arg
        if not isinstance(numbers, tuple) or any(type(part) is not int for part in numbers):
            continue
        all_of_it: list[tuple[Any, ...]] = []
        for at, number in enumerate(numbers):
            others = []
            for other in (number + 1, max(number - 1, 0), 2 * number, max(number // 2, 1)):
                if other != number:
                    changed = (*numbers[:at], other, *numbers[at + 1 :])
                    new = changed[0] if type(arg) is int else changed
                    others.append((*args[:place], new, *args[place + 1 :]))
            all_of_it += others
            if len(numbers) > 1:
                yield f"{name}[{at}]", others
        yield name, all_of_it


def calls(evidence: Evidence) -> Iterator[str]:
    """Layers that are called another number of times than they should be, or in another order."""
    trial = next(iter(_richest(evidence)), None)
    if trial is None:
        return
    yours = _called(evidence, trial, evidence.function)
    ways: list[list[str]] = [
        _called(evidence, trial, p.function()) for p in right_programs(evidence.exercise)
    ]
    counts: Counter[str] = Counter(yours)
    for right in sorted(ways, key=lambda way: sum(way.count(n) > counts[n] for n in set(way))):
        if not right or not set(yours) & set(right):
            continue
        wanted = Counter(right)
        odd = [name for name in wanted if counts[name] != wanted[name]]
        if odd and all(counts[n] > wanted[n] for n in odd):  # two calls for one batch are as good
            continue
        if odd and len(odd) <= 4:
            said = ", ".join(
                f"`{name}` {_times(counts[name])} ({_times(wanted[name])} is right)" for name in odd
            )
            yield f"Your answer calls {said}."
        elif not odd and yours != right:
            yield (
                f"Your answer calls the right layers in another order: {_chain(yours)}. "
                f"The order is {_chain(right)}."
            )
        return


def _times(count: int) -> str:
    return WORDS.get(count, f"{count} times")


def _chain(names: list[str]) -> str:
    shown = [f"`{name}`" for name in names[:10]]
    return " → ".join(shown) + (" → ..." if len(names) > 10 else "")


def _called(evidence: Evidence, trial: Trial, function: Callable[..., Any]) -> list[str]:
    """The layers that a function calls, by name, in order; those inside others are left out."""
    args = tuple(map(copied, trial.goal.case.args))
    heard: list[str] = []
    inside: list[str] = []
    handles = []
    for name, arg in zip(evidence.names, args, strict=True):
        for path, layer in _layers(name, arg):
            handles.append(layer.register_forward_pre_hook(_enter(path, heard, inside)))
            handles.append(layer.register_forward_hook(_leave(inside), always_call=True))
    if not handles:
        return []
    again = Evidence(evidence.exercise, function).again(args)
    return heard if again.error is None else []


def _enter(path: str, heard: list[str], inside: list[str]) -> Callable[..., None]:
    def hook(layer: nn.Module, inputs: Any) -> None:
        if not inside:
            heard.append(path)
        inside.append(path)

    return hook


def _leave(inside: list[str]) -> Callable[..., None]:
    def hook(layer: nn.Module, inputs: Any, output: Any) -> None:
        if inside:
            inside.pop()

    return hook


def _layers(name: str, arg: Any) -> Iterator[tuple[str, nn.Module]]:
    """The layers of an argument by their paths, without the argument itself."""
    if isinstance(arg, nn.Module):
        yield from ((f"{name}.{path}", layer) for path, layer in arg.named_modules() if path)
    elif isinstance(arg, (list, tuple)):
        for place, part in enumerate(arg):
            if isinstance(part, nn.Module):
                yield f"{name}[{place}]", part


def _richest(evidence: Evidence) -> list[Trial]:
    """The wrong trials, first those with the fewest arguments that are None and the most values."""
    trials = [t for t in evidence.answered if not t.right and t.answer is not None]

    def poor(trial: Trial) -> tuple[int, int]:
        nones = sum(arg is None for arg in trial.goal.case.args)
        return nones, -sum(t.numel() for t in trial.goal.target.tensors)

    return sorted(trials, key=poor)


def _nudges(
    names: tuple[str, ...], args: tuple[Any, ...]
) -> Iterator[tuple[str, Callable[[], tuple[Any, ...] | None]]]:
    """Every part of the input by name, with a function that gives the input with it nudged."""
    for place, (name, arg) in enumerate(zip(names, args, strict=True)):
        if isinstance(arg, Tensor) and arg.is_floating_point():
            yield name, lambda place=place: _changed(args, place, lambda x: _noisy(x))
        elif isinstance(arg, nn.Module):
            for path in list(_parts(arg))[:MOST_PARTS]:
                shown = f"{name}.{path}"
                yield (
                    shown,
                    lambda place=place, path=path: _changed(
                        args, place, lambda layer: _shaken(layer, path)
                    ),
                )


def _parts(layer: nn.Module) -> Iterator[str]:
    """The layers of a layer, one level deep; its own parameters; the parts of a list."""
    for name, child in layer.named_children():
        if isinstance(child, (nn.ModuleList, nn.Sequential)):
            yield from (f"{name}.{place}" for place in range(len(child)))
        else:
            yield name
    yield from (name for name, _ in layer.named_parameters() if name.count(".") < 2)


def _shaken(layer: nn.Module, path: str) -> nn.Module:
    with torch.no_grad():
        if path in dict(layer.named_parameters()):
            weight = layer.get_parameter(path)
            weight.add_(_noise(weight))
        else:
            for weight in layer.get_submodule(path).parameters():
                weight.add_(_noise(weight))
    return layer


def _noisy(x: Tensor) -> Tensor:
    return x + _noise(x)


def _noise(x: Tensor) -> Tensor:
    return NUDGE * torch.randn(x.shape, generator=torch.Generator().manual_seed(5)).to(x.dtype)


def _changed(
    args: tuple[Any, ...], place: int, change: Callable[[Any], Any]
) -> tuple[Any, ...] | None:
    copies = [copied(arg) for arg in args]
    copies[place] = change(copies[place])
    return tuple(copies)


def _reference(evidence: Evidence, args: tuple[Any, ...]) -> Answer | None:
    with contextlib.suppress(Exception), torch.no_grad():
        return plain(evidence.exercise.reference(*map(copied, args)))
    return None


def _moves(one: Answer | None, other: Answer) -> bool:
    """Whether two results of the same function differ at all."""
    if one is None or len(one.tensors) != len(other.tensors):
        return one is not None and one.numbers != other.numbers
    for a, b in zip(one.tensors, other.tensors, strict=True):
        if a.shape != b.shape:
            return True
        moved = (a.double() - b.double()).nan_to_num()
        if largest(moved) > 1e-6 * max(largest(b), 1e-30):
            return True
    return False


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


SETTINGS = (Probe("a setting without effect", settings_without_effect),)
PROBES = (Probe("without effect", without_effect), Probe("calls of layers", calls))
