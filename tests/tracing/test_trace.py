"""The line tracer: what it records, and that the run does not feel it."""

import linecache
import sys

import pytest
import torch
from torch import nn
from torch.multiprocessing.reductions import StorageWeakRef

from utils.errors import ConfigError
from utils.models import create_model
from utils.tracing import trace

PICTURE = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
MODELS = {
    "swin_nano": (PICTURE,),
    "maxvit_nano": (PICTURE,),
    "restormer_nano": (PICTURE,),
    "gmflow_nano": (255 * PICTURE, 255 * PICTURE.flip(-1)),
    "vit_adapter_nano": (torch.cat([PICTURE, PICTURE.flip(-1)]),),  # batch norm wants two
}
CELL = '''
class FromACell(nn.Module):
    """Typed into a notebook."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(4, 4)
        self.register_buffer("kept", torch.zeros(3))

    def forward(self, x, *, twice=True):
        a = x.T
        b = a.contiguous()
        b += 1  # in place
        for step in range(2):
            b = b * step
        c, sizes = (
            b[:2],
            (b.shape[0], "words"),
        )
        self.kept = c.mean(1)
        c[0, 0] = 7
        both = [self.half(c), {"x": x}]
        if twice:
            return both, self.mix(x)
        return None

    def half(self, y):
        return y / 2
'''


@pytest.fixture
def cell():
    """A model whose class stands in a notebook's cell, as Jupyter gives it a file name."""
    name = "/tmp/ipykernel_1234/567.py"
    rows = CELL.splitlines(keepends=True)
    linecache.cache[name] = (len(CELL), None, rows, name)
    names = {"nn": nn, "torch": torch, "__name__": "__main__"}
    exec(compile(CELL, name, "exec"), names)
    yield names["FromACell"]()
    del linecache.cache[name]


def told(lines):
    return [
        (line.text.splitlines()[0], [f"{v.name} {v.sort}" for v in line.values]) for line in lines
    ]


def value(line, name):
    return next(v for v in line.values if v.name == name)


