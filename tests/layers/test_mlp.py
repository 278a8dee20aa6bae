"""The feed-forward layer against its formula, token by token."""

import math

import pytest
import torch

from utils.errors import ConfigError, ShapeError
from utils.layers import Mlp


def gelu(x, approximate):
    if approximate == "tanh":
        return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + math.erf(x / math.sqrt(2)))


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_every_token_alone_goes_through_the_formula(approximate):
    layer = Mlp(3, mlp_ratio=2.5, approximate=approximate).double()
    x = torch.randn(2, 5, 3, dtype=torch.float64)
    out = layer(x)
    (w1, b1), (w2, b2) = ((p.weight.tolist(), p.bias.tolist()) for p in (layer.fc1, layer.fc2))
    assert len(b1) == 7  # int(3 · 2.5)
    token = x[1, 4].tolist()
    hidden = [
        gelu(sum(w * t for w, t in zip(row, token, strict=True)) + b, approximate)
        for row, b in zip(w1, b1, strict=True)
    ]
    want = [sum(w * t for w, t in zip(row, hidden, strict=True)) + b
            for row, b in zip(w2, b2, strict=True)]  # fmt: skip
    assert out[1, 4].tolist() == pytest.approx(want, abs=1e-12)
    changed = x.clone()
    changed[0, 0] += 1
    assert torch.equal(layer(changed)[1], out[1])


def test_wrong_widths_are_refused():
    with pytest.raises(ConfigError, match="1 to 262,144 channels"):
        Mlp(3, mlp_ratio=0.1)
    with pytest.raises(ShapeError, match="tokens of 4 channels came: this layer takes 3"):
        Mlp(3)(torch.zeros(2, 4))
