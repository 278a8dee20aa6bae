"""course.py for real: it installs, mends and hands over, offline, with packages made here.

`test_everything_installs_without_internet` does the same with the real packages.
"""

import ast
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.small_course import ROOT, SmallCourse

posix = pytest.mark.skipif(os.name == "nt", reason="signals and links: another way on Windows")


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> SmallCourse:
    """An installed course, in a folder with a space and letters beyond ASCII; not to be changed."""
    made = SmallCourse.made(tmp_path_factory.mktemp("place") / "my cöurse")
    done = made.start("hello")
    assert done.returncode == 7, done.stdout + done.stderr
    assert "installing requirements.txt" in done.stdout
    return made


@pytest.fixture
def course(first, tmp_path) -> SmallCourse:
    """A copy of it that may be damaged, with the paths of its place."""
    copy = first.copied(tmp_path / "course")
    done = copy.start("hello", wheels=False)
    assert done.returncode == 7, done.stdout + done.stderr
    return copy


def tree(folder: Path) -> set[str]:
    """Every path in a folder but what Python compiled for itself."""
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if "__pycache__" not in p.parts}


def is_whole(course: SmallCourse) -> bool:
    """Whether a start without any source of packages finds all of it."""
    done = course.start("hello", wheels=False)
    left = {path.name for path in course.folder.glob(".venv*")} - {".venv", ".venv.lock"}
    return done.returncode == 7 and left <= {".venv.log"} and "installing" not in done.stdout


def test_a_second_start_installs_nothing_and_hands_over(first):
    done = first.start("hello", "--loud", wheels=False)
    assert done.returncode == 7
    assert done.stdout.startswith("hello 1.0 ")
    assert done.stdout.strip().endswith("--loud")
    assert str(first.venv) in done.stdout


def test_a_moved_folder_needs_new_paths_only(first, tmp_path):
    moved = first.copied(tmp_path / "another place")
    before = tree(moved.venv)
    done = moved.start("hello", wheels=False)
    assert done.returncode == 7
    assert "the course has moved" in done.stdout
    assert f" {moved.venv} {moved.folder}" in done.stdout
    assert tree(moved.venv) == before
    assert "has moved" not in moved.start("hello", wheels=False).stdout


@posix
def test_scripts_of_a_moved_folder_start_its_own_python(first, tmp_path):
    long = tmp_path / ("d" * 60) / ("e" * 60)
    long.mkdir(parents=True)
    for place in (tmp_path / "plain", tmp_path / "with a space", long / "c"):
        moved = first.copied(place)
        moved.start("hello", wheels=False)
        script = moved.venv / "bin" / "small-says"
        assert subprocess.check_output([script], text=True) == "1.0\n"
        call = f'. "{moved.venv}/bin/activate" && command -v small-says && python -c "import small"'
        done = subprocess.run(["bash", "-c", call], capture_output=True, text=True)
        assert done.stdout.strip() == str(script), done.stderr


def test_a_course_copied_over_its_environment_uses_its_own_utils(course, first):
    """COURSE_VENV of two copies: each has its own `utils`, and nothing is rewritten."""
    shared = {"COURSE_VENV": str(course.venv)}
    done = first.start("hello", wheels=False, **shared)
    assert f"{course.venv} {first.folder}" in done.stdout
    assert f"{course.venv} {course.folder}" in course.start("hello", wheels=False).stdout


SLOW_DAMAGE = ("a lost package", "an emptied file")


