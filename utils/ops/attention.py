"""The one attention: every query–key product of the five models goes through here."""

from einops import rearrange
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from utils.errors import ShapeError
from utils.tap import is_watched, tap

# Up to this many keys the plain products are as fast as the fused kernel or faster, and the
# weights they hold are small; beyond it only the fused kernel avoids a queries × keys matrix.
PLAIN_KEYS = 16


def attention(
    q: Float[Tensor, "... heads i d"],
    k: Float[Tensor, "... heads j d"],
    v: Float[Tensor, "... heads j e"],
    *,
    bias: Float[Tensor, "..."] | None = None,
    scale: float | Tensor | None = None,
) -> Float[Tensor, "... heads i e"]:
    """softmax(q kᵀ · scale + bias) v, where the softmax runs over the keys.

    `bias` is added to the scores and broadcasts against (..., heads, i, j): a relative position
    bias, a mask of 0 and −100, or their sum. `scale` is 1/√d unless given (a tensor that
    broadcasts, like Restormer's temperature, is allowed). The weights can be watched under the
    name "weights"; nobody watching, the faster of the plain and the fused computation runs.
    Shape: (..., heads, i, d), (..., heads, j, d), (..., heads, j, e) -> (..., heads, i, e).
    Paper: "Attention is all you need" (arXiv 1706.03762) equation (1).
    Raises: ShapeError where the three do not fit each other.

    >>> import torch
    >>> q = torch.zeros(1, 1, 2, 4)  # no preference: every key weighs the same
    >>> attention(q, q, torch.tensor([[[[1.0], [3.0]]]]))[0, 0].tolist()
    [[2.0], [2.0]]
    """
    _check(q, k, v)
    if is_watched("weights") or k.shape[-2] <= PLAIN_KEYS or isinstance(scale, Tensor):
        return _plain(q, k, v, bias, scale)
    return _fused(q, k, v, bias, scale)


def _plain(
    q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, scale: float | Tensor | None
) -> Tensor:
    scores = q @ k.mT * (q.shape[-1] ** -0.5 if scale is None else scale)
    if bias is not None:
        scores = scores + bias
    weights = tap("weights", scores.softmax(dim=-1))
    return weights @ v


def _fused(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, scale: float | None) -> Tensor:
    # The fused kernels take four axes and values as wide as the keys: narrower ones (GMFlow's
    # coordinates have 2 channels) are filled up with zeros, which the softmax does not see.
    wide, narrow = q.shape[-1], v.shape[-1]
    if narrow < wide:
        v = functional.pad(v, (0, wide - narrow))
    # Not einops.pack, which copies; the kernel reads a view of one joint qkv as it stands.
    joined = "... heads i d -> (...) heads i d"
    if bias is not None:
        bias = rearrange(bias.expand(*q.shape[:-1], k.shape[-2]), joined)
    lead = q.shape[:-1]
    q, k, v = (rearrange(x, joined) for x in (q, k, v))
    out = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias, scale=scale)
    return out[..., :narrow].reshape(*lead, narrow)


def _check(q: Tensor, k: Tensor, v: Tensor) -> None:
    shapes = ", ".join(str(tuple(x.shape)) for x in (q, k, v))
    if min(q.ndim, k.ndim, v.ndim) < 3:
        raise ShapeError(
            f"q, k, v of shapes {shapes} came",
            allowed="each has at least three axes: (..., heads, tokens, channels per head)",
            mend="add a heads axis of 1: q[..., None, :, :]",
        )
    if q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2] or q.shape[:-2] != k.shape[:-2]:
        raise ShapeError(
            f"q, k, v of shapes {shapes} came",
            allowed="q and k agree in channels, k and v in tokens, all in what stands before",
            mend="split the heads in all three with the same pattern",
        )
    if not (q.dtype == k.dtype == v.dtype and q.is_floating_point()):
        raise ShapeError(
            f"q, k, v of dtypes {q.dtype}, {k.dtype}, {v.dtype} came",
            allowed="all three have one floating-point dtype",
            mend="call .float() on each",
        )
