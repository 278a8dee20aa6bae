"""Make one shipped weight file again (train NAME), or the runs of a claim (train claims/NAME).

Stopped in any way, the same command goes on where it was. --minutes cuts a long run into calls.
"""

import argparse

from utils.cli._ground import ROOT, complain

CLAIM = "claims/"


def names() -> list[str]:
    """What can be made, by the files that are there: reading the recipes would need torch."""
    recipes = sorted(path.stem for path in (ROOT / "utils/checkpoints/shipped").glob("*.json"))
    claims = sorted(path.stem for path in (ROOT / "utils/training/claims").glob("*.json"))
    return [*recipes, *(CLAIM + name for name in claims)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which recipe or claim, how long."""
    parser.add_argument("name", help=f"one of: {', '.join(names())}")
    parser.add_argument("--minutes", type=float, help="end this call early; the next goes on")
    parser.add_argument("--fresh", action="store_true", help="forget the run so far")


def fault(args: argparse.Namespace) -> str:
    """What makes no sense in the call, or nothing."""
    if args.name in names():
        return ""
    return f"there is nothing to train called `{args.name}`: there are {', '.join(names())}"


def main(args: argparse.Namespace) -> int:
    """Follow the recipe; 3 where minutes or Ctrl-C ended the call before the run was done."""
    from utils.training import find_recipe, follow

    if args.name.startswith(CLAIM):
        return _claim(args.name.removeprefix(CLAIM), args)
    recipe, folder = find_recipe(args.name), ROOT / "runs"
    state = folder / f"{recipe.name}.pt"
    if args.fresh:
        state.unlink(missing_ok=True)
    run, card = follow(recipe, folder=folder, minutes=args.minutes)
    if card is None:
        done, steps = len(run.losses), recipe.settings.steps
        return complain(
            f"{done} of {steps} steps are done; the same command goes on from there", status=3
        )
    print(f"{recipe.name}: {_words(card['metrics']['test'])} on the test split")
    return 0


def _claim(name: str, args: argparse.Namespace) -> int:
    from utils.training.claims import find_claim, load_claim, run_claim

    claim = find_claim(name)
    if not run_claim(claim, minutes=args.minutes, fresh=args.fresh):
        return complain("some runs are missing; the same command makes the rest", status=3)
    print(load_claim(name).sentence())
    return 0


def _words(metrics: dict[str, object]) -> str:
    numbers = {name: value for name, value in metrics.items() if isinstance(value, float)}
    return ", ".join(f"{name} {value:.4f}" for name, value in numbers.items()) or str(metrics)
