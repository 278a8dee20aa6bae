"""Which of the user's settings pip gets, and which not."""

import os
import sys
from pathlib import Path

import pytest

from utils.cli.install.pip import settings
from utils.cli.install.place import Place

PYTHON = Path(sys.executable)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


def test_sources_and_the_way_to_them_are_kept(monkeypatch, tmp_path):
    config = tmp_path / "pip.conf"
    config.write_text(
        "[global]\nindex-url = http://a/simple\nproxy = http://b\nuser = true\nno-binary = :all:\n"
        "[install]\nfind-links =\n    /c\n    /d\nrequire-hashes = true\n[download]\ndest = /e\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.setenv("PIP_PROXY", "http://mine")
    monkeypatch.setenv("PIP_TARGET", "/f")
    monkeypatch.setenv("PYTHONPATH", "/g")
    monkeypatch.setenv("http_proxy", "http://h")
    found = settings(PYTHON)
    assert found["PIP_INDEX_URL"] == "http://a/simple"
    assert found["PIP_PROXY"] == "http://mine"
    assert found["PIP_FIND_LINKS"].split() == ["/c", "/d"]
    assert found["PIP_CONFIG_FILE"] == os.devnull
    assert found["http_proxy"] == "http://h"
    known = {"INDEX_URL", "PROXY", "FIND_LINKS", "CONFIG_FILE", "NO_INPUT"}
    known |= {"DISABLE_PIP_VERSION_CHECK", "CONSTRAINT", "EXTRA_INDEX_URL", "CERT"}
    assert {name for name in found if name.startswith("PIP_")} <= {f"PIP_{n}" for n in known}
    assert "PYTHONPATH" not in found


def test_a_folder_of_wheels_is_the_only_source(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://a/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "http://b/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "http://c")
    monkeypatch.setenv("PIP_CERT", "/d")
    found = settings(PYTHON, wheels=Path("/wheels"))
    assert found["PIP_CERT"] == "/d"
    assert not {"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"} & set(found)


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_where_the_environment_lies(tmp_path, monkeypatch):
    root = tmp_path / "course"
    root.mkdir()
    assert Place.of(root, None).venv == root / ".venv"
    assert Place.of(root, str(tmp_path / "new")).venv == tmp_path / "new"
    # A disk of its own cannot be renamed, and beside it nobody may write.
    disk = tmp_path / "disk"
    disk.mkdir()
    monkeypatch.setattr("os.path.ismount", lambda path: Path(path) == disk)
    assert Place.of(root, str(disk)).venv == disk / "venv"
    (disk / "course-owned").touch()
    assert Place.of(root, str(disk)).venv == disk
    # A link to a larger disk stays a link: what changes is beside its end.
    (root / ".venv").symlink_to(tmp_path / "large" / "venv")
    assert Place.of(root, None).beside(".new") == tmp_path / "large" / "venv.new"
