"""Estimate the motion between two of your pictures, or through a film (--video).

Each .flo file (Middlebury's format) holds the motion of every pixel of one picture to the next; a
picture or film shows it in the standard colors, with the wheel beside it. Without --weights the
small model that comes with the course does it; --weights takes the file of the published GMFlow,
with or without refinement.
"""

import argparse
from pathlib import Path

from utils.cli._ground import fault_of_folder

# Pixels of the longer side on which the flow is estimated; time grows with its fourth power. The
# small model has learned on small frames: on the real stereo pair it errs by 12.9 pixels (of 34.3)
# at 256 and by 14.7 at 512.
LONGEST = {"course": 256, "published": 512}
SMALLEST = 32


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Two pictures or a film, where to write, and with which weights."""
    parser.add_argument("frame0", type=Path, nargs="?", help="the first picture")
    parser.add_argument("frame1", type=Path, nargs="?", help="the second one, of the same size")
    parser.add_argument("--video", type=Path, metavar="FILM", help="in place of two pictures")
    parser.add_argument("--backward", action="store_true", help="the way back too, frame 1 to 0")
    parser.add_argument("--out", type=Path, default=Path(), metavar="FOLDER", help="default: here")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="of the published GMFlow")
    parser.add_argument("--device", metavar="NAME", help="cpu, cuda or mps; default: the best here")
    parser.add_argument(
        "--longest",
        type=int,
        metavar="PIXELS",
        help="estimate on pictures no larger than this (default {course}, with --weights "
        "{published}); the flow comes out at full size".format(**LONGEST),
    )


def fault(args: argparse.Namespace) -> str:
    """What makes no sense in the call, or nothing."""
    pictures = [frame for frame in (args.frame0, args.frame1) if frame is not None]
    if len(pictures) != (0 if args.video else 2):
        return (
            f"{len(pictures)} pictures came {'beside' if args.video else 'without'} a film: the "
            "motion is that between two pictures, or through one film; name FRAME0 and FRAME1, or "
            "--video FILM"
        )
    for file in filter(None, (*pictures, args.video, args.weights)):
        if not file.exists():
            return f"there is no file {file}: look for its name, and start where it lies"
    if args.longest is not None and args.longest < SMALLEST:
        return (
            f"--longest {args.longest} came: frames are scaled to at least {SMALLEST} pixels; "
            f"leave it out to get {LONGEST['course']}"
        )
    if found := fault_of_folder(args.out):
        return f"--out: {found}; name another folder, which is made where it does not exist"
    return ""


def main(args: argparse.Namespace) -> int:
    """Read, estimate, write all files; nothing is written where anything fails before."""
    if args.longest is None:
        args.longest = LONGEST["published" if args.weights else "course"]
    if args.video:
        from utils.cli._film import flow_of_film

        return flow_of_film(args)
    from utils.cli._pair import flow_of_pair

    return flow_of_pair(args)
