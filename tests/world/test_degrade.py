"""Noise, rain and blur do what they say and nothing else."""

import pytest
import torch

from utils.errors import ConfigError, ShapeError
from utils.world import KINDS, ShapesWorld, degrade
from utils.world.degrade import line_kernels


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def clean():
    return ShapesWorld().pictures(range(3))[0]


def psnr(a, b):
    return float(-10 * (a - b).square().mean().log10())


@pytest.mark.parametrize("kind", KINDS)
def test_strength_zero_changes_nothing(kind, clean):
    assert torch.equal(degrade(clean, kind=kind, strength=0, generator=seeded()), clean)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_picture_and_the_input_stays(kind, clean):
    before = clean.clone()
    strength = {"noise": 25.0, "rain": 1.0, "blur": 9.0}[kind]
    once, twice, other = (
        degrade(clean, kind=kind, strength=strength, generator=seeded(s)) for s in (0, 0, 1)
    )
    assert torch.equal(once, twice)
    assert not torch.equal(once, other)
    assert torch.equal(clean, before)
    assert once.shape == clean.shape


@pytest.mark.parametrize("kind", KINDS)
def test_stronger_is_worse(kind, clean):
    strengths = {"noise": (5, 15, 50), "rain": (0.3, 0.8, 2.0), "blur": (3, 9, 21)}[kind]
    got = [
        psnr(degrade(clean, kind=kind, strength=s, generator=seeded()), clean) for s in strengths
    ]
    assert got == sorted(got, reverse=True)
    assert got[0] - got[2] > 3


@pytest.mark.parametrize("sigma", [10.0, 25.0, 50.0])
def test_sigma_is_measured_in_gray_levels(sigma):
    gray = torch.full((2, 3, 128, 128), 0.5)
    noise = degrade(gray, kind="noise", strength=sigma, generator=seeded()) - gray
    assert float(noise.std() * 255) == pytest.approx(sigma, rel=0.01)
    assert float(noise.mean() * 255) == pytest.approx(0, abs=0.02 * sigma)


def test_rain_only_brightens_and_stays_in_range(clean):
    rain = degrade(clean, kind="rain", strength=2.0, generator=seeded())
    assert bool((rain >= clean - 1e-6).all())
    assert float(rain.max()) <= 1 + 1e-6


def test_half_a_shower_lies_where_the_claim_is_measured():
    """Input of 20 to 24 dB must be reachable."""
    clean, _ = ShapesWorld(split="val").pictures(range(32))
    rain = degrade(clean, kind="rain", strength=0.6, generator=seeded())
    assert 20 < psnr(rain, clean) < 24


def test_blur_keeps_the_mean_and_spreads_a_point_along_a_line():
    point = torch.zeros(1, 3, 41, 41)
    point[..., 20, 20] = 1
    blurred = degrade(point, kind="blur", strength=15, generator=seeded())[0, 0]
    assert float(blurred.sum()) == pytest.approx(1, abs=1e-4)
    y, x = blurred.nonzero().double().sub(20).T
    weight = blurred[blurred > 0].double()
    spread = torch.cov(torch.stack([x, y]), aweights=weight)
    narrow, wide = torch.linalg.eigvalsh(spread).tolist()
    assert wide == pytest.approx(15**2 / 12, rel=0.1)  # the variance of a 15-pixel line
    assert narrow < 0.5


@pytest.mark.parametrize("length", [0.0, 1.0, 6.5, 21.0])
@pytest.mark.parametrize("angle", [0.0, 0.7, 1.57])
def test_kernels_sum_to_one_and_are_symmetric(length, angle):
    (kernel,) = line_kernels(torch.tensor([length]), torch.tensor([angle]))
    assert float(kernel.sum()) == pytest.approx(1)
    assert torch.allclose(kernel, kernel.flip(0, 1), atol=1e-6)


def test_each_picture_may_have_its_own_strength(clean):
    noisy = degrade(clean, kind="noise", strength=[0, 10, 50], generator=seeded())
    errors = [float((a - b).std() * 255) for a, b in zip(noisy, clean, strict=True)]
    assert errors == pytest.approx([0, 10, 50], rel=0.05)


def test_half_precision_stays_half_precision(clean):
    for kind in KINDS:
        out = degrade(clean.bfloat16(), kind=kind, strength=2, generator=seeded())
        assert out.dtype == torch.bfloat16


def test_an_empty_batch_is_empty():
    for kind in KINDS:
        out = degrade(torch.zeros(0, 3, 8, 9), kind=kind, strength=1, generator=seeded())
        assert out.shape == (0, 3, 8, 9)


@pytest.mark.parametrize(
    ("settings", "kind", "told"),
    [
        ({"kind": "snow", "strength": 1}, ConfigError, "'snow' came: pictures are degraded by noi"),
        ({"kind": "noise", "strength": -1}, ConfigError, "the strength -1 came for noise: it lies"),
        ({"kind": "rain", "strength": 3}, ConfigError, "the strength 3 came for rain: .* 0 and 2"),
        ({"kind": "blur", "strength": [1, 2]}, ShapeError, "2 strengths came for 3 pictures"),
        ({"kind": "blur", "strength": float("nan")}, ConfigError, "the strength nan came"),
    ],
)
def test_what_makes_no_sense_is_said(clean, settings, kind, told):
    with pytest.raises(kind, match=told):
        degrade(clean, generator=seeded(), **settings)


def test_8_bit_pictures_are_refused(clean):
    with pytest.raises(ShapeError, match=r"torch.uint8 came: .*; divide 8-bit values by 255 first"):
        degrade((clean * 255).byte(), kind="noise", strength=1, generator=seeded())
