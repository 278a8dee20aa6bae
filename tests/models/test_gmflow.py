"""GMFlow equals the authors' code, runs at any size, and every parameter learns."""

import pytest
import torch
from einops import rearrange
from torch.nn import functional

from utils.checkpoints import load_official
from utils.fast import fast
from utils.models import create_model
from utils.models.gmflow import Flow
from utils.ops import end_point_error, flow_loss
from utils.reference import list_cases, read_case, read_manifest
from utils.tap import watching

BARE = {"upsampler": "bilinear", "position": "none", "in_channels": 1, "first_kernel": 3}
TOLERANCE = {torch.float64: (1e-9, 1e-9), torch.float32: (2e-4, 1e-3)}  # one scale, refinement

# Official module -> ours, and the rearrangement that gives its layout.
TOKENS, PLANES = "b h w c -> b (h w) c", "b h w c -> b c h w"
INSIDE = {
    "backbone": ("encoder", PLANES),
    "transformer": ("transformer", PLANES),
    "transformer.layers.0": ("transformer.layers.0", TOKENS),
    "transformer.layers.1": ("transformer.layers.1", TOKENS),
    "feature_flow_attn": ("propagation", PLANES),
    "upsampler": ("upsampler.conv2", PLANES),
}


def filled(case, dtype):
    model = create_model(case.model, **case.overrides).to(dtype).eval()
    load_official(model, case.state_dict())
    return model


def frames(size, *, b=1, c=3, dtype=torch.float32, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [255 * torch.rand(b, c, *size, generator=generator).to(dtype) for _ in range(2)]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("name", list_cases("gmflow"))
def test_equals_official_outputs_and_inside_values(name, dtype):
    case = read_case(name)
    model = filled(case, dtype)
    tolerance = TOLERANCE[dtype][case.model == "gmflow_refine"]
    seen = {}

    def keep(path):
        def hook(module, inputs, output):
            seen.setdefault(path, []).append(output)

        return hook

    for path, _ in INSIDE.values():
        model.get_submodule(path).register_forward_hook(keep(path))
    with torch.no_grad():
        result = model(*(x.to(dtype) for x in case.inputs), bidirectional=case.bidirectional)
    assert case.outputs["flow"].difference(result.flow) < tolerance
    assert set(case.inside) == set(INSIDE)
    for official, recorded in case.inside.items():
        path, pattern = INSIDE[official]
        ours = seen[path][0]
        if path == "encoder":
            ours = ours[0][-1]  # features of the finest scale
        elif path == "transformer":
            ours = ours[0]
        assert recorded.difference(rearrange(ours, pattern)) < tolerance, official


@pytest.mark.parametrize("name", ["gmflow", "gmflow_refine"])
def test_parameter_count_is_the_published_one(name):
    with torch.device("meta"):
        model = create_model(name)
    count = {n: sum(p.numel() for p in m.parameters()) for n, m in model.named_children()}
    assert sum(count.values()) == read_manifest(name)["parameters"]
    assert count["transformer"] == 3_150_336
    assert count["encoder"] == 1_049_120 + (128 * 128 * 9 if name == "gmflow_refine" else 0)


def test_nano_is_small():
    with torch.device("meta"):
        assert sum(p.numel() for p in create_model("gmflow_nano").parameters()) < 900_000


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"attn_splits": (2, 4), "corr_radius": (-1, 3), "prop_radius": (2, 1)},
        {"upsampler": "unet", "upsample_factor": 8, "position": "relative"},
        {"upsampler": "unet", "in_channels": 1, "first_kernel": 5},
        {"upsampler": "bilinear", "position": "none", "first_kernel": 3},
    ],
    ids=["nano", "refined", "unet", "gray", "bilinear"],
)
def test_a_gradient_reaches_every_parameter(overrides):
    model = create_model("gmflow_nano", **overrides).double()
    pair = frames((64, 64), b=2, c=model.config.in_channels, dtype=torch.float64)
    result = model(*pair)
    flow_loss(result.flows, torch.ones_like(result.flow)).backward()
    norms = {name: p.grad.abs().max().item() for name, p in model.named_parameters()}
    silent = {name for name, norm in norms.items() if norm < 1e-12}
    # Two kinds never learn, in the published model neither: the instance norm behind a shortcut
    # takes its bias away, and a softmax over all keys does not feel what is added to all of them.
    never = {name for name in norms if name.endswith("shortcut.bias")}
    if model.config.prop_radius == (-1,):
        never.add("propagation.k.bias")
    assert silent == never
    assert all(norm < float("inf") for norm in norms.values())


