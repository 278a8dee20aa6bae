"""Restormer equals the authors' code, runs at any size, and every parameter learns."""

import pytest
import torch
from einops import rearrange

from utils.checkpoints import load_official
from utils.errors import ConfigError
from utils.models import create_model
from utils.models.restormer import (
    MDTA,
    MapWindowAttention,
    RestormerConfig,
)
from utils.ops import crop, pad_to_multiple
from utils.reference import list_cases, read_case, read_manifest
from utils.tap import watching

TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-5}
INSIDE = {
    "patch_embed": "embedding",
    "encoder_level1.0.norm1": "encoder.0.0.norm1",
    "encoder_level1.0.attn": "encoder.0.0.attention",
    "encoder_level1.0.ffn": "encoder.0.0.feed_forward",
    "encoder_level1.0": "encoder.0.0",
    "down1_2": "down.0",
    "latent": "latent",
    "up4_3": "up.0",
    "decoder_level2": "decoder.1",
    "refinement": "refinement",
}


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("name", list_cases("restormer"))
def test_equals_official_outputs_and_inside_values(name, dtype):
    case = read_case(name)
    model = create_model(case.model, **case.overrides).to(dtype).eval()
    load_official(model, case.state_dict())
    seen = {}
    for path in INSIDE.values():

        def keep(module, inputs, output, path=path):
            seen[path] = rearrange(output, "b h w c -> b c h w")

        model.get_submodule(path).register_forward_hook(keep)
    with torch.no_grad():
        image = model(*(x.to(dtype) for x in case.inputs))
    assert image.shape == case.outputs["image"].shape
    assert case.outputs["image"].difference(image) < TOLERANCE[dtype]
    assert set(case.inside) == set(INSIDE)
    for official, recorded in case.inside.items():
        assert recorded.difference(seen[INSIDE[official]]) < TOLERANCE[dtype], official


@pytest.mark.parametrize(
    "name",
    ["restormer_derain", "restormer_denoise", "restormer_denoise_gray", "restormer_dual_pixel"],
)
def test_parameter_count_is_the_published_one(name):
    with torch.device("meta"):
        model = create_model(name)
    count = sum(p.numel() for p in model.parameters())
    assert count == read_manifest(name)["parameters"]


def test_the_nano_one_fits_its_file():
    with torch.device("meta"):
        model = create_model("restormer_nano")
    assert 2 * sum(p.numel() for p in model.parameters()) < 2e6  # bytes in float16


@pytest.mark.parametrize("attention", ["channels", "windows"])
@pytest.mark.parametrize("feed_forward", ["gated", "mlp"])
def test_a_gradient_reaches_every_parameter(attention, feed_forward):
    model = create_model("restormer_nano", attention=attention, feed_forward=feed_forward)
    model(torch.randn(2, 3, 32, 40)).square().sum().backward()
    silent = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum()]
    assert silent == []


def test_a_gradient_reaches_every_parameter_of_the_dual_pixel_variant():
    model = create_model("restormer_nano", in_channels=6, dual_pixel=True)
    model(torch.randn(1, 6, 16, 24)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() for p in model.parameters())


@pytest.mark.parametrize("size", [(1, 1), (30, 5), (63, 65), (8, 36)])
@pytest.mark.parametrize("attention", ["channels", "windows"])
def test_any_size_runs_and_a_batch_equals_its_items(size, attention):
    model = create_model("restormer_nano", attention=attention).double().eval()
    batch = torch.randn(3, 3, *size, dtype=torch.float64)
    with torch.no_grad():
        together = model(batch)
        alone = torch.cat([model(item[None]) for item in batch])
    assert together.shape == batch.shape
    assert torch.allclose(together, alone, rtol=0, atol=1e-12)


def test_another_size_is_reflected_to_a_multiple_of_eight_and_cropped():
    model = create_model("restormer_nano").double().eval()
    picture = torch.rand(1, 3, 21, 37, dtype=torch.float64)
    with torch.no_grad():
        pixels = rearrange(picture, "b c h w -> b h w c")
        padded = pad_to_multiple(pixels, multiple=(8, 8), mode="reflect")
        assert torch.equal(padded[:, 21], padded[:, 19])
        whole = model(rearrange(padded, "b h w c -> b c h w"))
        cut = crop(rearrange(whole, "b c h w -> b h w c"), size=(21, 37))
        torch.testing.assert_close(model(picture), rearrange(cut, "b h w c -> b c h w"))


def test_watching_changes_nothing_and_the_matrix_is_channels_by_channels():
    model = create_model("restormer_nano").double().eval()
    x = torch.rand(2, 3, 48, 40, dtype=torch.float64)
    with torch.no_grad():
        unwatched = model(x)
        with watching(model) as seen:
            watched = model(x)
    torch.testing.assert_close(watched, unwatched, rtol=0, atol=1e-12)
    weights = seen["latent.0.attention.weights"][0]
    assert weights.shape == (2, 8, 12, 12)
    torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]))
    assert seen["decoder.2.0.attention.weights"][0].shape == (2, 1, 24, 24)
    assert seen["decoder.2.0.attention.q"][0].shape == (2, 1, 24, 48 * 40)
    assert seen["encoder.0.0.feed_forward.gate"][0].shape == (2, 48, 40, 31)
    assert seen["embedding"][0].shape == (2, 48, 40, 12)
    assert seen["refined"][0].shape == (2, 48, 40, 24)
    residual = rearrange(seen["residual"][0], "b h w c -> b c h w")
    torch.testing.assert_close(residual + x, watched)


