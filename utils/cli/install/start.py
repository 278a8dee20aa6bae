"""Is the environment as it has to be? If not, build one beside it and exchange the two."""

import hashlib
import os
from pathlib import Path

from utils.cli.install.environment import (
    Report,
    clone,
    inspect,
    is_linked,
    is_settled,
    make,
    read_stamp,
    remove,
    settle,
    write_stamp,
)
from utils.cli.install.lock import locked
from utils.cli.install.pip import ensure_pip, run_pip
from utils.cli.install.place import (
    OWNED,
    STAMP,
    InstallError,
    Place,
    base_python,
    python_of,
    say,
)
from utils.cli.install.remedies import VERSION, remedy

# What may go away in a new environment; the rest would come again.
ANEW = ("other", "build")


def install(place: Place, names: list[str], *, wheels: Path | None = None) -> Path:
    """Make sure that everything in these requirement files is there; gives the Python to use.

    Raises: InstallError, in one sentence with what to do. What worked before works after it.
    """
    _refuse(place)
    report = _ready(place, names)
    if report is None or report.faults or not is_settled(place, report):
        try:
            with locked(place.beside(".lock")) as lock:
                _install(place, names, wheels, lock)
        except OSError as error:
            if report is None or report.faults or not is_linked(report):
                raise remedy(str(error), folder=place.venv) from None
            # Moved to where nobody writes: only its own scripts still name the old place.
    return python_of(place.venv)


def _install(place: Place, names: list[str], wheels: Path | None, lock: int) -> None:
    _recover(place)
    report = _ready(place, names)
    if report is None or report.faults:
        place.log.write_bytes(b"")
        _build(place, names, report, wheels, lock)
        _exchange(place)
        report = _ready(place, names)
        assert report is not None, "it was looked at before it was renamed"
    if not is_settled(place, report):
        if read_stamp(place.venv).get("venv") != str(place.beside(".new")):
            say(f"the course has moved: {place.venv} gets the new paths")
        settle(place, report)


def _refuse(place: Place) -> None:
    """What nothing can be built in."""
    if os.pathsep in str(place.venv):
        raise InstallError(
            f"Python cannot make an environment in {place.venv}, because its path has a "
            f"`{os.pathsep}`: rename that folder, or set COURSE_VENV to a path without one",
            "colon",
        )
    ours = place.venv == place.root / ".venv" or (place.venv / OWNED).exists()
    try:
        if not ours and place.venv.is_dir() and any(place.venv.iterdir()):
            raise InstallError(f"{place.venv} is not empty and not ours: name another COURSE_VENV")
    except OSError as error:
        raise remedy(str(error), folder=place.venv) from None


def _hashes(place: Place, names: list[str]) -> dict[str, str]:
    return {name: hashlib.sha256((place.root / name).read_bytes()).hexdigest() for name in names}


def _ready(place: Place, names: list[str]) -> Report | None:
    """The environment's report, with a fault for each requirement file that is new to it."""
    return _look(place.venv, place, names)


def _look(environment: Path, place: Place, names: list[str]) -> Report | None:
    report = inspect(environment, [place.root / name for name in names])
    known = read_stamp(environment).get("files", {})
    if report and not report.faults:
        new = [name for name, value in _hashes(place, names).items() if known.get(name) != value]
        report.faults += [("", f"{name} is new") for name in new]
    return report


def _recover(place: Place) -> None:
    """Take up where an earlier start was killed between two names; sweep what it left."""
    if not place.venv.exists():
        for ending in (".new", ".old"):
            if (place.beside(ending) / STAMP).exists():
                place.beside(ending).rename(place.venv)
                break
    remove(place.beside(".old"))


