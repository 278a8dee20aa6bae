"""How wrong a flow is: the end-point error, and the loss over all intermediate flows."""

from collections.abc import Sequence

from jaxtyping import Bool, Float
from torch import Tensor

from utils.contracts import checked, holds

UNKNOWN = 1e9  # pixels: flow files mark with more what is not known


@checked()
def end_point_error(
    flow: Float[Tensor, "b xy h w"], truth: Float[Tensor, "b xy h w"]
) -> Float[Tensor, "b h w"]:
    """The distance between where each pixel was sent and where it went.

    Shape: (b, 2, h, w) twice -> (b, h, w). Units: pixels. Raises: ShapeError for other shapes.

    >>> import torch
    >>> flow = torch.tensor([3.0, 4.0]).reshape(1, 2, 1, 1)
    >>> end_point_error(flow, torch.zeros(1, 2, 1, 1)).tolist()
    [[[5.0]]]
    """
    return (flow - truth).norm(dim=1)


@checked(
    holds(
        lambda flows: len(flows) > 0,
        "the loss takes at least one flow",
        came=lambda flows: "no flow came",
        mend="pass model(frame0, frame1).flows",
    ),
)
def flow_loss(
    flows: Sequence[Float[Tensor, "b xy h w"]],
    truth: Float[Tensor, "b xy h w"],
    *,
    valid: Bool[Tensor, "b h w"] | None = None,
    gamma: float = 0.9,
) -> Float[Tensor, ""]:
    """Σ gamma^(N − i) · mean |flow_i − truth| over the intermediate flows i = 1 … N.

    Later flows count more. Where `valid` is False, or the truth is unknown (NaN, or more than 1e9,
    as in .flo files), a pixel adds 0, and is counted in the mean, as in the official code.
    Shape: N times (b, 2, h, w), (b, 2, h, w), (b, h, w) -> (). Units: pixels.
    Paper: GMFlow, training loss. Raises: ShapeError for no flow or other shapes.

    >>> import torch
    >>> truth = torch.zeros(1, 2, 2, 2)
    >>> flow_loss([truth + 1, truth + 1], truth, gamma=0.5).item()
    1.5
    """
    # where the truth is known
    known = (truth.abs() <= UNKNOWN).all(dim=1)
    if valid is not None:
        known = known & valid
    total = truth.new_zeros(())
    for later, flow in enumerate(reversed(flows)):
        # how far each component is off; what is unknown is put aside before the difference, since
        # 0 times the slope of NaN would be NaN, and adds nothing
        error = (flow - truth.where(known[:, None], 0.0)).abs().where(known[:, None], 0.0)
        total = total + gamma**later * error.mean()
    return total
