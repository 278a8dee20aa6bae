"""What flows between the parts of a model, against graphs known by hand."""

import torch
from torch import nn

from utils.tracing.dataflow import dataflow


class Forked(nn.Module):
    """Two inputs, a skip, a detached path, a module that runs twice."""

    def __init__(self):
        super().__init__()
        self.first, self.twice, self.last = nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(6, 2)
        self.nothing = nn.Identity()

    def forward(self, x, y):
        a = self.first(x)
        b = self.twice(self.nothing(a) + y)
        c = self.twice(b.detach().flip(0))
        return self.last(torch.cat([a, c], dim=-1)) + y[:, :2]


def test_sources_go_through_sums_cuts_and_detached_tensors():
    x, y = torch.rand(4, 3), torch.rand(4, 3)
    flow = dataflow(Forked(), x, y, is_open=lambda module: False)
    assert [(part.path, part.sources) for part in flow.parts] == [
        ("first", (-1,)),
        ("twice", (-2, 0)),
        ("twice", (1,)),
        ("last", (0, 2)),
    ]
    assert flow.sources == (-2, 3)
    assert not hasattr(x, "_origin")  # what is given stays unmarked
    assert torch.equal(flow.parts[2].args[0], flow.parts[1].outputs[0].flip(0))


def test_a_part_is_the_outermost_module_that_is_not_open():
    inner = nn.Sequential(nn.Linear(2, 2), nn.ReLU())

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = inner

        def forward(self, x):
            return self.inner(x)

    model = nn.Sequential(Block(), nn.Linear(2, 5))
    x = torch.rand(1, 2)
    closed = dataflow(model, x, is_open=lambda module: False)
    opened = dataflow(model, x, is_open=lambda module: isinstance(module, Block))
    assert [part.path for part in closed.parts] == ["0", "1"]
    assert [part.path for part in opened.parts] == ["0.inner.0", "0.inner.1", "1"]
    assert not any(module._forward_hooks for module in model.modules())
