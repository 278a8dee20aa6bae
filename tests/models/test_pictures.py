"""What the models of pictures and films take at their door, and what they refuse."""

import warnings

import numpy as np
import pytest
import torch

from utils.contracts import tells_numbers
from utils.errors import ShapeError
from utils.models import create_model

SETTINGS = {
    "restormer_nano": {"depths": (1, 1), "num_heads": (1, 2), "refinement": 0},
    "gmflow_nano": {"layers": 1, "widths": (8, 8, 8)},
}
ONE = {"restormer_nano": 1, "gmflow_nano": 255}  # the value of white


@pytest.fixture(params=SETTINGS)
def name(request):
    return request.param


def made(name, dtype=torch.float32):
    torch.manual_seed(0)
    return create_model(name, **SETTINGS[name]).to(dtype).eval()


def given(name, size=(16, 24)):
    """Bytes: one picture, or two frames."""
    generator = torch.Generator().manual_seed(1)
    shape = (1 + name.startswith("gmflow"), 1, 3, *size)
    return list(torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8))


def answer(model, pictures):
    with torch.no_grad():
        out = model(*pictures)
    return getattr(out, "flow", out)


WHOLE = [torch.uint8, torch.int16, torch.int64, torch.uint16]


@pytest.mark.parametrize("dtype", WHOLE, ids=[str(dtype)[6:] for dtype in WHOLE])
@pytest.mark.parametrize("weights", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_whole_numbers_are_bytes(name, dtype, weights):
    model = made(name, weights)
    scale = 255 / ONE[name]
    expected = answer(model, [x.to(weights) / scale for x in given(name)])
    assert torch.equal(answer(model, [x.to(dtype) for x in given(name)]), expected)


def test_arrays_and_other_precisions_are_taken(name):
    model, pictures = made(name), [x * (ONE[name] / 255) for x in given(name)]
    expected = answer(model, pictures)
    exact = [np.asarray(x, dtype=np.float64) for x in pictures]
    torch.testing.assert_close(answer(model, exact), expected)
    arrays = [x.numpy() for x in given(name)]
    torch.testing.assert_close(answer(model, arrays), expected)


@pytest.mark.parametrize(
    ("change", "came", "mend"),
    [
        (lambda x: x[0], r"of shape \(3, 16, 24\)", r"\[None\] adds an axis in front"),
        (lambda x: x.movedim(1, -1), r"of shape \(1, 16, 24, 3\)", r"movedim\(-1, 1\)"),
        (lambda x: x[:, :1], r"of shape \(1, 1, 16, 24\)", "gray"),
        (lambda x: x[..., :0], r"of shape \(1, 3, 16, 0\)", "at least one entry"),
        (lambda x: x * float("nan"), "with values from nan to nan", "divide by the largest"),
        (lambda x: x / 0, "with values from", "divide by the largest"),
        (lambda x: x * 65535, "with values from", "65535"),
        (lambda x: x.long() * 300 + 256, "with values from", "whole numbers are 0..255"),
        (lambda x: x.to("meta"), "came on meta", "moves it"),
        (lambda x: x.to(torch.complex64), "complex64", "real"),
        (lambda x: x > 0, "bool", "real"),
        (lambda x: None, "came as None", "as_tensor"),
        (lambda x: x.tolist(), "came as a list", "as_tensor"),
    ],
)
def test_what_is_no_picture_is_refused(name, change, came, mend, plain_types):
    model = made(name)
    pictures = [x * (ONE[name] / 255) for x in given(name)]
    model(*pictures)  # a sound call before changes nothing
    with pytest.raises(ShapeError, match=came) as error:
        model(*(change(x) for x in pictures))
    assert len(str(error.value)) < 400
    assert any(part in str(error.value) for part in [mend.replace("\\", ""), "stands on"])


def test_frames_of_two_sizes_are_refused(plain_types):
    model = made("gmflow_nano")
    for other in (torch.zeros(1, 3, 16, 25), torch.zeros(2, 3, 16, 24)):
        with pytest.raises(ShapeError, match=r"frame1 of shape .* came: frame1 is"):
            model(torch.zeros(1, 3, 16, 24), other)


def test_frames_that_seem_scaled_down_are_told_of():
    model = made("gmflow_nano")
    pair = [x / 255 for x in given("gmflow_nano")]
    with pytest.warns(UserWarning, match=r"this model takes 0..255 .* multiply by 255"):
        model(*pair)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model(*(255 * x for x in pair))
        model(*torch.zeros(2, 1, 3, 16, 24))  # black is black on every scale
        made("restormer_nano")(pair[0])


def test_noise_may_lead_a_picture_out_of_its_range():
    noisy = torch.rand(1, 3, 16, 16) + 0.5 * torch.randn(1, 3, 16, 16)
    assert answer(made("restormer_nano"), [noisy]).isfinite().all()


def test_a_tensor_without_numbers_is_not_asked_for_them(name):
    assert not tells_numbers(torch.zeros(2, device="meta"))
    model = made(name).to("meta")
    assert answer(model, [x.to("meta").float() for x in given(name)]).is_meta
    model = made(name)
    pictures = [torch.stack([x, x]) * (ONE[name] / 255) for x in given(name)]
    together = torch.func.vmap(lambda *x: getattr(model(*x), "flow", model(*x)))(*pictures)
    expected = answer(model, [x[0] for x in pictures])
    torch.testing.assert_close(together[1], expected, rtol=1e-4, atol=1e-3)