def test_long_range_a_far_pixel_is_felt_by_channels_not_by_windows():
    x = torch.randn(1, 24, 24, 8, dtype=torch.float64)
    changed = x.clone()
    changed[:, 20:, 20:] += 3
    for layer, far in (
        (MDTA(8, num_heads=2), True),
        (MapWindowAttention(8, num_heads=2, window_size=8), False),
    ):
        layer = layer.double()
        with torch.no_grad():
            difference = (layer(changed) - layer(x))[:, :8, :8].abs().max()
        assert bool(difference > 1e-6) == far


def test_bfloat16_runs_and_stays_near():
    model = create_model("restormer_nano").eval()
    x = torch.rand(1, 3, 32, 24)
    with torch.no_grad():
        exact = model(x)
        low = model.bfloat16()(x.bfloat16())
    assert low.dtype == torch.bfloat16
    assert (low.float() - exact).abs().mean() < 0.05


@pytest.mark.parametrize("norm_bias", [False, True])
@pytest.mark.parametrize("side", [64, 256])
def test_float16_stays_finite_and_near_also_on_black(side, norm_bias):
    model = create_model("restormer_nano", norm_bias=norm_bias).eval()
    for picture in (torch.rand(1, 3, side, side), torch.zeros(1, 3, side, side)):
        with torch.no_grad():
            exact, low = model.float()(picture), model.half()(picture)
        assert low.dtype == torch.float16
        assert (low.float() - exact).abs().max() < 0.01


WRONG = [
    ({"depths": (1, 2)}, "depths = (1, 2), num_heads = (1, 2, 4, 8) came: both have one entry"),
    ({"depths": (), "num_heads": ()}, "depths = (), num_heads = () came"),
    ({"depths": (1,) * 9, "num_heads": (1,) * 9}, "depths = (1, 1, 1, 1, 1, 1, 1, 1, 1), num"),
    (
        {"depths": (0, 1)},
        "depths = (0, 1) came: depths is a tuple of whole numbers from 1",
    ),
    ({"channels": 0}, "channels = 0 came: channels is a whole number from 1 to 16384"),
    ({"channels": 10**9}, "channels = 1000000000 came"),
    ({"in_channels": 6}, "dual_pixel = False, in_channels = 6, out_channels = 3 came: without"),
    ({"attention": "rows"}, "attention = 'rows' came: attention is one of channels, windows"),
    ({"feed_forward": "glu"}, "feed_forward = 'glu' came: feed_forward is one of gated, mlp"),
    ({"refinement": -1}, "refinement = -1 came"),
    ({"ffn_ratio": 0.001}, "channels = 48, ffn_ratio = 0.001 came"),
    ({"ffn_ratio": float("nan")}, "ffn_ratio = nan came"),
    ({"norm_bias": "yes"}, "norm_bias = 'yes' came: norm_bias is True or False"),
    ({"window_size": "7"}, "window_size = '7' came"),
]


@pytest.mark.parametrize(("settings", "text"), WRONG)
def test_wrong_settings_are_refused(settings, text, plain_types):
    with pytest.raises(ConfigError) as error:
        RestormerConfig(**settings)
    assert str(error.value).startswith(text)


@pytest.mark.parametrize("heads", [3, 0, "2", 16])
def test_heads_that_do_not_divide_the_channels_are_refused(heads, plain_types):
    with pytest.raises(ConfigError, match=f"num_heads = '?{heads}'? came"):
        MDTA(8, num_heads=heads)


PUBLISHED = {  # task -> the variant, and whether its norms have a bias in the authors' settings
    "deraining": ("restormer_derain", True, 3),
    "motion deblurring": ("restormer_motion_deblur", True, 3),
    "single-image defocus deblurring": ("restormer_defocus_deblur", True, 3),
    "dual-pixel defocus deblurring": ("restormer_dual_pixel", True, 6),
    "Gaussian color denoising": ("restormer_denoise", False, 3),
    "Gaussian gray denoising": ("restormer_denoise_gray", False, 1),
    "real denoising": ("restormer_denoise_real", False, 3),
}


@pytest.mark.parametrize("task", PUBLISHED)
def test_every_published_task_has_a_variant(task):
    name, bias, channels = PUBLISHED[task]
    with torch.device("meta"):
        model = create_model(name)
    assert (model.latent[0].norm1.bias is not None) == bias
    assert model.embedding.weight.shape == (48, channels, 3, 3)


@pytest.mark.gpu
def test_cuda_equals_cpu():
    model = create_model("restormer_nano").eval()
    x = torch.rand(2, 3, 90, 64)
    with torch.no_grad():
        cpu = model(x)
        cuda = model.cuda()(x.cuda()).cpu()
    assert torch.allclose(cpu, cuda, rtol=1e-3, atol=1e-4)
