"""Every graph against torch, on the scene and on another input; weights shared and halved."""

# ruff: noqa: E402 - what is not there skips the file before it is imported
import numpy as np
import pytest
import torch

onnx = pytest.importorskip("onnx", reason="only the site's build needs onnx")
runtime = pytest.importorskip("onnxruntime", reason="only the site's tests need onnxruntime")
pytest.importorskip("onnxscript", reason="only the site's build needs onnxscript")

from utils.explorers.pair import scene_pair
from utils.site.export.forms import hypot, instance_norm
from utils.site.export.graphs import GRAPHS, exported
from utils.site.export.models import check_of
from utils.site.export.share import Weights
from utils.site.export.shrink import shrunk
from utils.site.export.world import DenseWorld
from utils.world import Motion

QUICK = "attention"
# What fp32 leaves: pixels of flow, and halves of a gate that fall to another neighbor.
TOLERANCE = {"flow": 2e-3, "occlusion": 2e-3, "upsampling": 2e-3, "gate": 4e-3}
MOST_HIDDEN = 12  # pixels of 9,216 at an edge


def answers(model, inputs, folder=None):
    """What onnxruntime gives, by name."""
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    source = model.SerializeToString()
    if folder is not None:
        (folder / "graph.onnx").write_bytes(source)
        source = str(folder / "graph.onnx")
    session = runtime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    feeds = {name: x.numpy() for name, x in inputs.items()}
    return dict(zip(names, session.run(None, feeds), strict=True))


def assert_near(name, got, want):
    assert got.keys() == want.keys()
    for key, tensor in want.items():
        assert got[key].shape == tuple(tensor.shape), key
        off = np.abs(got[key].astype("f8") - tensor.numpy()) if tensor.numel() else np.zeros(1)
        if key == "hidden":
            assert (off > 0).sum() <= MOST_HIDDEN
        else:
            size = max(1.0, float(tensor.abs().max())) if tensor.numel() else 1.0
            assert off.max() <= TOLERANCE.get(name, 1e-4) * size, f"{key}: {off.max()}"


def check(name, folder):
    made = exported(name)
    model = shrunk(onnx.ModelProto.FromString(made.model.SerializeToString()))
    assert_near(name, answers(model, made.inputs), made.outputs)
    weights = Weights()
    files = weights.move_out(model, "owner")
    for file in files:
        (folder / f"{file}.bin").write_bytes(weights.files[file])
    assert_near(name, answers(model, made.inputs, folder), made.outputs)
    other = {key: 1 - x if x.ndim else x for key, x in made.inputs.items()}  # the negative
    with torch.no_grad():
        module = GRAPHS[name].module().eval()
        outputs = dict(zip(made.outputs, module(*other.values()), strict=True))
    assert_near(name, answers(model, other, folder), outputs)
    return made, model


def test_a_graph_equals_torch_and_is_small(tmp_path):
    made, model = check(QUICK, tmp_path)
    halves = [t for t in model.graph.initializer if t.data_type == onnx.TensorProto.FLOAT16]
    floats = [t for t in model.graph.initializer if t.data_type == onnx.TensorProto.FLOAT]
    assert sum(np.prod(t.dims) for t in halves) > 20 * sum(np.prod(t.dims) for t in floats)
    assert len(model.SerializeToString()) < 0.05 * len(made.model.SerializeToString())


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in GRAPHS if name != QUICK])
def test_every_graph_equals_torch(name, tmp_path):
    check(name, tmp_path)


@pytest.mark.parametrize("moves", ["subject", "all"])
@pytest.mark.parametrize("motion", [Motion(9, -5, 8, 1.0), Motion(-12, 7, -11, 1.08)])
def test_the_dense_world_draws_what_the_world_draws(moves, motion):
    pair = scene_pair(motion=motion, moves=moves)
    values = [torch.tensor(float(v)) for v in (motion.dx, motion.dy, motion.turn, motion.zoom)]
    with torch.no_grad():
        frame0, frame1, flow, hidden = DenseWorld(moves)(*values)
    for got, want in ((frame0, pair.frame0), (frame1, pair.frame1), (flow, pair.flow)):
        torch.testing.assert_close(got, want, atol=1e-4, rtol=0)
    assert (hidden.bool() != pair.hidden).sum() <= MOST_HIDDEN


def test_the_short_forms_equal_the_plain_ones():
    from utils.ops.instance_norm import instance_norm as plain

    x = torch.randn(2, 5, 7, 3)
    torch.testing.assert_close(instance_norm(x), plain(x), atol=1e-5, rtol=1e-5)
    a, b = torch.randn(2, 9)
    torch.testing.assert_close(hypot(a, b), torch.hypot(a, b))


def test_tensors_that_two_graphs_read_stand_once():
    weight = onnx.numpy_helper.from_array(np.arange(999, dtype=np.float32), "w")
    graphs = [onnx.ModelProto(graph=onnx.GraphProto(initializer=[weight])) for _ in range(2)]
    weights = Weights()
    assert [weights.move_out(graph, owner) for graph, owner in zip(graphs, "ab", strict=True)] == [
        ["a"],
        ["a"],
    ]
    assert len(weights.files["a"]) == 999 * 4
    assert list(weights.files) == ["a"]


def test_a_check_holds_the_inputs_and_numbers_of_every_output():
    data, facts = check_of(
        {"x": torch.arange(6.0)}, {"y": torch.arange(2000.0), "z": torch.ones(3)}
    )
    assert facts == {"feeds": [["x", 6]], "answers": [512, 3]}
    assert len(data) == 4 * (6 + 2 * 512 + 2 * 3)
    places = np.frombuffer(data, "<i4", 512, 24)
    assert (np.frombuffer(data, "<f4", 512, 24 + 4 * 512) == places).all()
