"""One block of every model, traced as a notebook types it: the way through it is whole."""

import pytest
import torch

from utils.models import create_model
from utils.tracing import trace

PICTURE = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
# The names that a reader looks for in the order of the papers' formulas, and where.
STEPS = {
    "swin_nano": ("stages.0.blocks.1", ["mask", "q", "scores", "weights"]),
    "maxvit_nano": ("stages.1.blocks.0", ["q", "scores", "weights"]),
    "restormer_nano": ("encoder.0.0.attention", ["q", "scores", "weights"]),
    "gmflow_nano": ("transformer.layers.1", ["q", "scores", "weights"]),
    "vit_adapter_nano": ("vit.blocks.0", ["q", "scores", "weights"]),
}


@pytest.mark.parametrize("name", STEPS)
def test_the_way_from_queries_to_weights_is_shown(name):
    model = create_model(name).eval()
    inputs = (255 * PICTURE, 255 * PICTURE.flip(-1)) if name == "gmflow_nano" else (PICTURE,)
    with torch.no_grad():
        seen = trace(model, *inputs)
    path, wanted = STEPS[name]
    lines = [line for _, _, line in seen.module(path).walk() if line is not None]
    names = iter([v.name for line in lines for v in line.values if v.facts is not None])
    missing = [one for one in wanted if one not in names]  # a subsequence: the iterator goes on
    assert not missing
    soft = [line for line in lines if "softmax(" in line.text]
    assert soft
    for line in soft:
        weights = [v.facts.moments for v in line.values if v.facts is not None]
        assert all(m.low >= 0 and m.high <= 1 for m in weights)
    assert any(line.title for line in lines)
    files = {call.source.file for call in seen.calls() if call.source is not None}
    assert not files & {"utils/contracts.py", "utils/switch.py", "utils/caching.py"}
    assert not any("_rules" in file for file in files)
