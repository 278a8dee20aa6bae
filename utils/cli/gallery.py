"""Draw every view as a picture into docs/gallery; with --html also as a page that works alone."""

import argparse
from pathlib import Path

from utils.cli._ground import GALLERY, complain, fault_of_folder
from utils.errors import CourseError
from utils.explorers import list_explorers


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which views, where to, pages or not."""
    parser.add_argument("names", nargs="*", metavar="VIEW", help="only these views")
    parser.add_argument("--html", action="store_true", help="the self-contained pages too")
    parser.add_argument("--out", type=Path, default=GALLERY, metavar="DIR")


def fault(args: argparse.Namespace) -> str:
    """What makes no sense in the call, or nothing."""
    unknown = sorted(set(args.names) - set(list_explorers()))
    if unknown:
        return f"no view {unknown[0]}; there are {', '.join(list_explorers())}."
    found = fault_of_folder(args.out)
    return f"--out: {found}; name a folder for the pictures" if found else ""


def main(args: argparse.Namespace) -> int:
    """Write NAME.png for each view, and NAME.html for those that compute in the browser."""
    from utils.io import only_writer

    with only_writer(args.out):
        args.out.mkdir(parents=True, exist_ok=True)
        return _write(args)


def _write(args: argparse.Namespace) -> int:
    """Every view that was asked for; 1 where one could not be drawn."""
    from utils.cells.show import png
    from utils.explorers import explorer_class
    from utils.explorers.page import page
    from utils.io.whole import write_bytes, write_text

    status = 0
    for name in args.names or list_explorers():
        try:
            view = explorer_class(name)()
        except CourseError as error:
            status = complain(f"the view {name} stays as it was: {error}")
            continue
        write_bytes(args.out / f"{name}.png", png(view.draw()))
        print(f"course: {args.out / name}.png: {view.sentence}", flush=True)
        if args.html and view.in_module:
            write_text(args.out / f"{name}.html", page(view))
            print(f"course: {args.out / name}.html", flush=True)
    return status
