"""Each cause has its own sentence; what pip says about a cause is real text of pip's."""

from pathlib import Path

import pytest

from utils.cli.install.remedies import FULL, REMEDIES, remedy

OFFLINE = """WARNING: Retrying (Retry(total=0, ...)) after connection broken by 'NewConnectionError(
'<pip._vendor.urllib3.connection.HTTPSConnection>: Failed to establish a new connection:
[Errno -3] Temporary failure in name resolution')': /simple/torch/
ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: none)
ERROR: No matching distribution found for torch==2.13.0"""
CAUSES = [
    (
        "disk",
        "ERROR: Could not install packages: [Errno 28] No space left on device",
    ),
    ("disk", "OSError: [Errno 122] Disk quota exceeded"),
    ("disk", "[WinError 112] There is not enough space on the disk"),
    ("network", OFFLINE),
    ("network", "ReadTimeoutError: HTTPSConnectionPool(host='a', port=443): Read timed out."),
    (
        "network",
        "ERROR: HTTP error 503 Server Error: Service Unavailable for url: http://a/simple/",
    ),
    ("proxy", "ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407'))"),
    ("certificate", "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]"),
    ("password", "ERROR: HTTP error 401 while getting x: 401 Client Error: Unauthorized"),
    ("no package", "ERROR: No matching distribution found for torch==2.13.0"),
    ("constraint", "ERROR: ResolutionImpossible: for help visit"),
    ("constraint", "The user requested (constraint) small==1.1"),
    ("damaged", "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."),
    ("damaged", "ERROR: Wheel 'a' located at /w/a-1-py3-none-any.whl is invalid."),
    ("damaged", "pip._vendor.zipfile.BadZipFile: File is not a zip file"),
    ("ensurepip", "/opt/venv/bin/python: No module named ensurepip"),
    ("ensurepip", "ensurepip is disabled in Debian/Ubuntu for the system python."),
    ("read-only", "[Errno 13] Permission denied: '/srv/course/.venv.lock'"),
    ("read-only", "[Errno 30] Read-only file system: '/srv/course/.venv.new'"),
    ("links", "Error: [Errno 1] Operation not permitted: 'lib' -> '/mnt/stick/.venv.new/lib64'"),
    ("not a folder", "[Errno 20] Not a directory: '/srv/file/venv'"),
    ("long path", "HINT: This system does not have Windows Long Path support enabled."),
    ("build", "error: subprocess-exited-with-error\n  x Building wheel for a did not run"),
    ("memory", "MemoryError\n"),
    ("other", "ERROR: something nobody has seen"),
]


@pytest.mark.parametrize(("kind", "words"), CAUSES)
def test_a_cause_is_recognized(kind, words, tmp_path):
    assert remedy(words, folder=tmp_path / ".venv").kind == kind


def test_every_cause_is_tried_and_has_a_sentence_of_its_own(tmp_path):
    assert {kind for kind, _ in CAUSES} == {kind for kind, *_ in REMEDIES} | {"other"}
    told = [str(remedy(words, folder=tmp_path / ".venv")) for _, words in CAUSES]
    assert len({text for text, (kind, _) in zip(told, CAUSES, strict=True)}) >= len(REMEDIES)
    for text in told:
        assert "\n" not in text
        assert "then run the same command again" in text


def test_offline_is_not_called_a_missing_package():
    told = str(remedy(OFFLINE, folder=Path("/x/.venv"), log=None))
    assert told.startswith("the package index cannot be reached: look at the internet connection")
    assert "--wheels DIR" in told


def test_a_folder_of_wheels_is_named():
    told = remedy(
        "No matching distribution found for torch==2.13.0",
        folder=Path("/x/.venv"),
        wheels=Path("/carried"),
    )
    assert "the folder /carried has no torch==2.13.0 for Python 3.1" in str(told)
    assert "course.py wheels DIR" in str(told)


def test_a_disk_so_full_that_nothing_was_written_down(tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": FULL - 1})
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    log = tmp_path / "log"
    told = remedy("", folder=tmp_path / ".venv.new", log=log)
    assert str(told).startswith(f"the disk of {tmp_path / '.venv'} is full: free some GB there")
    usage.free = FULL
    assert "a step ended without a word" in str(remedy("", folder=tmp_path / ".venv", log=log))


def test_unknown_words_are_told_with_the_place_of_all_of_them(tmp_path):
    words = "Collecting a\nERROR: the moon is in the way.\nnoise"
    told = str(remedy(words, folder=tmp_path / ".venv", log=tmp_path / "log"))
    assert told.startswith("the moon is in the way, then run the same command again")
    assert told.endswith(f"(all of pip's words: {tmp_path / 'log'})")
