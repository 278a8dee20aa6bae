"""How each model's authors name their parameters: one small table per model."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from utils.models import maxvit, restormer, swin


def _same(name: str, tensor: Tensor) -> Tensor:
    return tensor


@dataclass(frozen=True)
class Table:
    """Regular expressions over official names, applied in order.

    renames: what to replace, giving our name.
    derived: entries that the model computes itself (index tables, masks): left out, and reported.
    head: our entries that a file with only a backbone does not have.
    convert: our name and the official tensor -> our tensor, where the layout differs.
    """

    renames: tuple[tuple[str, str], ...]
    derived: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    convert: Callable[[str, Tensor], Tensor] = _same


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

TABLES: dict[type[nn.Module], Table] = {
    swin.Swin: SWIN,
    maxvit.MaxViT: MAXVIT,
    restormer.Restormer: RESTORMER,
}