def test_a_class_from_a_cell_line_by_line(cell):
    with torch.no_grad():
        seen = trace(cell, torch.arange(12.0).reshape(3, 4))
    assert told(seen.root.lines) == [
        ("a = x.T", ["a bound"]),
        ("b = a.contiguous()", ["b bound"]),
        ("b += 1  # in place", ["b changed"]),
        ("for step in range(2):", ["step bound"]),
        ("b = b * step", ["b bound"]),
        ("for step in range(2):", ["step bound"]),
        ("b = b * step", ["b bound"]),
        ("for step in range(2):", []),
        ("c, sizes = (", ["c bound", "sizes bound"]),
        ("self.kept = c.mean(1)", ["self.kept bound"]),
        ("c[0, 0] = 7", ["b changed", "c changed"]),
        ('both = [self.half(c), {"x": x}]', ["both[0] bound", "both[1]['x'] bound"]),
        ("if twice:", []),
        (
            "return both, self.mix(x)",
            ["returned[0][0] returned", "returned[0][1]['x'] returned", "returned[1] returned"],
        ),
    ]
    assert seen.root.source.file == "a notebook cell"
    assert [call.title for call in seen.calls()] == [
        "FromACell",
        "FromACell.half()",
        "mix · Linear",
    ]
    assert [(v.name, v.text) for v in seen.root.given if v.facts is None] == [("twice", "True")]
    assert "sizes" in seen.root.lines[8].text
    assert value(seen.root.lines[8], "sizes").text == "(4, 'words')"
    numbers = [line.number for line in seen.lines()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_views_and_origins_are_named(cell):
    with torch.no_grad():
        seen = trace(cell, torch.arange(12.0).reshape(3, 4))
    lines = seen.root.lines
    (x,) = (v for v in seen.root.given if v.facts is not None)
    assert (x.origin, x.is_view) == ((0, "input 0"), False)
    assert (value(lines[0], "a").origin, value(lines[0], "a").is_view) == ((0, "input 0"), True)
    assert value(lines[1], "b").origin is None
    assert value(lines[2], "b").origin == (lines[1].number, "b")
    c = value(lines[8], "c")
    assert (c.origin, c.is_view) == ((lines[6].number, "b"), True)
    assert value(lines[10], "c").facts.shown.corner[0, 0] == 7
    assert lines[1].new_bytes == 12 * 4
    assert lines[0].new_bytes == lines[2].new_bytes == 0
    assert seen.root.new_bytes == sum(line.new_bytes for line in lines)
    half = lines[11].calls[0]
    assert half.returned[0].facts is value(lines[11], "both[0]").facts


def test_facts_are_what_torch_says(cell):
    with torch.no_grad():
        seen = trace(cell, torch.arange(12.0).reshape(3, 4))
    a = value(seen.root.lines[0], "a").facts
    assert (a.shape, a.dtype, a.device) == ((4, 3), "float32", "cpu")
    assert a.shown.corner.tolist() == [[0, 4, 8], [1, 5, 9], [2, 6, 10]]
    assert a.shown.picture.tolist() == torch.arange(12.0).reshape(3, 4).T.tolist()
    m = a.moments
    assert (m.mean, m.low, m.high) == (5.5, 0, 11)
    assert m.std == pytest.approx(float(torch.arange(12.0).std(correction=0)))


@pytest.mark.parametrize(
    "tensor",
    [
        torch.linspace(-3, 9, 385).reshape(5, 7, 11)[:, 2:5].transpose(0, 2),
        torch.arange(12.0).reshape(3, 1, 4).expand(3, 6, 4),
        torch.linspace(0, 1, 9000) + 1e4,
        torch.linspace(-1, 1, 12000).reshape(300, 40).bfloat16(),
        torch.linspace(-1, 1, 12000).reshape(40, 300).double(),
        torch.arange(-5, 8).reshape(1, 13),
        torch.tensor([True, False, True]),
        torch.tensor(3.5),
        torch.tensor([1.0, float("nan"), float("-inf"), 3.0]),
        torch.tensor([[1 + 2j, 3j], [0j, -4 + 0j]]),
        torch.zeros(2, 0, 3),
    ],
    ids=[
        "cut",
        "stretched",
        "shifted",
        "half",
        "double",
        "whole",
        "bool",
        "one",
        "nan",
        "complex",
        "none",
    ],
)
def test_statistics_of_every_kind_of_tensor(tensor):
    (given,) = trace(nn.Identity(), tensor).root.given
    m = given.facts.moments
    values = (tensor.abs() if tensor.is_complex() else tensor).double()
    finite = values[values.isfinite()]
    assert given.facts.shape == tuple(tensor.shape)
    assert m.bad == values.numel() - finite.numel()
    if not finite.numel():
        assert m.mean is None
        return
    want = [finite.mean(), finite.std(correction=0), finite.min(), finite.max()]
    torch.testing.assert_close(
        torch.tensor([m.mean, m.std, m.low, m.high], dtype=torch.float64),
        torch.stack(want),
        rtol=1e-4,
        atol=1e-6,
    )


class Thirds(nn.Module):
    def forward(self, x):
        q, k, v = x.chunk(3)
        again = x.unflatten(0, (3, 2))[1]
        return q, k, v, again


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.int64])
def test_parts_of_one_storage_keep_their_own_statistics(dtype):
    """Also where the values must be converted, and so copied, to be looked at."""
    given = torch.arange(24).reshape(6, 4).to(dtype)
    seen = trace(Thirds(), given)
    means = {v.name: v.facts.moments.mean for line in seen.lines() for v in line.values}
    assert [means[name] for name in ("q", "k", "v", "again")] == [3.5, 11.5, 19.5, 11.5]


@pytest.mark.parametrize("name", MODELS)
def test_a_traced_run_is_the_plain_run_bit_for_bit(name):
    """Values, gradients and the state of the random numbers, in training mode."""
    model = create_model(name).train()
    start = {key: tensor.clone() for key, tensor in model.state_dict().items()}

    def run(call):
        model.load_state_dict(start)
        model.zero_grad()
        torch.manual_seed(3)
        out = call(model, *MODELS[name])
        leaves = torch.utils._pytree.tree_leaves(getattr(out, "flows", out))
        sum(leaf.square().mean() for leaf in leaves).backward()
        grads = [p.grad for p in model.parameters() if p.grad is not None]
        return [*leaves, *grads, *model.state_dict().values(), torch.get_rng_state()]

    outs = []

    def traced(model, *inputs):
        handle = model.register_forward_hook(lambda module, given, out: outs.append(out))
        try:
            seen = trace(model, *inputs)
        finally:
            handle.remove()
        assert sum(1 for _ in seen.lines()) > 100
        return outs[-1]

    plain, followed = run(lambda m, *x: m(*x)), run(traced)
    assert len(plain) == len(followed)
    assert all(torch.equal(a, b) for a, b in zip(plain, followed, strict=True))


