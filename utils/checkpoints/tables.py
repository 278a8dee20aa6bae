"""How each model's authors name their parameters: one small table per model."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from utils.models import swin


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

TABLES: dict[type[nn.Module], Table] = {swin.Swin: SWIN}
