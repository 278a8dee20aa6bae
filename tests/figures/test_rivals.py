"""The table of a model beside classical methods says what its card says."""

import pytest

from utils.checkpoints.shipped import read_card
from utils.figures import rivals as room
from utils.figures.rivals import rivals


def test_every_figure_is_the_cards():
    card = read_card("restormer_nano")["metrics"]["test"]
    rows = {(row.task, row.method): row.value for row in rivals(read_card("restormer_nano")).rows}
    assert rows["noise σ = 25", "BM3D, told σ"] == card["noise 25"]["psnr_bm3d"]
    assert rows["rain", "as it came"] == card["rain 0.6"]["psnr_in"]
    assert rows["blur of 7 px", "restormer_nano"] == card["blur 7"]["psnr"]


@pytest.mark.parametrize("name", ["restormer_nano", "gmflow_nano"])
def test_the_best_of_each_task_has_the_star_whoever_it_is(name):
    found = rivals(read_card(name))
    for task in {row.task for row in found.rows}:
        first, *others = (row for row in found.rows if row.task == task)
        values = [row.value for row in others]
        wanted = max(values) if found.unit == "dB" else min(values)
        assert [row.value for row in others if row.best] == [wanted]
        assert not first.best
    assert str(found).count(" *\n") + str(found).endswith(" *") == len({r.task for r in found.rows})


def test_a_method_that_was_not_measured_has_no_row(monkeypatch):
    card = {"moved": {"mean_motion": 8.0, "epe": 2.0, "epe_tvl1": 1.5}}
    monkeypatch.setattr(room, "MOVED", room.MOVED[:1])
    whole = {"model": "gmflow_nano", "metrics": {"test": {"photographs": card}}}
    assert str(rivals(whole)) == (
        "photographs, slow\n  mean motion   8.00 px\n  TV-L1         1.50 px *\n"
        "  gmflow_nano   2.00 px"
    )