def test_the_output_is_kept_without_its_graph():
    layer = nn.Linear(3, 2)
    out = trace(layer, torch.ones(1, 3)).output
    assert torch.equal(out, layer(torch.ones(1, 3)))
    assert not out.requires_grad


class Maker(nn.Module):
    """Makes a large tensor, lets it go, makes another of the same size."""

    def forward(self, x):
        for _ in range(3):
            big = x + torch.zeros(1000, 1000)
            self.seen.append(StorageWeakRef(big.untyped_storage()))
            del big
        self.alive = [not ref.expired() for ref in self.seen]
        return x


def test_tensors_are_freed_as_without_it_and_never_mixed_up():
    maker = Maker()
    maker.seen = []
    lines = trace(maker, torch.zeros(1)).root.lines
    assert maker.alive == [False, False, False]
    made = [v for line in lines for v in line.values if v.name == "big"]
    assert len(made) == 3
    assert len({v.facts.storage for v in made}) == 3
    assert [v.origin for v in made] == [None, None, None]


def test_torchs_own_modules_and_functions_in_c():
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(2), nn.MultiheadAttention(9, 3)
    )
    model[4].forward = lambda x: nn.MultiheadAttention.forward(model[4], x, x, x)[0]
    seen = trace(model, torch.rand(2, 3, 5, 5))
    titles = [call.title for call in seen.calls()]
    assert titles[:3] == ["Sequential", "0 · Conv2d", "Conv2d._conv_forward()"]
    assert {"1 · BatchNorm2d", "2 · ReLU", "4 · MultiheadAttention"} <= set(titles)
    assert seen.module("1").source.file == "torch/nn/modules/batchnorm.py"
    assert [v.facts.shape for v in seen.root.returned] == [(2, 4, 9)]


def test_a_module_whose_forward_is_no_python():
    model = nn.Sequential(nn.Tanh())
    model[0].forward = torch.tanh
    call = trace(model, torch.ones(2)).module("0")
    assert (call.lines, [v.name for v in call.given]) == ([], ["input[0]"])
    assert float(call.returned[0].facts.moments.mean) == pytest.approx(0.76159, abs=1e-5)


def test_ops_are_followed_and_libraries_are_not():
    model = create_model("swin_nano").eval()
    with torch.no_grad():
        seen = trace(model, PICTURE)
    files = {call.source.file for call in seen.calls() if call.source is not None}
    assert {"utils/ops/windows.py", "utils/ops/attention.py", "utils/models/swin/model.py"} <= files
    assert not {f for f in files if f.startswith(("einops", "torch/nn/functional", "utils/tap"))}
    block = seen.module("stages.0.blocks.1")
    attend = next(call for _, call, _ in block.walk() if call.name == "SwinBlock.attend")
    names = [call.name for line in attend.lines for call in line.calls]
    order = ["cyclic_shift", "partition_windows", "merge_windows", "cyclic_unshift"]
    assert [name for name in names if name in order] == order
    weights = [v for line in seen.lines() for v in line.values if v.name == "weights"]
    assert {v.facts.shape[-2:] for v in weights} == {(16, 16)}
    assert all(v.facts.moments.low >= 0 and v.facts.moments.high <= 1 for v in weights)


def test_searching_a_shape_and_a_module():
    model = create_model("swin_nano").eval()
    with torch.no_grad():
        seen = trace(model, PICTURE)
    lines = seen.find(1, 8, 8, 32)
    assert len(lines) > 10
    assert all(any(v.facts and v.facts.shape == (1, 8, 8, 32) for v in x.values) for x in lines)
    assert not seen.find(8, 9)
    assert seen.module("stages.1").name == "SwinStage"
    assert seen.module("stages.0.blocks.0.drop_path", time=1).path == "stages.0.blocks.0.drop_path"
    with pytest.raises(ConfigError, match=r"'stages.9' ran 0 times, and run 0 was asked for"):
        seen.module("stages.9")


