"""ViT-Adapter equals the authors' code, runs at any size, and every parameter learns."""

import pytest
import torch
from einops import pack, rearrange
from torch import nn

from utils.checkpoints import load_official
from utils.errors import ConfigError, ShapeError
from utils.fast import fast
from utils.models import create_model, segmenter
from utils.models.vit_adapter import (
    ATTENTIONS,
    CrossAttention,
    DeformableAttention,
    Injector,
    LinearAttention,
    SpatialPrior,
    ViTAdapterConfig,
    WindowCrossAttention,
)
from utils.reference import list_cases, read_case, read_manifest
from utils.tap import watching

TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-5}
INSIDE = {
    "spm": "spatial_prior",
    "patch_embed": "vit.patch_embedding",
    "interactions.0.injector": "interactions.0.injector",
    "blocks.0": "vit.blocks.0",
    "interactions.0.extractor": "interactions.0.extractor",
    "interactions.0": "interactions.0",
    "interactions.3.extra_extractors.0": "interactions.3.extra.0",
    "up": "up",
}


def as_recorded(official, output):
    """One of our outputs in the layout of the official one."""
    if official == "spm":  # its second map was recorded
        output = output[1]
    elif official == "interactions.0":
        output = output[0]
    if official == "up":
        return rearrange(output, "b h w c -> b c h w")
    if isinstance(output, list):
        return pack(output, "b * c")[0]
    return rearrange(output, "b h w c -> b (h w) c")


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("name", list_cases("vit_adapter"))
def test_equals_official_outputs_and_inside_values(name, dtype):
    case = read_case(name)
    model = create_model(case.model, **case.overrides).to(dtype).eval()
    load_official(model, case.state_dict())
    seen = {}
    for official, path in INSIDE.items():

        def keep(module, inputs, output, official=official):
            seen[official] = as_recorded(official, output)

        model.get_submodule(path).register_forward_hook(keep)
    with torch.no_grad():
        maps = model(*(x.to(dtype) for x in case.inputs))
    for number, features in enumerate(maps, start=1):
        recorded = case.outputs[f"f{number}"]
        ours = rearrange(features, "b h w c -> b c h w")
        assert ours.shape == recorded.shape
        assert recorded.difference(ours) < TOLERANCE[dtype], number
    assert set(case.inside) == set(INSIDE)
    for official, recorded in case.inside.items():
        assert recorded.difference(seen[official]) < TOLERANCE[dtype], official


@pytest.mark.parametrize("name", list_cases("vit_adapter"))
def test_fast_forms_equal_the_official_outputs(name):
    case = read_case(name)
    model = create_model(case.model, **case.overrides).eval()
    load_official(model, case.state_dict())
    with torch.no_grad(), fast():
        maps = model(*case.inputs)
    for number, features in enumerate(maps, start=1):
        ours = rearrange(features, "b h w c -> b c h w")
        assert case.outputs[f"f{number}"].difference(ours) < TOLERANCE[torch.float32], number


@pytest.mark.parametrize(
    "name", ["vit_adapter_t", "vit_adapter_s", "vit_adapter_b", "vit_adapter_l"]
)
def test_parameter_count_is_the_published_one(name):
    with torch.device("meta"):
        model = create_model(name)
    count = sum(p.numel() for p in model.parameters())
    assert count == read_manifest(name)["parameters"]


def wake(model):
    """Move γ and the offsets from the published start, where they let no gradient through."""
    for module in model.modules():
        if isinstance(module, Injector):
            nn.init.normal_(module.gamma)
        if isinstance(module, DeformableAttention):
            nn.init.normal_(module.offsets.weight, std=0.1)
            nn.init.normal_(module.weights.weight, std=0.1)
    return model


def awake(name="vit_adapter_nano", **overrides):
    return wake(create_model(name, **overrides))


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_a_gradient_reaches_every_parameter(attention):
    model = awake(attention=attention)
    sum(m.square().sum() for m in model(torch.randn(2, 3, 96, 64))).backward()
    silent = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum()]
    assert silent == []


