"""Models under torch's own tools: exported, compiled, traced, scripted, synchronized, checked."""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from utils.errors import ConfigError, ShapeError
from utils.models import create_model, list_models, segmenter

ROOT = Path(__file__).parents[2]
NAMES = ["swin_nano", "maxvit_nano", "vit_nano", "vit_adapter_nano"]
TOOLS = [  # torch's tools take a while: one small model always, all of them with the slow tests
    ("exported", ["swin_nano"]),
    *(
        pytest.param(tool, NAMES, marks=pytest.mark.slow)
        for tool in ("exported", "compiled", "traced")
    ),
]


def outputs(out):
    return out if isinstance(out, tuple | list) else [out]


def exported(model, picture):
    return torch.export.export(model, (picture,)).module()


def compiled(model, picture):
    return torch.compile(model, backend="eager", fullgraph=True, dynamic=False)


def traced(model, picture):
    return torch.jit.trace(model, picture, check_trace=False)


def differences(tool, name):
    """Of the tool's model and of an ordinary call after it, both against a call before it.

    The ordinary call has another size, too: what an export left in a cache would show in both.
    """
    torch.manual_seed(0)
    model = create_model(name).eval()
    pictures = [torch.randn(1, 3, 60, 72), torch.randn(1, 3, 90, 64)]
    other = create_model("maxvit_nano").eval()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = globals()[tool](model, pictures[0])
        first, after = made(pictures[0]), [model(x) for x in pictures]
        other(pictures[0])
        expected = subprocess_free(name, pictures)
    worst = max((a - b).abs().max() for a, b in zip(outputs(first), expected[0], strict=True))
    later = max(
        (a - b).abs().max()
        for now, then in zip(after, expected, strict=True)
        for a, b in zip(outputs(now), then, strict=True)
    )
    return worst.item(), later.item()


def subprocess_free(name, pictures):
    """What a second model with the same weights gives, its masks and tables made anew."""
    from utils.caching import forget_all

    torch.manual_seed(0)
    model = create_model(name).eval()
    forget_all()
    return [[one.clone() for one in outputs(model(x))] for x in pictures]


