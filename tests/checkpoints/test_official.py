"""Files as authors publish them load whole or not at all, and nothing in them is executed."""

import os
import pickle

import pytest
import torch
from safetensors.torch import save_file

from utils.checkpoints import load_official
from utils.errors import CheckpointError
from utils.models import create_model
from utils.models.swin import SwinConfig
from utils.reference import read_case, read_manifest

SMALL = {"depths": (1, 1), "num_heads": (3, 6), "classes": 7}


def small():
    return create_model("swin_t", **SMALL)


@pytest.fixture
def official():
    """A small Swin in the official layout, every value different."""
    names = read_manifest("swin_t")["state_dict"]
    state = {}
    for name, shape in names.items():
        stage = name.split(".")[1] if name.startswith("layers.") else ""
        if stage in ("2", "3") or ".blocks.1." in name or name.startswith("layers.1.downsample"):
            continue
        state[name] = torch.randn(shape)
    state["norm.weight"], state["norm.bias"] = torch.randn(192), torch.randn(192)
    state["head.weight"], state["head.bias"] = torch.randn(7, 192), torch.randn(7)
    return state


def same(model, official):
    """Spot checks with entries of different kinds."""
    return (
        torch.equal(model.head.weight, official["head.weight"])
        and torch.equal(model.patch_embedding.norm.bias, official["patch_embed.norm.bias"])
        and torch.equal(
            model.stages[1].blocks[0].attention.relative_position_table,
            official["layers.1.blocks.0.attn.relative_position_bias_table"],
        )
    )


@pytest.mark.parametrize("wrapper", ["model", "state_dict", "params", "params_ema", None])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_wrappers_and_prefixes(tmp_path, official, wrapper, prefix):
    content = {prefix + name: value for name, value in official.items()}
    path = tmp_path / "weights.pth"
    torch.save({wrapper: content, "epoch": 3} if wrapper else content, path)
    model = small()
    report = load_official(model, path)
    assert same(model, official)
    assert report.loaded == len(official)
    assert report.left_out == report.kept == []


def test_averaged_weights_come_before_plain_ones(tmp_path, official):
    wrong = {name: value + 1 for name, value in official.items()}
    torch.save({"params": wrong, "params_ema": official}, tmp_path / "w.pth")
    model = small()
    load_official(model, tmp_path / "w.pth")
    assert same(model, official)


def test_safetensors_and_str_paths(tmp_path, official):
    save_file(official, tmp_path / "w.safetensors")
    model = small()
    load_official(model, str(tmp_path / "w.safetensors"))
    assert same(model, official)


def test_buffers_are_left_out_and_named(official):
    buffer = "layers.0.blocks.0.attn.relative_position_index"
    mask = "layers.0.blocks.0.attn_mask"
    report = load_official(small(), {**official, buffer: torch.zeros(49, 49), mask: torch.ones(2)})
    assert report.left_out == [buffer, mask]
    assert buffer in str(report)


def test_segmentation_head_beside_the_backbone(official):
    backbone = {
        f"backbone.{name}": value
        for name, value in official.items()
        if not name.startswith(("norm.", "head."))
    }
    heads = {"decode_head.conv_seg.weight": torch.ones(2), "backbone.norm0.weight": torch.ones(96)}
    model = small()
    before = model.head.weight.clone()
    report = load_official(model, {"state_dict": {**backbone, **heads}})
    assert sorted(report.left_out) == ["decode_head.conv_seg.weight", "norm0.weight"]
    assert sorted(report.kept) == ["head.bias", "head.weight", "norm.bias", "norm.weight"]
    assert torch.equal(model.head.weight, before)
    assert torch.equal(model.patch_embedding.projection.weight, official["patch_embed.proj.weight"])


def test_every_missing_unexpected_and_misshapen_entry_is_named_and_nothing_is_loaded(official):
    del official["head.bias"], official["norm.weight"]
    official["head.weight"] = torch.randn(9, 192)
    official["surprise"] = official["layers.9.more"] = torch.zeros(1)
    model = small()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(CheckpointError) as caught:
        load_official(model, official)
    text = str(caught.value)
    assert "missing: norm.weight, head.bias" in text
    assert "unexpected: surprise, stages.9.more" in text
    assert "misshapen: head.weight is (9, 192), the model's is (7, 192)" in text
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_another_window_is_named():
    case = read_case("swin_t")
    with pytest.raises(CheckpointError, match=r"relative_position_table is \(169, 3\).*\(529, 3\)"):
        load_official(create_model("swin_t", window_size=12), case.state_dict())


def test_another_models_file_is_refused(official):
    other = {f"encoder_level1.{index}.weight": torch.zeros(3) for index in range(6)}
    with pytest.raises(CheckpointError, match="none of the file's 6 entries belongs to a Swin"):
        load_official(small(), other)


def test_truncated_files_are_refused(tmp_path, official):
    for name, write in (("w.pth", torch.save), ("w.safetensors", save_file)):
        path = tmp_path / name
        write(official, path)
        path.write_bytes(path.read_bytes()[:-5000])
        with pytest.raises(CheckpointError, match=f"{name} cannot be read"):
            load_official(small(), path)


class Bomb:
    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("write", [torch.save, lambda x, path: path.write_bytes(pickle.dumps(x))])
def test_code_in_a_file_is_not_executed(tmp_path, official, write):
    path = tmp_path / "w.pth"
    write({"model": official, "bomb": Bomb(tmp_path / "exploded")}, path)
    with pytest.raises(CheckpointError, match="nothing in this file was executed"):
        load_official(small(), path)
    assert not (tmp_path / "exploded").exists()


def test_what_is_no_weight_file_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="there is no file"):
        load_official(small(), tmp_path / "nowhere.pth")
    torch.save([torch.ones(2)], tmp_path / "list.pth")
    with pytest.raises(CheckpointError, match="holds a list"):
        load_official(small(), tmp_path / "list.pth")
    with pytest.raises(CheckpointError, match="a Linear came"):
        load_official(torch.nn.Linear(2, 2), {})


def test_default_configuration_is_the_published_swin_t():
    assert create_model("swin_t").config == SwinConfig()
