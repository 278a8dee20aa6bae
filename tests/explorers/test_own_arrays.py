"""Pictures that come as arrays stand on their right axes in every view, or are refused."""

import numpy as np
import pytest
import torch
from PIL import Image

from utils.errors import ConfigError, ShapeError
from utils.explorers import explore
from utils.explorers.picture import picture_of

SMALL = np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8)
WANT = torch.from_numpy(SMALL).permute(2, 0, 1) / 255


def test_arrays_and_pillow_pictures_are_taken(plain_types):
    for source in (SMALL, Image.fromarray(SMALL), torch.from_numpy(SMALL).permute(2, 0, 1)):
        assert torch.allclose(picture_of(source, size=(96, 128)), WANT, atol=1e-6)


@pytest.mark.parametrize("name", ["flow", "restore", "windows"])
def test_a_tensor_with_its_channels_last_is_refused(name, plain_types):
    with pytest.raises(ShapeError, match=r"\(96, 128, 3\) came: .*permute"):
        explore(name, torch.from_numpy(SMALL) / 255)


def test_frames_are_asked_too(plain_types):
    with pytest.raises(ShapeError, match="permute"):
        explore("flow", frames=(torch.from_numpy(SMALL) / 255, WANT))
    with pytest.raises(ConfigError, match="divide by 255"):
        explore("flow", frames=(255 * WANT, 255 * WANT))