@pytest.mark.parametrize("size", [(1, 1), (9, 30), (63, 65), (40, 100)])
def test_any_size_runs_and_a_batch_equals_its_items(size):
    model = create_model("gmflow_nano").double().eval()
    frame0, frame1 = frames(size, b=3, dtype=torch.float64)
    with torch.no_grad():
        together = model(frame0, frame1).flow
        alone = [model(frame0[i : i + 1], frame1[i : i + 1]).flow for i in range(3)]
    assert together.shape == (3, 2, *size)
    assert torch.allclose(together, torch.cat(alone), rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", ["gmflow", "gmflow_refine"])
@pytest.mark.parametrize("overrides", [{}, {"position": "relative"}, {"upsampler": "unet"}, BARE])
def test_variants_run_at_any_size(name, overrides):
    model = create_model(name, layers=2, **overrides).eval()
    frame0, frame1 = frames((50, 70), c=model.config.in_channels)
    with torch.no_grad():
        result = model(frame0, frame1, bidirectional=True)
    assert result.flow.shape == (2, 2, 50, 70)
    assert len(result.flows) == 2 * model.config.scales
    assert {tuple(flow.shape) for flow in result.flows} == {(2, 2, 50, 70)}


@pytest.mark.parametrize("name", ["gmflow_nano", "gmflow_refine"])
def test_both_directions_are_the_two_single_ones(name):
    settings = {} if name == "gmflow_nano" else {"layers": 1}
    model = create_model(name, **settings).double().eval()
    frame0, frame1 = frames((64, 96), b=2, dtype=torch.float64)
    with torch.no_grad():
        both = model(frame0, frame1, bidirectional=True).flow
        forward, backward = model(frame0, frame1).flow, model(frame1, frame0).flow
    assert torch.allclose(both, torch.cat([forward, backward]), rtol=0, atol=1e-8)


@pytest.mark.parametrize("overrides", [{}, {"position": "relative"}], ids=["sine", "rotary"])
def test_watching_changes_nothing_and_shows_every_matrix(overrides):
    model = create_model("gmflow_refine", layers=2, channels=32, **overrides).double().eval()
    frame0, frame1 = frames((64, 96), dtype=torch.float64)
    with torch.no_grad():
        alone = model(frame0, frame1).flow
        with watching(model) as seen:
            watched = model(frame0, frame1).flow
    assert torch.allclose(alone, watched, rtol=0, atol=1e-9)
    assert seen["matching.0.weights"][0].shape == (1, 1, 8 * 12, 8 * 12)
    assert seen["upsampler.weights"][0].shape == (1, 16, 24, 9, 4, 4)
    assert [x.shape[1:3] for x in seen["feature0"]] == [(8, 12), (16, 24)]
    weights = [x for key, calls in seen.items() if key.endswith("weights") for x in calls]
    assert len(weights) == 2 * 2 * 2 + 2 + 2 + 1  # attention, matching, propagation, upsampler
    for name in ("features", "feature1", "matched", "propagated"):
        assert len(seen[name]) == 2
    attention = seen["transformer.layers.1.cross_attention.weights"][0]
    assert torch.allclose(attention.sum(-1), torch.ones_like(attention[..., 0]))


def test_no_matrix_of_all_pairs_inside_fast_unless_watched():
    tokens = 24 * 32  # at a quarter of 96 × 128

    class Largest(torch.overrides.TorchFunctionMode):
        values = 0

        def __torch_function__(self, function, types, args=(), kwargs=None):
            out = function(*args, **(kwargs or {}))
            if isinstance(out, torch.Tensor):
                self.values = max(self.values, out.numel())
            return out

    model = create_model("gmflow_nano", widths=(8, 8, 8), upsample_channels=8).eval()
    pair = frames((96, 128))
    with torch.no_grad(), fast(), Largest() as quiet:
        model(*pair)
    with torch.no_grad(), fast(), watching(model, "matching.*"), Largest() as watched:
        model(*pair)
    with torch.no_grad(), Largest() as plain:
        model(*pair)
    assert quiet.values < tokens**2 <= min(watched.values, plain.values)


def test_estimates_are_brought_to_full_size_only_where_asked_for(monkeypatch):
    made = []
    whole = Flow._whole
    monkeypatch.setattr(Flow, "_whole", lambda *given: made.append(1) or whole(*given))
    model = create_model("gmflow_refine", layers=1, channels=16).double().eval()
    with torch.no_grad():
        result = model(*frames((50, 70), dtype=torch.float64))
    assert made == []
    assert [tuple(x.shape[2:]) for x in result.estimates] == [(8, 12), (8, 12), (16, 24), (64, 96)]
    assert [x.shape for x in result.flows] == 4 * [torch.Size([1, 2, 50, 70])]
    assert torch.equal(result.flows[-1], result.flow)
    # the first estimate, cells of 8 pixels: 7 rows and 13 columns of the padding go before
    planes = 8 * functional.interpolate(
        result.estimates[0], size=(64, 96), mode="bilinear", align_corners=True
    )
    assert torch.allclose(result.flows[0], planes[..., 7:57, 13:83])


def test_a_flow_of_ones_own_estimates_is_taken_as_it_is():
    flow = torch.randn(1, 2, 5, 7)
    assert Flow(flow, []).flows == []
    assert torch.equal(Flow(flow, [2 * flow, flow]).flows[0], 2 * flow)


def test_a_flat_picture_gives_a_finite_flow():
    frame = torch.full((1, 3, 32, 48), 128.0)
    with torch.no_grad():
        assert create_model("gmflow_nano").eval()(frame, frame).flow.isfinite().all()


WRONG = [
    (
        {"attn_splits": (2, 8)},
        "attn_splits = (2, 8), corr_radius = (-1,), prop_radius = (-1,) came",
    ),
    ({"attn_splits": ()}, "attn_splits = (), corr_radius = (-1,), prop_radius = (-1,) came"),
    ({"attn_splits": (0,)}, "attn_splits = (0,) came"),
    ({"attn_splits": 2}, "attn_splits = 2 came"),
    ({"corr_radius": (0,)}, "corr_radius = (0,), prop_radius = (-1,) came"),
    ({"prop_radius": (-2,)}, "prop_radius = (-2,) came"),
    ({"channels": 30}, "channels = 30 came: 4 divides the channels"),
    ({"channels": 10**9}, "channels = 1000000000 came"),
    ({"widths": (8, 8)}, "widths = (8, 8) came"),
    ({"upsample_factor": 6}, "upsample_factor = 6 came"),
    ({"in_channels": 2}, "in_channels = 2 came"),
    ({"first_kernel": 4}, "first_kernel = 4 came"),
    ({"first_kernel": "7"}, "first_kernel = '7' came"),
    ({"layers": 0}, "layers = 0 came"),
    ({"layers": True}, "layers = True came"),
    ({"position": "sine"}, "position = 'sine' came: position is one of absolute, relative, none"),
    ({"upsampler": "bicubic"}, "upsampler = 'bicubic' came: upsampler is one of convex, unet"),
]


@pytest.mark.parametrize(("settings", "text"), WRONG)
def test_settings_are_checked(settings, text, plain_types):
    with pytest.raises(ValueError, match="came") as error:
        create_model("gmflow", **settings)
    assert str(error.value).startswith(text)


def test_settings_that_only_look_different_are_taken(plain_types):
    with torch.device("meta"):
        config = create_model("gmflow_nano", attn_splits=[2], widths=[8, 12, 16]).config
    assert (config.attn_splits, config.widths) == ((2,), (8, 12, 16))


def test_without_a_position_equal_windows_give_equal_features():
    """Nothing but the position tells two windows' cells apart from where they stand."""
    tile = torch.randn(1, 4, 4, 16, dtype=torch.float64)
    feature = tile.repeat(1, 2, 2, 1)
    feature[:, :, :, :] = feature[:, :1, :1]  # one value everywhere
    found = {}
    for position in ("none", "absolute", "relative"):
        model = create_model("gmflow_nano", channels=16, layers=1, position=position).double()
        with torch.no_grad():
            feature0, _ = model.enhance(feature, feature, 0)
        found[position] = (feature0 - feature0[:, :1, :1]).abs().max().item()
    assert found["none"] < 1e-12
    assert found["absolute"] > 1e-3


def test_the_bilinear_upsampler_learns_nothing_and_reads_between_the_cells():
    model = create_model("gmflow_nano", upsampler="bilinear", layers=1).eval()
    assert not list(model.upsampler.parameters())
    with torch.no_grad(), watching(model, "propagated") as seen:
        flow = model(*frames((48, 64))).flow
    coarse = rearrange(seen["propagated"][0], "b h w xy -> b xy h w")
    planes = functional.interpolate(coarse, scale_factor=4, mode="bilinear", align_corners=True)
    torch.testing.assert_close(flow, 4 * planes)


def test_settings_of_size():
    assert create_model("gmflow_nano").config.multiple == 8
    with torch.device("meta"):
        assert create_model("gmflow").config.multiple == 16
        assert create_model("gmflow_refine").config.multiple == 32
        assert create_model("gmflow", attn_splits=(1,)).config.multiple == 16


def test_a_few_steps_teach_the_nano_one_pair():
    torch.manual_seed(0)
    model = create_model("gmflow_nano", layers=1, widths=(8, 8, 16), channels=16)
    picture = frames((40, 40), seed=3)[0]
    frame0, frame1 = picture[..., 4:36, 4:36], picture[..., 4:36, 8:40]  # all moves 4 to the left
    truth = torch.tensor([-4.0, 0.0]).reshape(1, 2, 1, 1).expand(1, 2, 32, 32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    errors = []
    for _ in range(30):
        result = model(frame0, frame1)
        optimizer.zero_grad()
        flow_loss(result.flows, truth).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        errors.append(end_point_error(result.flow, truth).mean().item())
    assert errors[-1] < 0.5 * errors[0]


@pytest.mark.gpu
@pytest.mark.parametrize("name", ["gmflow_nano", "gmflow", "gmflow_refine"])
def test_cuda_equals_cpu(name):
    model = create_model(name).double().eval()
    frame0, frame1 = frames((96, 128), dtype=torch.float64)
    with torch.no_grad():
        cpu = model(frame0, frame1, bidirectional=True).flow
        cuda = model.cuda()(frame0.cuda(), frame1.cuda(), bidirectional=True).flow.cpu()
    assert torch.allclose(cpu, cuda, rtol=0, atol=1e-6)


@pytest.mark.gpu
def test_bfloat16_on_cuda_gives_a_flow_in_float32():
    model = create_model("gmflow_nano").cuda().bfloat16().eval()
    pair = [x.cuda().bfloat16() for x in frames((64, 96))]
    with torch.no_grad():
        flow = model(*pair).flow
    assert flow.dtype == torch.float32
    assert flow.isfinite().all()
