"""The counts agree with counting by hand, with the published numbers, and with each other."""

import pytest
import torch
from torch import nn

from utils.models import create_model
from utils.tracing import cost, summary


def attention_products(h, w, depths, channels, window):
    """The paper's formula (2), 4hwC² + 2M²hwC a block, and 8hwC² for its MLP."""
    total = 0
    for stage, depth in enumerate(depths):
        c, cells = channels * 2**stage, (h >> stage) * (w >> stage)
        total += depth * (12 * cells * c * c + 2 * window**2 * cells * c)
        if stage + 1 < len(depths):
            total += cells // 4 * 4 * c * 2 * c
    return total


def test_multiply_adds_are_the_papers_formula():
    model = create_model("swin_nano", classes=12)
    counted = cost(model, torch.zeros(1, 3, 64, 128))
    by_hand = attention_products(16, 32, (2, 2, 2), 32, 4)
    embedding, head = 16 * 32 * 48 * 32, 128 * 12
    assert counted.multiply_adds == by_hand + embedding + head


def test_swin_t_costs_what_the_paper_says():
    # Table 1: 28.3 M parameters, 4.5 G multiply-adds at 224×224.
    counted = cost(create_model("swin_t"), torch.zeros(1, 3, 224, 224))
    assert counted.parameters == 28_288_354
    assert counted.multiply_adds / 1e9 == pytest.approx(4.5, abs=0.05)


def test_fused_attention_is_counted():
    # 8×8 windows have 64 keys and take the fused path, which the flop counter alone would miss
    model = create_model("swin_nano", window_size=8)
    counted = cost(model, torch.zeros(1, 3, 128, 128))
    by_hand = attention_products(32, 32, (2, 2, 2), 32, 8)
    assert counted.multiply_adds == by_hand + 32 * 32 * 48 * 32 + 128 * 12


def test_memory_is_what_the_tensors_take():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(10, 100, bias=False), nn.Linear(100, 1, bias=False)

        def forward(self, x):
            return self.second(self.first(x).exp())

    counted = cost(Two(), torch.zeros(7, 10))
    hidden = 7 * 100 * 4
    assert counted.peak_bytes == 2 * hidden  # before and after exp; the first is freed then
    assert (
        counted.activation_bytes == hidden
    )  # exp keeps its result, which is also what is multiplied


def test_summary_rows_follow_the_execution():
    model = create_model("swin_nano")
    table = summary(model, torch.zeros(2, 3, 64, 64), depth=3)
    rows = {row.path: row for row in table.rows}
    paths = [row.path for row in table.rows]
    assert paths[:2] == ["", "patch_embedding"]
    assert paths.index("patch_embedding.norm") < paths.index("stages.0") < paths.index("stages.1")
    assert rows["patch_embedding"].input_shape == (2, 3, 64, 64)
    assert rows["patch_embedding"].output_shape == (2, 16, 16, 32)
    assert rows["patch_embedding"].multiply_adds == 2 * 256 * 48 * 32
    assert rows["stages.1"].parameters == sum(p.numel() for p in model.stages[1].parameters())
    assert rows["head"].memory == 2 * 12 * 4
    assert rows[""].multiply_adds == table.total.multiply_adds
    assert model.training
    text = str(table)
    assert "patch_embedding" in text
    assert "2×16×16×32" in text
    assert table._repr_html_().count("<tr>") == len(table.rows) + 1


def test_convolutions_show_their_kernel():
    rows = summary(nn.Sequential(nn.Conv2d(3, 8, (5, 3))), torch.zeros(1, 3, 16, 20)).rows
    assert rows[1].kernel == (5, 3)
    assert rows[1].multiply_adds == 12 * 18 * 8 * 3 * 15


