"""The fast forms of operations and blocks, each beside the plain one that it replaces.

    from utils.fast import fast

    with fast():
        flow = model(frame0, frame1).flow

Outside of the `with` the plain forms run, always: what you read in `ops`, `layers` and `models` is
what runs. Inside, the same numbers come (to rounding) in less time or memory. Gradients pass; where
a gradient itself is derived once more (`create_graph=True`), leave the `with`: torch's own fused
kernels have no second derivative.
"""

from utils.fast import layers, models, ops  # noqa: F401 - importing them registers their forms
from utils.switch import switched_on as fast

__all__ = ["fast"]
