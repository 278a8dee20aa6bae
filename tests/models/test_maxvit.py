"""MaxViT equals the authors' code, runs at any size, and every parameter learns."""

import pytest
import torch
from einops import rearrange
from torch import nn
from torch.nn import functional

from utils.checkpoints import load_official
from utils.errors import ConfigError
from utils.fast import fast
from utils.models import create_model
from utils.models.maxvit import AxisAttention, MBConv, SameConv2d
from utils.ops import pad_same, pad_to_multiple, same_padding
from utils.reference import list_cases, read_case, read_manifest, twins
from utils.tap import watching

TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-5}


def filled(case, dtype):
    model = create_model(case.model, **case.overrides).to(dtype).eval()
    load_official(model, case.state_dict())
    return model


def inside_names(official):
    """Our module for an official one, and the rearrangement that gives its layout."""
    ours = official.replace(".conv", ".mbconv")
    ours = ours.replace(".attn_block", ".axes.0").replace(".attn_grid", ".axes.1")
    return ours, "b h w c -> b h w c" if ".axes" in ours else "b h w c -> b c h w"


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("name", list_cases("maxvit"))
def test_equals_official_outputs_and_inside_values(name, dtype):
    case = read_case(name)
    model = filled(case, dtype)
    picture = case.inputs[0].to(dtype)
    with torch.no_grad():
        with fast():
            folded = model(picture)
        assert case.outputs["logits"].difference(folded) < TOLERANCE[dtype]
        seen, handles = {}, []
        for official in case.inside:
            path, _ = inside_names(official)

            def keep(module, inputs, output, path=path):
                seen[path] = output

            handles.append(model.get_submodule(path).register_forward_hook(keep))
        logits = model(picture)
    assert case.outputs["logits"].difference(logits) < TOLERANCE[dtype]
    for official, recorded in case.inside.items():
        path, pattern = inside_names(official)
        assert recorded.difference(rearrange(seen[path], pattern)) < TOLERANCE[dtype], official


@pytest.mark.parametrize("name", ["maxvit_t", "maxvit_s", "maxvit_b", "maxvit_l"])
def test_parameter_count_is_the_published_one(name):
    with torch.device("meta"):
        model = create_model(name)
    assert sum(p.numel() for p in model.parameters()) == read_manifest(name)["parameters"]


@pytest.mark.parametrize("name", ["maxvit_s", "maxvit_b", "maxvit_l"])
def test_the_other_sizes_have_the_official_entries(name):
    with torch.device("meta"):
        model = create_model(name)
        official = {
            k: torch.empty(s, dtype=torch.long if k.endswith("num_batches_tracked") else None)
            for k, s in read_manifest(name)["state_dict"].items()
        }
    assert load_official(model, official).loaded == len(official)


def noisy_statistics(model):
    """Batch normalizations that do something, as after training."""
    generator = torch.Generator().manual_seed(5)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.copy_(torch.randn(module.num_features, generator=generator) / 4)
            module.running_var.copy_(torch.rand(module.num_features, generator=generator) + 0.5)
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=module.in_features**-0.5, generator=generator)
        if hasattr(module, "relative_position_table"):
            nn.init.normal_(module.relative_position_table, std=0.5, generator=generator)
    return model.eval()


@pytest.mark.parametrize("training", [True, False])
def test_a_gradient_reaches_every_parameter(training):
    model = create_model("maxvit_nano").double().train(training)
    model(torch.randn(2, 3, 64, 64, dtype=torch.float64)).square().sum().backward()
    sizes = {name: p.grad.abs().sum() for name, p in model.named_parameters()}
    silent = [name for name, size in sizes.items() if size < 1e-12]
    # In training, the batch normalization that comes next takes these away, whatever they are.
    lost = ["stem.conv1.bias", *(f"stages.{i}.blocks.0.mbconv.norm.bias" for i in range(3))]
    assert silent == (lost if training else [])


@pytest.mark.parametrize("size", [(1, 1), (30, 5), (63, 65), (128, 36), (50, 97)])
def test_any_size_runs_and_a_batch_equals_its_items(size):
    model = noisy_statistics(create_model("maxvit_nano").double())
    batch = torch.randn(3, 3, *size, dtype=torch.float64)
    with torch.no_grad():
        together = model(batch)
        alone = torch.cat([model(item[None]) for item in batch])
    assert together.std() > 1e-2
    assert torch.allclose(together, alone, rtol=0, atol=1e-11)


