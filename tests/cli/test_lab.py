"""`lab`: its own server settings, the user's looks, and a sentence where it cannot start."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from utils.cli import __main__ as entry
from utils.cli import lab

ROOT = Path(__file__).parents[2]


@pytest.fixture
def user(monkeypatch, tmp_path) -> Path:
    """A home with settings that were made for other servers."""
    home = tmp_path / "home"
    (home / ".jupyter").mkdir(parents=True)
    (home / ".jupyter" / "jupyter_server_config.py").write_text(
        "c.ServerApp.preferred_dir = '/nowhere'\nc.FileContentsManager.preferred_dir = '/nowhere'\n"
        "c.ServerApp.contents_manager_class = 'nobody.Manager'\nc.ServerApp.port = 1\n"
    )
    foreign = tmp_path / "foreign"
    for place in (foreign, home / ".local" / "share" / "jupyter"):
        spec = place / "kernels" / "python3" / "kernel.json"
        spec.parent.mkdir(parents=True)
        spec.write_text(json.dumps({"argv": ["/nowhere/python"], "display_name": "x"}))
    for name in [name for name in os.environ if name.startswith("JUPYTER")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("JUPYTER_PATH", str(foreign))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(home / ".jupyter"))
    monkeypatch.setenv("JUPYTERLAB_DIR", str(tmp_path / "another lab"))
    return home


def test_options_go_on(monkeypatch):
    calls = []

    class Child(subprocess.Popen):
        _child_created = False

        def __init__(self, call, **_):
            calls.append(call)

        def wait(self):
            return 0

    monkeypatch.setattr("subprocess.Popen", Child)
    assert entry.main(["lab", "--no-browser", "--port", "8899", "--allow-root"]) == 0
    assert calls[0][1:3] == ["-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={ROOT}" in calls[0]
    assert calls[0][-5].endswith("00_start_here.ipynb")
    assert calls[0][-4:] == ["--no-browser", "--port", "8899", "--allow-root"]


def test_root_is_told_what_to_do_before_anything_is_installed(monkeypatch, capsys):
    monkeypatch.setattr("os.geteuid", lambda: 0, raising=False)
    assert entry.main(["lab", "--port", "8899"]) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert told[-1].endswith("or type: python3 course.py lab --allow-root")
    assert isinstance(entry.understand(["lab", "--version"]), tuple)
    monkeypatch.setattr("os.geteuid", lambda: 1000, raising=False)
    assert isinstance(entry.understand(["lab"]), tuple)


def test_a_missing_notebook_is_told(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(lab, "FIRST", tmp_path / "00.ipynb")
    assert entry.main(["lab", "--allow-root"]) == 2
    assert "take it from a fresh copy" in capsys.readouterr().err


def test_looks_are_the_users_and_server_settings_are_not(user, tmp_path):
    found = lab.environment(tmp_path / "scratch")
    assert found["JUPYTERLAB_SETTINGS_DIR"] == str(user / ".jupyter" / "lab" / "user-settings")
    assert found["JUPYTER_CONFIG_DIR"] == str(tmp_path / "scratch" / "config")
    assert not set(lab.FOREIGN) & set(found)
    overrides = tmp_path / "scratch" / "config" / "labconfig" / "default_setting_overrides.json"
    (viewers,) = json.loads(overrides.read_text()).values()
    assert viewers["defaultViewers"]["markdown"] == "Markdown Preview"
    own = os.path.join(sys.prefix, "share", "jupyter")  # noqa: PTH118
    assert found["JUPYTER_PATH"].split(os.pathsep) == [own, str(tmp_path / "foreign")]


def test_a_home_that_cannot_be_written_is_left_alone(user, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "file" / "home"))
    monkeypatch.delenv("IPYTHONDIR", raising=False)  # set for the kernels of a whole test run
    (tmp_path / "file").touch()
    found = lab.environment(tmp_path / "scratch")
    places = [name for name in found if name.endswith("_DIR") and name.startswith("JUPYTER")]
    assert {"JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_WORKSPACES_DIR"} <= set(places)
    for name in [*places, "IPYTHONDIR"]:
        assert str(tmp_path / "scratch") in found[name]
        assert lab.can_write(Path(found[name]))


@pytest.mark.skipif(os.name == "nt", reason="the home is named otherwise")
def test_the_server_starts_with_anybodys_settings(user, tmp_path):
    """Its kernel is this Python's, its folder the course's, and it ends when it is told to."""
    port, token = free_port(), "a" * 16
    call = [sys.executable, "-m", "utils.cli", "lab", "--no-browser", "--allow-root"]
    call += [f"--port={port}", "--port-retries=0", f"--IdentityProvider.token={token}"]
    with (tmp_path / "log").open("w") as log:
        child = subprocess.Popen(
            call, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log
        )
    try:
        url = f"http://127.0.0.1:{port}/{{}}?token={token}"
        kernels = json.loads(fetch(child, url.format("api/kernelspecs"), tmp_path / "log"))
        files = json.loads(fetch(child, url.format("api/contents/notebooks"), tmp_path / "log"))
        page = fetch(child, url.format("lab"), tmp_path / "log")
        looks = fetch(child, url.format("custom/custom.css"), tmp_path / "log")
    finally:
        child.terminate()
        assert child.wait(30) is not None
    spec = kernels["kernelspecs"]["python3"]
    assert spec["spec"]["argv"][0] != "/nowhere/python"
    assert "00_start_here.ipynb" in {entry["name"] for entry in files["content"]}
    assert "custom/custom.css" in page
    assert looks == lab.LOOKS, "a folded output does not say its first line"
    assert lab.NEWS in page, "the news are among the disabled extensions"


def free_port() -> int:
    import socket

    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        return plug.getsockname()[1]


def fetch(child: subprocess.Popen, url: str, log: Path) -> str:
    """The answer of the server, as soon as there is one."""
    for _ in range(600):
        assert child.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())
