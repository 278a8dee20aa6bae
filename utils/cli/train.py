"""Make one shipped weight file again (train NAME), or the runs of a claim (train claims/NAME).

Stopped in any way, the same command goes on where it was. --minutes cuts a long run into calls.
"""

import argparse
from typing import Any

from utils.cli._ground import ROOT, complain, fault_of_folder

CLAIM = "claims/"
RUNS = ROOT / "runs"  # where a run is kept until it is done


def names() -> list[str]:
    """What can be made, by the files that are there: reading the recipes would need torch."""
    recipes = sorted(path.stem for path in (ROOT / "utils/checkpoints/shipped").glob("*.json"))
    claims = sorted(path.stem for path in (ROOT / "utils/training/claims").glob("*.json"))
    return [*recipes, *(CLAIM + name for name in claims)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which recipe or claim, how long."""
    parser.add_argument("name", help=f"one of: {', '.join(names())}")
    parser.add_argument("--minutes", type=_minutes, help="end this call early; the next goes on")
    parser.add_argument("--fresh", action="store_true", help="forget the run so far")
    parser.add_argument(
        "--measure",
        action="store_true",
        help="train nothing: measure what is shipped, write its card",
    )


def fault(args: argparse.Namespace) -> str:
    """What makes no sense in the call, or nothing."""
    if args.measure and (args.fresh or args.minutes or args.name.startswith(CLAIM)):
        return "--measure stands alone, as in `train restormer_nano --measure`: it trains nothing"
    if args.name in names():
        return ""
    return f"there is nothing to train called `{args.name}`: there are {', '.join(names())}"


def _minutes(text: str) -> float:
    minutes = float(text)
    if not minutes > 0:
        raise argparse.ArgumentTypeError(f"{text} came: minutes are above 0")
    return minutes


def main(args: argparse.Namespace) -> int:
    """Follow the recipe; 3 where minutes or Ctrl-C ended the call before the run was done."""
    from utils.checkpoints.shipped import SHIPPED
    from utils.io import only_writer
    from utils.training import find_recipe, follow
    from utils.training.recipes.base import measure_again

    if args.name.startswith(CLAIM):
        return _claim(args.name.removeprefix(CLAIM), args)
    recipe, folder = find_recipe(args.name), RUNS
    for place in (folder, SHIPPED):  # hours before the first and the last file are written
        if fault := fault_of_folder(place):
            return complain(f"{fault}: make it a folder that may be written", status=2)
    if args.measure:
        with only_writer(SHIPPED / f"{recipe.name}.json"):
            return _tell(recipe.name, measure_again(recipe))
    state = folder / f"{recipe.name}.pt"
    with only_writer(state):
        if args.fresh:
            state.unlink(missing_ok=True)
        run, card = follow(recipe, folder=folder, minutes=args.minutes)
    if card is None:
        done, steps = len(run.losses), recipe.settings.steps
        return complain(
            f"{done} of {steps} steps are done; the same command goes on from there", status=3
        )
    if run.skipped:
        print(f"{recipe.name}: {run.skipped} steps had no finite gradient and were skipped")
    return _tell(recipe.name, card)


def _tell(name: str, card: dict[str, Any]) -> int:
    print(f"{name}: {_words(card['metrics']['test'])} on the test split")
    return 0


def _claim(name: str, args: argparse.Namespace) -> int:
    from utils.figures.answers import paint
    from utils.io import only_writer
    from utils.training.claims import find_claim, load_claim, run_claim
    from utils.training.claims.base import FOLDER

    claim = find_claim(name)
    if fault := fault_of_folder(FOLDER):
        return complain(f"{fault}: make it a folder that may be written", status=2)
    with only_writer(FOLDER / f"{claim.name}.json"):
        done = run_claim(claim, minutes=args.minutes, fresh=args.fresh, paint=paint)
    if not done:
        return complain("some runs are missing; the same command makes the rest", status=3)
    print(load_claim(name).sentence())
    return 0


def _words(metrics: dict[str, object]) -> str:
    numbers = {name: value for name, value in metrics.items() if isinstance(value, float)}
    return ", ".join(f"{name} {value:.4f}" for name, value in numbers.items()) or str(metrics)
