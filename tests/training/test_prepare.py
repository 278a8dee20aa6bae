"""What a model expects is decided in one place."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

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
