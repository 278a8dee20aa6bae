"""Make one shipped weight file again (train NAME).

Stopped in any way, the same command goes on where it was. --minutes cuts a long run into calls.
"""

import argparse

from utils.cli._ground import ROOT, complain
from utils.training import RECIPES, find_recipe, follow


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which recipe, how long."""
    parser.add_argument("name", help=f"one of: {', '.join(RECIPES)}")
    parser.add_argument("--minutes", type=float, help="end this call early; the next goes on")
    parser.add_argument("--fresh", action="store_true", help="forget the run so far")


def main(args: argparse.Namespace) -> int:
    """Follow the recipe; 3 where minutes or Ctrl-C ended the call before the run was done."""
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
    shown = ", ".join(f"{name} {value:.4f}" for name, value in card["metrics"]["test"].items())
    print(f"{recipe.name}: {shown} on the test split")
    return 0