def test_parts_that_run_as_one_get_their_own_products():
    # Each layer is called by itself, so that the table tells what is its own.
    block = create_model("maxvit_nano").eval().stages[0].blocks[0].mbconv
    rows = {row.path: row.multiply_adds for row in summary(block, torch.zeros(1, 32, 32, 16)).rows}
    assert rows["expand"] == 32 * 32 * 16 * 128
    assert rows["depthwise"] == 16 * 16 * 128 * 9  # each channel alone, 3×3
    assert (
        rows[""]
        == sum(rows[p] for p in ("expand", "depthwise", "project", "shortcut"))
        + (rows["squeeze_excite"])
    )


INPUTS = {
    "swin_nano": ((1, 3, 64, 64),),
    "maxvit_nano": ((1, 3, 64, 64),),
    "restormer_nano": ((1, 3, 32, 40),),
    "gmflow_nano": ((1, 3, 64, 96),) * 2,
    "gmflow_refine": ((1, 3, 32, 64),) * 2,
    "vit_nano": ((1, 3, 64, 64),),
    "vit_adapter_nano": ((1, 3, 64, 64),),
}


@pytest.mark.parametrize("name", INPUTS)
def test_every_model_has_its_table_in_rows_of_a_cell(name):
    model = create_model(name).eval()
    inputs = [torch.rand(*size) for size in INPUTS[name]]
    table = summary(model, *inputs, depth=2)
    assert table.rows[0].parameters == sum(p.numel() for p in model.parameters())
    assert table.rows[0].inputs == INPUTS[name]
    assert table.rows[0].multiply_adds == cost(model, *inputs).multiply_adds
    assert max(map(len, str(table).splitlines())) <= 107  # letters that a cell shows at 1280 px
    for row in table.rows:
        assert row.outputs
        assert row.memory > 0


def test_settings_dataclasses_and_several_inputs_are_counted():
    model = create_model("gmflow_nano").eval()
    frames = torch.rand(1, 3, 64, 96), torch.rand(1, 3, 64, 96)
    one, both = (summary(model, *frames, bidirectional=on).rows for on in (False, True))
    assert one[0].outputs[0] == (1, 2, 64, 96)
    assert both[0].outputs[0] == (2, 2, 64, 96)
    assert both[0].multiply_adds > one[0].multiply_adds

    block = model.transformer.layers[1]
    features = torch.rand(1, 8, 12, block.self_attention.q.in_features), torch.rand(1, 8, 12, 64)
    features = features[0], torch.rand_like(features[0])
    whole, split = (summary(block, *features, splits=n).rows[0] for n in (1, 2))
    assert whole.inputs == split.inputs
    assert whole.multiply_adds > split.multiply_adds > 0


def test_names_of_rows_are_escaped_and_cut():
    kind = type("<b>" + "long" * 10, (nn.Linear,), {})
    table = summary(nn.Sequential(kind(3, 5)), torch.zeros(2, 3))
    assert "<b>" not in table._repr_html_()
    assert max(map(len, str(table).splitlines())) <= 107


def test_tensors_without_numbers_cost_the_same():
    """On the meta device every storage has the address 0; each counts all the same."""

    def counted():
        model = create_model("gmflow_nano", layers=2)
        return cost(model, *torch.zeros(2, 1, 3, 32, 48))

    with torch.device("meta"):
        on_paper = counted()
    assert on_paper == counted()
    assert on_paper.activation_bytes > 1e6


def test_gmflow_costs_what_its_layer_table_should_say():
    """12 frames through the encoder, 12 pairs through the transformer, 512×512 pixels.

    Products by hand: 24 frames × 4,096 cells through 6 × 524,288 weights, and twice through the
    1,024 keys of a window, in 12 attentions of 128 channels.
    """
    with torch.device("meta"):
        model = create_model("gmflow").eval()
        x = torch.zeros(12, 64, 64, 128)
        encoder = cost(model.encoder, torch.zeros(12, 512, 512, 3)).multiply_adds
        transformer = cost(model.transformer, x, x, splits=2).multiply_adds
    cells = 24 * 4096
    assert round(encoder / 1e9, 2) == 212.95
    assert transformer == cells * 6 * 524_288 + 12 * 2 * cells * 1024 * 128
