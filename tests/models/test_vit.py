"""The plain ViT: equal to transformers' one, any size, weight files of others."""

import pytest
import torch
from einops import rearrange

from utils.checkpoints import load_official
from utils.models import create_model
from utils.models.vit import PatchEmbedding, SelfAttention, ViTConfig
from utils.tap import watching


def from_transformers(theirs):
    """transformers' names -> timm's, in which plain ViT files are published."""
    out = {}
    for name, value in theirs.items():
        for old, new in (
            ("embeddings.cls_token", "cls_token"),
            ("embeddings.position_embeddings", "pos_embed"),
            ("embeddings.patch_embeddings.projection", "patch_embed.proj"),
            ("encoder.layer.", "blocks."),
            ("layers.", "blocks."),
            ("layernorm_before", "norm1"),
            ("layernorm_after", "norm2"),
            ("layernorm", "norm"),
            ("attention.attention.query", "attn.q_proj"),
            ("attention.attention.key", "attn.k_proj"),
            ("attention.attention.value", "attn.v_proj"),
            ("attention.output.dense", "attn.proj"),
            ("attention.o_proj", "attn.proj"),
            ("attention.", "attn."),
            ("intermediate.dense", "mlp.fc1"),
            ("output.dense", "mlp.fc2"),
        ):
            name = name.replace(old, new)
        out[name] = value
    for name in [name for name in out if ".attn.q_proj." in name]:
        parts = [out.pop(name.replace("q_proj", part)) for part in ("q_proj", "k_proj", "v_proj")]
        out[name.replace("q_proj", "qkv")] = torch.cat(parts)
    return out


def peer_and_file():
    transformers = pytest.importorskip("transformers")
    config = transformers.ViTConfig(
        hidden_size=24,
        num_hidden_layers=3,
        num_attention_heads=3,
        intermediate_size=96,
        image_size=64,
        layer_norm_eps=1e-6,
    )
    torch.manual_seed(3)
    peer = transformers.ViTModel(config, add_pooling_layer=False).eval().double()
    for parameter in peer.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return peer, from_transformers(peer.state_dict())


def test_blocks_equal_transformers_with_the_same_weights():
    peer, file = peer_and_file()
    ours = create_model("vit_nano", channels=24, depth=3, num_heads=3).double().eval()
    report = load_official(ours.vit, file)
    assert "cls_token" in report.left_out
    assert "blocks.0.scale1" in report.kept
    pixels = torch.randn(2, 64, 64, 3, dtype=torch.float64)
    with torch.no_grad():
        # dense prediction has no class token: theirs is run without it, block by block
        x = rearrange(ours.vit.embed(pixels), "b h w c -> b (h w) c")
        theirs = peer.embeddings(rearrange(pixels, "b h w c -> b c h w"))[:, 1:]
        torch.testing.assert_close(x, theirs, rtol=0, atol=1e-12)
        for block in getattr(peer, "layers", None) or peer.encoder.layer:
            theirs = block(theirs)
            theirs = theirs[0] if isinstance(theirs, tuple) else theirs
        out = rearrange(ours.vit(pixels), "b h w c -> b (h w) c")
        assert (out - theirs).abs().mean() / theirs.std() < 1e-9


@pytest.mark.parametrize("name", ["vit_nano", "vit_adapter_nano"])
def test_a_plain_vit_file_loads_into_any_model_s_vit(name):
    _, file = peer_and_file()
    overrides = {"channels": 24, "num_heads": 3, "depth": 3}
    if name == "vit_adapter_nano":
        file |= {k.replace("blocks.2", "blocks.3"): v for k, v in file.items() if "blocks.2" in k}
        overrides |= {"depth": 4}
    model = create_model(name, **overrides)
    report = load_official(model.vit, file)
    assert torch.equal(model.vit.blocks[0].scale1, torch.ones(24))
    assert "cls_token" in str(report)
    with pytest.raises(ValueError, match=r"missing: blocks\.1\.norm1\.weight"):
        load_official(model.vit, {k: v for k, v in file.items() if "blocks.1.norm1" not in k})


