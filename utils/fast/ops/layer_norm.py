"""LayerNorm by torch's kernel."""

from torch import Tensor
from torch.nn import functional

from utils.ops.layer_norm import layer_norm
from utils.switch import definition, fast_form


@fast_form(layer_norm)
def fused_layer_norm(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, *, eps: float = 1e-5
) -> Tensor:
    """torch's kernel for the norm with a bias; there is none for the norm without.

    Gains: one pass over memory instead of five. Costs: nothing. Assumes: one dtype.
    """
    if bias is None or not x.dtype == weight.dtype == bias.dtype:
        return definition(layer_norm)(x, weight, bias, eps=eps)
    return functional.layer_norm(x, x.shape[-1:], weight, bias, eps)