@pytest.mark.parametrize(
    "damage",
    [
        "a lost file",
        "a lost dependency",
        "another version",
        *(pytest.param(damage, marks=pytest.mark.slow) for damage in SLOW_DAMAGE),
    ],
)
def test_what_pip_can_mend_pip_mends(course, damage):
    package = course.site / "small" / "__init__.py"
    if damage == "a lost file":
        package.unlink()
    if damage == "an emptied file":
        package.write_text("")
    if damage == "a lost package":
        shutil.rmtree(package.parent)
        shutil.rmtree(course.site / "small-1.0.dist-info")
    if damage == "a lost dependency":
        shutil.rmtree(course.site / "needed")
        shutil.rmtree(course.site / "needed-1.0.dist-info")
    if damage == "another version":
        call = [course.python, "-m", "pip", "install", "-q", "--no-index", "small==1.1"]
        subprocess.run([*call, "--find-links", str(course.wheels)], check=True)
    mine = course.site / "mine.py"
    mine.write_text("what the user put there")
    before = tree(course.venv)

    offline = course.start("hello", wheels=False)
    assert offline.returncode == 1
    assert "mending" in offline.stdout
    assert len(offline.stderr.strip().splitlines()) == 1
    assert tree(course.venv) == before, "without packages nothing is lost"

    done = course.start("hello")
    assert done.returncode == 7, done.stdout + done.stderr
    assert done.stdout.strip().splitlines()[-1].startswith("hello 1.0 ")
    assert mine.exists()
    assert is_whole(course)


def test_what_pip_left_over_goes_without_any_source_of_packages(course):
    shutil.copytree(course.site / "small", course.site / "~mall")
    done = course.start("hello", wheels=False)
    assert done.returncode == 7, done.stderr
    assert "~mall is left over from pip" in done.stdout
    assert not (course.site / "~mall").exists()
    assert is_whole(course)


@pytest.mark.parametrize("lost", ["pyvenv.cfg", "the Python", "pip", "the stamp"])
def test_the_ground_is_mended_without_any_source_of_packages(course, lost):
    if lost == "pyvenv.cfg":
        (course.venv / "pyvenv.cfg").unlink()
    if lost == "the Python":
        for file in course.venv.glob("[bS]*/python*"):  # bin or Scripts
            file.unlink()
            if os.name != "nt":
                file.symlink_to("/nowhere/python")
    if lost == "pip":
        (course.site / "pip" / "__main__.py").unlink()
    if lost == "the stamp":
        (course.venv / "course-stamp.json").unlink()
    done = course.start("hello", wheels=False)
    assert done.returncode == 7, done.stdout + done.stderr
    assert "mending" in done.stdout
    assert is_whole(course)


def test_nothing_is_installed_where_the_environment_lost_itself(course):
    """Without pyvenv.cfg its Python is the user's own, and pip would install there."""
    (course.venv / "pyvenv.cfg").unlink()
    call = [course.python, "-c", "import sys; print(sys.prefix)"]
    outside = Path(subprocess.check_output(call, text=True).strip())
    assert outside != course.venv
    guarded = course.folder / "utils" / "cli" / "install" / "guarded.py"
    call = [course.python, "-I", guarded, course.venv, "pip", "install", "--no-index", "small==1.1"]
    done = subprocess.run(
        [*call, "--find-links", course.wheels],
        capture_output=True,
        text=True,
        stdin=subprocess.PIPE,
    )
    assert done.returncode == 97
    assert done.stdout == f"this Python installs into {outside}, not into {course.venv}\n"


def test_an_environment_that_cannot_be_mended_is_made_anew(course):
    (course.site / "small-1.0.dist-info" / "RECORD").unlink()  # pip then refuses to touch it
    done = course.start("hello")
    assert done.returncode == 7, done.stdout + done.stderr
    assert "installing anew beside it" in done.stdout
    assert is_whole(course)


def test_another_python_starts_what_is_there(course):
    """A sound environment has a Python of its own: the one that starts it does not matter."""
    code = (
        "import sys, runpy; sys.version_info = (3, 13, 1, 'final', 0); "
        "sys.argv = ['course.py', 'hello']; runpy.run_path('course.py', run_name='__main__')"
    )
    call = [sys.executable, "-c", code]
    env = course.environment(PIP_NO_INDEX="1")
    done = subprocess.run(call, cwd=course.folder, capture_output=True, text=True, env=env)
    assert done.returncode == 7, done.stderr
    assert done.stdout.startswith("hello 1.0 ")


def test_changed_pins_are_installed_into_a_copy(course):
    course.pin("small==1.1")
    before = (course.venv / "course-owned").stat().st_ino
    assert course.start("hello", wheels=False).returncode == 1
    assert course.site.joinpath("small-1.0.dist-info").exists()
    assert "hello 1.1 " in course.start("hello").stdout
    assert (course.venv / "course-owned").stat().st_ino != before
    course.pin("small==1.0")
    assert "hello 1.0 " in course.start("hello").stdout
    course.pin("# a comment more\nsmall==1.0")
    assert course.start("hello", wheels=False).returncode == 7