def test_a_gradient_reaches_every_parameter():
    model = create_model("vit_nano")
    sum(m.square().sum() + m.sum() for m in model(torch.randn(2, 3, 96, 64))).backward()
    silent = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum()]
    assert silent == []


@pytest.mark.parametrize("windowed", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (30, 5), (63, 97)])
def test_any_size_runs_and_a_batch_equals_its_items(size, windowed):
    model = create_model("vit_nano", window_attn=(windowed,) * 4, window_size=3).double().eval()
    batch = torch.randn(2, 3, *size, dtype=torch.float64)
    with torch.no_grad():
        together = model(batch)
        alone = [torch.cat(maps) for maps in zip(*(model(x[None]) for x in batch), strict=True)]
    for stride, maps, items in zip((4, 8, 16, 32), together, alone, strict=True):
        assert maps.shape[1:3] == (-(-size[0] // stride), -(-size[1] // stride))
        assert torch.allclose(maps, items, rtol=0, atol=1e-12)


def test_watched_and_unwatched_are_equal():
    model = create_model("vit_nano", window_attn=(True, False, True, False), window_size=5)
    model = model.double().eval()
    x = torch.randn(1, 3, 160, 96, dtype=torch.float64)
    with torch.no_grad():
        unwatched = model(x)
        with watching(model, "*.weights") as seen:
            watched = model(x)
    for one, other in zip(unwatched, watched, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)
    assert seen["vit.blocks.0.attention.weights"][0].shape == (1, 2, 2, 3, 25, 25)
    assert seen["vit.blocks.1.attention.weights"][0].shape == (1, 1, 1, 3, 60, 60)


def test_a_window_that_covers_the_map_is_global_attention():
    layer = SelfAttention(12, num_heads=3, window_size=5).double()
    x = torch.randn(2, 5, 5, 12, dtype=torch.float64)
    with torch.no_grad():
        windowed = layer(x)
        layer.window_size = None
        torch.testing.assert_close(layer(x), windowed)


def test_positions_on_their_own_grid_are_as_learned():
    vit = create_model("vit_nano").vit
    own = rearrange(vit.position_map((4, 4)), "h w c -> (h w) c")
    torch.testing.assert_close(own, vit.position[1:])
    assert vit.position_map((3, 7)).shape == (3, 7, 96)


def test_wrong_settings_are_refused(plain_types):
    for settings, text in [
        ({"depth": 0}, "depth = 0 came: depth is a whole number from 1 to 16384; pass depth=1"),
        ({"depth": "4"}, "depth = '4' came: depth is a whole number"),
        ({"num_heads": 5}, "channels = 192, num_heads = 5 came: the number of heads divides"),
        ({"drop_path": 1.0}, "drop_path = 1.0 came: some of the samples go through"),
        ({"window_attn": (True,)}, "window_attn = (True,), depth = 12 came: there is one entry"),
        ({"pretrain_size": 100}, "pretrain_size = 100 came: it is a multiple of the patch, 16"),
    ]:
        with pytest.raises(ValueError) as error:  # noqa: PT011 - the text is compared below
            ViTConfig(**settings)
        assert str(error.value).startswith(text)
    with pytest.raises(ValueError, match="channels = 12, num_heads = 5 came: the number of heads"):
        SelfAttention(12, num_heads=5)
    with pytest.raises(ValueError, match=r"h = 33, w = 48 came: both sides are mult"):
        PatchEmbedding(3, 8)(torch.zeros(1, 33, 48, 3))


@pytest.mark.gpu
def test_cuda_equals_cpu():
    model = create_model("vit_nano").eval()
    x = torch.randn(2, 3, 90, 64)
    with torch.no_grad():
        for one, other in zip(model(x), model.cuda()(x.cuda()), strict=True):
            assert torch.allclose(one, other.cpu(), rtol=1e-3, atol=1e-3)
