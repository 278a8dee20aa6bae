"""The box that is open: its numbers, its code, its view."""

import numpy as np
import pytest
import torch

from utils.checkpoints import load_shipped
from utils.explorers import explore, list_explorers
from utils.explorers.architecture import compute as view
from utils.figures.network_plans import PLANS
from utils.figures.style import SEQUENTIAL, color_table
from utils.models import create_model
from utils.training import prepare
from utils.world import scene_picture


def test_the_maps_are_the_channels_that_the_block_gives():
    model = load_shipped("swin_nano").eval()
    given = {}
    block = model.get_submodule("stages.1.blocks.1")
    block.register_forward_hook(lambda module, inputs, output: given.update(x=output))
    with torch.no_grad():
        model(prepare(scene_picture((64, 96)), model))
    result = view.compute(view.Settings("swin", "64x96", box=6, channel=3))
    assert result.path == "stages.1.blocks.1"
    assert result.shape == "8×12×64"
    for at, pixels in enumerate(result.maps):
        x = given["x"][0, ..., 2 + at].numpy()
        want = color_table(SEQUENTIAL)[((x - x.min()) / np.ptp(x) * 256).clip(0, 255).astype(int)]
        assert np.abs(pixels.astype(int) - want.astype(int)).max() <= 4  # one step of the colors
    assert result.captions[0].startswith("channel 3: ")


def test_the_code_is_that_of_the_block_with_the_shapes_of_this_pass():
    code = view.compute(view.Settings("swin", "64x96", box=2)).code
    assert "def forward(self" in code
    assert "def attend(self" in code
    assert "# (1, 16, 24, 32)" in code


@pytest.mark.parametrize(
    ("network", "reads"),
    [("restormer", "encoder.2.1"), ("gmflow", "frame 1"), ("vit_adapter", "the picture")],
)
def test_some_box_says_what_it_reads(network, reads):
    inside = view._scene_inside(network, "64x64")
    boxes = range(1, len(inside.layout.boxes) + 1)
    said = [view.compute(view.Settings(network, "64x64", box)).reads for box in boxes]
    assert any(reads in one for one in said)


def test_every_named_view_exists():
    named = {name for plan in PLANS.values() for kind in plan for name in kind.views}
    assert named <= set(list_explorers())
    assert {"shift_mask", "mdta", "match", "injector", "multi_axis"} <= named


def test_another_variant_is_drawn_and_the_shipped_ones_stay_a_click_away():
    explorer = explore("architecture", model=create_model("maxvit_nano", depths=(1, 2, 1)), box=99)
    assert explorer.error  # 99 boxes are more than the slider has
    explorer.box = 60
    assert "Box 16 of 16, head" in explorer.sentence
    explorer.network = "swin"
    assert "Box 11 of 11, head" in explorer.sentence
    explorer.network = "maxvit"
    assert "of 16" in explorer.sentence
    assert "a Linear came" in explore("architecture", model=torch.nn.Linear(2, 2)).error