class Dropping(nn.Module):
    def __init__(self, drop):
        super().__init__()
        self.drop = drop

    def forward(self, x):
        return self.drop(x)


def note(drop, *, training=True):
    torch.manual_seed(1)
    return trace(Dropping(drop).train(training), torch.ones(8, 5, 5)).module("drop").note


def test_dropout_and_drop_path_say_what_they_did():
    from utils.layers import DropPath

    torch.manual_seed(1)
    zeros = int((nn.Dropout(0.25)(torch.ones(8, 5, 5)) == 0).sum())
    share = f"{100 * zeros / 200:.1f}"
    said = f"set {zeros} of 200 values ({share} %) to zero, the rest times 1.333"
    assert note(nn.Dropout(0.25)) == said
    torch.manual_seed(1)
    gone = (DropPath(0.5)(torch.ones(8, 5, 5)).flatten(1).sum(1) == 0).nonzero().flatten().tolist()
    names = ", ".join(map(str, gone))
    assert 0 < len(gone) < 8
    assert note(DropPath(0.5)) == f"left out sample {names} of 8, the rest times 2.000"
    assert note(nn.Dropout(0.25), training=False) == "eval mode: everything goes through"
    assert note(nn.Dropout(0.0)) == "nothing was left out, the rest as it was"
    assert note(nn.Dropout1d(0.5)).startswith("set ")
    keep = [v for line in _keeps() for v in line.values if v.name == "keep"]
    assert {v.facts.moments.high for v in keep} == {2.0}


def _keeps():
    from utils.layers import DropPath

    torch.manual_seed(1)
    return trace(Dropping(DropPath(0.5)).train(), torch.ones(8, 5, 5)).lines()


def test_after_an_error_nothing_listens_any_more():
    def other(frame, event, arg):
        return None

    before = sys.gettrace()
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(4, 4))
    sys.settrace(other)
    try:
        with pytest.raises(RuntimeError):
            trace(model, torch.zeros(1, 3))
        assert sys.gettrace() is other
    finally:
        sys.settrace(before)


class Careful(nn.Module):
    def forward(self, x):
        try:
            x = self.fails(x)
        except ZeroDivisionError:
            x = x + 1
        return x

    def fails(self, x):
        return x / (0 // 0)


def test_a_caught_error_is_noted_and_the_run_goes_on():
    seen = trace(Careful(), torch.zeros(2))
    inner = next(call for call in seen.calls() if call.name == "Careful.fails")
    assert inner.note == "left by a ZeroDivisionError"
    assert seen.root.note == ""
    assert [v.facts.moments.mean for v in seen.root.returned] == [1.0]


class Looping(nn.Module):
    def forward(self, x):
        for at in range(5000):
            x = self.plus(x, at)
        return x

    def plus(self, x, at):
        return x + at


def test_a_long_loop_is_cut_and_runs_on():
    seen = trace(Looping(), torch.zeros(1))
    assert len(seen.root.lines) == 2000
    assert seen.root.is_cut
    assert sum(1 for _ in seen.calls()) == 1 + 1000  # what it called later is not followed
    assert float(seen.output) == sum(range(5000))
    assert [v.facts.moments.mean for v in seen.root.returned] == [sum(range(5000))]


def test_what_is_no_module_is_refused(plain_types):
    with pytest.raises(ConfigError, match="a function came to be traced: a model is a torch"):
        trace(test_a_long_loop_is_cut_and_runs_on)


def test_the_words_of_a_trace_count():
    seen = trace(nn.Sequential(nn.Linear(3, 5), nn.ReLU()), torch.zeros(2, 3))
    lines, calls = len(list(seen.lines())), len(list(seen.calls()))
    assert str(seen).startswith(f"Sequential: {lines} lines in {calls} calls of modules and")


@pytest.mark.gpu
def test_on_a_gpu_the_facts_are_those_of_the_cpu():
    model = create_model("swin_nano").eval().double()
    with torch.no_grad():
        here, there = trace(model, PICTURE.double()), trace(model.cuda(), PICTURE.double().cuda())
    pairs = zip(here.root.returned, there.root.returned, strict=True)
    for one, other in pairs:
        assert other.facts.device.startswith("cuda")
        assert other.facts.moments.mean == pytest.approx(one.facts.moments.mean, rel=1e-9)
