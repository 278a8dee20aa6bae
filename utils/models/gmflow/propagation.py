"""Flow propagation: what cannot be matched takes the flow of what looks like it."""

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from utils.ops import attention, local_attention


class FlowPropagation(nn.Module):
    """Attention of frame 0 to itself, whose values are the flow.

    Global with radius −1, else within a square. As in the published weights the global keys are
    made from the queries, k(q(x)), the local ones from the features, k(x), and there cells
    outside the map take part as zeros. The weights can be watched as "weights".
    Shape: features (b, h, w, c), flow (b, h, w, 2) -> flow (b, h, w, 2).
    Paper: GMFlow section 3.3, equation (6).

    >>> flow = torch.ones(1, 4, 5, 2)
    >>> FlowPropagation(8)(torch.randn(1, 4, 5, 8), flow, radius=-1).allclose(flow)  # a mean of 1s
    True
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.q = nn.Linear(channels, channels)
        self.k = nn.Linear(channels, channels)
        for matrix in (self.q.weight, self.k.weight):
            nn.init.xavier_uniform_(matrix)

    def forward(
        self, feature: Float[Tensor, "b h w c"], flow: Float[Tensor, "b h w xy"], *, radius: int
    ) -> Float[Tensor, "b h w xy"]:
        # queries and keys of frame 0
        q = self.q(feature)
        k = self.k(q) if radius < 1 else self.k(feature)
        dtype = torch.promote_types(q.dtype, flow.dtype)  # flow is float32 even among bfloat16
        q, k, flow = q.to(dtype), k.to(dtype), flow.to(dtype)
        if radius >= 1:
            # weighted mean of the flow nearby
            return local_attention(q, k, flow, radius=radius, outside="zero")
        h = flow.shape[1]
        # all cells in a row
        q, k, flow = (rearrange(x, "b h w c -> b 1 (h w) c") for x in (q, k, flow))
        # weighted mean of the flow
        return rearrange(attention(q, k, flow), "b 1 (h w) xy -> b h w xy", h=h)
