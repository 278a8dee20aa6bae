"""The checker names the first line at which a whole model with the learner's answer parts."""

import pytest

from utils.checks import all_exercises
from utils.checks.whole import ready, try_in_whole


@pytest.fixture(autouse=True)
def a_busy_machine_is_no_excuse(monkeypatch):
    monkeypatch.setattr("utils.checks.whole.TRACING", 100.0)


def said(name, mistake):
    exercise = all_exercises()[name]
    (wrong,) = (m.function for m in exercise.mistakes if m.name == mistake)
    verdict = try_in_whole(exercise.whole, wrong)
    assert verdict.equal is False
    return verdict.folded.removeprefix("Line by line, the runs part ")


def test_a_wrong_function_is_named_with_the_line_that_called_it():
    text = said("window_partition", "no permute")
    assert text.startswith(
        "at `return x.reshape(b, h // wh, w // ww, wh * ww, c)` in no_permute of"
    )
    assert "called by `windows = partition_windows(x, window_size=self.window_size)`" in text
    assert "`returned` is off by" in text


def test_a_wrong_line_of_a_whole_block_is_named():
    text = said("swin_block", "mask forgotten")
    line = "x = x + _attend(block, block.norm1(x), masked=False)"
    assert text.startswith(f"at `{line}` in SwinBlock of stages.0.blocks.1: `x` is off by")


def test_an_untouched_line_of_the_model_is_never_blamed():
    text = said("shift_for", "the bug as it was found")
    assert text == "" or "as_found" in text


@pytest.fixture(scope="module", autouse=True)
def the_reference_run_is_made_once():
    yield
    made = ready(all_exercises()["swin_block"].whole.case)
    assert "run" in vars(made)
