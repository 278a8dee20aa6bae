"""Watching the inside of a model."""

import weakref

import pytest
import torch
from torch import nn

from utils.tap import is_watched, tap, watching


class Leaf(nn.Module):
    def forward(self, x):
        return tap("doubled", 2 * x)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.leaf = Leaf()

    def forward(self, x):
        return tap("after", self.leaf(tap("before", x)) + 1)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(3))

    def forward(self, x):
        tap("input", x)
        for block in self.blocks:
            x = block(x)
        return x


class Breaks(nn.Module):
    def __init__(self, kind=RuntimeError):
        super().__init__()
        self.leaf, self.kind = Leaf(), kind

    def forward(self, x):
        self.leaf(x)
        raise self.kind("broken on purpose")


def test_every_tap_is_named_by_the_way_to_it():
    model = Model()
    with watching(model) as seen:
        model(torch.ones(1))
    assert list(seen) == [
        "input",
        *(f"blocks.{i}.{name}" for i in range(3) for name in ("before", "leaf.doubled", "after")),
    ]
    assert [seen[f"blocks.{i}.after"][0].item() for i in range(3)] == [3, 7, 15]


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (("input",), {"input"}),
        (("blocks.1.*",), {"blocks.1.before", "blocks.1.leaf.doubled", "blocks.1.after"}),
        (("*doubled",), {f"blocks.{i}.leaf.doubled" for i in range(3)}),
        (("blocks.?.after", "input"), {"input", *(f"blocks.{i}.after" for i in range(3))}),
        (("after",), set()),
        (("Blocks.1.after",), set()),
    ],
)
def test_patterns(patterns, names):
    model = Model()
    with watching(model, *patterns) as seen:
        model(torch.ones(1))
    assert set(seen) == names


def test_calls_are_kept_in_order():
    model = Model()
    with watching(model, "input") as seen:
        model(torch.ones(1))
        model(torch.zeros(1))
    assert [x.item() for x in seen["input"]] == [1, 0]


def test_a_module_used_twice_records_both_calls_under_its_first_name():
    leaf = Leaf()
    model = nn.Sequential(leaf, leaf)
    with watching(model) as seen:
        model(torch.ones(1))
    assert [x.item() for x in seen["0.doubled"]] == [2, 4]


def test_only_the_watched_model_is_seen():
    watched, other = Model(), Model()
    with watching(watched, "blocks.0.after") as seen:
        other(torch.ones(1))
        assert not seen
        watched(torch.ones(1))
    assert len(seen["blocks.0.after"]) == 1


def test_two_watchers_at_once():
    model = Model()
    with watching(model, "input") as outer, watching(model.blocks[1], "after") as inner:
        model(torch.ones(1))
    assert set(outer) == {"input"}
    assert inner["after"][0].item() == 7


def test_outside_of_watching_nothing_is_kept():
    model = Model()
    with watching(model) as seen:
        pass
    model(torch.ones(1))
    assert not seen
    assert not is_watched("input")
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_is_watched_knows_the_place():
    answers = {}

    class Asks(nn.Module):
        def __init__(self, name):
            super().__init__()
            self.name = name

        def forward(self, x):
            answers[self.name] = is_watched("weights")
            return x

    model = nn.Sequential(Asks("first"), Asks("second"))
    with watching(model, "1.weights"):
        model(torch.ones(1))
    assert answers == {"first": False, "second": True}


def test_an_exception_inside_leaves_everything_clean():
    model = nn.Sequential(Leaf(), Breaks(), Leaf())
    with watching(model) as seen:
        with pytest.raises(RuntimeError, match="on purpose"):
            model(torch.ones(1))
        assert set(seen) == {"0.doubled", "1.leaf.doubled"}
        # The place is known again: the next call is recorded under the right names.
        model[2](torch.ones(1))
        assert "2.doubled" in seen
        assert not is_watched("doubled")
    assert not is_watched("doubled")


def interrupted(model):
    with watching(model) as seen:
        model(torch.ones(1))
    return seen


@pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt])
def test_leaving_by_an_exception_leaves_everything_clean(kind):
    model = nn.Sequential(Leaf(), Breaks(kind))
    with pytest.raises(kind):
        interrupted(model)
    assert not is_watched("doubled")
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    model.pop(1)
    assert interrupted(model)["0.doubled"][0].item() == 2


def test_a_tap_hands_on_the_very_tensor():
    x = torch.ones(1)
    assert tap("name", x) is x


def test_nobody_watching_keeps_no_tensor():
    unchecked = getattr(tap, "__wrapped__", tap)  # without the shape checks of the tests
    gone = weakref.ref(unchecked("name", torch.ones(1)))
    assert gone() is None


@pytest.mark.slow
def test_a_model_with_taps_compiles_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    torch.compiler.reset()
    model = Model()
    compiled = torch.compile(model, fullgraph=True)
    x = torch.ones(3)
    assert torch.equal(compiled(x), model(x))
    with watching(model, "blocks.1.after") as seen:
        model(x)
    assert torch.equal(seen["blocks.1.after"][0], 7 * torch.ones(3))
    assert torch.equal(compiled(x), model(x))
