"""The figures of a bench mean what they say."""

import time

import pytest
import torch

from utils.cli.benches.table import cells, machine, markdown
from utils.cli.benches.timing import (
    MEGABYTE,
    UNIT_FLOP,
    Row,
    Settings,
    Timing,
    measure,
    peak_memory,
    products,
    unit_name,
    unit_seconds,
)

CPU = torch.device("cpu")


@pytest.fixture
def quick_unit(monkeypatch):
    """The unit without its time."""
    monkeypatch.setattr("utils.cli.benches.timing.unit_seconds", lambda device: 0.01)


def test_warmup_is_not_counted_and_repeats_are(quick_unit):
    calls = []
    timing = measure(lambda: calls.append(1), Settings(CPU, repeats=3, warmup=2), memory=False)
    assert len(calls) == 5
    assert len(timing.seconds) == 3


def test_a_known_time_is_measured(quick_unit):
    timing = measure(lambda: time.sleep(0.02), Settings(CPU, repeats=3, warmup=0), memory=False)
    assert 0.019 < timing.lowest < 1
    assert timing.lowest <= timing.median
    assert timing.units == timing.lowest / 0.01


def test_one_matrix_product_is_one_unit():
    a = torch.ones(2048, 2048)
    timing = measure(lambda: a @ a, Settings(CPU, repeats=1, warmup=0), memory=False)
    row = Row("product", "2048", timing, flop=UNIT_FLOP)
    assert 0.1 < timing.units < 10  # other workers may be busy
    assert row.share_of_machine == pytest.approx(1 / timing.units)


def test_memory_that_is_freed_again_counts_and_what_ran_before_does_not():
    def call():
        block = torch.ones(64, 1024, 1024 // 4)  # 64 MB, gone at the end
        return block.sum()

    first = peak_memory(call, device=CPU)
    holes = [torch.ones(1000 * size) for size in range(1, 500)][::3]
    assert peak_memory(call, device=CPU) == first == 64 * MEGABYTE + 4
    assert peak_memory(lambda: None, device=CPU) == 0
    del holes


def test_a_table_shows_what_was_measured_and_names_what_is_missing():
    timing = Timing(seconds=(0.2, 0.1, 0.4), unit=0.05, peak=3 * MEGABYTE)
    rows = [Row("ours", "224", timing), Row.missing("theirs", "224", "not installed")]
    assert cells(rows[0])[2:7] == ("2.00", "100", "200", "150%", "3")
    lines = markdown(rows).splitlines()
    assert "missing: not installed" in lines[3]
    assert len({len(line) for line in lines}) == 1
    assert "machine" not in lines[0]  # no row says its arithmetic


def test_the_machine_is_described():
    text = machine(Settings(CPU), unit_seconds(CPU, repeats=1))
    assert "torch" in text
    assert "2048×2048" in text


def test_bars_are_as_long_as_the_lowest_times_in_units():
    from utils.cli.benches.plot import bars

    rows = [
        Row("ours", "small", Timing((0.3, 0.2, 0.4), unit=0.1)),
        Row.missing("theirs", "small", "not installed"),
        Row("other", "small", Timing((0.9,), unit=0.1)),
    ]
    ax = bars(rows, title="x").axes[0]
    assert [bar.get_width() for bar in ax.patches] == [pytest.approx(2.0), pytest.approx(9.0)]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["ours, small", "other, small"]


def test_the_bench_of_views_times_each_of_them(quick_unit, monkeypatch):
    from utils.cli.benches import explorers

    monkeypatch.setattr(explorers, "list_explorers", lambda: ["windows", "attention"])
    monkeypatch.setattr(explorers, "unit_seconds", lambda device: 0.01)
    monkeypatch.setattr("utils.cli.benches.gestures.find_chromium", lambda: None)
    *rows, gestures = explorers.run(Settings(CPU))
    assert [row.name for row in rows] == ["windows", "attention", "attention"]
    assert rows[-1].case == "a pass of its model"
    assert all(row.timing and row.timing.lowest > 0 for row in rows)
    assert gestures.case == "gesture to paint"
    assert gestures.note.startswith("missing: ")


def test_restormer_is_measured_as_long_as_it_fits(monkeypatch):
    from utils.cli.benches import restormer

    def pretend(name, model, side, settings, note):
        peak = 100 * side * side  # bytes, in proportion to the pixels
        row = Row(f"{name} x{settings.repeats}", str(side), Timing((1.0,), 1.0, peak), 1.0, note)
        return [row]

    monkeypatch.setattr(restormer, "_rows", pretend)
    monkeypatch.setattr(restormer, "free_memory", lambda device: 100 * 1500 * 1500)
    few = restormer.run(Settings(CPU, repeats=7))
    assert [row.case for row in few] == ["128", "128"]
    rows = restormer.run(Settings(CPU, repeats=7, all=True))
    assert [row.case for row in rows[2:]] == ["256", "512", "1024", "1×3×2048×2048"]
    assert [row.name for row in rows[3:]] == [
        "restormer_nano x7",
        "restormer_nano x1",
        "restormer_nano",
    ]
    assert rows[-1].note == "missing: memory"


def test_bars_of_very_different_lengths_stand_on_powers_of_ten_and_name_both_times():
    from utils.cli.benches.plot import LEAST, bars

    rows = [
        Row("view", "gestures", Timing((0.0, 0.5, 0.6), unit=1.0)),
        Row("view", "pass", Timing((60.0, 60.0, 61.0), unit=1.0)),
    ]
    ax = bars(rows, title="x").axes[0]
    assert ax.get_xscale() == "log"
    assert [bar.get_width() for bar in ax.patches] == [LEAST, 60.0]
    assert [text.get_text().strip() for text in ax.texts] == ["< 0.001 … 0.500", "60.0"]
    assert bars(rows[1:], title="x").axes[0].get_xscale() == "linear"


def test_all_products_of_the_unit_are_the_same_arithmetic():
    from torch.utils.flop_counter import FlopCounterMode

    for name, product in products(CPU).items():
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            product()
        assert counter.get_total_flops() == UNIT_FLOP, name
    assert unit_name(CPU) in products(CPU)
