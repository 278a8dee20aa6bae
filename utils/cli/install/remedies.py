"""What went wrong, read from pip's words, and the one sentence that mends it."""

import re
import shutil
import sys
from pathlib import Path

from utils.cli.install.place import InstallError

VERSION = "{}.{}".format(*sys.version_info)
AGAIN = ", then run the same command again"
FULL = 20e6  # bytes: with less, the disk was full even where nobody could write it down

# Kind, how it is recognized, what happened and what to do. The first that fits is told, so what
# follows from another stands below it: "no matching distribution" is what pip says offline as well.
REMEDIES = [
    (
        "disk",
        r"No space left on device|\[Errno (28|122)\]|quota exceeded|WinError 112|not enough space",
        "the disk of {folder} is full: free some GB there",
    ),
    (
        "long path",
        r"Long Path support|WinError 206",
        "{folder} is too long a path for Windows: move the course into a short one like C:/course",
    ),
    (
        "ensurepip",
        r"No module named '?(ensurepip|venv)|ensurepip is (not available|disabled)",
        "this Python has no ensurepip, which environments need: on Debian or Ubuntu install the "
        "package python{version}-venv (or python3-venv), elsewhere a Python from python.org",
    ),
    (
        "read-only",
        r"Permission denied|\[Errno (13|30)\]|Read-only file system|WinError 5\]|Access is denied",
        "{folder} cannot be written: close what uses it, or set COURSE_VENV to a folder of yours",
    ),
    (
        "links",
        r"Operation not permitted|Function not implemented|\[Errno (1|38|95)\]",
        "the disk of {folder} cannot hold an environment: set COURSE_VENV to a folder elsewhere",
    ),
    (
        "not a folder",
        r"\[Errno (17|20)\]|Not a directory|WinError 183",
        "{words}: set COURSE_VENV to a folder of yours",
    ),
    (
        "certificate",
        r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerification",
        "the certificate of the package index is not trusted here: name your network's to pip "
        "with PIP_CERT=FILE",
    ),
    (
        "proxy",
        r"ProxyError|Cannot connect to proxy|Proxy Authentication|Tunnel connection failed",
        "the proxy does not let pip through: look at http_proxy, https_proxy and PIP_PROXY",
    ),
    (
        "password",
        r"\b40[13] (Client )?Error|User for \S+:",
        "the package index asks for a name and a password: put them into pip's setting index-url",
    ),
    (
        "network",
        r"Failed to establish a new connection|NewConnectionError|NameResolutionError|getaddrinfo|"
        r"name resolution|Network is unreachable|Connection (refused|reset|aborted|broken)|"
        r"(Connect|Read)Timeout|timed out|Max retries|IncompleteRead|RemoteDisconnected|"
        r"\b50\d (Server )?Error",
        "the package index cannot be reached: look at the internet connection, or install without "
        "one from a folder (--wheels DIR)",
    ),
    (
        "damaged",
        r"DO NOT MATCH THE HASHES|BadZipFile|not a zip file|[Ii]nvalid wheel|is not a valid wheel|"
        r"has an invalid wheel|Wheel '.+' located at .+ is invalid|corrupt",
        "a package arrived damaged: {refill}",
    ),
    (
        "constraint",
        r"ResolutionImpossible|conflicting dependencies|user requested \(constraint\)",
        "a constraint among pip's settings asks for other versions than the course pins: start "
        "without it (PIP_CONSTRAINT, or `constraint` in pip's configuration)",
    ),
    (
        "no package",
        r"No matching distribution found for (?P<name>\S+)",
        "{source} has no {name} for Python {version} on this system: {elsewhere}",
    ),
    (
        "build",
        r"subprocess-exited-with-error|Failed (to build|building)",
        "a package has no ready-made form for Python {version} on this system: use another Python "
        "from 3.11 to 3.13",
    ),
    (
        "memory",
        r"MemoryError|Cannot allocate memory",
        "the memory ran out: close other programs",
    ),
]
WITHOUT_LOG = ("disk", "read-only", "links", "not a folder", "ensurepip")


def remedy(
    words: str, *, folder: Path, log: Path | None = None, wheels: Path | None = None
) -> InstallError:
    """The error to raise for what pip, venv or the operating system said."""
    if log and _free(folder) < FULL:
        words = "No space left on device"
    fits = ((kind, re.search(sign, words), text) for kind, sign, text in REMEDIES)
    folder = folder.with_name(folder.name.removesuffix(".new"))
    kind, found, text = next((fit for fit in fits if fit[1]), ("other", None, "{words}"))
    sentence = text.format(
        folder=folder,
        version=VERSION,
        words=_last_line(words),
        name=(found.groupdict().get("name") if found else "") or "package",
        source=f"the folder {wheels}" if wheels else "the package index",
        elsewhere="fill it on such a system, with this version of Python (course.py wheels DIR)"
        if wheels
        else "look at pip's settings (index-url, only-binary), or use another Python",
        refill=f"fill the folder {wheels} anew (course.py wheels DIR)"
        if wheels
        else f"empty pip's store with `{Path(sys.executable).name} -m pip cache purge`",
    )
    told = f" (all of pip's words: {log})" if log and kind not in WITHOUT_LOG else ""
    return InstallError(sentence + AGAIN + told, kind)


def _free(folder: Path) -> float:
    try:
        return 1.0 * shutil.disk_usage(folder.parent).free
    except OSError:
        return float("inf")


def _last_line(words: str) -> str:
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    last = (errors or lines or ["a step ended without a word"])[-1]
    return re.sub(r"^error:\s*", "", last, flags=re.IGNORECASE)[:300].rstrip(".")