@pytest.mark.parametrize("attention", ATTENTIONS)
@pytest.mark.parametrize("size", [(1, 1), (30, 5), (63, 97)])
def test_any_size_runs_and_a_batch_equals_its_items(size, attention):
    model = awake(attention=attention).double().eval()
    batch = torch.randn(2, 3, *size, dtype=torch.float64)
    with torch.no_grad():
        together = model(batch)
        alone = [torch.cat(maps) for maps in zip(*(model(x[None]) for x in batch), strict=True)]
    for stride, maps, items in zip((4, 8, 16, 32), together, alone, strict=True):
        assert maps.shape[1:3] == (-(-size[0] // stride), -(-size[1] // stride))
        assert torch.allclose(maps, items, rtol=0, atol=1e-11)


def test_gamma_starts_at_zero_so_that_the_plain_vit_is_untouched():
    model = create_model("vit_adapter_nano").double().eval()
    picture = torch.randn(1, 3, 64, 96, dtype=torch.float64)
    with torch.no_grad():
        with watching(model, "interactions.*") as seen:
            model(picture)
        plain = model.vit(rearrange(picture, "b c h w -> b h w c"))
    torch.testing.assert_close(seen["interactions.3.tokens"][0], plain)
    assert not seen["interactions.0.injector.injected"][0].any()


def test_what_the_deformable_views_watch():
    model = create_model("vit_adapter_nano").eval()
    with torch.no_grad(), watching(model, "*.attention.*") as seen:
        model(torch.randn(2, 3, 64, 96))
    path = "interactions.1.injector.attention"
    assert seen[f"{path}.locations"][0].shape == (2, 24, 3, 3, 4, 2)
    weights = seen[f"{path}.weights"][0]
    assert weights.shape == (2, 24, 3, 3, 4)
    torch.testing.assert_close(weights.sum((-1, -2)), torch.ones(2, 24, 3))
    side = 8 * 12 + 4 * 6 + 2 * 3
    assert seen["interactions.1.extractor.attention.locations"][0].shape == (2, side, 3, 1, 4, 2)
    # untrained, the first point lies one cell off its query, in the direction of its head
    first = seen[f"{path}.locations"][0][0, 0, 0, 1, 0]
    torch.testing.assert_close(first, torch.tensor([1.5 / 6, 0.5 / 4]))


@pytest.mark.parametrize("attention", ["global", "linear", "windows"])
def test_watched_and_unwatched_are_equal(attention):
    model = awake(attention=attention).double().eval()
    x = torch.randn(1, 3, 130, 97, dtype=torch.float64)
    with torch.no_grad():
        unwatched = model(x)
        with watching(model) as seen:
            watched = model(x)
    for one, other in zip(unwatched, watched, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-11)
    weights = seen["interactions.0.injector.attention.weights"][0]
    torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]))


def test_windows_see_their_own_part_of_the_picture_and_no_padding():
    model = awake(attention="windows", adapter_window=1).double().eval()
    layer = model.interactions[0].extractor.attention
    side = [torch.randn(1, *size, 96, dtype=torch.float64) for size in ((12, 20), (6, 10), (3, 5))]
    x = torch.randn(1, 6, 10, 96, dtype=torch.float64, requires_grad=True)
    finest = layer(side, [x])[0]
    finest[0, 0, 0].sum().backward()  # a cell at 1/8 in the first window, which is 2×2 at 1/16
    asked = x.grad[0].abs().sum(-1) > 0
    assert asked[:2, :2].all()
    assert asked.sum() == 4
    wide = awake(attention="windows", adapter_window=8).double().eval()
    layer = wide.interactions[0].extractor.attention
    everything = CrossAttention.forward(layer, side, [x])
    for one, other in zip(layer(side, [x]), everything, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-11)


def test_training_uses_and_moves_the_batch_statistics():
    layer = SpatialPrior(3, 8, hidden=4)
    layer(torch.randn(2, 64, 32, 3) + 1)
    assert layer.stem[0].norm.running_mean.any()
    assert layer.down[2].norm.num_batches_tracked == 1


@pytest.mark.parametrize("name", ["vit_nano", "vit_adapter_nano"])
def test_the_same_head_fits_both_and_every_parameter_learns(name):
    model = wake(segmenter(name, classes=5))
    logits = model(torch.randn(2, 3, 50, 64))
    assert logits.shape == (2, 5, 50, 64)
    logits.square().sum().backward()
    silent = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum()]
    assert silent == []


def test_wrong_settings_are_refused(plain_types):
    for settings, text in [
        ({"depth": 10}, "depth = 10 came: the blocks make 4 groups of the same size"),
        ({"attention": "rows"}, "attention = 'rows' came: attention is one of deformable, global"),
        (
            {"adapter_heads": 5},
            "channels = 192, value_ratio = 1.0, adapter_heads = 5 came: the",
        ),
        ({"ffn_ratio": 0.001}, "channels = 192, ffn_ratio = 0.001 came: the extractor's feed-f"),
        ({"points": 0}, "points = 0 came: points is a whole number from 1 to 16384"),
    ]:
        with pytest.raises(ValueError) as error:  # noqa: PT011 - the text is compared below
            ViTAdapterConfig(**settings)
        assert str(error.value).startswith(text)
    with pytest.raises(ValueError, match="the model name 'swin_t' came for a segmenter"):
        segmenter("swin_t", classes=3)
    with pytest.raises(ValueError, match="classes = 0 came: classes is a whole number"):
        segmenter("vit_nano", classes=0)


