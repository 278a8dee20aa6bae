"""The whole site, or none: built beside its place, looked at, then renamed."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from utils.errors import ConfigError
from utils.io.lock import only_writer
from utils.io.whole import write_text
from utils.site.pages.documents import Course, write_documents
from utils.site.pages.faults import faults
from utils.site.pages.notices import write_notices
from utils.site.pages.sphinx_run import run_sphinx
from utils.site.pages.start import write_start

MARK = ".course-site"  # by it a folder is known as a site that may be replaced
SAID = "This folder is made and replaced by `course.py site`.\n"
SHOWN = 5  # faults in one error
Player = Callable[[Path], list[str]]
Tracer = Callable[[str, Path], None]


def no_player(out: Path) -> list[str]:
    """Pages without scripts of ours: every view stays its still."""
    return []


def copy_trace(path: str, out: Path) -> None:
    """Traces that the course keeps are copied; others need a model (see `course.py site`)."""
    shutil.copyfile(Path(__file__).parents[3] / path, out)


def refuse(out: Path) -> None:
    """Raises: ConfigError where something else than a site stands at the place."""
    if out.exists() and not out.is_dir():
        raise _not_ours(f"the file {out.name!r} came as the site's folder")
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).exists():
        raise _not_ours(f"the folder {out.name!r} came, which holds something else")


def _not_ours(came: str) -> ConfigError:
    return ConfigError(
        came,
        allowed="a site takes a folder that is new, empty, or an earlier site",
        mend="name another with --out",
    )


def build_site(
    course: Course, out: Path, *, player: Player = no_player, trace: Tracer = copy_trace
) -> None:
    """Build the site of a course into a folder; where anything fails, what was there stays.

    Raises: ConfigError where the folder holds something else, where a formula or a link is wrong,
    and where a built page has a fault.
    """
    out = out.resolve()
    refuse(out)
    with only_writer(out):
        new, old = (out.with_name(f".{out.name}.{ending}") for ending in ("new", "old"))
        if old.exists() and not out.exists():  # stopped between the two names
            old.rename(out)
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)
        try:
            pages = new / out.name  # Sphinx's extension leaves a folder beside what it writes
            build_pages(course, pages, player=player, trace=trace)
            _exchange(pages, out, old)
        finally:
            shutil.rmtree(new, ignore_errors=True)


def build_pages(
    course: Course, out: Path, *, player: Player = no_player, trace: Tracer = copy_trace
) -> None:
    """Build the pages into a new folder, and look at each.

    Raises: ConfigError, with the first faults.
    """
    out.mkdir(parents=True)
    scripts = player(out)
    with tempfile.TemporaryDirectory(prefix="course-") as scratch:
        source = Path(scratch).resolve()
        write_documents(course, source)
        write_start(course, source)
        terms = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.txt"))
        write_notices(source, course.root, player=terms)
        for path in course.traces:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            trace(path, out / path)
        run_sphinx(source, out, scripts=scripts)
    write_text(out / ".nojekyll", "")
    write_text(out / MARK, SAID)
    if found := faults(out):
        raise ConfigError(
            f"{len(found)} faults came with the pages: {'; '.join(found[:SHOWN])}",
            allowed="every picture has a sentence, every link a place, no page asks another host",
            mend="mend the document that the page is made from",
        )


def _exchange(new: Path, out: Path, old: Path) -> None:
    """The new site takes the place of the old one."""
    if out.exists():
        out.rename(old)
    try:
        new.rename(out)
    except OSError:
        if old.exists():
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)