def test_only_the_test_command_installs_what_tests_need(course):
    assert course.start("other", wheels=False).returncode == 4
    assert course.start("test").returncode == 3
    assert "installing" not in course.start("other", wheels=False).stdout
    assert is_whole(course)


def test_two_starts_at_once_install_once(tmp_path):
    fresh = SmallCourse.made(tmp_path / "course")
    both = [fresh.begin("hello") for _ in range(2)]
    said = [child.communicate()[0] for child in both]
    assert [child.returncode for child in both] == [7, 7], said
    assert sum("installing requirements.txt" in text for text in said) == 1
    assert sum("another start is installing" in text for text in said) == 1
    assert is_whole(fresh)


@posix
@pytest.mark.parametrize(
    ("delay", "whole_group"),
    [
        (0.4, True),
        (1.5, False),
        *(pytest.param(d, w, marks=pytest.mark.slow) for d in (1, 2, 3.5) for w in (True, False)),
    ],
)
def test_killed_at_any_moment_the_next_start_mends_it(tmp_path, delay, whole_group):
    """With the group, or alone: then pip ends by itself, and the lock waits for it."""
    fresh = SmallCourse.made(tmp_path / "course")
    child = fresh.begin("hello", start_new_session=True)
    time.sleep(delay)
    (os.killpg if whole_group else os.kill)(child.pid, signal.SIGKILL)
    child.stdout.close()
    child.wait()
    done = fresh.start("hello")
    assert done.returncode == 7, done.stdout + done.stderr
    assert is_whole(fresh)


@posix
def test_stopped_while_the_environment_is_made(tmp_path):
    fresh = SmallCourse.made(tmp_path / "course")
    child = fresh.begin("hello", start_new_session=True)
    assert "making" in child.stdout.readline()
    time.sleep(0.7)  # in the middle of ensurepip, which has children of its own
    os.killpg(child.pid, signal.SIGINT)
    said = child.communicate()[0]
    assert child.returncode == 130
    assert said.strip() == "course: stopped; the same command takes up from here"
    assert fresh.start("hello").returncode == 7
    assert is_whole(fresh)


@posix
def test_stopped_while_it_is_mended_it_stands_as_before(course):
    (course.site / "small" / "__init__.py").unlink()
    before = tree(course.venv)
    child = course.begin("hello", start_new_session=True)
    assert "mending" in child.stdout.readline()
    os.killpg(child.pid, signal.SIGINT)
    assert "takes up from here" in child.communicate()[0]
    assert tree(course.venv) == before
    assert course.start("hello").returncode == 7


@pytest.mark.parametrize("at", ["between the names", "before the old one went"])
def test_killed_while_the_two_are_exchanged(course, at):
    new, old = (course.folder / f".venv.{name}" for name in ("new", "old"))
    if at == "between the names":
        course.venv.rename(old)
        shutil.copytree(old, new, symlinks=True)
    else:
        shutil.copytree(course.venv, old, symlinks=True)
        new.mkdir()
        (course.site / "small" / "__init__.py").unlink()
        (old / "course-stamp.json").touch()
    assert course.start("hello").returncode == 7
    assert is_whole(course)