@pytest.mark.gpu
def test_cuda_equals_cpu():
    model = awake().eval()
    x = torch.randn(2, 3, 90, 64)
    with torch.no_grad():
        cpu = model(x)
        cuda = model.cuda()(x.cuda())
    for one, other in zip(cpu, cuda, strict=True):
        assert torch.allclose(one, other.cpu(), rtol=1e-3, atol=1e-3)


def gradients(model, picture):
    model.zero_grad()
    maps = model(picture)
    sum(m.square().sum() for m in maps).backward()
    return maps, {name: p.grad.clone() for name, p in model.named_parameters()}


def kept_for_the_gradient(model, picture):
    """Bytes of all that is kept between forward and backward."""
    kept = {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model(picture)
    return sum(kept.values())


def test_checkpointing_gives_the_same_gradients_for_less_memory():
    torch.manual_seed(0)
    usual = awake().double()
    thrifty = create_model("vit_adapter_nano", with_cp=True).double()
    thrifty.load_state_dict(usual.state_dict())
    picture = torch.randn(2, 3, 64, 96, dtype=torch.float64)
    (maps, one), (again, other) = gradients(usual, picture), gradients(thrifty, picture)
    for a, b in zip(maps, again, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-11)
    for name, gradient in one.items():
        torch.testing.assert_close(other[name], gradient, rtol=1e-9, atol=1e-11, msg=name)
    assert kept_for_the_gradient(thrifty, picture) < 0.6 * kept_for_the_gradient(usual, picture)


SWITCHES = ["use_extra_extractor", "add_vit_feature", "with_cffn"]


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_that_is_off_leaves_its_part_out(switch):
    torch.manual_seed(0)
    whole = awake().double().eval()
    less = create_model("vit_adapter_nano", **{switch: False}).double().eval()
    missing = less.load_state_dict(whole.state_dict(), strict=False)
    assert missing.missing_keys == []
    gone = {
        "use_extra_extractor": {"interactions.3.extra.0", "interactions.3.extra.1"},
        "with_cffn": {"ffn"},
        "add_vit_feature": set(),
    }[switch]
    assert all(any(part in name for part in gone) for name in missing.unexpected_keys)
    assert bool(missing.unexpected_keys) == bool(gone)
    picture = torch.randn(1, 3, 64, 96, dtype=torch.float64)
    with torch.no_grad(), watching(whole, "interactions.*.tokens") as seen:
        full, part = whole(picture), less(picture)
    if switch == "add_vit_feature":
        # what is missing, before the norm, is the ViT's own map, resized to 1/16 by nothing
        norm = whole.norms[2]
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        torch.testing.assert_close(full[2] - part[2], scale * seen["interactions.2.tokens"][0])
    else:
        assert all((a - b).abs().max() > 1e-3 for a, b in zip(full, part, strict=True))


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_gradient_reaches_every_parameter_that_is_left(switch):
    model = awake(**{switch: False})
    # without the ViT's maps at the end nothing reads what its last group of blocks has made
    # but the extractors of the last interaction
    _, found = gradients(model, torch.randn(2, 3, 64, 96))
    assert [name for name, gradient in found.items() if not gradient.abs().sum()] == []


def test_a_setting_of_another_kind_is_refused(plain_types):
    for name, value in [("with_cp", "yes"), ("add_vit_feature", 1), ("points", 4.0)]:
        with pytest.raises(ConfigError, match=f"{name} = "):
            create_model("vit_adapter_nano", **{name: value})


def test_every_kind_of_attention_asks_that_its_heads_divide_the_channels():
    for make in (
        lambda: CrossAttention(8, num_heads=3),
        lambda: LinearAttention(8, num_heads=3, pooled=2),
        lambda: WindowCrossAttention(8, num_heads=3, window=2),
        lambda: DeformableAttention(8, num_heads=3, levels=1, points=2),
    ):
        with pytest.raises(ConfigError, match="num_heads = 3 came: the number of heads divides"):
            make()
    layer = DeformableAttention(8, num_heads=2, levels=2, points=2)
    with pytest.raises(ShapeError, match="features = a list of 1 came: there are as many maps"):
        layer([torch.zeros(1, 2, 2, 8)], [torch.zeros(1, 2, 2, 8)])