@pytest.mark.parametrize("size", [(50, 97), (64, 64)])
def test_folded_fused_and_watched_paths_are_equal(size):
    for dtype, tolerance in ((torch.float64, 1e-11), (torch.float32, 1e-4)):
        model = create_model("maxvit_nano", window_size=5).to(dtype)  # 25 keys: attention is fused
        model = noisy_statistics(model)
        x = torch.randn(2, 3, *size).to(dtype)
        with torch.no_grad():
            plain = model(x)
            with fast():
                folded = model(x)
                with watching(model) as seen:
                    watched = model(x)
        for other in (folded, watched):
            assert torch.allclose(plain, other, rtol=0, atol=tolerance * plain.std())
        weights = [w for name, calls in seen.items() if name.endswith(".weights") for w in calls]
        assert len(weights) == 6
        for w in weights:
            assert torch.allclose(w.sum(-1), torch.ones_like(w[..., 0]))


def test_what_explorers_watch():
    model = create_model("maxvit_nano").eval()
    with torch.no_grad(), watching(model, "stages.1.*") as seen:
        model(torch.randn(2, 3, 64, 96))
    shapes = {name: tuple(calls[0].shape) for name, calls in seen.items()}
    block = "stages.1.blocks.0"
    assert shapes == {
        f"{block}.mbconv.expanded": (2, 16, 24, 256),
        f"{block}.mbconv.filtered": (2, 8, 12, 256),
        f"{block}.mbconv.squeeze_excite.gates": (2, 256),
        f"{block}.axes.0.attention.weights": (2, 2, 3, 4, 16, 16),
        f"{block}.axes.1.attention.weights": (2, 2, 3, 4, 16, 16),
        f"{block}.mbconv.drop_path.keep": (2, 1, 1, 1),
        f"{block}.axes.0.drop_path.keep": (2, 1, 1, 1),
        f"{block}.axes.1.drop_path.keep": (2, 1, 1, 1),
    }


def test_noise_in_the_padding_changes_nothing(monkeypatch):
    model = noisy_statistics(create_model("maxvit_nano").double())
    x = torch.randn(2, 3, 50, 97, dtype=torch.float64)
    padded = []

    def pad_with_noise(x, *, multiple):
        quiet = pad_to_multiple(x, multiple=multiple)
        loud = 1e3 * torch.randn_like(quiet)
        loud[:, : x.shape[1], : x.shape[2]] = x
        padded.append(quiet.shape != x.shape)
        return loud

    with torch.no_grad():
        expected = model(x)
        monkeypatch.setattr("utils.models.maxvit.model.pad_to_multiple", pad_with_noise)
        assert torch.equal(model(x), expected)
    assert any(padded)


def test_pyramid_maps_are_what_the_head_reads():
    model = create_model("maxvit_nano").eval()
    x = torch.randn(2, 3, 64, 96)
    with torch.no_grad():
        maps = model.pyramid(x)
        logits = model.head(model.hidden(model.norm(maps[-1].mean((1, 2)))).tanh())
        assert torch.allclose(logits, model(x), atol=1e-6)
    assert [tuple(m.shape) for m in maps] == [(2, 16, 24, 32), (2, 8, 12, 64), (2, 4, 6, 96)]


def planes(conv, x, *, stride=1):
    """A "same" convolution by hand, channels first."""
    rows, columns = same_padding(x.shape[2:], kernel_size=3, stride=stride)
    x = functional.pad(x, (*columns, *rows))
    return functional.conv2d(x, conv.weight, conv.bias, stride=stride, groups=conv.groups)


def normalized(x, norm):
    shape = (1, -1, 1, 1)
    x = (x - norm.running_mean.view(shape)) / (norm.running_var.view(shape) + 1e-3).sqrt()
    return x * norm.weight.view(shape) + norm.bias.view(shape)


@pytest.mark.parametrize(("stride", "c", "out", "size"), [(2, 5, 8, (7, 10)), (1, 8, 8, (6, 9))])
def test_mbconv_step_by_step_channels_first(stride, c, out, size):
    block = noisy_statistics(MBConv(c, out, stride=stride).double())
    x = torch.randn(2, c, *size, dtype=torch.float64)
    with torch.no_grad():
        ours = rearrange(block(rearrange(x, "b c h w -> b h w c")), "b h w c -> b c h w")
        y = torch.einsum("oc,bchw->bohw", block.expand.weight, normalized(x, block.norm))
        y = functional.gelu(normalized(y, block.expand_norm), approximate="tanh")
        y = planes(block.depthwise, y, stride=stride)
        y = functional.gelu(normalized(y, block.depthwise_norm), approximate="tanh")
        squeezed = functional.silu(block.squeeze_excite.reduce(y.mean((2, 3))))
        y = y * block.squeeze_excite.expand(squeezed).sigmoid()[:, :, None, None]
        y = block.project(y.movedim(1, -1)).movedim(-1, 1)
        if stride == 2:
            x = torch.from_numpy(twins.average_squares(x.movedim(1, -1)))
            x = block.shortcut.projection(x).movedim(-1, 1)
        assert torch.allclose(ours, x + y, rtol=0, atol=1e-12)


