"""What GMFlow answers."""

from typing import NamedTuple

from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torch.utils import _pytree

from utils.ops import crop, upsample_flow


class Flow(NamedTuple):
    """The answer: `flow` (b, 2, h, w), in pixels, (x, y); with both directions (2b, 2, h, w).

    `estimates` are all flows in the order in which they were made, each in cells of its own map;
    the last one is the final flow as large as the padded frames.
    """

    flow: Float[Tensor, "b xy h w"]
    estimates: list[Float[Tensor, "b xy _h _w"]]

    @property
    def flows(self) -> list[Float[Tensor, "b xy h w"]]:
        """All estimates at full size, in pixels, the final one last; the loss takes them.

        >>> import torch
        >>> coarse, final = torch.ones(1, 2, 2, 3), torch.ones(1, 2, 8, 12)
        >>> [x[0, 0, 0, 0].item() for x in Flow(final, [coarse, final]).flows]
        [4.0, 1.0]
        """
        return [self._whole(estimate) for estimate in self.estimates]

    def _whole(self, estimate: Float[Tensor, "b xy _h _w"]) -> Float[Tensor, "b xy h w"]:
        factor = self.estimates[-1].shape[2] // estimate.shape[2]
        whole = upsample_flow(rearrange(estimate, "b xy h w -> b h w xy"), factor=factor)
        whole = crop(whole, size=(self.flow.shape[2], self.flow.shape[3]), place="center")
        return rearrange(whole, "b h w xy -> b xy h w").contiguous()


# A tuple with names is a tree of tensors already; with a name of its own an export can be saved.
_pytree._register_namedtuple(Flow, serialized_type_name="utils.models.gmflow.Flow")
