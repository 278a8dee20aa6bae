"""Runs beside the main thread, bytes from the page, errors on their way to it, closed views."""

import threading

import pytest
import torch

from utils.explorers import explore
from utils.explorers.claim import widget as claim
from utils.explorers.work import StopWork, Work


def test_work_tells_its_state_from_itself_to_its_end():
    told, free = [], threading.Event()

    def do(work):
        free.wait()
        work.check()

    work = Work(do, told=lambda work: told.append(work.state))
    work.start()
    assert (work.state, work.going) == ("working", True)
    work.stop()
    assert work.state == "stopping"
    free.set()
    work.thread.join()
    assert (work.state, work.going, told) == ("stopped", False, ["stopped"])
    assert work.error is None
    with pytest.raises(StopWork):
        work.check()


def test_a_failed_run_is_said_and_can_be_started_again(monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no space left")

    monkeypatch.setattr(claim, "run_arm", broken)
    view = explore("claim")
    for _ in range(2):
        view.train()
        view.run.thread.join()
        assert view.work["state"] == "failed"
        assert "RuntimeError: no space left" in view.error
    monkeypatch.setattr(claim, "run_arm", lambda *args, **kwargs: {"test": {"psnr": 30.0}})
    view.train()
    view.run.thread.join()
    assert (view.work["state"], view.error) == ("done", "")
    assert "30.00 dB" in view.sentence


def test_closing_a_view_ends_its_run_and_frees_what_is_large(monkeypatch):
    def endless(*args, on_step, **kwargs):
        while True:
            on_step(0, 1.0)

    monkeypatch.setattr(claim, "run_arm", endless)
    view = explore("claim")
    layout = view.layout
    view.train(wait=False)
    view.close()
    view.run.thread.join(10)
    assert view.run.state == "stopped"
    assert (view.comm, layout.comm, view.pixels, view.arrays) == (None, None, {}, {})
    assert "run the cell with explore('claim') again" in repr(view)
    view.close()  # once more does no harm


def test_a_closed_model_view_keeps_no_pass():
    view = explore("gate")
    assert view.kept
    view.close()
    assert view.kept == {}
    assert "was closed" in repr(view)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_of_any_make_are_taken(kind):
    view = explore("windows")
    view.set_state({"upload": kind(b"no picture at all"), "asked": 3})
    assert "is not a picture" in view.error
    assert view.answered == 3
    view.set_state({"upload": 5, "asked": 4})
    assert view.error.startswith("TraitError: ")
    assert view.answered == 4


def test_whatever_fails_in_the_kernel_is_said_in_the_view(monkeypatch):
    view = explore("attention")

    def broken(*args):
        raise KeyError("weights")

    monkeypatch.setattr(view, "_timed_run", broken)
    view.kept = {}
    view.set_state({"stage": 1, "asked": 1})
    assert view.error.startswith("KeyError: 'weights'.")
    view._handle_custom_msg({"do": "scene", "asked": 2}, [])
    assert view.error.startswith("KeyError: 'weights'.")
    assert view.answered == 2
    monkeypatch.undo()
    view.set_state({"stage": 2, "asked": 3})
    assert (view.error, view.result().stage) == ("", 2)


def test_a_learners_dtype_changes_no_view():
    want = explore("attention").sentence
    torch.set_default_dtype(torch.float64)
    try:
        assert explore("attention").sentence == want
    finally:
        torch.set_default_dtype(torch.float32)
