"""What a dropout or a drop path did to its input, in words."""

from torch import Tensor, nn


def is_drop(module: nn.Module) -> bool:
    """Whether the module leaves something out at random, by its class or its name.

    >>> is_drop(nn.Dropout(0.1)), is_drop(nn.Linear(2, 2))
    (True, False)
    """
    name = type(module).__name__.lower()
    return any(word in name for word in ("dropout", "droppath", "drop_path", "stochasticdepth"))


def what_it_did(module: nn.Module, before: Tensor, after: Tensor) -> str:
    """One sentence: who was left out, and by how much the rest was scaled."""
    before, after = before.detach(), after.detach()
    if not module.training:
        return "eval mode: everything goes through"
    if before.shape != after.shape or not before.numel():
        return ""
    gone = (after == 0) & (before != 0)
    count, had = int(gone.sum()), int((before != 0).sum())
    if not count:
        factor = _factor(before, after, ~gone & (before != 0))
        return f"nothing was left out{_scaled(factor)}"
    factor = _factor(before, after, ~gone & (before != 0))
    rows = gone.flatten(1).any(1) if gone.ndim > 1 else gone
    if gone.ndim > 1 and int((before != 0).flatten(1)[rows].sum()) == count:
        names = ", ".join(str(int(at)) for at in rows.nonzero().flatten())
        left = f"left out sample {names} of {len(rows)}"
        return left + (_scaled(factor) if count < had else "")
    share = 100 * count / had
    return f"set {count:,} of {had:,} values ({share:.1f} %) to zero{_scaled(factor)}"


def _factor(before: Tensor, after: Tensor, kept: Tensor) -> float:
    if not bool(kept.any()):
        return 1.0
    return float(after[kept].abs().double().sum() / before[kept].abs().double().sum())


def _scaled(factor: float) -> str:
    return f", the rest times {factor:.3f}" if abs(factor - 1) > 1e-4 else ", the rest as it was"
