"""Find the command by its file name, read its arguments, run it."""

import argparse
import ast
import difflib
import importlib
import sys
from pathlib import Path

from utils.cli._ground import complain
from utils.errors import CourseError

HERE = Path(__file__).parent


def commands() -> dict[str, str]:
    """Every command with the first line of its docstring; nothing heavy is imported for it."""
    files = (file for file in sorted(HERE.glob("*.py")) if not file.name.startswith("_"))
    docs = {f.stem: ast.get_docstring(ast.parse(f.read_text(encoding="utf-8"))) for f in files}
    return {name: (doc or "").splitlines()[0] if doc else "" for name, doc in docs.items()}


def usage() -> str:
    """The list of commands as text."""
    known = {**commands(), "wheels": "Download every pinned wheel into a folder (wheels DIR)."}
    lines = [f"  {name:10} {known[name]}" for name in sorted(known)]
    intro = "python3 course.py COMMAND, with one of these commands (COMMAND --help says more):"
    offline = "Any command takes --wheels DIR, which installs from DIR without internet."
    return "\n".join([intro, "", *lines, "", offline])


def main(arguments: list[str]) -> int:
    """Run one command; 2 for a command that does not exist."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    name, *rest = arguments
    if name not in commands():
        near = difflib.get_close_matches(name, [*commands(), "wheels"], n=1)
        guess = f"did you mean `{near[0]}`?" if near else "`course.py --help` lists them all."
        return complain(f"there is no command `{name}`: {guess}", status=2)
    module = importlib.import_module(f"utils.cli.{name}")
    parser = argparse.ArgumentParser(prog=f"course.py {name}", description=module.__doc__)
    module.add_arguments(parser)
    args, unknown = parser.parse_known_args(rest)
    args.passed_on = unknown
    if unknown and not getattr(module, "PASSES_ON", False):
        parser.error(f"unknown: {' '.join(unknown)}")
    try:
        return module.main(args)
    except KeyboardInterrupt:
        return complain("stopped.", status=130)
    except (CourseError, OSError) as error:  # anything else is our mistake: its traceback is wanted
        return complain(str(error))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
