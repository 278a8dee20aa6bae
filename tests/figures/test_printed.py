"""A model printed: equal neighbors in one line, unequal ones apart, nothing left out."""

import re

import torch
from torch import nn

from utils.figures.printed import output_shapes, printed
from utils.models import create_model


def test_equal_neighbors_are_one_line_and_unequal_ones_are_not():
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))
    line = "Linear(in_features=3, out_features=3, bias=True)"
    assert repr(printed(model)).splitlines() == [
        "Sequential",
        f"  0–1: 2 × {line}",
        "  2: ReLU",
        f"  3: {line}",
    ]


def test_every_module_of_restormer_is_counted():
    with torch.device("meta"):
        model = create_model("restormer_derain")

    def total(part):
        times = int((re.match(r"(\d+) × ", part.title) or ["", "1"])[1])
        return times * (1 + sum(map(total, part.parts)))

    assert total(printed(model)) == sum(1 for _ in model.modules())


def test_the_page_folds_and_escapes():
    class Odd(nn.Module):
        def extra_repr(self):
            return "<b>"

    page = printed(nn.Sequential(Odd()))._repr_mimebundle_()["text/html"]
    assert "<details open><summary>Sequential</summary>" in page
    assert "Odd(&lt;b&gt;)" in page
    assert "<b>" not in page


def test_shapes_are_those_of_the_pass_and_no_hook_is_left():
    model = create_model("restormer_nano").eval()
    shapes = output_shapes(model, torch.rand(1, 3, 16, 24))
    assert shapes["encoder.1"] == (8, 12, 24)
    assert shapes["latent"] == (2, 3, 96)
    assert shapes["join.2"] == (16, 24, 24)
    assert "encoder.0.0" not in shapes
    assert "" not in shapes
    assert not any(module._forward_hooks for module in model.modules())
