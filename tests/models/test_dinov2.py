"""DINOv2: equal to transformers' model with the same weights, loaded from the authors' layout."""

import pytest
import torch
from torch import nn

from utils.checkpoints import load_official
from utils.errors import CheckpointError, ConfigError
from utils.fast import fast
from utils.models import create_model, segmenter

SMALL = {"channels": 24, "depth": 3, "num_heads": 3, "pretrain_size": 56}
PUBLISHED = {  # parameters of the released backbones, without the mask token (one per channel)
    "vit_s_dinov2": 22_056_576 - 384,
    "vit_b_dinov2": 86_580_480 - 768,
    "vit_l_dinov2": 304_368_640 - 1024,
}


def as_published(theirs):
    """transformers' names -> those of the files that the authors publish."""
    out = {}
    for name, value in theirs.items():
        for old, new in (
            ("embeddings.cls_token", "cls_token"),
            ("embeddings.mask_token", "mask_token"),
            ("embeddings.register_tokens", "register_tokens"),
            ("embeddings.position_embeddings", "pos_embed"),
            ("embeddings.patch_embeddings.projection", "patch_embed.proj"),
            ("encoder.layer.", "blocks."),
            ("layer_scale1.lambda1", "ls1.gamma"),
            ("layer_scale2.lambda1", "ls2.gamma"),
            ("layernorm", "norm"),
            ("attention.attention.query", "attn.q_proj"),
            ("attention.attention.key", "attn.k_proj"),
            ("attention.attention.value", "attn.v_proj"),
            ("attention.output.dense", "attn.proj"),
            ("attention.o_proj", "attn.proj"),
            ("attention.", "attn."),
        ):
            name = name.replace(old, new)
        out[name] = value
    for name in [name for name in out if ".attn.q_proj." in name]:
        parts = [out.pop(name.replace("q_proj", part)) for part in ("q_proj", "k_proj", "v_proj")]
        out[name.replace("q_proj", "qkv")] = torch.cat(parts)
    return out


def peer_of(registers):
    transformers = pytest.importorskip("transformers")
    settings = {
        "hidden_size": 24,
        "num_hidden_layers": 3,
        "num_attention_heads": 3,
        "mlp_ratio": 4,
        "image_size": 56,
        "patch_size": 14,
        "layer_norm_eps": 1e-6,
    }
    if registers:
        config = transformers.Dinov2WithRegistersConfig(**settings, num_register_tokens=registers)
        peer = transformers.Dinov2WithRegistersModel(config)
    else:
        peer = transformers.Dinov2Model(transformers.Dinov2Config(**settings))
    generator = torch.Generator().manual_seed(3)
    for parameter in peer.parameters():
        nn.init.normal_(parameter, std=0.3, generator=generator)
    return peer.eval()


@pytest.mark.parametrize("inside", [False, True], ids=["plain", "fast"])
@pytest.mark.parametrize("size", [(56, 56), (28, 84), (70, 42)])
@pytest.mark.parametrize("registers", [0, 4])
def test_equals_transformers_from_a_file_in_the_authors_layout(registers, size, inside):
    peer = peer_of(registers)
    ours = create_model("vit_nano_dinov2", **SMALL | {"registers": registers}).eval()
    report = load_official(ours, as_published(peer.state_dict()))
    assert report.left_out == ["mask_token"]
    assert report.loaded == len(ours.state_dict())
    picture = torch.randn(2, 3, *size)
    with torch.no_grad():
        theirs = peer(picture).last_hidden_state
        if inside:
            with fast():
                tokens = ours(picture)
        else:
            tokens = ours(picture)
    found = torch.cat(
        [tokens.class_token[:, None], tokens.registers, tokens.patches.flatten(1, 2)], dim=1
    )
    assert found.shape == theirs.shape
    assert ((found - theirs).abs().mean() / theirs.std()) < 1e-5


def test_a_file_with_registers_is_not_taken_for_one_without():
    file = as_published(peer_of(4).state_dict())
    with pytest.raises(CheckpointError, match="unexpected: registers"):
        load_official(create_model("vit_nano_dinov2", **SMALL | {"registers": 0}), file)
    del file["register_tokens"]
    with pytest.raises(CheckpointError, match="missing: registers"):
        load_official(create_model("vit_nano_dinov2", **SMALL | {"registers": 4}), file)


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameter_count_is_the_published_one(name):
    with torch.device("meta"):
        model = create_model(name)
    assert sum(p.numel() for p in model.parameters()) == PUBLISHED[name]


def test_a_gradient_reaches_every_parameter():
    model = create_model("vit_nano_dinov2")
    out = model(torch.randn(2, 3, 28, 42))
    sum(part.square().sum() * (1 + number) for number, part in enumerate(out)).backward()
    silent = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum()]
    assert silent == []


@pytest.mark.parametrize("size", [(1, 1), (30, 5), (63, 45)])
def test_any_size_runs_and_a_batch_equals_its_items(size):
    model = create_model("vit_nano_dinov2").double().eval()
    batch = torch.randn(2, 3, *size, dtype=torch.float64)
    with torch.no_grad():
        together = model(batch)
        alone = [torch.cat(parts) for parts in zip(*(model(x[None]) for x in batch), strict=True)]
    assert together.patches.shape[1:3] == (-(-size[0] // 14), -(-size[1] // 14))
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


def test_settings_that_make_no_sense_are_refused(plain_types):
    for settings, text in [
        ({"pretrain_size": 57}, "pretrain_size = 57, patch_size = 14 came: the picture that the"),
        ({"registers": -1}, "registers = -1 came"),
        ({"num_heads": 5}, "channels = 96, num_heads = 5 came: the number of heads"),
    ]:
        with pytest.raises(ConfigError, match=text):
            create_model("vit_nano_dinov2", **settings)
    with pytest.raises(ConfigError, match="models with four maps are vit_nano, vit_t"):
        segmenter("vit_nano_dinov2", classes=3)
