"""Answers that no good will stands behind: `check` says a sentence, and leaves nothing behind."""

import _thread
import builtins
import functools
import logging
import sys
import threading
import time
import warnings

import pytest
import torch
from torch import nn

from utils.checks import all_exercises, check, guard, hint, judge, solution
from utils.checks.copies import redrawn
from utils.checks.listeners import _listeners, listen
from utils.checks.whole import ready
from utils.ops import cyclic_shift, relative_position_index

SCRIPT = "</title><script>alert(1)</script>"


class UnsayableError(Exception):
    def __str__(self):
        raise RuntimeError("no words")

    __repr__ = __str__


class Prickly:
    """Nothing of it can be looked at."""

    def __getattribute__(self, name):
        raise RuntimeError("do not touch")

    def __repr__(self):
        raise RuntimeError("do not print")

    def __eq__(self, other):
        raise RuntimeError("do not compare")

    def __len__(self):
        raise RuntimeError("do not count")

    __hash__ = None


class Liar:
    @property
    def __class__(self):
        return torch.Tensor

    @property
    def shape(self):
        while True:
            pass


class Endless(list):
    def __len__(self):
        while True:
            pass


def unsayable(*args):
    raise UnsayableError


def closing(x, shift_size):
    print("so far so good")
    sys.stdout.close()
    sys.stderr.close()
    return torch.roll(x, (-shift_size[0], -shift_size[1]), dims=(1, 2))


def nested(x, *rest):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)])


RESULTS = {
    "meta": lambda x, *rest: torch.zeros(1, 4, 6, 1, device="meta"),
    "sparse": lambda x, *rest: torch.zeros(1, 4, 6, 1).to_sparse(),
    "nested": nested,
    "complex": lambda x, *rest: torch.zeros(1, 4, 6, 1, dtype=torch.complex64),
    "quantized": lambda x, *rest: torch.quantize_per_tensor(
        torch.zeros(1, 4, 6, 1), 0.1, 0, torch.qint8
    ),
    "prickly": lambda *args: Prickly(),
    "liar": lambda *args: Liar(),
    "tuple of prickly": lambda *args: (Prickly(), Prickly()),
    "class": lambda *args: Prickly,
    "generator": lambda *args: (i for i in iter(int, 1)),
    "huge number": lambda *args: 10**5000,
    "nan": lambda *args: (float("nan"), float("inf")),
    "unsayable": unsayable,
    "closing": closing,
    "parameter": lambda x, *rest: nn.Parameter(torch.zeros(1, 4, 6, 1)),
    "empty": lambda *args: torch.zeros(0, 3),
    "scalar": lambda *args: torch.tensor(1.0),
    "set": lambda *args: {1, 2},
    "half": lambda x, *rest: torch.zeros(1, 4, 6, 1, dtype=torch.float16),
    "byte": lambda x, *rest: torch.zeros(1, 4, 6, 1, dtype=torch.uint8),
}


@pytest.mark.parametrize("result", RESULTS)
@pytest.mark.parametrize("name", ["shift_map", "shift_for", "split_heads", "reach"])
def test_every_result_gets_a_sentence(name, result):
    verdict = judge(all_exercises()[name], RESULTS[result], whole=False)
    assert verdict.kind in ("wrong", "broken", "right")
    assert verdict.kind != "right" or (name, result) == ("shift_map", "closing")
    assert verdict.lines[0]
    assert "text/html" in verdict._repr_mimebundle_()


def test_what_came_is_named():
    def said(result):
        return judge(all_exercises()["shift_map"], RESULTS[result], whole=False).lines[0]

    assert "on the meta device" in said("meta")
    assert "sparse tensor" in said("sparse")
    assert "nested tensor" in said("nested")
    assert "quantized" in said("quantized")
    assert "its text cannot be read" in said("unsayable")


class Callable:
    @property
    def __name__(self):
        raise RuntimeError("nameless")

    @property
    def __code__(self):
        return "no code"

    def __call__(self, x, shift_size):
        return torch.roll(x, (-shift_size[0], -shift_size[1]), dims=(1, 2))


def test_functions_of_odd_kinds():
    assert judge(all_exercises()["shift_map"], Callable(), whole=False).kind == "right"
    for odd in (Prickly(), Prickly, type, 3, "shift_map", b"", None, ...):
        assert check(odd, "shift_map").kind in ("broken", "wrong")

    async def shift_map(x, shift_size):
        return x

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert check(shift_map).kind == "broken"


def bare_except(x, shift_size):
    while True:
        try:
            while True:
                x = x + 1
        except:  # noqa: E722
            pass


def sleeping(x, shift_size):
    for _ in range(1000):
        time.sleep(0.1)


