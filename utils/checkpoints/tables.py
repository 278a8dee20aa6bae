"""How each model's authors name their parameters: one small table per model."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from utils.models import gmflow, maxvit, restormer, swin, vit, vit_adapter


def _same(name: str, tensor: Tensor) -> Tensor:
    return tensor


@dataclass(frozen=True)
class Table:
    """Regular expressions over official names, applied in order.

    renames: what to replace, giving our name.
    derived: entries that the model computes itself (index tables, masks): left out, and reported.
    head: our entries that a file with only a backbone does not have.
    prefixes: what may stand before all names, or before those of a backbone in a larger model.
    optional: our entries that any file may lack: they stay as they were made.
    convert: our name and the official tensor -> our tensor, where the layout differs.
    """

    renames: tuple[tuple[str, str], ...]
    derived: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    convert: Callable[[str, Tensor], Tensor] = _same
    prefixes: tuple[str, ...] = ("module.", "backbone.")


SWIN = Table(
    renames=(
        (r"^patch_embed\.proj\.", "patch_embedding.projection."),
        (r"^patch_embed\.norm\.", "patch_embedding.norm."),
        (r"^layers\.", "stages."),
        (r"\.attn\.relative_position_bias_table$", ".attention.relative_position_table"),
        (r"\.attn\.proj\.", ".attention.projection."),
        (r"\.attn\.", ".attention."),
        (r"\.downsample\.", ".merging."),
    ),
    derived=(r"relative_position_index$", r"attn_mask$", r"relative_coords_table$", r"^norm\d\."),
    head=(r"^norm\.", r"^head\."),
)


def _restormer_layout(name: str, tensor: Tensor) -> Tensor:
    """1×1 convolutions are linear layers here, and temperatures have one axis, the heads."""
    if name.endswith(".temperature"):
        return tensor.flatten()
    return tensor.flatten(1) if tensor.shape[2:] == (1, 1) else tensor


# The way up is counted from the bottom here, by the level it leads to there.
RESTORMER = Table(
    renames=(
        (r"^patch_embed\.proj\.", "embedding."),
        *((rf"^encoder_level{n}\.", f"encoder.{n - 1}.") for n in (1, 2, 3)),
        *((rf"^down{n}_\d\.body\.0\.", f"down.{n - 1}.conv.") for n in (1, 2, 3)),
        *((rf"^up{n}_\d\.body\.0\.", f"up.{4 - n}.conv.") for n in (4, 3, 2)),
        *((rf"^reduce_chan_level{n}\.", f"join.{3 - n}.") for n in (3, 2)),
        *((rf"^decoder_level{n}\.", f"decoder.{3 - n}.") for n in (3, 2, 1)),
        (r"^skip_conv\.", "skip."),
        (r"\.(norm\d)\.body\.", r".\1."),
        (r"\.attn\.qkv_dwconv\.", ".attention.depthwise."),
        (r"\.attn\.project_out\.", ".attention.projection."),
        (r"\.attn\.", ".attention."),
        (r"\.ffn\.project_in\.", ".feed_forward.expand."),
        (r"\.ffn\.dwconv\.", ".feed_forward.depthwise."),
        (r"\.ffn\.project_out\.", ".feed_forward.projection."),
    ),
    convert=_restormer_layout,
)


def _maxvit_layout(name: str, tensor: Tensor) -> Tensor:
    """Tables (heads, 2M−1, 2M−1) of key minus query turn around; 1×1 convolutions are linear."""
    if name.endswith(".relative_position_table"):
        return tensor.flip(1, 2).flatten(1).mT.contiguous()
    return tensor.flatten(1) if tensor.shape[2:] == (1, 1) else tensor


MAXVIT = Table(
    renames=(
        (r"^stem\.norm1\.", "stem.norm."),
        (r"^head\.norm\.", "norm."),
        (r"^head\.pre_logits\.fc\.", "hidden."),
        (r"^head\.fc\.", "head."),
        (r"\.conv\.shortcut\.expand\.", ".mbconv.shortcut.projection."),
        (r"\.conv\.pre_norm\.", ".mbconv.norm."),
        (r"\.conv\.conv1_1x1\.", ".mbconv.expand."),
        (r"\.conv\.norm1\.", ".mbconv.expand_norm."),
        (r"\.conv\.conv2_kxk\.", ".mbconv.depthwise."),
        (r"\.conv\.norm2\.", ".mbconv.depthwise_norm."),
        (r"\.conv\.se\.fc1\.", ".mbconv.squeeze_excite.reduce."),
        (r"\.conv\.se\.fc2\.", ".mbconv.squeeze_excite.expand."),
        (r"\.conv\.conv3_1x1\.", ".mbconv.project."),
        (r"\.attn_block\.", ".axes.0."),
        (r"\.attn_grid\.", ".axes.1."),
        (r"\.attn\.rel_pos\.relative_position_bias_table$", ".attention.relative_position_table"),
        (r"\.attn\.proj\.", ".attention.projection."),
        (r"\.attn\.", ".attention."),
    ),
    derived=(r"\.(height|width)_lookup$",),
    head=(r"^norm\.", r"^hidden\.", r"^head\."),
    convert=_maxvit_layout,
)

GMFLOW = Table(
    renames=(
        (r"^backbone\.conv1\.", "encoder.stem."),
        *((rf"^backbone\.layer{n}\.", f"encoder.stages.{n - 1}.") for n in (1, 2, 3)),
        (r"\.downsample\.0\.", ".shortcut."),
        (r"^backbone\.conv2\.", "encoder.projection."),
        (r"^backbone\.trident_conv\.", "encoder.trident."),
        (r"\.self_attn\.", ".self_attention."),
        (r"\.cross_attn_ffn\.", ".cross_attention."),
        (r"\.([qkv])_proj\.", r".\1."),
        (r"^feature_flow_attn\.", "propagation."),
        (r"^upsampler\.0\.", "upsampler.conv1."),
        (r"^upsampler\.2\.", "upsampler.conv2."),
    ),
    prefixes=("module.",),  # its own encoder is called backbone
)


def _vit_layout(name: str, tensor: Tensor) -> Tensor:
    """No batch axis before the positions; 1×1 convolutions are linear layers."""
    if name.endswith("position"):
        return tensor.flatten(0, 1)
    return tensor.flatten(1) if ".project." in name and tensor.ndim == 4 else tensor


_VIT_RENAMES = (
    (r"^patch_embed\.proj\.", "patch_embedding."),
    (r"^pos_embed$", "position"),
    (r"\.(gamma|ls)([12])(\.gamma)?$", r".scale\2"),
    (r"\.attn\.proj\.", ".attention.projection."),
    (r"\.attn\.", ".attention."),
)
VIT = Table(
    renames=_VIT_RENAMES,
    derived=(r"^cls_token$", r"^dist_token$", r"^norm\.", r"^fc_norm\.", r"^head"),
    optional=(r"\.scale[12]$",),
    convert=_vit_layout,
)


def _dinov2_layout(name: str, tensor: Tensor) -> Tensor:
    """No batch axis before positions, class token and registers."""
    if name == "class_token":
        return tensor.flatten()
    return tensor.flatten(0, 1) if name in ("position", "registers") else tensor


DINOV2 = Table(
    renames=(
        *_VIT_RENAMES,
        (r"^cls_token$", "class_token"),
        (r"^register_tokens$", "registers"),
    ),
    derived=(r"^mask_token$", r"^head"),
    convert=_dinov2_layout,
)
VIT_ADAPTER = Table(
    renames=(
        *_VIT_RENAMES,
        (r"^(patch_embedding|position$|blocks)", r"vit.\1"),
        (r"^level_embed$", "level_embedding"),
        *((rf"^spm\.stem\.{3 * n}\.", f"spatial_prior.stem.{n}.conv.") for n in range(3)),
        *((rf"^spm\.stem\.{3 * n + 1}\.", f"spatial_prior.stem.{n}.norm.") for n in range(3)),
        *((rf"^spm\.conv{n + 2}\.0\.", f"spatial_prior.down.{n}.conv.") for n in range(3)),
        *((rf"^spm\.conv{n + 2}\.1\.", f"spatial_prior.down.{n}.norm.") for n in range(3)),
        *((rf"^spm\.fc{n + 1}\.", f"spatial_prior.project.{n}.") for n in range(4)),
        *((rf"^norm{n + 1}\.", f"norms.{n}.") for n in range(4)),
        (r"\.extra_extractors\.", ".extra."),
        (r"\.feat_norm\.", ".feature_norm."),
        (r"\.sampling_offsets\.", ".offsets."),
        (r"\.attention_weights\.", ".weights."),
        (r"\.value_proj\.", ".value."),
        (r"\.output_proj\.", ".projection."),
        (r"\.dwconv\.dwconv\.", ".depthwise."),
    ),
    derived=(r"^cls_token$",),
    optional=(r"\.scale[12]$",),
    convert=_vit_layout,
)

TABLES: dict[type[nn.Module], Table] = {
    swin.Swin: SWIN,
    gmflow.GMFlow: GMFLOW,
    maxvit.MaxViT: MAXVIT,
    restormer.Restormer: RESTORMER,
    vit.ViT: VIT,
    vit.DinoV2: DINOV2,
    vit_adapter.ViTAdapter: VIT_ADAPTER,
}

# Models that are one of those and something of ours around it.
INSIDE: dict[type[nn.Module], str] = {vit.PlainViT: "vit"}
