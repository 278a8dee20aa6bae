"""What is wrong with an installation: every fault is seen, and nothing else is."""

import os
import sys
from importlib.machinery import PathFinder
from importlib.metadata import MetadataPathFinder
from pathlib import Path

import pytest

from utils.cli import _installed


@pytest.fixture
def site(tmp_path, monkeypatch) -> Path:
    """A folder of packages with one package in it."""
    package, facts = tmp_path / "site" / "small", tmp_path / "site" / "small-1.0.dist-info"
    package.mkdir(parents=True)
    facts.mkdir()
    (package / "__init__.py").write_text("one = 1\n")
    (package / "empty.py").touch()
    (facts / "METADATA").write_text("Name: small\nVersion: 1.0+cpu\n")
    (facts / "RECORD").write_text(
        "small/__init__.py,sha256=x,8\nsmall/empty.py,sha256=y,0\nsmall/__pycache__/a.pyc,,\n"
        "small-1.0.dist-info/METADATA,,\nsmall-1.0.dist-info/RECORD,,\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site")])
    # It runs in a bare Python, where no backport of importlib.metadata finds packages as well.
    bare = [one for one in sys.meta_path if "importlib_metadata" not in str(one)]
    monkeypatch.setattr(sys, "meta_path", bare)
    find = staticmethod(MetadataPathFinder.find_distributions)
    monkeypatch.setattr(PathFinder, "find_distributions", find, raising=False)
    return tmp_path / "site"


def faults(site: Path, pins: str = "small==1.0", once: dict[str, str] | None = None):
    pinned = site.parent / "requirements.txt"
    pinned.write_text(f"# a remark\n{pins}\nelse==9; python_version < '3'\n")
    return list(_installed.faults([pinned], once or {}))


def test_a_whole_installation_has_no_fault(site):
    assert faults(site) == []
    assert faults(site, once={"small": "1.0"}) == []
    assert _installed.packages() == {"small": "1.0"}


def test_pins_are_held_and_once_installed_packages_are_missed(site):
    assert faults(site, "small==1.1") == [("small==1.1", "small is 1.0+cpu where 1.1 is pinned")]
    assert faults(site, "other==1.1") == [("other==1.1", "other is not installed")]
    assert faults(site, once={"gone": "2.0"}) == [("gone==2.0", "gone is not installed")]
    # What nobody pins may be another version than it was: only pins are promises.
    assert faults(site, "# none", once={"small": "0.9"}) == []


@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_damaged_file_is_seen(site, how):
    file = site / "small" / "__init__.py"
    file.unlink()
    if how == "empty":
        file.touch()
    assert faults(site) == [("small==1.0", f"small/__init__.py is {how}")]


def test_lost_facts_are_seen(site):
    (site / "small-1.0.dist-info" / "RECORD").unlink()
    assert faults(site) == [("small==1.0", "the list of files of small is missing")]
    (site / "small-1.0.dist-info" / "METADATA").unlink()
    told = [sentence for _, sentence in faults(site)]
    assert "small is damaged where 1.0 is pinned" in told


def test_leftovers_are_seen(site):
    (site / "~mall").mkdir()
    assert faults(site) == [("", f"{site}{os.sep}~mall is left over from pip")]
