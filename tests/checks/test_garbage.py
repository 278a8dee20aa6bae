"""Whatever a learner hands in gets a sentence: no traceback, no word on the error stream."""

import contextlib
import sys
import warnings

import pytest
import torch
from einops import rearrange

from utils import ops
from utils.checks import all_exercises as exercises
from utils.checks import check, hint, judge, solution, stub
from utils.checks.whole import ready
from utils.models import swin
from utils.reference import twins


@pytest.fixture(autouse=True)
def nothing_on_the_error_stream(capfd):
    yield
    assert capfd.readouterr().err == ""


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("utils.checks.trial.SECONDS", 1.0)


def right(x, shift_size):
    return torch.roll(x, (-shift_size[0], -shift_size[1]), dims=(1, 2))


def raises(x, shift_size):
    # YOUR CODE HERE
    raise NotImplementedError


def docstring_alone(x, shift_size):
    """Roll."""


def passes(x, shift_size):
    pass


def dots(x, shift_size): ...


@pytest.mark.parametrize("answer", [raises, docstring_alone, passes, dots])
def test_not_attempted(answer):
    verdict = check(answer, "shift_map")
    assert verdict.kind == "not attempted"
    assert verdict.points(2) == 0
    assert "about 5 minutes" in repr(verdict)


GARBAGE = [
    (lambda x, s: x and None, "Boolean value of Tensor"),
    (lambda x, s: [1, 2], "The result is a list where a tensor of shape (b=1, h=4, w=6, c=1)"),
    (lambda x, s: x.numpy(), "The result is a ndarray where a tensor"),
    (lambda x, s: "shifted", "The result is a str where a tensor"),
    (lambda x, s: print(end="") or None, "The result is None"),
    (lambda x: x, "It stopped with TypeError"),
    (lambda x, s: 1 / 0, "It stopped with ZeroDivisionError: division by zero, at line 1"),
    (lambda x, s: sys.exit(3), "It stopped with SystemExit: 3"),
    (lambda x, s: (_ for _ in ()).throw(MemoryError()), "It stopped with MemoryError"),
    (lambda x, s: x.view(7, 7), "It stopped with RuntimeError"),
    (lambda x, s: object(), "The result is a object"),
    (lambda x, s: torch.zeros(3).cuda() if torch.cuda.is_available() else [][0], "It stopped with"),
]


@pytest.mark.parametrize(("answer", "words"), GARBAGE, ids=[w for _, w in GARBAGE])
def test_garbage_gets_a_sentence(answer, words):
    verdict = judge(exercises()["shift_map"], answer, whole=False)
    assert verdict.kind == "broken"
    assert words in repr(verdict)
    assert verdict.points(5) == 0


WRONG = [
    (lambda x, s: x[:, :2], "has shape (1, 2, 6, 1) where (b=1, h=4, w=6, c=1) is wanted"),
    (lambda x, s: right(x, s).transpose(1, 2), "the same sizes in another order"),
    (lambda x, s: right(x, s).flatten(), "as many values, cut in another way"),
    (
        lambda x, s: right(x, s) * torch.nan,
        "yours nan; 24 of 24 values differ; yours holds values that are no",
    ),
    (lambda x, s: right(x, s) * 2.5, "Your result is everywhere 2.5 times the target"),
    (lambda x, s: right(x, s).to(torch.complex64), "complex numbers"),
    (lambda x, s: x, "all the right values are there, in other places"),
    (lambda x, s: torch.zeros(0), "has shape (0,)"),
]


@pytest.mark.parametrize(("answer", "words"), WRONG, ids=[w for _, w in WRONG])
def test_a_wrong_answer_is_described(answer, words):
    verdict = judge(exercises()["shift_map"], answer, whole=False)
    assert verdict.kind == "wrong"
    assert words in repr(verdict)
    assert "text/html" in verdict._repr_mimebundle_()


def test_the_first_place_is_named():
    def shift_map(x, shift_size):
        out = right(x, shift_size)
        out[:, 2, 3] += 1
        return out

    verdict = check(shift_map)
    assert "first differs at b = 0, h = 2, w = 3, c = 0: the target is 23, yours 24" in repr(
        verdict
    )
    assert "1 of 24 values differ" in repr(verdict)
    assert '<img width="720" alt="Two small maps' in verdict._repr_mimebundle_()["text/html"]


def test_a_pattern_is_claimed_only_where_it_explains_all():
    exercise = exercises()["shifted_mask"]
    one_for_all = next(m for m in exercise.mistakes if m.name == "mask not per window")
    assert "everywhere" not in repr(judge(exercise, one_for_all.function, whole=False))


def swallows(x, shift_size):
    while True:
        with contextlib.suppress(Exception):
            x = x + 1


def endless(x, shift_size):
    while True:
        pass


def endless_in_a_helper(x, shift_size):
    return endless(x, shift_size)


def endless_recursion(x, shift_size):
    return endless_recursion(x, shift_size)


@pytest.mark.parametrize("answer", [endless, endless_in_a_helper, swallows])
def test_an_endless_loop_is_stopped(answer):
    verdict = check(answer, "shift_map")
    assert verdict.kind == "broken"
    assert "is there a loop without an end? It stood at line" in repr(verdict)
    assert "cannot be stopped: interrupt the kernel" in repr(verdict)
    assert sys.gettrace() is None or "coverage" in str(sys.gettrace())


def test_endless_recursion_is_an_exception():
    assert "RecursionError" in repr(check(endless_recursion, "shift_map"))


def test_the_users_interrupt_gets_through():
    def shift_map(x, shift_size):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(shift_map)
    assert sys.gettrace() is None or "coverage" in str(sys.gettrace())


