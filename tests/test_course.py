"""course.py for real: it installs, repairs and hands over, offline, with two packages made here.

The course that it starts is a small copy with one command of its own, so that each start takes
seconds. `test_everything_installs_without_internet` does the same with the real packages.
"""

import ast
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HELLO = '''"""Say where we are."""
import sys
PASSES_ON = True
def add_arguments(parser): pass
def main(args):
    import small
    print("hello", small.VERSION, sys.prefix, *args.passed_on)
    return 7
'''
HAS_TINY = '''"""Is the package for tests there."""
from importlib.util import find_spec
def add_arguments(parser): pass
def main(args):
    return 3 if find_spec("tiny") else 4
'''


def make_wheel(folder: Path, name: str, version: str) -> None:
    facts = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": f"VERSION = {version!r}\n",
        f"{facts}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{facts}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{path},," for path in [*files, f"{facts}/RECORD"]]
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, content in {**files, f"{facts}/RECORD": "\n".join(record) + "\n"}.items():
            wheel.writestr(path, content)


class Course:
    """A small copy of the course in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.wheels = folder, folder.parent / "wheels"
        for part in ("__init__.py", "errors.py"):
            (folder / "utils" / "cli").mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / "utils" / part, folder / "utils" / part)
        for part in ("__init__.py", "__main__.py", "_ground.py", "_installed.py"):
            shutil.copy(ROOT / "utils" / "cli" / part, folder / "utils" / "cli" / part)
        shutil.copy(ROOT / "course.py", folder)
        (folder / "utils" / "cli" / "hello.py").write_text(HELLO)
        (folder / "utils" / "cli" / "test.py").write_text(HAS_TINY)
        (folder / "utils" / "cli" / "other.py").write_text(HAS_TINY)
        (folder / "requirements.txt").write_text("small==1.0\n")
        (folder / "requirements-test.txt").write_text("tiny==1.0\n")
        self.wheels.mkdir(exist_ok=True)
        for name, version in (("small", "1.0"), ("small", "1.1"), ("tiny", "1.0")):
            make_wheel(self.wheels, name, version)

    @property
    def package(self) -> Path:
        return next((self.folder / ".venv").rglob("site-packages/small/__init__.py"))

    def call(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.folder / "course.py"), *arguments]

    def start(self, *arguments: str, wheels: bool = True, **environment: str):
        keep = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
        keep.pop("COURSE_VENV", None)
        env = {**keep, "PIP_CONFIG_FILE": os.devnull, **environment}
        offline = ["--wheels", str(self.wheels)] if wheels else []
        call = self.call(*arguments, *offline)
        return subprocess.run(
            call, env=env, capture_output=True, text=True, encoding="utf-8", cwd=self.folder.parent
        )


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    """An installed course, in a folder with a space and letters beyond ASCII."""
    made = Course(tmp_path_factory.mktemp("place") / "my cöurse")
    first = made.start("hello")
    assert first.returncode == 7, first.stderr
    assert "installing requirements.txt" in first.stdout
    return made


def test_a_second_start_installs_nothing_and_hands_over(course):
    done = course.start("hello", "--loud", wheels=False)
    assert done.returncode == 7
    assert done.stdout.split("hello ")[1].startswith("1.0 ")
    assert done.stdout.strip().endswith("--loud")
    assert str(course.folder / ".venv") in done.stdout
    assert "installing" not in done.stdout


@pytest.mark.slow
def test_an_unfinished_installation_is_made_anew(course):
    (course.folder / ".venv" / "course-stamp.json").unlink()
    course.package.unlink()  # as pip leaves it when it is stopped halfway
    done = course.start("hello")
    assert done.returncode == 7
    assert "removing the unfinished" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="signals: another way on Windows")
def test_killed_at_any_moment_it_starts_again(course):
    shutil.rmtree(course.folder / ".venv")
    for delay in (0.3, 1.5):
        call = [*course.call("hello"), "--wheels", str(course.wheels)]
        child = subprocess.Popen(call, stdout=subprocess.DEVNULL, start_new_session=True)
        time.sleep(delay)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    done = course.start("hello")
    assert done.returncode == 7, done.stderr


@pytest.mark.slow
def test_a_damaged_package_is_repaired(course):
    course.package.unlink()
    done = course.start("hello")
    assert done.returncode == 7
    assert "is damaged: small/__init__.py is missing" in done.stdout


@pytest.mark.slow
def test_a_broken_python_is_repaired(course):
    for file in (course.folder / ".venv").glob("[bS]*/python*"):  # bin or Scripts
        file.unlink()
    assert course.start("hello").returncode == 7


def test_a_changed_pin_is_installed_into_what_is_there(course):
    pins = course.folder / "requirements.txt"
    pins.write_text("small==1.1\n")
    done = course.start("hello")
    assert "hello 1.1 " in done.stdout
    assert "removing" not in done.stdout
    pins.write_text("small==1.0\n")
    assert "hello 1.0 " in course.start("hello").stdout


def test_only_the_test_command_installs_what_tests_need(course):
    assert course.start("other").returncode == 4
    assert course.start("test").returncode == 3
    assert "installing" not in course.start("other", wheels=False).stdout


def test_a_failed_step_ends_with_one_sentence(course):
    pins = course.folder / "requirements.txt"
    before = pins.read_text()
    pins.write_text("small==9.9\n")
    done = course.start("hello")
    pins.write_text(before)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1] == (
        "course: this step failed: look at the internet connection (or the --wheels folder) and "
        "the free disk space, then run the same command again"
    )


def test_a_folder_of_yours_is_never_touched(course, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    done = course.start("hello", COURSE_VENV=str(mine))
    assert done.returncode == 1
    assert "is not empty and not ours" in done.stderr
    assert (mine / "thesis.txt").read_text() == "years of work"


@pytest.mark.slow
def test_the_environment_can_be_elsewhere(course, tmp_path):
    done = course.start("hello", COURSE_VENV=str(tmp_path / "new"))
    assert done.returncode == 7
    assert str(tmp_path / "new") in done.stdout


def test_a_place_that_cannot_be_written_gets_a_sentence(course, tmp_path):
    (tmp_path / "file").touch()
    done = course.start("hello", COURSE_VENV=str(tmp_path / "file" / "venv"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "set COURSE_VENV to a folder of your own" in done.stderr


def test_a_typing_error_costs_no_installation(tmp_path):
    fresh = Course(tmp_path / "course")
    done = fresh.start("helo")
    assert done.returncode == 2
    assert "did you mean `hello`?" in done.stderr
    assert fresh.start().returncode == 0
    assert fresh.start("hello", "--wheels", str(tmp_path / "none"), wheels=False).returncode == 1
    assert not (fresh.folder / ".venv").exists()


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


@pytest.mark.slow
def test_everything_installs_without_internet(tmp_path):
    """Some gigabytes and minutes: the real packages, from a folder, with pip's --no-index."""
    copy, wheels = tmp_path / "course", tmp_path / "wheels"
    skip = shutil.ignore_patterns(".venv", ".git", "lessons", "docs", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, copy, ignore=skip)
    call = [sys.executable, str(copy / "course.py")]
    subprocess.run([*call, "wheels", str(wheels)], check=True)
    shutil.rmtree(copy / ".venv")
    # Without the user's own settings, and with a proxy that nobody answers: no network at all.
    keep = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    shut = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    env = {**keep, **shut, "PIP_CONFIG_FILE": os.devnull, "COURSE_VENV": str(copy / ".venv")}
    done = subprocess.run([*call, "lab", "--wheels", str(wheels), "--version"], env=env)
    assert done.returncode == 0