def _build(
    place: Place, names: list[str], report: Report | None, wheels: Path | None, lock: int
) -> None:
    """The new environment beside the old one, finished, or an error and nothing."""
    new = place.beside(".new")
    finished = _look(new, place, names) if (new / STAMP).exists() else None
    if finished and not finished.faults:
        return  # built by a start that could not exchange it
    remove(new)
    yours = place.beside(".yours")
    if place.venv.exists() and not (place.venv / OWNED).exists() and yours.exists():
        raise InstallError(f"{place.venv} is not ours, and {yours} exists: move one of them away")
    try:
        if _is_mendable(place, report):
            try:
                _mend(place, names, report, wheels, lock)
                return
            except InstallError as error:
                if error.kind not in ANEW:
                    raise
                say("that did not mend it: installing anew beside it")
                remove(new)
        say(f"making {place.venv}")
        make(new, base_python(), place.log)
        _fill(place, names, {}, wheels, lock)
    except BaseException:
        remove(new)
        raise


def _is_mendable(place: Place, report: Report | None) -> bool:
    """Whether packages of ours lie there, for a Python that runs."""
    if not (place.venv / OWNED).exists():
        return False
    if report:
        return True
    packages = place.venv / "Lib" if os.name == "nt" else place.venv / "lib" / f"python{VERSION}"
    return (packages / "site-packages").is_dir() and VERSION in _made_for(place.venv)


def _made_for(environment: Path) -> str:
    """The version in pyvenv.cfg; where that is lost, any (the folders on POSIX have it, too)."""
    try:
        text = (environment / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return VERSION
    lines = [line for line in text.splitlines() if line.startswith("version")]
    return lines[0] if lines else VERSION


def _mend(
    place: Place, names: list[str], report: Report | None, wheels: Path | None, lock: int
) -> None:
    """A copy of what is there, with what is wrong put right."""
    new = place.beside(".new")
    wrong = report.faults[0][1] if report else "its Python is gone"
    say(f"mending {place.venv}: {wrong}")
    clone(place.venv, new)
    make(new, report.base if report else base_python(), place.log)
    _fill(place, names, read_stamp(place.venv).get("files", {}), wheels, lock)


def _fill(
    place: Place, names: list[str], known: dict[str, str], wheels: Path | None, lock: int
) -> None:
    """Install what is missing into the new environment, look at it, and stamp it."""
    new, files = place.beside(".new"), [place.root / name for name in names]
    report = _running(new, files)
    for leftover in report.site.glob("~*"):
        remove(leftover)
    ensure_pip(new, report, log=place.log, lock=lock)
    report = _running(new, files)
    damaged = sorted({requirement for requirement, _ in report.faults if requirement})
    if known and damaged:
        say(f"installing {', '.join(damaged)} again")
        call = ["install", "--force-reinstall", "--no-deps", *damaged]
        run_pip(new, call, report=report, log=place.log, lock=lock, wheels=wheels)
    size = "" if known else " (about 2 GB, some minutes)"
    say(f"installing {' and '.join(names)}{size}")
    call = ["install", *(part for file in files for part in ("-r", str(file)))]
    run_pip(new, call, report=report, log=place.log, lock=lock, wheels=wheels)
    report = _running(new, files)
    if report.faults:
        raise InstallError(f"pip ended well, and yet {report.faults[0][1]}: look into {place.log}")
    stamp = {"python": report.python, "files": {**known, **_hashes(place, names)}}
    write_stamp(new, {**stamp, "venv": str(new), "packages": report.packages})


def _running(environment: Path, files: list[Path]) -> Report:
    report = inspect(environment, files)
    if report is None:
        raise InstallError(
            f"the Python made in {environment} is not its own: start the course with another "
            f"Python than {base_python()}"
        )
    return report


def _exchange(place: Place) -> None:
    """The new environment takes the place of the old one."""
    aside = place.beside(".old")
    if place.venv.is_dir() and not any(place.venv.iterdir()):
        place.venv.rmdir()
    elif not (place.venv / OWNED).exists():
        aside = place.beside(".yours")
    if place.venv.exists():
        place.venv.rename(aside)
        if aside == place.beside(".yours"):
            say(f"your own {place.venv} is now {aside}")
    place.beside(".new").rename(place.venv)
    remove(place.beside(".old"))