def test_damage_to_the_input():
    def shift_map(x, shift_size):
        out = right(x, shift_size)
        x.zero_()
        return out

    verdict = check(shift_map)
    assert verdict.kind == "wrong"
    assert "writes into `x`" in repr(verdict)


def alias(x, window_size):
    return ops.partition_windows(x, window_size=window_size)


def hidden(x, window_size):
    import utils.ops.windows as w

    return getattr(w, "partition_" + "windows")(x, window_size=window_size)


def the_twin(x, window_size):
    return torch.tensor(twins.partition_windows(x, window_size=window_size))


def the_reference(x, window_size):
    return exercises()["window_partition"].reference(x, window_size)


@pytest.mark.parametrize("answer", [alias, hidden, the_twin, the_reference])
def test_an_answer_that_calls_utils_is_found(answer):
    verdict = check(answer, "window_partition")
    assert verdict.kind == "wrong"
    assert "This answer calls utils." in repr(verdict)
    assert "write it yourself" in repr(verdict)


def test_the_function_of_utils_itself_is_no_answer():
    verdict = check(ops.cyclic_shift, "shift_map")
    assert verdict.kind == "wrong"
    assert "This answer calls utils.ops.shift.cyclic_shift" in repr(verdict)


def test_a_layer_may_not_answer_for_itself():
    verdict = check(lambda layer, windows, mask: layer(windows, mask), "window_attention")
    assert verdict.kind == "wrong"
    assert "WindowAttention.forward" in repr(verdict)
    verdict = check(lambda block, x: x + block.attend(block.norm1(x)), "swin_block")
    assert "SwinBlock.attend" in repr(verdict)


def test_what_may_be_called_is_not_reported():
    def patch_merge(layer, x):
        x = ops.pad_to_multiple(x, multiple=(2, 2))
        x = rearrange(x, "b (h ph) (w pw) c -> b h w (pw ph c)", ph=2, pw=2)
        return layer.reduction(layer.norm(x))

    assert judge(exercises()["patch_merge"], patch_merge, whole=False).kind == "right"


def test_no_function_at_all():
    for thing in (None, 3, "shift_map", torch.zeros(2)):
        verdict = check(thing)
        assert verdict.kind == "broken"
        assert "wants the function itself" in repr(verdict)


def test_an_unknown_name():
    def shift_maps(x, shift_size):
        return x

    assert "Is it shift_map?" in repr(check(shift_maps))
    assert "There is no exercise" in repr(check(lambda x: x))
    assert "There is no exercise nothing_like_it" in hint("nothing_like_it").text
    assert "There is no exercise" in solution(len).text


def test_callables_of_other_kinds():
    class Rolls:
        def __call__(self, x, shift_size):
            return right(x, shift_size)

    assert judge(exercises()["shift_map"], Rolls(), whole=False).kind == "right"
    assert judge(exercises()["shift_map"], torch.roll, whole=False).kind in ("wrong", "broken")


def test_what_is_printed_is_shown_and_warnings_are_not():
    def shift_map(x, shift_size):
        print("shape:", tuple(x.shape))
        print("to the error stream", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        return x

    text = repr(check(shift_map))
    assert "Your function printed:" in text
    assert "shape: (1, 4, 6, 1)" in text
    assert "to the error stream" not in text


def test_warnings_do_not_count_even_where_they_are_errors():
    def shift_map(x, shift_size):
        warnings.warn("careful", stacklevel=1)
        return right(x, shift_size)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        verdict = judge(exercises()["shift_map"], shift_map, whole=False)
    assert verdict.kind == "right"


def test_a_flood_of_output_is_cut():
    def shift_map(x, shift_size):
        for line in range(100):
            print(line)
        return right(x, shift_size)

    text = repr(check(shift_map))
    assert "... and 90 lines more" in text
    assert len(text.splitlines()) < 20


def test_right_alone_but_not_in_the_model():
    def shift_map(x, shift_size):
        if x.shape[1] > 20:
            return x
        return right(x, shift_size)

    verdict = check(shift_map)
    assert verdict.kind == "wrong"
    assert verdict.lines[0] == "Right alone, but not inside the model."
    assert "first part from them at `stages.0.blocks.1.attention.qkv`" in repr(verdict)


def test_breaking_only_inside_the_model():
    def shift_map(x, shift_size):
        if x.shape[1] > 20:
            raise ValueError("too large for me")
        return right(x, shift_size)

    text = repr(check(shift_map))
    assert "cannot run with your block: ValueError: too large for me, at line 3" in text


def test_slow_inside_the_model_is_still_right(monkeypatch):
    monkeypatch.setattr("utils.checks.whole.SECONDS", 0.05)

    def shift_map(x, shift_size):
        if x.shape[1] > 20:
            for _ in range(10**9):
                pass
        return right(x, shift_size)

    verdict = check(shift_map)
    assert verdict.kind == "right"
    assert "correct so far, but slow" in repr(verdict)


def test_the_model_is_whole_again_afterwards():
    judge(exercises()["shift_map"], exercises()["shift_map"].mistakes[0].function)
    assert swin.model.cyclic_shift is ops.cyclic_shift
    judge(exercises()["patch_merge"], lambda layer, x: 1 / 0)
    judge(exercises()["patch_merge"], exercises()["patch_merge"].mistakes[0].function)
    assert not any("forward" in vars(m) for m in ready("swin_t").model.modules())


def test_the_same_answer_gets_the_same_words():
    assert repr(check(alias, "window_partition")) == repr(check(alias, "window_partition"))


def test_empty_bodies():
    assert stub.is_empty(lambda: None)
    assert not stub.is_empty(lambda: 1)
    assert not stub.is_empty(len)
