"""Start the course: `python3 course.py lab` opens it, `python3 course.py test` checks all of it.

The first start makes a folder `.venv` and installs what `requirements.txt` pins; later starts only
look whether all of it is still there. What works is never removed before its replacement stands;
utils/cli/install says how. Asking for help, or a mistake in what is typed, installs nothing.
With `--wheels DIR` everything is installed from DIR, without internet; `wheels DIR` fills it.
COURSE_VENV=FOLDER puts the installation elsewhere (for a course folder that cannot be written).
"""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        "This course needs Python 3.11, 3.12 or 3.13, and this is Python %d.%d: install one of "
        "those and start with it, for example: python3.12 course.py lab" % sys.version_info[:2]
    )

import os
import subprocess
from importlib import util
from pathlib import Path

ROOT = Path(__file__).resolve().parent
BASE, FOR_SITE = "requirements.txt", "requirements-site.txt"
# What a command needs beyond the base; installed when it is first typed.
MORE = {"site": [FOR_SITE], "test": ["requirements-test.txt", FOR_SITE]}


def find_ours():
    """Make `utils` the course's own, whatever else is called so and wherever it stands."""
    folder = ROOT / "utils"
    spec = util.spec_from_file_location("utils", str(folder / "__init__.py"))
    if spec is None or spec.loader is None or not folder.is_dir():
        raise SystemExit("course: there is no %s: take the course whole" % folder)
    sys.modules["utils"] = util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["utils"])


def wheels_among(arguments):
    """The folder of `--wheels DIR` or `--wheels=DIR`, and the other arguments."""
    folder, others, rest = None, [], list(arguments)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if name != "--wheels":
            others.append(word)
            continue
        folder = value if equals else rest.pop(0) if rest and rest[0][:1] != "-" else ""
        if not folder:
            stop("--wheels came without a folder: type --wheels DIR", 2)
        if not Path(folder).expanduser().is_dir():
            stop("there is no folder %s: fill it with `course.py wheels DIR`" % folder)
    return Path(folder).expanduser().absolute() if folder else None, others


def stop(text, status=1):
    sys.stderr.write("course: " + text + "\n")  # Python 2 reads no print with a file
    raise SystemExit(status)


def hand_over(python, arguments):
    """Become the command, in the environment and with nothing of another one."""
    from utils.cli.install.environment import plain_environment

    call = [str(python), "-P", "-m", "utils.cli"] + arguments
    environment = dict(plain_environment(), COURSE_ROOT=str(ROOT))
    environment.setdefault("PYTHONIOENCODING", ":replace")  # a code page may lack a sign
    if os.name != "nt":
        os.execve(call[0], call, environment)
    child = subprocess.Popen(call, env=environment)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            pass  # the command answers Ctrl-C itself


def main(arguments):
    find_ours()
    from utils.cli.__main__ import show_any_sign, understand
    from utils.cli.install.place import InstallError, Place
    from utils.cli.install.start import install

    show_any_sign()
    wheels, arguments = wheels_among(arguments)
    understood = understand(arguments)
    if isinstance(understood, int):
        return understood  # help, or a mistake
    if getattr(understood[0], "ALONE", False):
        return understood[0].main(understood[1])
    place = Place.of(ROOT, os.environ.get("COURSE_VENV"))
    names = [BASE] + MORE.get(arguments[0], [])
    try:
        python = install(place, names, wheels=wheels)
    except InstallError as error:
        stop(str(error))
    return hand_over(python, arguments)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        stop("stopped; the same command takes up from here", 130)