def test_in_training_the_batch_decides_the_statistics():
    block = MBConv(4, 4).double()
    x = 3 + 2 * torch.randn(8, 6, 6, 4, dtype=torch.float64)
    before = block.norm.running_mean.clone()
    block(x)
    assert not torch.equal(block.norm.running_mean, before)
    seen = []
    block.norm.register_forward_hook(lambda module, inputs, output: seen.append(output))
    block(x)
    assert torch.allclose(seen[0].mean((0, 1, 2)), torch.zeros(4, dtype=torch.float64), atol=1e-9)


def test_window_and_grid_differ_in_one_setting():
    torch.manual_seed(2)
    window = AxisAttention(8, num_heads=2, window_size=4, kind="window").double()
    grid = AxisAttention(8, num_heads=2, window_size=4, kind="grid").double()
    grid.load_state_dict(window.state_dict())
    x = torch.randn(1, 8, 12, 8, dtype=torch.float64)
    with torch.no_grad():
        assert not torch.allclose(window(x), grid(x))
        # on a map in which the grid's groups stand together, the window does what the grid did
        together = rearrange(x, "b (wh nh) (ww nw) c -> b (nh wh) (nw ww) c", wh=4, ww=4)
        back = rearrange(window(together), "b (nh wh) (nw ww) c -> b (wh nh) (ww nw) c", wh=4, ww=4)
        assert torch.allclose(back, grid(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("kind", "reach"), [("window", 16), ("grid", 16)])
def test_who_reaches_whom(kind, reach):
    layer = AxisAttention(8, num_heads=2, window_size=4, kind=kind)
    x = torch.randn(1, 8, 12, 8, requires_grad=True)
    layer(x)[0, 5, 6].sum().backward()
    touched = x.grad[0].abs().sum(-1) > 0
    assert touched.sum() == reach
    rows, columns = (t.unique().tolist() for t in touched.nonzero(as_tuple=True))
    expected = {"window": ([4, 5, 6, 7], [4, 5, 6, 7]), "grid": ([1, 3, 5, 7], [0, 3, 6, 9])}
    assert (rows, columns) == expected[kind]


def test_settings_change_the_model():
    for kinds in (("window", "window"), ("grid",), ()):
        model = create_model("maxvit_nano", kinds=kinds)
        assert [axis.kind for axis in model.stages[0].blocks[0].axes] == list(kinds)
        assert model(torch.zeros(1, 3, 32, 32)).shape == (1, 12)
    rates = [b.mbconv.drop_path.rate for s in create_model("maxvit_t").stages for b in s.blocks]
    assert rates == [pytest.approx(0.2 * i / 10, abs=1e-5) for i in range(11)]


WRONG = [
    (
        {"depths": (2, 2)},
        "depths = (2, 2), channels = (32, 64, 96) came: both have one entry per stage; "
        "MaxViT-T has depths=(2, 2, 5, 2), channels=(64, 128, 256, 512)",
    ),
    (
        {"kinds": ("block",)},
        "kinds[0] = 'block' came: kinds[0] is one of window, grid; pass kinds[0]='window'",
    ),
    (
        {"window_size": 0},
        "window_size = 0 came: window_size is a whole number from 1 to 16384; pass "
        "window_size=1, for example",
    ),
    (
        {"window_size": "7"},
        "window_size = '7' came: window_size is a whole number from 1 to 16384; pass "
        "window_size=1, for example",
    ),
    (
        {"channels_per_head": 24},
        "channels = (32, 64, 96), channels_per_head = 24 came: every stage has a whole number of "
        "heads; the published models take channels_per_head=32 and multiples of it",
    ),
]


@pytest.mark.parametrize(("overrides", "text"), WRONG)
def test_wrong_settings_are_refused_with_the_remedy(plain_types, overrides, text):
    with pytest.raises(ConfigError) as error:
        create_model("maxvit_nano", **overrides)
    assert str(error.value) == text


@pytest.mark.gpu
def test_cuda_equals_cpu():
    model = noisy_statistics(create_model("maxvit_nano"))
    x = torch.randn(2, 3, 90, 64)
    with torch.no_grad():
        cpu = model(x)
        cuda = model.cuda()(x.cuda()).cpu()
    assert torch.allclose(cpu, cuda, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("size", [(4, 6), (5, 6), (7, 4), (9, 5), (1, 2), (1, 1)])
def test_zeros_before_the_kernel_do_what_padding_the_map_does(stride, size):
    conv = SameConv2d(4, 6, 3, stride=stride, groups=2).double()
    x = torch.randn(2, *size, 4, dtype=torch.float64)
    padded = rearrange(pad_same(x, kernel_size=3, stride=stride), "b h w c -> b c h w")
    expected = functional.conv2d(padded, conv.weight, conv.bias, stride=stride, groups=2)
    expected = rearrange(expected, "b c h w -> b h w c")
    assert expected.shape[1:3] == tuple(-(-side // stride) for side in size)
    assert torch.allclose(conv(x), expected, rtol=0, atol=1e-12)
