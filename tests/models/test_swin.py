"""Swin equals the authors' code, runs at any size, and every parameter learns."""

import pytest
import torch
from einops import rearrange

from utils.checkpoints import load_official
from utils.cli.benches.peers import SWIN_T
from utils.fast import fast
from utils.models import create_model
from utils.models.swin import SwinBlock
from utils.reference import list_cases, read_case, read_manifest, recipe
from utils.tap import watching

TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-5}


def filled(case, dtype):
    model = create_model(case.model, **case.overrides).to(dtype).eval()
    load_official(model, case.state_dict())
    return model


def inside_names(official):
    """Our module for an official one, and the rearrangement that gives its layout."""
    ours = official.replace("patch_embed", "patch_embedding").replace("layers.", "stages.")
    ours = ours.replace(".attn", ".attention").replace(".downsample", ".merging")
    if ours.endswith(".attention"):
        return ours, "b nh nw n c -> (b nh nw) n c"
    return ours, "b h w c -> b (h w) c"


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("name", list_cases("swin"))
def test_equals_official_outputs_and_inside_values(name, dtype):
    case = read_case(name)
    model = filled(case, dtype)
    seen, handles = {}, []
    for official in case.inside:
        path, _ = inside_names(official)

        def keep(module, inputs, output, path=path):
            # a stage returns its map and what the next stage gets; the official one the latter
            seen[path] = output[1] if isinstance(output, tuple) else output

        handles.append(model.get_submodule(path).register_forward_hook(keep))
    with torch.no_grad():
        logits = model(*(x.to(dtype) for x in case.inputs))
    assert case.outputs["logits"].difference(logits) < TOLERANCE[dtype]
    for official, recorded in case.inside.items():
        path, pattern = inside_names(official)
        assert recorded.difference(rearrange(seen[path], pattern)) < TOLERANCE[dtype], official


@pytest.mark.parametrize("name", list_cases("swin"))
def test_fast_forms_equal_the_official_outputs(name):
    case = read_case(name)
    model = filled(case, torch.float32)
    with torch.no_grad(), fast():
        logits = model(*case.inputs)
    assert case.outputs["logits"].difference(logits) < TOLERANCE[torch.float32]


@pytest.mark.parametrize("name", ["swin_t", "swin_s", "swin_b", "swin_l"])
def test_parameter_count_is_the_published_one(name):
    with torch.device("meta"):
        model = create_model(name)
    count = sum(p.numel() for p in model.parameters())
    assert count == read_manifest(name)["parameters"]


@pytest.mark.parametrize("name", list(SWIN_T))
def test_equals_the_same_network_of_other_libraries(name):
    official = recipe.state_dict("swin_t")
    try:
        peer = SWIN_T[name](official).double()
    except ImportError:
        assert name != "transformers", "transformers is in the test requirements"
        pytest.skip(f"{name} is not installed")
    ours = create_model("swin_t").double().eval()
    load_official(ours, official)
    # timm takes 224 alone; transformers' blocks give up their shift for good when either side of
    # their map is no larger than a window; torchvision cuts what is no whole patch, we pad it
    sizes = {
        "timm": [(2, 224, 224)],
        "transformers": [(1, 256, 448), (2, 256, 256)],
        "torchvision": [(1, 168, 236), (2, 100, 72), (1, 448, 224)],
    }[name]
    for seed, (b, h, w) in enumerate(sizes):
        x = recipe.image(seed, b, 3, h, w, -2.0, 2.0).double()
        with torch.no_grad():
            theirs = peer(x)
            difference = (ours(x) - theirs).abs().mean() / theirs.std()
        assert difference < 1e-9, (h, w)


def test_a_gradient_reaches_every_parameter():
    model = create_model("swin_nano")
    model(torch.randn(2, 3, 64, 64)).square().sum().backward()
    silent = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum()]
    assert silent == []


@pytest.mark.parametrize("size", [(1, 1), (30, 5), (63, 65), (128, 36)])
def test_any_size_runs_and_a_batch_equals_its_items(size):
    model = create_model("swin_nano").double().eval()
    batch = torch.randn(3, 3, *size, dtype=torch.float64)
    with torch.no_grad():
        together = model(batch)
        alone = torch.cat([model(item[None]) for item in batch])
    assert torch.allclose(together, alone, rtol=0, atol=1e-12)


def test_fused_and_watched_paths_are_equal():
    model = create_model("swin_t", depths=(1, 2), num_heads=(3, 6), window_size=9).double().eval()
    x = torch.randn(1, 3, 100, 84, dtype=torch.float64)
    with torch.no_grad():
        fused = model(x)
        with watching(model, "*.weights") as seen:
            watched = model(x)
    assert len(seen) == 3
    assert torch.allclose(fused, watched, rtol=0, atol=1e-12)
    for weights in (w for calls in seen.values() for w in calls):
        assert torch.allclose(weights.sum(-1), torch.ones_like(weights[..., 0]))


def test_no_shift_where_one_window_covers_the_map():
    block = SwinBlock(8, num_heads=2, window_size=4, shift_size=2)
    assert block.shift_for((4, 4)) == (0, 0)
    assert block.shift_for((4, 8)) == (0, 2)
    assert block.shift_for((8, 8)) == (2, 2)


def test_pyramid_maps_are_what_the_head_reads():
    model = create_model("swin_nano").eval()
    x = torch.randn(2, 3, 64, 96)
    with torch.no_grad():
        maps = model.pyramid(x)
        logits = model.head(model.norm(maps[-1]).mean((1, 2)))
        assert torch.allclose(logits, model(x), atol=1e-6)
    assert [tuple(m.shape) for m in maps] == [(2, 16, 24, 32), (2, 8, 12, 64), (2, 4, 6, 128)]


def test_settings_change_the_model():
    without = create_model("swin_nano", relative_position=False)
    assert not [n for n, _ in without.named_parameters() if "relative_position" in n]
    still = create_model("swin_nano", shift=False)
    assert {b.shift_size for s in still.stages for b in s.blocks} == {(0, 0)}
    with pytest.raises(ValueError, match="the setting windowsize came for swin_nano"):
        create_model("swin_nano", windowsize=3)
    with pytest.raises(ValueError, match="the model name 'swim_t' came"):
        create_model("swim_t")


@pytest.mark.gpu
def test_cuda_equals_cpu():
    model = create_model("swin_nano").eval()
    x = torch.randn(2, 3, 90, 64)
    with torch.no_grad():
        cpu = model(x)
        cuda = model.cuda()(x.cuda()).cpu()
    assert torch.allclose(cpu, cuda, rtol=1e-3, atol=1e-4)
