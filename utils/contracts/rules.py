"""What an annotation cannot say: one line each, between a function and its decorator."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn
from torch._subclasses.fake_tensor import is_fake

from utils.errors import ConfigError, ShapeError
from utils.switch import is_fast

MOST_BYTES = 2 * 2**30  # what one tensor of a plain form may take
FAST = "(fast)"  # in what a rule knows: whether a fast form would run, as a function
Rule = Callable[[Mapping[str, Any]], None]


def holds(
    rule: Callable[..., bool],
    allowed: str | Callable[..., str],
    *,
    mend: str | Callable[..., str],
    came: Callable[..., str] | None = None,
    of: str = "tensor",
) -> Rule:
    """One thing that an annotation cannot say.

    `rule` names what it asks about: axes of the annotated tensors, settings, or arguments, each by
    its name (of a tensor: its shape and dtype, never its numbers). `allowed` and `mend` are texts,
    or functions of the same kind that make one; so is `came`, which else lists what was asked
    about. `of` is "tensor" or "setting" and chooses between ShapeError and ConfigError.
    """
    asked = list(inspect.signature(rule).parameters)

    def ask(known: Mapping[str, Any]) -> None:
        given = {name: known[name] for name in asked if name in known}
        if len(given) < len(asked) or rule(**given):  # an argument left out is not asked about
            return
        shown = {name: value for name, value in given.items() if name != "self"}
        listed = ", ".join(f"{name} = {_short(value)}" for name, value in shown.items())
        error = ShapeError if of == "tensor" else ConfigError
        raise error(
            _text(came, known) if came else f"{listed} came",
            allowed=_text(allowed, known),
            mend=_text(mend, known),
        )

    ask.asked = frozenset(asked)  # type: ignore[attr-defined] # see Contract
    return ask


def room(count: Callable[..., int], what: str, *, fast: bool = False) -> Rule:
    """Refuse, before the work, what would need more than `MOST_BYTES` for one tensor.

    `count` gives the number of its float32 values from axes and settings, as in `holds`. With
    `fast` there is a fast form that does without that tensor; inside of `fast()` all is allowed.
    """
    mend = "`with fast():` (from utils.fast import fast) does without it" if fast else ""
    asked = list(inspect.signature(count).parameters)

    def ask(known: Mapping[str, Any]) -> None:
        if fast and is_fast() and known[FAST]():
            return
        need = 4 * count(**{name: known[name] for name in asked})
        if need > MOST_BYTES:
            size = f"{need / 2**30:,.1f}" if need < 2**50 else "more than a million"
            raise ShapeError(
                f"a call came that needs {size} GB for {what}",
                allowed=f"one tensor may take {MOST_BYTES / 2**30:.0f} GB",
                mend=mend or "take a smaller map or window",
            )

    ask.asked = frozenset(asked)  # type: ignore[attr-defined]
    ask.minds_fast = fast  # type: ignore[attr-defined]
    return ask


def of_one_dtype(*names: str) -> Rule:
    """The named tensors have one dtype; under autocast torch brings them to one itself."""

    def ask(known: Mapping[str, Any]) -> None:
        given = {name: known[name] for name in names if isinstance(known[name], torch.Tensor)}
        first = next(iter(given.values()))
        if all(x.dtype == first.dtype for x in given.values()):
            return
        if keeps_dtype(first):
            dtypes = ", ".join(f"{name} of {str(x.dtype)[6:]}" for name, x in given.items())
            raise ShapeError(
                f"{dtypes} came",
                allowed="all of them have one dtype",
                mend=f".to({first.dtype}) brings the others to that of {names[0]}",
            )

    return ask


def fits_weights(name: str, *, any_dtype: bool = False) -> Rule:
    """For a module's forward: the named tensor has its weights' device, and dtype.

    With `any_dtype` the module itself brings it to that of its weights; under autocast torch does.
    """

    def ask(known: Mapping[str, Any]) -> None:
        module, x = known["self"], known[name]
        weight = first_weight(module)
        if weight is None:
            return
        if x.device != weight.device:
            raise ShapeError(
                f"{name} came on {x.device}, the {type(module).__name__} stands on {weight.device}",
                allowed="both stand on one device",
                mend=f"{name}.to({str(weight.device)!r}) moves it",
            )
        if x.dtype != weight.dtype and not any_dtype and keeps_dtype(x):
            raise ShapeError(
                f"{name} of dtype {str(x.dtype)[6:]} came",
                allowed=f"the weights of this {type(module).__name__} are {str(weight.dtype)[6:]}",
                mend=f"{name}.to({weight.dtype}) makes it so",
            )

    return ask


def first_weight(module: nn.Module) -> torch.Tensor | None:
    """The first parameter, found without a list of all of them; None in a module that has none."""
    for weight in module._parameters.values():
        if weight is not None:
            return weight
    for child in module._modules.values():
        found = None if child is None else first_weight(child)
        if found is not None:
            return found
    return None


def tells_numbers(x: torch.Tensor) -> bool:
    """Whether a tensor's values can be read here and now."""
    wrapped = torch._C._functorch.is_functorch_wrapped_tensor(x)
    return not (x.is_meta or wrapped or is_fake(x) or x.numel() == 0)


def keeps_dtype(x: torch.Tensor) -> bool:
    """Whether torch takes the tensor in its own dtype, not brought to another by autocast."""
    return not torch.is_autocast_enabled(x.device.type)


def _text(text: str | Callable[..., str], known: Mapping[str, Any]) -> str:
    return text if isinstance(text, str) else text(**_named(text, known))


def _named(function: Callable, known: Mapping[str, Any]) -> dict[str, Any]:
    return {name: known[name] for name in inspect.signature(function).parameters}


def _short(value: Any) -> str:
    if isinstance(value, list | tuple) and any(isinstance(one, torch.Tensor) for one in value):
        return f"a list of {len(value)}"
    return str(tuple(value.shape)) if isinstance(value, torch.Tensor) else repr(value)[:80]
