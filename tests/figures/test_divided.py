"""Two pictures behind a divider: what stands on which side, and what is said."""

import base64
import io
import re

import numpy as np
import torch
from PIL import Image

from utils.figures.divided import Divided

BEFORE = torch.tensor([0.0, 0.2, 0.6])[:, None, None].expand(3, 4, 6)
AFTER = torch.tensor([1.0, 0.4, -0.5])[:, None, None].expand(3, 4, 6)


def opened(code):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(code))).convert("RGB"))


def test_the_still_has_before_on_the_left_and_after_on_the_right():
    data = Divided(BEFORE, AFTER, "words")._repr_mimebundle_()
    still = opened(data["image/jpeg"]).astype(int)
    assert still.shape == (4, 6, 3)
    assert abs(still[:, :2] - [0, 51, 153]).max() < 40  # JPEG is not exact at an edge
    assert abs(still[:, 4:] - [255, 102, 0]).max() < 40
    assert data["text/plain"] == "words"


def test_the_page_lays_before_over_after_and_names_both():
    page = Divided(BEFORE, AFTER, 'a "b" & c', width=333)._repr_mimebundle_()["text/html"]
    below, above = (opened(code) for code in re.findall(r"base64,([A-Za-z0-9+/=]+)", page))
    assert above[..., 2].mean() > 100 > below[..., 2].mean()
    assert "max-width:333px" in page
    assert 'alt="a &quot;b&quot; &amp; c"' in page
    assert 'type="range"' in page
    assert "aria-label" in page
