"""The first cell of the course says what is wrong with a machine, and what to do."""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from threading import Thread

import pytest

from utils.explorers import machine


def test_a_good_machine_is_ready():
    report = machine.check_machine()
    assert {check.name for check in report.checks} >= {"Python", "torch", "live views", "device"}
    assert report.good, repr(report)
    assert repr(report).endswith("Everything is ready.")


def test_each_failed_check_says_what_to_do(monkeypatch, tmp_path):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(machine, "version", missing)
    monkeypatch.setattr(machine, "MEMORY", 1e9)
    monkeypatch.setattr(machine, "DISK", 1e9)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(machine, "PYTHONS", ((4, 0), (4, 1)))
    report = machine.check_machine()
    bad = {check.name for check in report.checks if not check.good}
    assert bad - {"memory"} == {"Python", *machine.PACKAGES, "live views", "disk"}
    assert ("memory" in bad) == Path("/proc/meminfo").exists()
    assert all(check.mend for check in report.checks if not check.good)
    assert "install Python 4.0 or newer, below 4.1" in repr(report)
    assert "Mend what says LOOK" in repr(report)


PAGE = """<html><script id="jupyter-config-data" type="application/json">{}</script></html>"""
BOTH = [{"name": name} for name in machine.EXTENSIONS]


@pytest.mark.parametrize(
    ("settings", "good"),
    [
        ({"federated_extensions": BOTH, "disabledExtensions": ["other:plugin"]}, True),
        ({"federated_extensions": BOTH[1:]}, False),
        ({"federated_extensions": BOTH, "disabledExtensions": ["anywidget"]}, False),
    ],
)
def test_the_server_itself_says_whether_views_can_live(monkeypatch, settings, good):
    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            known = self.headers["Authorization"] == "token secret" and self.path == "/base/lab"
            self.send_response(200 if known else 403)
            self.end_headers()
            self.wfile.write(PAGE.replace("{}", json.dumps(settings)).encode())

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/base/"
        running = [{"pid": 5, "url": "http://127.0.0.1:1/", "token": ""}]
        running += [{"pid": 77, "url": url, "token": "secret"}]
        monkeypatch.setattr("jupyter_server.serverapp.list_running_servers", lambda: running)
        monkeypatch.setenv("JPY_PARENT_PID", "77")
        report = machine.check_machine()
        server.shutdown()
    check = next(check for check in report.checks if check.name == "live views")
    assert (check.good, "the server" in check.found) == (good, True)
