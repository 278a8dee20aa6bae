"""The device that a command was asked to compute on."""

import torch

from utils.device import available_devices, pick_device
from utils.errors import ConfigError


def device_of(name: str | None) -> torch.device:
    """The device of that name, or the best one present where none is named.

    Raises: ConfigError for a device that this machine does not have.

    >>> device_of("cpu")
    device(type='cpu')
    """
    if name is None:
        return pick_device()
    present = [device.type for device in available_devices()]
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    count = torch.cuda.device_count() if device and device.type == "cuda" else 1
    if device is None or device.type not in present or (device.index or 0) >= count:
        raise ConfigError(
            f"the device {name!r} came",
            allowed=f"this machine has {', '.join(present)}",
            mend="name one of them, or leave it out to get the best",
        )
    return device