@posix
def test_what_runs_in_it_lives_on(course):
    """A running JupyterLab, for one, while a package is mended and the folders are exchanged."""
    code = "import sys; sys.stdin.readline(); import needed, small; print(small.VERSION)"
    running = subprocess.Popen(
        [course.python, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    course.pin("small==1.1")
    assert course.start("hello").returncode == 7
    assert running.communicate("now\n")[0] == "1.1\n"


def test_an_environment_of_yours_is_moved_aside(tmp_path):
    fresh = SmallCourse.made(tmp_path / "course")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", fresh.venv], check=True)
    (fresh.site / "thesis.py").write_text("years of work")
    done = fresh.start("hello")
    assert done.returncode == 7, done.stderr
    aside = fresh.folder / ".venv.yours"
    assert f"your own {fresh.venv} is now {aside}" in done.stdout
    assert next(aside.rglob("thesis.py")).read_text() == "years of work"


def test_a_folder_of_yours_is_never_touched(first, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    done = first.start("hello", COURSE_VENV=str(mine))
    assert done.returncode == 1
    assert "is not empty and not ours" in done.stderr
    assert (mine / "thesis.txt").read_text() == "years of work"


@pytest.mark.slow
def test_the_environment_can_be_elsewhere(first, tmp_path):
    done = first.start("hello", COURSE_VENV=str(tmp_path / "new"))
    assert done.returncode == 7
    assert str(tmp_path / "new") in done.stdout


@posix
def test_pip_settings_made_for_others_do_not_move_the_installation(tmp_path):
    fresh = SmallCourse.made(tmp_path / "course")
    wrong, config = tmp_path / "wrong", tmp_path / "pip.conf"
    config.write_text(
        f"[install]\nuser = true\ntarget = {wrong}\nno-deps = true\n"
        f"[global]\nrequire-hashes = true\nno-index = true\nfind-links = {fresh.wheels}\n"
    )
    settings = {
        "PIP_CONFIG_FILE": str(config),
        "PIP_USER": "1",
        "PIP_PREFIX": str(wrong),
        "PIP_ROOT": str(wrong),
        "PIP_REQUIRE_HASHES": "1",
        "PIP_PYTHON": "/nowhere/python",
        "PYTHONUSERBASE": str(wrong),
        "PYTHONPATH": str(wrong),
        "PYTHONHOME": "",
    }
    call = fresh.call("hello")  # no --wheels: the folder comes from the user's own pip.conf
    done = subprocess.run(call, env=fresh.environment(**settings), capture_output=True, text=True)
    assert done.returncode == 7, done.stdout + done.stderr
    assert (fresh.site / "small").exists()
    assert (fresh.site / "needed").exists()
    assert not wrong.exists()


@pytest.mark.parametrize("how", ["PYTHONPATH", "beside", "a package"])
def test_the_courses_utils_wins(course, tmp_path, how):
    other = tmp_path / "other"
    place = course.site if how == "a package" else other
    (place / "utils").mkdir(parents=True)
    (place / "utils" / "__init__.py").write_text("raise RuntimeError('not this one')")
    more = {"PYTHONPATH": str(other)} if how == "PYTHONPATH" else {}
    env = course.environment(PIP_NO_INDEX="1", **more)
    other.mkdir(exist_ok=True)
    done = subprocess.run(course.call("hello"), cwd=other, env=env, capture_output=True, text=True)
    assert done.returncode == 7, done.stderr
    assert str(course.folder / "utils" / "__init__.py") in done.stdout
    # As a kernel is started: by the environment's Python, in the folder of the notebook.
    call = [course.python, "-c", "import utils.cli; print(utils.__file__)"]
    done = subprocess.run(call, cwd=other, env=env, capture_output=True, text=True)
    assert done.stdout.strip() == str(course.folder / "utils" / "__init__.py"), done.stderr


MISTAKES = [
    (["helo"], 2, "did you mean `hello`?"),
    (["hello", "--wheels"], 2, "--wheels came without a folder"),
    (["hello", "--wheels="], 2, "--wheels came without a folder"),
    (["--wheels", "--loud", "hello"], 2, "--wheels came without a folder"),
    (["hello", "--wheels=none"], 1, "there is no folder none"),
    (["hello", "--wheels", "none"], 1, "there is no folder none"),
    (["test", "--bogus"], 2, "unknown: --bogus"),
    (["wheels"], 2, "the following arguments are required: DIR"),
    (["wheels", "a", "b"], 2, "unknown: b"),
    (["wheels", "--bogus"], 2, "the following arguments are required: DIR"),
    (["wheels", "course/course.py"], 2, "is a file"),
]
HELP = [[], ["--help"], ["help"], ["wheels", "--help"], ["hello", "--help"], ["test", "-h"]]


@pytest.mark.parametrize(("arguments", "status", "sentence"), MISTAKES)
def test_a_mistake_installs_nothing(tmp_path, arguments, status, sentence):
    fresh = SmallCourse.made(tmp_path / "course")
    before = tree(tmp_path)
    done = fresh.start(*arguments, wheels=False)
    assert (done.returncode, done.stdout) == (status, "")
    assert sentence in done.stderr
    assert tree(tmp_path) == before


def test_help_installs_nothing(tmp_path):
    fresh = SmallCourse.made(tmp_path / "course")
    before = tree(tmp_path)
    for arguments in HELP:
        done = fresh.start(*arguments, wheels=False)
        assert done.returncode == 0, done.stderr
        assert "course.py" in done.stdout
    assert tree(tmp_path) == before


def test_wheels_are_taken_in_both_spellings(first):
    for spelled in (["--wheels", str(first.wheels)], [f"--wheels={first.wheels}"]):
        done = first.start(*spelled, "hello", wheels=False)
        assert done.returncode == 7
        assert "wheels" not in done.stdout.split(str(first.folder))[-1]


@posix
def test_each_cause_has_its_sentence(course, tmp_path):
    fresh = course
    colon = SmallCourse.made(tmp_path / "with:colon")
    fresh.pin("small==9.9")
    causes = [
        (colon.start("hello"), "its path has a `:`: rename that folder, or set COURSE_VENV"),
        (fresh.start("hello"), f"the folder {fresh.wheels} has no small==9.9 for Python"),
        (fresh.start("hello", wheels=False), "the package index has no small==9.9 for Python"),
        (
            fresh.start("hello", COURSE_VENV=str(fresh.folder / "course.py" / "venv")),
            "set COURSE_VENV to a folder of yours",
        ),
    ]
    for done, sentence in causes:
        assert done.returncode == 1
        assert sentence in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
        assert "Traceback" not in done.stdout
    assert not list(tmp_path.glob("*/.venv.new"))


def test_without_a_network_one_sentence_says_so(course):
    course.pin("small==1.1")
    closed = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "no_proxy": "*"}
    env = course.environment(**closed)
    done = subprocess.run(course.call("hello"), env=env, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("course: the package index cannot be reached: look at the inter")
    assert done.stderr.count("\n") == 1
    assert len(done.stdout.splitlines()) == 2


def test_a_damaged_wheel_is_named(course, tmp_path):
    course.wheels = tmp_path / "wheels"
    course.wheels.mkdir()
    (course.wheels / "small-1.1-py3-none-any.whl").write_bytes(b"PK\3\4 and no more")
    course.pin("small==1.1")
    done = course.start("hello")
    assert done.returncode == 1
    assert f"fill the folder {course.wheels} anew" in done.stderr


@pytest.mark.parametrize("version", ["(2, 7, 18)", "(3, 10, 2)", "(3, 14, 0)"])
def test_a_wrong_python_gets_a_sentence(version):
    code = f"import sys, runpy; sys.version_info = {version}; runpy.run_path('course.py')"
    call = [sys.executable, "-c", code]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("This course needs Python 3.11, 3.12 or 3.13, and this is")
    assert len(done.stderr.splitlines()) == 1


def test_an_old_python_can_read_it_and_it_is_short():
    source = (ROOT / "course.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 4))
    assert source.isascii()
    assert len(source.splitlines()) <= 150
    after_3_4 = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Starred, ast.AsyncFunctionDef)
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, after_3_4)]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.keywords]
    assert not [c.lineno for c in calls if getattr(c.func, "id", "") == "print"], "Python 2"


@pytest.mark.slow
def test_everything_installs_without_internet(tmp_path):
    """Some gigabytes and minutes: the real packages, from a folder, with pip's --no-index."""
    copy, wheels = tmp_path / "course", tmp_path / "wheels"
    skip = shutil.ignore_patterns(".venv*", ".git", "lessons", "docs", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, copy, ignore=skip)
    call = [sys.executable, str(copy / "course.py")]
    subprocess.run([*call, "wheels", str(wheels)], check=True)
    assert not (copy / ".venv").exists()
    # Without the user's own settings, and with a proxy that nobody answers: no network at all.
    keep = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    shut = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    env = {**keep, **shut, "PIP_CONFIG_FILE": os.devnull, "COURSE_VENV": str(copy / ".venv")}
    done = subprocess.run([*call, "lab", "--wheels", str(wheels), "--version"], env=env)
    assert done.returncode == 0