def by_exec(x, shift_size):
    exec("while True: pass")


@pytest.mark.parametrize(
    "answer", [bare_except, sleeping, by_exec, lambda *a: Liar().shape, lambda *a: Endless()]
)
def test_what_does_not_end_is_stopped(answer, monkeypatch):
    monkeypatch.setattr("utils.checks.trial.SECONDS", 0.3)
    for name in ("shift_map", "split_heads"):
        verdict = judge(all_exercises()[name], answer, whole=False)
        assert verdict.kind in ("broken", "wrong")


def right(x, shift_size):
    return torch.roll(x, (-shift_size[0], -shift_size[1]), dims=(1, 2))


def sets_a_dtype(x, shift_size):
    torch.set_default_dtype(torch.float64)
    return right(x, shift_size)


def switches_gradients(x, shift_size):
    torch.set_grad_enabled(False)
    return right(x, shift_size)


def replaces_torch(x, shift_size):
    torch.equal = lambda *args: True
    torch.Tensor.double = lambda self: self
    return right(x, shift_size)


def replaces_builtins(x, shift_size):
    out = right(x, shift_size)
    builtins.max = min
    return out


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (sets_a_dtype, "set_default_dtype"),
        (switches_gradients, "gradients switched off"),
        (replaces_torch, "torch.equal"),
        (replaces_builtins, "builtins.max"),
    ],
)
def test_what_a_function_switches_is_named_and_undone(answer, words):
    equal, double, most = torch.equal, torch.Tensor.double, max
    verdict = judge(all_exercises()["shift_map"], answer, whole=False)
    assert verdict.kind == "wrong"
    assert words in repr(verdict)
    assert (torch.equal, torch.Tensor.double, builtins.max) == (equal, double, most)
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()
    assert judge(all_exercises()["shift_map"], right, whole=False).kind == "right"


def fills(block, x):
    block.norm2.weight.data.fill_(1.0)
    return block.mlp(block.norm2(x))


def trains(block, x):
    block.train()
    return block.mlp(block.norm2(x))


def swaps(block, x):
    block.norm1 = nn.Identity()
    block.norm2 = nn.Identity()
    return block.mlp(block.norm2(x))


def patches(block, x):
    type(block).shift_for = lambda self, size: (0, 0)
    return block.mlp.fc2(nn.functional.gelu(block.mlp.fc1(block.norm2(x))))


@pytest.mark.parametrize("answer", [fills, trains, swaps, patches])
def test_a_model_comes_back_to_its_first_state(answer):
    exercise = all_exercises()["feed_forward"]
    before = {name: w.clone() for name, w in ready("swin_t").model.state_dict().items()}
    assert check(answer, "feed_forward").kind == "wrong"
    after = ready("swin_t").model
    assert not after.training
    assert all(torch.equal(w, before[name]) for name, w in after.state_dict().items())
    namespace = {"torch": torch}
    exec(exercise.solution, namespace)
    assert check(namespace["feed_forward"]).kind == "right"


def test_a_table_that_was_handed_out_is_made_anew():
    from utils.ops import shift_mask

    def swin_block(block, x):
        size = (4, 4)
        shift_mask(size, window_size=(2, 2), shift_size=(1, 1)).zero_()
        return x

    check(swin_block)
    assert shift_mask((4, 4), window_size=(2, 2), shift_size=(1, 1)).min() == -100


def test_a_default_set_in_a_cell_does_not_matter():
    torch.set_default_dtype(torch.float64)
    try:
        assert judge(all_exercises()["shift_map"], right, whole=False).kind == "right"
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    torch.set_default_device("meta")
    try:
        assert judge(all_exercises()["shift_map"], right, whole=False).kind == "right"
    finally:
        torch.set_default_device(None)


def test_a_hostile_name_stays_text():
    def shift_map(x, shift_size):
        print(SCRIPT)
        raise ValueError(SCRIPT)

    shift_map.__qualname__ = SCRIPT
    odd = type(SCRIPT, (), {})()
    pages = [check(shift_map), check(lambda *args: odd, "shift_map"), check(odd, SCRIPT)]
    pages += [check(right, SCRIPT)]
    for verdict in pages:
        assert "<script>" not in verdict._repr_mimebundle_()["text/html"]
        assert "script" in verdict._repr_mimebundle_()["text/html"]
    for words in (hint(SCRIPT), solution(SCRIPT)):
        assert "<script>" not in words._repr_mimebundle_()["text/markdown"]


