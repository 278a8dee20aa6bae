"""pip as the course needs it: in the environment that is meant, one line long, with one remedy."""

import ast
import os
import re
import subprocess
from pathlib import Path

from utils.cli.install import guarded
from utils.cli.install.bar import Bar, progress
from utils.cli.install.environment import Report, plain_environment, remove
from utils.cli.install.place import InstallError, python_of
from utils.cli.install.remedies import remedy

# From where packages come and how the network is reached is the user's own; all else among pip's
# settings (the user's folder, a target, a prefix, hashes, another Python …) was meant for others.
SOURCES = ("index-url", "extra-index-url", "find-links", "no-index")
KEPT = (
    *SOURCES,
    *("constraint", "prefer-binary", "trusted-host", "cert", "client-cert", "proxy"),
    *("timeout", "default-timeout", "retries", "resume-retries", "keyring-provider"),
    *("cache-dir", "no-cache-dir", "use-feature", "use-deprecated"),
)
# `user = true` for installing would also make pip list the user's own file alone.
ALL_FILES = dict.fromkeys(("PIP_USER", "PIP_GLOBAL", "PIP_SITE", "PIP_QUIET"), "0")
FIXED = {
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_NO_INPUT": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}
PAUSE = 0.2  # seconds between two looks at what pip has written


def _variable(setting: str) -> str:
    return "PIP_" + setting.upper().replace("-", "_")


def settings(python: Path, *, wheels: Path | None = None) -> dict[str, str]:
    """The variables for pip: of the user's settings, wherever they stand, those that are kept."""
    known = {_variable(name) for name in (*KEPT, "config-file")}
    variables = {
        key: value
        for key, value in plain_environment().items()
        if not _is_pips(key) or key.upper() in known
    }
    call = [str(python), "-I", "-m", "pip", "config", "list"]
    listed = subprocess.run(
        call,
        env={**variables, **ALL_FILES},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    ).stdout
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for group, name, value in re.findall(r"^(\S+?)\.([a-z-]+)=(.*)$", listed, re.MULTILINE):
        if group in found and name in KEPT and not (wheels and name in SOURCES):
            found[group][_variable(name)] = str(ast.literal_eval(value))
    others = {key: value for key, value in variables.items() if not _is_pips(key)}
    kept = {**found["global"], **found["install"], **found[":env:"]}
    if kept.get("PIP_RETRIES") == "0":  # with none, pip does not say that a network was the cause
        kept["PIP_RETRIES"] = "1"
    return {**others, **kept, **FIXED}


def _is_pips(variable: str) -> bool:
    return variable.upper().startswith("PIP_")


def ensure_pip(environment: Path, report: Report, *, log: Path, lock: int | None) -> None:
    """Put the pip that comes with Python into the environment, if there is none that works."""
    call = [str(python_of(environment)), "-I", "-m", "pip", "--version"]
    broken = any(name.lower().startswith("pip==") for name, _ in report.faults)
    answer = subprocess.run(
        call, env=plain_environment(), stdin=subprocess.DEVNULL, capture_output=True
    )
    if answer.returncode == 0 and not broken:
        return
    for remains in [report.site / "pip", *report.site.glob("pip-*.dist-info")]:
        remove(remains)
    call = ["--default-pip"]
    run_guarded(
        environment, "ensurepip", call, plain_environment(), log=log, lock=lock, site=report.site
    )


def run_pip(
    environment: Path,
    arguments: list[str],
    *,
    report: Report,
    log: Path,
    lock: int | None = None,
    wheels: Path | None = None,
) -> None:
    """Run pip; only where `wheels` are, if given. Raises: InstallError with the remedy."""
    variables = settings(python_of(environment), wheels=wheels)
    offline = ["--no-index", "--find-links", str(wheels)] if wheels else []
    call = [arguments[0], *offline, *arguments[1:]]
    run_guarded(
        environment, "pip", call, variables, log=log, lock=lock, wheels=wheels, site=report.site
    )


def run_guarded(
    environment: Path,
    module: str,
    arguments: list[str],
    variables: dict[str, str],
    *,
    log: Path,
    lock: int | None,
    site: Path,
    wheels: Path | None = None,
) -> None:
    """Run a module in the environment behind a bar; its words go to the log."""
    # Large packages are unpacked here and not in a system's small folder for temporary files.
    downloads = environment / "tmp"
    downloads.mkdir(exist_ok=True)
    variables = dict(variables)
    if "TMPDIR" in variables:
        downloads = Path(variables["TMPDIR"])
    variables |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(downloads))
    call = [str(python_of(environment)), "-I", guarded.__file__, str(environment), module]
    with log.open("ab") as words:
        start = words.tell()
        child = subprocess.Popen(
            [*call, *arguments],
            env=variables,
            stdin=subprocess.PIPE,
            stdout=words,
            stderr=subprocess.STDOUT,
            pass_fds=() if os.name == "nt" or lock is None else (lock,),
        )
    bar = Bar()
    try:
        while _runs(child):
            if module == "pip":
                bar.show(progress(_words(log, start), site, downloads))
    finally:
        bar.end()
        if child.stdin:
            child.stdin.close()  # pip ends with this pipe, ensurepip by itself
        child.wait()
        remove(environment / "tmp")
    if child.returncode == guarded.WRONG_PLACE:
        raise InstallError(f"{environment} has lost its own Python: remove it, then start again")
    if child.returncode:
        killed = "MemoryError\n" if child.returncode == -9 else ""
        said = killed + _words(log, start)
        raise remedy(said, folder=environment, log=log, wheels=wheels)


def _runs(child: subprocess.Popen) -> bool:
    try:
        child.wait(PAUSE)
    except subprocess.TimeoutExpired:
        return True
    return False


def _words(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        return file.read().decode("utf-8", "replace").replace("\r\n", "\n")
