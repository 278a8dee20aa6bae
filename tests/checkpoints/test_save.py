"""What cannot be saved or read is refused before a file is made."""

import pytest
import torch
from torch import nn

from utils.checkpoints import load_official, save_shipped
from utils.errors import CheckpointError, ConfigError
from utils.models import create_model


@pytest.mark.parametrize(
    ("name", "model", "card", "said"),
    [
        ("../x", nn.Linear(3, 5), {}, "without a folder"),
        ("..", nn.Linear(3, 5), {}, "without a folder"),
        ("", nn.Linear(3, 5), {}, "without a folder"),
        ("a\0b", nn.Linear(3, 5), {}, "without a folder"),
        (None, nn.Linear(3, 5), {}, "the name 'None' came"),
        ("x", torch.zeros(3), {}, "a Tensor and a dict came"),
        ("x", nn.Linear(3, 5), None, "a Linear and a NoneType came"),
        ("x", nn.Linear(3, 5), {"psnr": torch.zeros(2)}, "a card that JSON cannot hold"),
    ],
)
def test_what_cannot_be_saved_leaves_no_file(name, model, card, said, tmp_path, plain_types):
    with pytest.raises(CheckpointError, match=said):
        save_shipped(name, model, card, folder=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("source", [object(), None, 3, "", "a\0b", b"abc"])
def test_what_is_no_path_of_weights_is_said(source, plain_types):
    with pytest.raises(ConfigError, match="came for a path"):
        load_official(create_model("swin_nano"), source)
