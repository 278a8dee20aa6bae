"""Show the teacher what the class gets wrong, live: the verdicts that learners' notebooks log.

Learners' notebooks write into FOLDER where COURSE_CLASS=FOLDER is set. The page renews itself every
three seconds; --out FILE writes it once, to keep or to open from disk.
"""

import argparse
import webbrowser
from pathlib import Path

from utils.cli._ground import LESSONS, fault_of_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The class's folder."""
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--port", type=int, default=0, help="a free one unless named")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the page and end")
    parser.add_argument("--no-browser", action="store_true", help="only say where the page is")


def fault(args: argparse.Namespace) -> str:
    """What makes no sense in the call, or nothing."""
    if not args.folder.is_dir():
        return (
            f"there is no folder {args.folder}: make it, and let the learners' notebooks see "
            f"COURSE_CLASS={args.folder}"
        )
    if not 0 <= args.port < 2**16:
        return f"--port {args.port} came: ports run from 1 to 65535; leave it out for a free one"
    if args.out and (found := fault_of_folder(args.out.parent)):
        return f"--out: {found}; name a file in a folder that may be written"
    return ""


def main(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C, or write the page."""
    from utils.classroom.board import tasks
    from utils.classroom.server import page, serve
    from utils.io import write_text

    found = tasks(LESSONS)
    if args.out:
        write_text(args.out, page(args.folder, found))
        print(f"course: the board stands in {args.out}")
        return 0
    server = serve(args.folder, found, port=args.port)
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    print(f"course: the board is at {address} until Ctrl-C", flush=True)
    if not args.no_browser:
        webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()
    return 0
