"""Find the command by its file name, read its arguments, run it.

course.py reads them as well, before it installs anything: until then nothing but the standard
library is needed.
"""

import argparse
import ast
import codecs
import difflib
import importlib
import sys
from pathlib import Path
from types import ModuleType

from utils.cli._ground import complain
from utils.errors import CourseError

HERE = Path(__file__).parent
# What stands for a sign on a terminal whose code page does not have it.
PLAIN = {"−": "-", "–": "-", "×": "x", "·": "*", "→": "->", "≈": "~", "≥": ">=", "≤": "<="}
PLAIN |= {"…": "...", "σ": "sigma", "²": "^2", "“": '"', "”": '"', "’": "'", "°": " deg"}


def show_any_sign() -> None:
    """Let the output show plain signs where its code page lacks one, instead of ending there."""

    def replace(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        signs = error.object[error.start : error.end]
        return "".join(PLAIN.get(sign, "?") for sign in signs), error.end

    codecs.register_error("course.plain", replace)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="course.plain")


def commands() -> dict[str, str]:
    """Every command with the first line of its docstring; nothing heavy is imported for it."""
    files = (file for file in sorted(HERE.glob("*.py")) if not file.name.startswith("_"))
    docs = {f.stem: ast.get_docstring(ast.parse(f.read_text(encoding="utf-8"))) for f in files}
    return {name: (doc or "").splitlines()[0] if doc else "" for name, doc in docs.items()}


def usage() -> str:
    """The list of commands as text."""
    lines = [f"  {name:10} {line}" for name, line in commands().items()]
    intro = "python3 course.py COMMAND, with one of these commands (COMMAND --help says more):"
    offline = "Any command takes --wheels DIR, which installs from DIR without internet."
    return "\n".join([intro, "", *lines, "", offline])


def understand(arguments: list[str]) -> tuple[ModuleType, argparse.Namespace] | int:
    """The command and its arguments, or the exit status after help and after a mistake.

    Nothing is done yet, and nothing but the standard library is needed: a command imports all
    else in its `main`. It may have `fault(args) -> str`: one sentence on what makes no sense in
    the call, or nothing. Raises: SystemExit, as argparse does, for options.
    """
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    name, *rest = arguments
    if name not in commands():
        near = difflib.get_close_matches(name, commands(), n=1)
        guess = f"did you mean `{near[0]}`?" if near else "`course.py --help` lists them all."
        return complain(f"there is no command `{name}`: {guess}", status=2)
    module = importlib.import_module(f"utils.cli.{name}")
    parser = argparse.ArgumentParser(prog=f"course.py {name}", description=module.__doc__)
    module.add_arguments(parser)
    args, unknown = parser.parse_known_args(rest)
    args.passed_on = unknown
    if unknown and not getattr(module, "PASSES_ON", False):
        parser.error(f"unknown: {' '.join(unknown)}")
    fault = module.fault(args) if hasattr(module, "fault") else ""
    return complain(fault, status=2) if fault else (module, args)


def main(arguments: list[str]) -> int:
    """Run one command."""
    show_any_sign()
    try:
        understood = understand(arguments)
        if isinstance(understood, int):
            return understood
        module, args = understood
        return module.main(args)
    except KeyboardInterrupt:
        return complain("stopped.", status=130)
    except (CourseError, OSError) as error:  # anything else is our mistake: its traceback is wanted
        return complain(str(error))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
