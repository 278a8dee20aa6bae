"""A course of four files and two packages made here, so that each start takes seconds."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
HELLO = '''"""Say where we are."""
import sys
PASSES_ON = True
def add_arguments(parser): pass
def main(args):
    import small
    import utils
    print("hello", small.VERSION, sys.prefix, utils.__file__, *args.passed_on)
    return 7
'''
HAS_TINY = '''"""Is the package for tests there."""
from importlib.util import find_spec
def add_arguments(parser): pass
def main(args):
    return 3 if find_spec("tiny") else 4
'''
FOLDERS = ["utils/cli/install"]
FILES = ["course.py", "utils/__init__.py", "utils/errors.py"]
FILES += [f"utils/cli/{name}.py" for name in ("__init__", "__main__", "_ground", "_installed")]
FILES += ["utils/cli/wheels.py"]


def make_wheel(folder: Path, name: str, version: str, requires: str = "") -> None:
    """A package of one file, as pip takes it."""
    facts = f"{name}-{version}.dist-info"
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    files = {
        f"{name}/__init__.py": f"VERSION = {version!r}\ndef says(): print(VERSION)\n",
        f"{facts}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{facts}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{facts}/entry_points.txt": f"[console_scripts]\n{name}-says = {name}:says\n",
    }
    record = [f"{path},,{len(text)}" for path, text in files.items()] + [f"{facts}/RECORD,,"]
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, content in {**files, f"{facts}/RECORD": "\n".join(record) + "\n"}.items():
            wheel.writestr(path, content)


class SmallCourse:
    """A small copy of the course in a folder of its own."""

    def __init__(self, folder: Path, wheels: Path | None = None) -> None:
        self.folder, self.wheels = folder, wheels or folder.parent / "wheels"
        self.venv = folder / ".venv"

    @classmethod
    def made(cls, folder: Path) -> "SmallCourse":
        """Written anew, with its wheels beside it; nothing is installed."""
        made = cls(folder)
        for name in FOLDERS:
            skip = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=skip)
        for name in FILES:
            shutil.copy(ROOT / name, folder / name)
        for name, text in (("hello", HELLO), ("test", HAS_TINY), ("other", HAS_TINY)):
            (folder / "utils" / "cli" / f"{name}.py").write_text(text)
        made.pin("small==1.0")
        (folder / "requirements-test.txt").write_text("tiny==1.0\n")
        (folder / "requirements-site.txt").write_text("")
        made.wheels.mkdir(exist_ok=True)
        make_wheel(made.wheels, "small", "1.0", requires="needed")
        make_wheel(made.wheels, "small", "1.1", requires="needed")
        for name in ("needed", "tiny"):
            make_wheel(made.wheels, name, "1.0")
        return made

    def copied(self, folder: Path) -> "SmallCourse":
        """The whole folder with what is installed there, at another place."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return SmallCourse(folder, self.wheels)

    def pin(self, line: str) -> None:
        (self.folder / "requirements.txt").write_text(line + "\n")

    @property
    def site(self) -> Path:
        return next(self.venv.rglob("site-packages"))

    @property
    def python(self) -> Path:
        return self.venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def call(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.folder / "course.py"), *arguments]

    def environment(self, **more: str) -> dict[str, str]:
        left_out = ("COURSE_VENV", "COURSE_ROOT", "PYTHONPATH", "TMPDIR")
        keep = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith("PIP_") and key not in left_out
        }
        return {**keep, "PIP_CONFIG_FILE": os.devnull, **more}

    def start(self, *arguments: str, wheels: bool = True, **environment: str):
        """Run course.py to its end; with the wheels, or with nowhere to get packages from."""
        offline = ["--wheels", str(self.wheels)] if wheels else []
        nowhere = {} if wheels else {"PIP_NO_INDEX": "1"}
        return subprocess.run(
            self.call(*arguments, *offline),
            env=self.environment(**nowhere, **environment),
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=self.folder.parent,
        )

    def begin(self, *arguments: str, **options) -> subprocess.Popen:
        """Run course.py and come back at once."""
        call = [*self.call(*arguments), "--wheels", str(self.wheels)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(call, env=self.environment(), text=True, **pipes, **options)
