"""The first cell of the course says what is wrong with a machine, and what to do."""

import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

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
