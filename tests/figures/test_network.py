"""The drawing of each model against its modules and a pass of its own."""

import pytest
import torch
from torch import nn

from utils.checkpoints import load_shipped
from utils.errors import ConfigError
from utils.figures.network import draw_network
from utils.figures.network_layout import lay_out
from utils.figures.network_plans import NETWORKS, PLANS, is_open, kind_of, network_of
from utils.models import create_model
from utils.tracing import summary
from utils.tracing.dataflow import dataflow

SHIPPED = {
    "swin": "swin_nano",
    "maxvit": "maxvit_nano",
    "restormer": "restormer_nano",
    "gmflow": "gmflow_nano",
    "vit_adapter": "vit_adapter_nano_segmenter",
}


@pytest.fixture(params=SHIPPED)
def drawn(request):
    """(model, inputs, flow, layout) of every network; wider than high."""
    model = load_shipped(SHIPPED[request.param]).eval()
    inputs = [torch.zeros(1, 3, 64, 96)] * (1 + (request.param == "gmflow"))
    flow = dataflow(model, *inputs, is_open=is_open)
    return model, inputs, flow, lay_out(flow, model)


def test_no_module_is_left_out_and_none_stands_twice(drawn):
    model, _, _, layout = drawn
    paths = [box["path"] for box in layout.boxes]
    assert len(set(paths)) == len(paths)
    for path, module in model.named_modules():
        if isinstance(module, nn.Identity) or not list(module.parameters(recurse=False)):
            continue
        homes = [home for home in paths if f"{path}.".startswith(f"{home}.")]
        assert len(homes) == 1 or is_open(module), path


def test_every_size_in_the_drawing_is_that_of_the_pass(drawn):
    model, inputs, _, layout = drawn
    given = {row.path: row.outputs for row in summary(model, *inputs, depth=9).rows}
    for box in layout.boxes:
        shapes = given[box["path"]]
        assert box["channels"] == shapes[0][-1]
        assert box["both"] == (shapes[0][0] == 2)
        reached = [
            lane["size"] for lane in layout.lanes if box["y"] <= lane["y"] <= box["y"] + box["h"]
        ]
        sizes = [f"{s[1]}×{s[2]}" if len(s) == 4 else "" for s in shapes]
        assert {reached[0], reached[-1]} == {sizes[0], sizes[-1]}, box["path"]
        assert set(sizes) <= set(reached)


def test_every_box_is_named_by_a_plan(drawn):
    model, _, flow, _ = drawn
    network = network_of(model)
    for part in flow.parts:
        assert kind_of(network, part.path, part.module) in PLANS[network]


def arrows_of(name, *inputs):
    model = load_shipped(name).eval()
    flow = dataflow(model, *inputs, is_open=is_open)
    layout = lay_out(flow, model)
    names = [box["path"] for box in layout.boxes]
    ends = [*names, "end"]
    return {
        (names[a["source"]] if a["source"] >= 0 else a["source"], ends[a["target"]])
        for a in layout.arrows
    }


def test_the_skips_of_restormer_join_level_by_level():
    arrows = arrows_of("restormer_nano", torch.zeros(1, 3, 64, 64))
    skips = {("encoder.2.1", "join.0"), ("encoder.1.1", "join.1"), ("encoder.0.1", "decoder.2.0")}
    assert skips <= arrows
    assert {(-1, "end"), ("output", "end")} <= arrows  # the picture, and what is added to it
    assert ("encoder.0.1", "join.0") not in arrows


def test_both_streams_of_vit_adapter_ask_each_other():
    arrows = arrows_of("vit_adapter_nano_segmenter", torch.zeros(1, 3, 64, 64))
    at = "backbone.interactions"
    assert (f"{at}.0.extractor", f"{at}.1.injector") in arrows
    assert ("backbone.vit.blocks.0", f"{at}.0.extractor") in arrows
    assert ("backbone.spatial_prior.project.0", "backbone.norms.0") in arrows
    assert (f"{at}.0.extractor", "backbone.vit.blocks.1") not in arrows


def test_both_frames_meet_in_gmflow():
    arrows = arrows_of("gmflow_nano", *[torch.zeros(1, 3, 64, 64)] * 2)
    assert {(-1, "encoder.stem"), (-2, "encoder.stem")} <= arrows
    assert ("matching.0", "propagation") in arrows  # though the flow is detached there


def test_a_large_model_on_the_meta_device_folds_equal_blocks():
    with torch.device("meta"):
        model = create_model("restormer_derain").eval()
        flow = dataflow(model, torch.zeros(1, 3, 64, 64), is_open=is_open)
        layout = lay_out(flow, model)
        figure = draw_network(model, torch.zeros(1, 3, 64, 64))
    blocks = [len(box["parts"]) for box in layout.boxes if box["path"].startswith("encoder")]
    assert blocks == list(model.config.depths[:3])
    assert sorted(n for box in layout.boxes for n in box["parts"]) == list(range(len(flow.parts)))
    words = [text.get_text() for text in figure.axes[0].texts]
    assert {"6 T", "8×8", "384"} <= set(words)


def test_another_module_is_refused_in_words():
    with pytest.raises(ConfigError, match="a Linear came: drawn are Swin, MaxViT"):
        network_of(nn.Linear(2, 2))
    assert set(PLANS) == set(NETWORKS)
