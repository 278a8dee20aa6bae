"""What a model expects is decided in one place."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from utils.errors import CourseError, ShapeError
from utils.models import create_model
from utils.training import prepare


def test_channels_are_shifted_and_scaled_each_by_its_own_numbers():
    model = create_model("swin_nano", mean=(0.1, 0.2, 0.3), std=(0.5, 0.25, 2.0))
    picture = torch.tensor([0.6, 0.45, 2.3]).reshape(1, 3, 1, 1).expand(2, 3, 4, 5)
    ready = prepare(picture, model)
    assert ready.shape == (2, 3, 4, 5)
    assert torch.allclose(ready[1, :, 2, 3], torch.tensor([1.0, 1.0, 1.0]))
    assert picture[0, 0, 0, 0] == torch.tensor(0.6)


def test_models_without_a_mean_take_their_own_range():
    half = torch.full((1, 3, 2, 2), 0.5)
    assert prepare(half, create_model("gmflow_nano")).unique().tolist() == [127.5]
    model = nn.Identity()
    model.config = SimpleNamespace()
    assert prepare(half, model).unique().tolist() == [0.5]


def test_a_model_without_a_config_is_refused():
    with pytest.raises(ValueError, match="a Identity without a config came"):
        prepare(torch.zeros(1, 3, 2, 2), nn.Identity())


def test_bytes_are_taken_and_other_ranges_refused(plain_types):
    model = create_model("swin_nano")
    picture = torch.randint(0, 256, (2, 3, 5, 7), dtype=torch.uint8)
    assert torch.allclose(prepare(picture, model), prepare(picture / 255, model))
    for wrong, told in [
        (picture.float(), r"values from . to 255 came: .*divide by 255"),
        (picture.long(), r"a picture of torch.int64 came: .*torch.uint8"),
        (torch.full((1, 3, 2, 2), torch.nan), "NaN or infinite"),
    ]:
        with pytest.raises(CourseError, match=told):
            prepare(wrong, model)


def test_one_channel_does_not_become_three(plain_types):
    for name, channels in (("swin_nano", 1), ("gmflow", 1), ("restormer_denoise_gray", 3)):
        with torch.device("meta"):
            model = create_model(name)
        with pytest.raises(ShapeError, match=rf"\(1, {channels}, 4, 5\) came: the model takes"):
            prepare(torch.zeros(1, channels, 4, 5), model)
    with torch.device("meta"):
        gray = create_model("gmflow", in_channels=1)
    assert prepare(torch.ones(1, 1, 2, 2), gray).max() == 255
