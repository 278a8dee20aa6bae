"""Attention without the matrix of queries × keys."""

from einops import rearrange
from torch import Tensor
from torch.nn import functional

from utils.ops.attention import attention
from utils.switch import definition, fast_form

# Up to this many keys the plain products are as fast as the fused kernel or faster, and the
# weights they hold are small; beyond it only the fused kernel avoids a queries × keys matrix.
PLAIN_KEYS = 16


@fast_form(attention, hides="scores weights")
def fused_attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    bias: Tensor | None = None,
    scale: float | Tensor | None = None,
) -> Tensor:
    """torch's fused kernel: scores and weights are made and used block by block, never stored.

    Gains: memory that grows with the tokens and not with their square; on a CPU 1.2 to 3 times the
    speed with many keys. Costs: the weights cannot be seen, and values are widened to the keys'
    width. Assumes: one scale for all (a number); with few keys the plain products are as fast.
    """
    if isinstance(scale, Tensor) or k.shape[-2] <= PLAIN_KEYS:
        return definition(attention)(q, k, v, bias=bias, scale=scale)
    # The fused kernels take four axes and values as wide as the keys: narrower ones (GMFlow's
    # coordinates have 2 channels) are filled up with zeros, which the softmax does not see.
    wide, narrow = q.shape[-1], v.shape[-1]
    if narrow < wide:
        v = functional.pad(v, (0, wide - narrow))
    # Not einops.pack, which copies; the kernel reads a view of one joint qkv as it stands.
    joined = "... heads i d -> (...) heads i d"
    if bias is not None:
        bias = rearrange(bias.to(q.dtype).expand(*q.shape[:-1], k.shape[-2]), joined)
    lead = q.shape[:-1]
    q, k, v = (rearrange(x, joined) for x in (q, k, v))
    out = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias, scale=scale)
    return out[..., :narrow].reshape(*lead, narrow)
