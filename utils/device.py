"""Which device to compute on."""

import torch


def available_devices() -> list[torch.device]:
    """Every kind of device present on this machine, best first: CUDA, then MPS, then the CPU.

    >>> available_devices()[-1]
    device(type='cpu')
    """
    present = []
    if torch.cuda.is_available():
        present.append(torch.device("cuda"))
    if torch.backends.mps.is_available():
        present.append(torch.device("mps"))
    return [*present, torch.device("cpu")]


def pick_device() -> torch.device:
    """The best device present: CUDA, else MPS, else the CPU."""
    return available_devices()[0]
