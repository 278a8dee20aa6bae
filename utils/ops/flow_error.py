"""How wrong a flow is: the end-point error, and the loss over all intermediate flows."""

from collections.abc import Sequence

from jaxtyping import Bool, Float
from torch import Tensor

from utils.errors import ShapeError

UNKNOWN = 1e9  # pixels: flow files mark with more what is not known


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
    _check(flow, truth)
    return (flow - truth).norm(dim=1)


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
    if not flows:
        raise ShapeError(
            "no flow came",
            allowed="the loss takes at least one flow",
            mend="pass model(frame0, frame1).flows",
        )
    known = (truth.abs() <= UNKNOWN).all(dim=1)
    if valid is not None:
        if valid.shape != known.shape:
            raise ShapeError(
                f"valid of shape {tuple(valid.shape)} came for flows {tuple(truth.shape)}",
                allowed=f"valid is (b, h, w), here {tuple(known.shape)}",
                mend="valid[:, 0] takes away an axis of one channel",
            )
        known = known & valid.bool()
    total = truth.new_zeros(())
    for later, flow in enumerate(reversed(flows)):
        _check(flow, truth)
        # The truth is put aside before the difference: 0 times the slope of NaN would be NaN.
        error = (flow - truth.where(known[:, None], 0.0)).abs().where(known[:, None], 0.0)
        total = total + gamma**later * error.mean()
    return total


def _check(flow: Tensor, truth: Tensor) -> None:
    if flow.shape != truth.shape or flow.ndim != 4 or flow.shape[1] != 2:
        raise ShapeError(
            f"a flow of shape {tuple(flow.shape)} and a truth of shape {tuple(truth.shape)} came",
            allowed="both are (b, 2, h, w), (x, y) in pixels",
            mend="crop or resize both to the frame's size",
        )