@pytest.mark.parametrize(("tool", "names"), TOOLS)
def test_torch_s_tools_give_the_same_and_leave_nothing_behind(tool, names):
    # In a process without the tests' type hook, which the tools cannot look through.
    code = (
        f"from tests.models.test_elsewhere import *\n"
        f"for name in {names}: print(*differences({tool!r}, name))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = [float(number) for line in done.stdout.splitlines() for number in line.split()]
    assert len(found) == 2 * len(names)
    assert max(found) < 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_script_is_refused_with_what_works(name):
    with pytest.raises(ConfigError, match=r"came to torch.jit.script: .*; use torch.export.export"):
        torch.jit.script(create_model(name))


@pytest.mark.parametrize("name", ["maxvit_nano", "vit_adapter_nano"])
def test_sync_batch_norm_is_refused_before_it_reads_the_wrong_axis(name):
    model = nn.SyncBatchNorm.convert_sync_batchnorm(create_model(name)).eval()
    with pytest.raises(ConfigError, match=r"whose norms are SyncBatchNorm: maps are b h w c here"):
        model(torch.zeros(1, 3, 64, 64))


@pytest.mark.parametrize("name", ["swin_nano", "vit_nano"])
def test_a_model_without_batch_norm_is_left_as_it_is(name):
    model = create_model(name).eval()
    x = torch.randn(1, 3, 40, 70)
    with torch.no_grad():
        before = outputs(model(x))
        after = outputs(nn.SyncBatchNorm.convert_sync_batchnorm(model)(x))
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("name", ["maxvit_nano", "vit_adapter_nano"])
def test_one_small_picture_in_training_is_refused_before_batch_norm_does(name):
    side = create_model(name).coarsest
    model = create_model(name).train()
    with pytest.raises(ShapeError, match=rf"one picture of {side}×{side} came in training: .*two"):
        model(torch.zeros(1, 3, side, side))
    model(torch.randn(2, 3, side, side))
    model(torch.randn(1, 3, side, 2 * side))
    model.eval()(torch.zeros(1, 3, side, side))


def test_one_small_picture_in_training_with_frozen_norms_runs():
    model = create_model("maxvit_nano").train()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    assert model(torch.zeros(1, 3, 16, 16)).shape == (1, 12)


def test_a_segmenter_asks_what_its_backbone_asks():
    model = segmenter("vit_adapter_nano", classes=3)
    with pytest.raises(ShapeError, match="one picture of 32×32 came in training"):
        model(torch.zeros(1, 3, 32, 32))
    with pytest.raises(ConfigError, match=r"a Segmenter came to torch.jit.script"):
        torch.jit.script(model)


@pytest.mark.parametrize("name", NAMES)
def test_numpy_pictures_are_taken(name):
    model = create_model(name).eval()
    picture = np.random.default_rng(0).random((1, 3, 64, 40), dtype=np.float32)
    with torch.no_grad():
        for one, other in zip(
            outputs(model(picture)), outputs(model(torch.from_numpy(picture))), strict=True
        ):
            assert torch.equal(one, other)


WRONG = [
    (torch.zeros(3, 64, 64), "picture of shape (3, 64, 64) and dtype float32 came"),
    (torch.zeros(1, 64, 64, 3), "picture.movedim(-1, 1) brings the channels in front"),
    (torch.zeros(1, 4, 64, 64), "picture[:, :3] leaves out the others, such as transparency"),
    (torch.zeros(1, 1, 64, 64), "picture.expand(-1, 3, -1, -1) makes the gray one"),
    (torch.zeros(1, 2, 64, 64), "create_model(..., in_channels=2) makes a model for such"),
    (torch.zeros(0, 3, 64, 64), "give b at least one entry"),
    (torch.zeros(1, 3, 64, 64).byte(), "picture is a floating-point tensor"),
    (torch.zeros(1, 3, 64, 64).double(), "picture.to(torch.float32) makes it so"),
    (torch.zeros(1, 3, 64, 64, device="meta"), "came on meta, the "),
    ("a picture", "picture came as a str"),
    (None, "picture came as None"),
]


@pytest.mark.parametrize(("picture", "text"), WRONG)
@pytest.mark.parametrize("name", NAMES)
def test_wrong_pictures_are_refused_with_the_remedy(plain_types, name, picture, text):
    with pytest.raises(ShapeError) as error:
        create_model(name)(picture)
    assert text in str(error.value)


NAMES_THAT_ARE_NOT = [
    ("swin_tiny", "did you mean swin_t?"),
    ("Swin_T", "did you mean swin_t?"),
    ("swin-t", "did you mean swin_t?"),
    ("vitadapter_s", "did you mean vit_adapter_s?"),
    ("resnet50", "list_models() gives the list"),
    (None, "pass one of them as a text"),
]


@pytest.mark.parametrize(("name", "text"), NAMES_THAT_ARE_NOT)
def test_a_wrong_name_gets_the_nearest_right_one(plain_types, name, text):
    with pytest.raises(ConfigError) as error:
        create_model(name)
    assert text in str(error.value)
    assert len(str(error.value)) < 700
    assert "swin_t" in list_models()


SETTINGS_THAT_ARE_NOT = [
    ({"windowsize": 7}, "did you mean window_size?"),
    ({"num_classes": 10}, "did you mean classes?"),
    ({"embed_dim": 96}, "did you mean channels?"),
    ({"drop_path_rate": 0.1}, "did you mean drop_path?"),
    ({"in_chans": 1}, "did you mean in_channels?"),
    ({"dilation": 2}, "leave it out"),
]


@pytest.mark.parametrize(("settings", "text"), SETTINGS_THAT_ARE_NOT)
def test_a_wrong_setting_gets_the_nearest_right_one(settings, text):
    with pytest.raises(ConfigError) as error:
        create_model("swin_nano", **settings)
    assert text in str(error.value)
