"""What models do with inputs and readers of outputs that people bring along."""

import inspect
import re

import numpy as np
import pytest
import torch
import torchinfo
from einops import rearrange
from PIL import Image

from utils.errors import ConfigError, ShapeError
from utils.io import as_picture
from utils.models import create_model
from utils.models.restormer.tiles import restore_tiled
from utils.training import prepare


@pytest.fixture(scope="module")
def gmflow():
    torch.manual_seed(0)
    small = {"layers": 1, "widths": (8, 12, 16), "channels": 16, "mlp_ratio": 1}
    return create_model("gmflow_nano", **small).eval()


@pytest.fixture(scope="module")
def frames():
    return torch.randint(0, 256, (2, 1, 3, 37, 50), dtype=torch.uint8)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32, torch.int64])
def test_frames_of_integers_are_frames_of_the_same_numbers(gmflow, frames, dtype):
    with torch.no_grad():
        found = gmflow(*frames.to(dtype)).flow
        assert torch.equal(found, gmflow(*frames.float()).flow)
    assert found.isfinite().all()
    assert float(found.abs().max()) > 0


def test_tools_that_look_at_outputs_can_take_a_flow_apart(gmflow, frames):
    first, second = frames.float()
    report = torchinfo.summary(gmflow, input_data=[first, second], verbose=0)
    assert report.total_params == sum(p.numel() for p in gmflow.parameters())
    exported = torch.export.export(gmflow, (first, second)).module()
    with torch.no_grad():
        found, want = exported(first, second), gmflow(first, second)
    assert torch.allclose(found.flow, want.flow, atol=1e-4)
    assert len(found.flows) == len(want.flows)


def test_integers_are_not_restored_to_white(plain_types):
    model = create_model("restormer_nano", depths=(1, 1, 1, 1), refinement=0).eval()
    with pytest.raises(ShapeError, match=r"torch.uint8|dtype|floating"):
        restore_tiled(model, torch.zeros(1, 3, 8, 8, dtype=torch.uint8))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("swin_t", {"window_size": "7"}),
        ("maxvit_t", {"window_size": None}),
        ("restormer_derain", {"depths": 4}),
        ("gmflow", {"layers": 2.5}),
        ("vit_t", {"depth": "12"}),
        ("vit_adapter_t", {"num_heads": [3]}),
    ],
)
def test_settings_of_a_wrong_type_are_said(name, wrong, plain_types):
    (setting,) = wrong
    with pytest.raises(ConfigError, match=setting):
        create_model(name, **wrong)


@pytest.mark.parametrize("name", ["swin", "maxvit", "restormer", "gmflow", "vit_adapter"])
def test_a_picture_before_any_preparation_gets_the_way_to_the_door(name):
    """The remedy is run as it is written: it must lead through the door."""
    model = create_model(f"{name}_nano").eval()
    shown = np.random.default_rng(0).integers(0, 255, (64, 96, 3), dtype=np.uint8)
    parameter = next(iter(inspect.signature(model.forward).parameters))
    known = {"model": model, "as_picture": as_picture, "prepare": prepare}
    pictures = [Image.fromarray(shown), shown, shown / 255, torch.from_numpy(shown)]
    pictures += [rearrange(torch.from_numpy(shown), "h w rgb -> rgb h w"), shown[..., 0]]
    for picture in pictures:
        frames = [picture] * len(inspect.signature(model.forward).parameters)
        with torch.no_grad(), pytest.raises(ShapeError) as caught:
            model(*(frames[:2] if name == "gmflow" else frames[:1]))
        remedy = re.search(r"; (prepare.+?) makes it so; ", str(caught.value))[1]
        ready = eval(remedy, known | {parameter: picture})
        if picture is not pictures[-1]:
            assert torch.equal(ready, prepare(as_picture(shown)[None], model))
        with torch.no_grad():
            model(*([ready] * (2 if name == "gmflow" else 1)))
