"""Start the course: `python3 course.py lab` opens it, `python3 course.py test` checks all of it.

The first start makes a folder `.venv` and installs what `requirements.txt` pins; later starts only
look whether all of it is still there. An installation that was interrupted is made anew.
With `--wheels DIR` everything is installed from DIR, without internet; `wheels DIR` fills it.
COURSE_VENV=FOLDER puts the installation elsewhere (for a course folder that cannot be written).
"""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        "This course needs Python 3.11, 3.12 or 3.13, and this is Python %d.%d: install one of "
        "those and start with it, for example: python3.12 course.py lab" % sys.version_info[:2]
    )

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("COURSE_VENV") or ROOT / ".venv").expanduser().absolute()
STAMP = VENV / "course-stamp.json"  # written last and whole: without it nothing counts as installed
OWNED = VENV / "course-owned"  # written first: only a folder that is ours is ever removed
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
BASE, FOR_TESTS = "requirements.txt", "requirements-test.txt"


def stop(text):
    sys.exit("course: " + text)


def step(text, command, remedy):
    """Say what is done, do it, and end with one sentence where it fails."""
    print("course: " + text, flush=True)
    try:
        failed = subprocess.call([str(part) for part in command])
    except OSError:
        failed = True
    if failed:
        stop("this step failed: %s, then run the same command again" % remedy)


def fingerprint(names):
    """What an installation of these requirement files is made from."""
    files = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in names}
    return {"root": str(ROOT), "python": "%d.%d" % sys.version_info[:2], "files": files}


def installed_files():
    """The requirement files, with hashes, of an installation that is finished and whole."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        if dict(stamp, files={}) != fingerprint([]):
            return None
        same = fingerprint(stamp["files"])["files"].items() & stamp["files"].items()
        check = [PYTHON, "-I", ROOT / "utils" / "cli" / "_installed.py"]
        damaged = subprocess.call([str(part) for part in check + [ROOT / name for name, _ in same]])
        return None if damaged else stamp["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def make_venv():
    """An empty environment; what stood there before goes."""
    try:
        if VENV.is_dir() and any(VENV.iterdir()):
            if not (OWNED.exists() or VENV == ROOT / ".venv"):
                stop("%s is not empty and not ours: name another COURSE_VENV" % VENV)
            if VENV in Path(sys.executable).parents:
                stop("%s has to be made anew: type `deactivate`, then start again" % VENV)
            print("course: removing the unfinished or outdated %s" % VENV, flush=True)
            STAMP.unlink(missing_ok=True)
            shutil.rmtree(VENV)
        VENV.mkdir(parents=True, exist_ok=True)
        OWNED.write_text("This folder is made and removed by course.py.\n", encoding="utf-8")
    except OSError as error:
        stop("%s; close what uses it, or set COURSE_VENV to a folder of your own" % error)
    remedy = "on Debian or Ubuntu install the package python3-venv"
    step("making %s" % VENV, [sys.executable, "-m", "venv", VENV], remedy)


def install(names, wheels):
    """Packages, then the course itself; nothing where the stamp and the files agree."""
    done, wanted = installed_files(), fingerprint(names)
    if done and all(done.get(name) == wanted["files"][name] for name in names):
        return
    if not done:
        make_venv()
    STAMP.unlink(missing_ok=True)
    offline = ["--no-index", "--find-links", wheels] if wheels else []
    step(
        "installing %s (about 2 GB, some minutes)" % " and ".join(names),
        [PYTHON, "-m", "pip", "install"] + offline + [p for n in names for p in ("-r", ROOT / n)],
        "look at the internet connection (or the --wheels folder) and the free disk space",
    )
    where = [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.check_output(where, text=True).strip())
    # A .pth file is the plainest editable installation: nothing is built, nothing lands in ROOT.
    # As code, because Python reads plain paths in an encoding that differs between versions.
    line = "import sys; sys.path.append(%s)\n" % ascii(str(ROOT))
    (site / "five_vision_models.pth").write_text(line, encoding="ascii")
    wanted["files"] = dict(done or {}, **wanted["files"])
    unfinished = STAMP.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(wanted), encoding="utf-8")
    unfinished.replace(STAMP)


def download(folder):
    """Every pinned wheel for this platform and this Python into `folder`."""
    if not installed_files():
        make_venv()
    call = [PYTHON, "-m", "pip", "download", "--only-binary=:all:", "-d", folder]
    call += ["-r", ROOT / BASE, "-r", ROOT / FOR_TESTS]
    remedy = "look at the internet connection and the free disk space"
    step("downloading every pinned wheel into %s" % folder, call, remedy)
    return 0


def main(arguments):
    wheels = None
    if "--wheels" in arguments[:-1]:
        at = arguments.index("--wheels")
        wheels = Path(arguments[at + 1]).expanduser().absolute()
        arguments = arguments[:at] + arguments[at + 2 :]
        if not wheels.is_dir():
            stop("there is no folder %s: fill it with `course.py wheels DIR`" % wheels)
    if arguments[:1] == ["wheels"] and len(arguments) == 2:
        return download(arguments[1])
    command = ROOT / "utils" / "cli" / ("%s.py" % (arguments or ["--help"])[0])
    if not command.exists():  # help or a typing error: neither is worth an installation
        call = [sys.executable, "-m", "utils.cli"] + arguments
        return subprocess.call(call, cwd=str(ROOT))
    install([BASE, FOR_TESTS] if arguments[0] == "test" else [BASE], wheels)
    child = subprocess.Popen([str(PYTHON), "-P", "-m", "utils.cli"] + arguments)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            pass  # the command answers Ctrl-C itself


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        stop("stopped; the same command takes up from here")
