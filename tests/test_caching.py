"""What is kept, what is not, and for whom."""

import threading

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from utils.caching import MOST, cached, forget_all
from utils.ops import shift_mask


@pytest.fixture
def table():
    made = []

    @cached
    def table(size, *, device=None, dtype=torch.float32):
        made.append(size)
        return torch.arange(size if isinstance(size, int) else 2, device=device).to(dtype)

    table.made = made
    return table


def test_it_is_made_once_for_each_setting(table):
    assert table(3) is table(3)
    assert table(3, dtype=torch.float64).dtype == torch.float64
    assert table(3) is not table(4)
    assert table.made == [3, 3, 4]


@pytest.mark.parametrize("other", [1.0, True, (1,), "1"])
def test_what_is_equal_but_of_another_type_is_another_setting(table, other):
    table(1)
    table(other)
    assert len(table.made) == 2


def test_the_device_that_is_meant_is_part_of_the_key(table):
    here = table(3)
    with torch.device("meta"):
        assert table(3).device.type == "meta"
    assert table(3) is here
    assert table(3, device="cpu") is here
    assert table(3, device=torch.device("cpu")) is here


def test_what_inference_mode_made_can_be_trained_with(table):
    with torch.inference_mode():
        made = table(3)
    weight = torch.ones(1, requires_grad=True)
    (made * weight).sum().backward()
    assert weight.grad.item() == 3


def test_nothing_of_an_export_is_kept_or_given_to_it(table):
    real = table(3)
    with FakeTensorMode():
        fake = table(3)
        assert type(fake) is not type(real)
        table(4)
    assert table(3) is real
    assert type(table(4)) is torch.Tensor
    with FlopCounterMode(display=False):
        assert table(3) is not real


def test_an_export_of_a_masked_model_poisons_nobody():
    class Masked(torch.nn.Module):
        def forward(self, x):
            return x + shift_mask((4, 6), window_size=(2, 3), shift_size=(1, 1))

    x = torch.zeros(2, 2, 6, 6)
    program = torch.export.export(Masked(), (x,))
    mask = shift_mask((4, 6), window_size=(2, 3), shift_size=(1, 1))
    assert type(mask) is torch.Tensor
    assert torch.equal(program.module()(x), Masked()(x))


def test_the_oldest_goes_first(table):
    for size in range(1, MOST + 3):
        table(size)
    assert len(table.kept) == MOST
    first = len(table.made)
    table(MOST + 2)
    assert len(table.made) == first
    table(1)
    assert len(table.made) == first + 1


def test_all_can_be_forgotten(table):
    before = table(3)
    forget_all()
    assert table(3) is not before


def test_many_threads_ask_at_once(table):
    wrong = []

    def ask():
        for at in range(400):
            size = 1 + at % (2 * MOST)
            wrong.extend([size] * (len(table(size)) != size))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