def test_a_name_is_found_where_the_learner_wrote_it():
    shift_map = functools.partial(right)
    assert check(shift_map).name == "shift_map"

    def timed(function):
        def wrapper(*args):
            return function(*args)

        return wrapper

    window_merge = timed(lambda windows, window_size: windows)
    assert check(window_merge).name == "window_merge"
    position_index = lambda window_size: 1 / 0  # noqa: E731
    assert check(position_index).name == "position_index"
    assert "Hint 1 of 3 for position_index" in hint(position_index).text


def test_an_untouched_stub_has_a_mark_of_its_own():
    def softmax_of_whole_numbers(x, shift_size):
        return x.long().softmax(-1)

    def asks(x, shift_size):
        return nn.Module()(x)

    def left_in(x, shift_size):
        x = x + 1
        raise NotImplementedError()

    assert check(softmax_of_whole_numbers, "shift_map").kind == "broken"
    assert check(asks, "shift_map").kind == "broken"
    assert "delete that line" in repr(check(left_in, "shift_map"))

    def split_heads(qkv, num_heads):
        # YOUR CODE HERE
        raise NotImplementedError()

    def window_attention(layer, windows, mask):
        return split_heads(windows, 2)

    assert check(split_heads).kind == "not attempted"
    assert "`split_heads`, which is not written yet" in repr(check(window_attention))


def test_a_listener_hears_every_verdict():
    heard = []

    def write_down(*words):
        heard.append(words)

    def fails(*words):
        raise OSError

    listen(fails)
    listen(write_down)
    try:
        judge(all_exercises()["shift_map"], right, whole=False)
        judge(all_exercises()["shift_map"], lambda x, s: torch.roll(x, s, (1, 2)), whole=False)
    finally:
        _listeners.clear()
    assert heard == [("shift_map", "right", ""), ("shift_map", "wrong", "shift the wrong way")]


def switched_off_for_a_while(x, shift_size):
    before = sys.gettrace()
    sys.settrace(None)
    y = cyclic_shift(x, shift_size=shift_size)
    sys.settrace(before)
    return y


def in_a_thread_without_trace(x, shift_size):
    made = []
    threading.settrace(None)
    _thread.start_new_thread(lambda: made.append(cyclic_shift(x, shift_size=shift_size)), ())
    while not made:
        time.sleep(0.001)
    return made[0]


@pytest.mark.parametrize("answer", [switched_off_for_a_while, in_a_thread_without_trace])
def test_a_trace_that_is_switched_off_is_seen(answer):
    verdict = judge(all_exercises()["shift_map"], answer, whole=False)
    assert verdict.kind == "wrong"
    assert "switches off the trace" in verdict.lines[0] or "cyclic_shift" in verdict.lines[0]


def test_a_thread_of_one_s_own_is_welcome():
    def in_a_thread(x, shift_size):
        made = []
        thread = threading.Thread(target=lambda: made.append(right(x, shift_size)))
        thread.start()
        thread.join()
        return made[0]

    assert judge(all_exercises()["shift_map"], in_a_thread, whole=False).kind == "right"


def test_a_table_that_is_kept_is_no_way_around():
    def answer(window_size):
        return relative_position_index(window_size).clone()

    verdict = judge(all_exercises()["position_index"], answer, whole=False)
    assert verdict.kind == "wrong"
    assert "relative_position_index" in verdict.lines[0]


def test_what_a_kernel_puts_in_place_is_no_fault(monkeypatch):
    """A kernel has its own `input` while a cell runs: a bound method of a library's."""
    monkeypatch.setattr("builtins.input", logging.getLogger().info)
    verdict = judge(all_exercises()["shift_map"], right, whole=False)
    assert verdict.kind == "right"
    assert "replaced" not in repr(verdict)


def test_a_module_that_the_checker_uses_comes_back():
    def answer(x, shift_size):
        guard.sys = None
        return right(x, shift_size)

    judge(all_exercises()["shift_map"], answer, whole=False)
    assert guard.sys is sys
    assert judge(all_exercises()["shift_map"], right, whole=False).kind == "right"


def test_fresh_numbers_keep_within_the_limits_of_the_input():
    drawn = redrawn(torch.tensor([0.75, 0.125, 0.375, 0.5]), seed=1)
    assert drawn.min() >= 0.125
    assert drawn.max() <= 0.75


def test_another_arithmetic_is_right_where_it_is_exact_in_float64():
    """The variance as mean of squares minus square of the mean loses digits in float32 alone."""

    def answer(layer, x):
        mean = x.mean(-1, keepdim=True)
        variance = x.square().mean(-1, keepdim=True) - mean.square()
        y = (x if layer.bias is None else x - mean) * (variance + 1e-5).pow(-0.5) * layer.weight
        return y if layer.bias is None else y + layer.bias

    assert judge(all_exercises()["channel_norm"], answer, whole=False).kind == "right"
