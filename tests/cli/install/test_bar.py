"""What the one line says, from what pip has written."""

from utils.cli.install.bar import Bar, progress

COLLECTING = "Collecting a==1 (from -r r.txt)\nCollecting b_c\n"
COLLECTING += "  Downloading x/b_c-2.whl (12.5 MB)\n"
INSTALLING = COLLECTING + "Installing collected packages: b-c, zip.p, A, d\n"


def test_packages_are_counted_while_they_are_found(tmp_path):
    folder = tmp_path / "pip-unpack-1"
    folder.mkdir()
    (folder / "b_c-2.whl").write_bytes(b"0" * 2_500_000)
    said = progress(COLLECTING, tmp_path, tmp_path)
    assert said == "finding packages: 2 so far; b_c-2.whl, 2.5 of 12.5 MB"
    assert progress(COLLECTING + "Collecting d\n", tmp_path, tmp_path) == (
        "finding packages: 3 so far"
    )


def test_the_bar_counts_what_is_there_of_what_pip_named(tmp_path):
    for name in ("b_c-2", "zip_p-1", "other-1"):
        (tmp_path / f"{name}.dist-info").mkdir()
    assert progress(INSTALLING, tmp_path, tmp_path) == f"installing [{'#' * 12}{'.' * 12}] 2 of 4"
    assert "0 of 4" in progress(INSTALLING, tmp_path / "none", tmp_path)


def test_a_terminal_gets_one_line_and_a_file_hardly_any(capsys, monkeypatch):
    bar = Bar()
    for number in range(300):
        bar.show(f"installing {number}")
    bar.end()
    assert capsys.readouterr().out == ""
    monkeypatch.setenv("COLUMNS", "40")
    bar.terminal = True
    for number in range(300):
        bar.show(f"installing {number} " + "x" * 80)
    bar.end()
    shown = capsys.readouterr().out
    assert "\n" not in shown
    assert shown.endswith("\r" + " " * 39 + "\r")
    assert max(map(len, shown.split("\r"))) == 39


def test_a_long_wait_is_told_to_a_file_as_well(capsys):
    bar = Bar()
    bar.started -= 95
    bar.shown -= 95
    bar.show("installing")
    bar.show("installing")
    assert capsys.readouterr().out == "course: installing  1:35\n"
