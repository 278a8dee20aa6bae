"""Write one run of a model as a document: every line that ran, and every tensor that it made.

NAME is any model of the course. The picture is the course's scene; the weights are those that come
with the course, where there are some, else those of --weights, else as they are before training.
A name that ends in .md gives Markdown; .html gives one page with contents, search and the stepper.
"""

import argparse
import ast
import difflib
from pathlib import Path

from utils.cli._ground import ROOT, fault_of_folder

ENDS = (".html", ".md")
SAMPLES = 4  # in training, so that stochastic depth has samples to leave out


def names() -> list[str]:
    """Every model, by the files of settings: importing the models would need torch."""
    trees = [ast.parse(f.read_text("utf-8")) for f in (ROOT / "utils/models").glob("*/*.py")]
    given = [node for tree in trees for node in tree.body if isinstance(node, ast.Assign)]
    tables = [one.value for one in given if "VARIANTS" in ast.unparse(one.targets[0])]
    keys = [key for table in tables if isinstance(table, ast.Dict) for key in table.keys]
    return sorted(str(key.value) for key in keys if isinstance(key, ast.Constant))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which model on what, and where the document goes."""
    parser.add_argument("name", help="a model: swin_t, maxvit_nano, gmflow, ...")
    parser.add_argument(
        "--size", nargs=2, type=int, metavar=("H", "W"), help="of the picture (default: by model)"
    )
    parser.add_argument("--weights", type=Path, metavar="FILE", help="of the published model")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="a .html or .md file (default: NAME.html, here)"
    )
    parser.add_argument(
        "--train", action="store_true", help=f"in training mode, with {SAMPLES} samples"
    )
    parser.add_argument("--at", metavar="TEXT", help="open at a line, a title or a module's path")
    parser.add_argument("--slice", metavar="PLACE", help="numbers to show, like '[:3, :3, :3]'")


def fault(args: argparse.Namespace) -> str:
    """What makes no sense in the call, or nothing."""
    if args.name not in names():
        near = difflib.get_close_matches(args.name, names(), n=1)
        guess = f"did you mean {near[0]}?" if near else f"there are {', '.join(names())}"
        return f"no model is called {args.name}: {guess}"
    if args.out and args.out.suffix not in ENDS:
        return (
            f"--out {args.out.name} came: a document is a page (.html) or Markdown (.md); write "
            f"--out {args.out.stem or 'run'}.html"
        )
    if args.size and min(args.size) < 1:
        return (
            f"--size {args.size[0]} {args.size[1]} came: a picture has at least one row and one "
            "column; leave it out for the size that the model learned on"
        )
    if args.weights and not args.weights.exists():
        return f"there is no file {args.weights}: look for its name, or leave out --weights"
    if found := fault_of_folder((args.out or Path()).parent):
        return f"--out: {found}; name a file in a folder that may be written"
    return ""


def main(args: argparse.Namespace) -> int:
    """Run the model once and write what it did; nothing is written where anything fails before."""
    from utils.cli._run import run

    return run(args)
