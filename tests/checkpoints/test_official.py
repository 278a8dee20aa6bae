"""Files as authors publish them load whole or not at all, and nothing in them is executed."""

import os
import pickle
import random
from collections import Counter

import pytest
import torch
from safetensors.torch import save_file

from utils.checkpoints import load_official
from utils.checkpoints.files import read_file
from utils.errors import CheckpointError
from utils.models import create_model
from utils.models.swin import SwinConfig
from utils.reference import read_case, read_manifest, recipe

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


def test_the_average_is_taken_wherever_it_stands_and_said(tmp_path, official):
    wrong = {name: value + 1 for name, value in official.items()}
    for plain, average in (("state_dict", "model_ema"), ("model", "ema"), ("params", "params_ema")):
        torch.save({plain: wrong, average: official}, tmp_path / "w.pth")
        model = small()
        report = load_official(model, tmp_path / "w.pth")
        assert same(model, official)
        assert (report.taken, report.passed_over) == (average, [plain])
        assert f"from '{average}', not from '{plain}'" in str(report)
    torch.save({"model": official, "model_ema": None}, tmp_path / "w.pth")
    report = load_official(small(), tmp_path / "w.pth")
    assert (report.taken, report.passed_over) == ("model", [])


def test_a_safetensors_file_is_known_by_what_is_in_it(tmp_path, official):
    save_file(official, tmp_path / "w.pth")
    model = small()
    load_official(model, tmp_path / "w.pth")
    assert same(model, official)
    torch.save(official, tmp_path / "w.safetensors")
    assert load_official(small(), tmp_path / "w.safetensors").loaded == len(official)


def test_any_changed_byte_ends_well_or_in_a_sentence(tmp_path):
    state = {f"layer.{i}.weight": torch.randn(3, 4) for i in range(3)}
    torch.save(state, tmp_path / "w.pth", _use_new_zipfile_serialization=False)
    good, draw = (tmp_path / "w.pth").read_bytes(), random.Random(0)
    ends, longest = Counter(), 0
    for _ in range(400):
        content = bytearray(good)
        content[draw.randrange(len(good))] ^= draw.randrange(1, 256)
        (tmp_path / "w.pth").write_bytes(content)
        try:
            read_file(tmp_path / "w.pth")
        except CheckpointError as error:
            ends[type(error.__cause__).__name__] += 1
            longest = max(longest, len(str(error)))
    assert longest < 400
    assert {"UnicodeDecodeError", "AssertionError", "IndexError", "KeyError"} <= set(ends)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            b"version https://git-lfs.github.com/spec/v1\n",
            "is a pointer of Git LFS: .*git lfs pull",
        ),
        (b"<!DOCTYPE html><html>", "is a web page: .*; download the file itself"),
        (b"\x89PNG\r\n\x1a\n", "is a picture"),
        (b"", "w.pth cannot be read .*get it again"),
        (b"hello, I am text", "w.pth cannot be read .*damaged, cut short or no weight file"),
    ],
)
def test_what_people_take_for_a_weight_file_is_said(tmp_path, content, told):
    (tmp_path / "w.pth").write_bytes(content)
    with pytest.raises(CheckpointError, match=told):
        load_official(small(), tmp_path / "w.pth")


@pytest.mark.filterwarnings("ignore")
def test_a_torchscript_program_is_said(tmp_path):
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), tmp_path / "w.pth")
    with pytest.raises(
        CheckpointError, match=r"is a TorchScript program: .*torch.jit.load\(file\)"
    ):
        load_official(small(), tmp_path / "w.pth")


def test_a_file_without_tensors_says_what_it_holds():
    with pytest.raises(CheckpointError, match=r"without tensors came: it holds epoch, weights"):
        load_official(small(), {"epoch": 3, "weights": {"a": torch.zeros(1)}})
    with pytest.raises(CheckpointError, match="it holds nothing"):
        load_official(small(), {})


def test_the_remedy_fits_the_cause_and_stays_short(official):
    other = {
        name.replace("layers.0.downsample", "layers.1.downsample"): value
        for name, value in official.items()
    }  # as timm names them
    other["head.fc.weight"] = other.pop("head.weight")
    with pytest.raises(CheckpointError, match=r"names are those of timm: take the file that the"):
        load_official(small(), other)
    names = {f"layers.0.{'x' * 500}.{i}": torch.zeros(1) for i in range(2000)}
    with pytest.raises(CheckpointError) as caught:
        load_official(small(), {**official, **names})
    assert len(str(caught.value)) < 1500
    assert "and 1996 more" in str(caught.value)
    with pytest.raises(CheckpointError, match="create the variant that the file is for"):
        load_official(create_model("swin_t", **{**SMALL, "classes": 8}), official)


def test_what_is_no_number_or_of_another_kind_is_refused(official):
    for spoiled in (torch.nan, torch.inf):
        bad = {**official, "head.weight": official["head.weight"].clone().fill_(spoiled)}
        with pytest.raises(CheckpointError, match=r"NaN or infinite numbers in head\.weight came"):
            load_official(small(), bad)
    with pytest.raises(CheckpointError, match=r"head\.weight is torch\.int8, the model's is"):
        load_official(small(), {**official, "head.weight": official["head.weight"].to(torch.int8)})
    with pytest.raises(CheckpointError, match=r"head\.weight is without plain values"):
        load_official(small(), {**official, "head.weight": official["head.weight"].to_sparse()})


def test_partial_takes_what_fits_and_lists_the_rest(official):
    official["head.weight"] = torch.randn(9, 192)
    official["surprise"] = torch.zeros(1)
    model = small()
    before = model.head.weight.clone()
    report = load_official(model, official, partial=True)
    assert torch.equal(model.head.weight, before)
    assert torch.equal(model.head.bias, official["head.bias"])
    assert report.left_out == ["head.weight", "surprise"]
    assert report.kept == ["head.weight"]
    assert report.loaded == len(official) - 2
    with pytest.raises(CheckpointError, match="none of the file's 1 entries belongs to a Swin"):
        load_official(model, {"surprise": torch.zeros(1)}, partial=True)


def test_a_gray_kernel_is_the_sum_over_the_colors():
    state = recipe.state_dict("gmflow")
    gray = create_model("gmflow", in_channels=1)
    report = load_official(gray, {"model": state}, partial=True)
    assert report.summed == ["encoder.stem.weight"]
    assert report.kept == report.left_out == []
    kernel = state["backbone.conv1.weight"]
    assert torch.equal(gray.encoder.stem.weight, kernel.sum(1, keepdim=True))
    assert "gray, summed over the colors: encoder.stem.weight" in str(report)
    with pytest.raises(CheckpointError, match=r"encoder\.stem\.weight is \(64, 3, 7, 7\)"):
        load_official(gray, {"model": state})


def test_a_plain_vit_takes_the_file_into_its_vit():
    state = {"pos_embed": torch.randn(1, 197, 192), "cls_token": torch.zeros(1, 1, 192)}
    model = create_model("vit_t", depth=1)
    names = load_official(model, state, partial=True).kept
    assert names
    assert not any(name.startswith("vit.") for name in names)
