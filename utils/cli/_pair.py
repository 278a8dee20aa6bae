"""The motion between two pictures: a .flo file and a picture in flow's colors."""

import argparse
import time
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from utils.checkpoints import load_official, load_shipped
from utils.checkpoints.files import read_file
from utils.cli._device import device_of
from utils.cli._ground import complain
from utils.device import pick_device
from utils.errors import ConfigError
from utils.fast import fast
from utils.figures.flow import beside_wheel, flow_colors, longest
from utils.io import fit_to, known_flow, only_writer, read_image, write_flo, write_image
from utils.models import create_model
from utils.training import prepare

ONLY_REFINED = "trident"  # a part that only the refined model has, in the authors' names


def flow_of_pair(args: argparse.Namespace) -> int:
    """Write A_to_B.flo and its picture; with --backward the way back too."""
    frames = [read_image(args.frame0), read_image(args.frame1)]
    _check_sizes(args, *(frame.shape[-2:] for frame in frames))
    model, device = model_of(args.weights), device_for(args)
    names = [f"{args.frame0.stem}_to_{args.frame1.stem}"]
    if args.backward:
        back = f"{args.frame1.stem}_to_{args.frame0.stem}"
        names.append(back if back != names[0] else f"{back}_backward")
    with only_writer(args.out / f"{names[0]}.flo"):
        for name, pair in zip(names, (frames, frames[::-1]), strict=False):
            started = time.perf_counter()
            flow, used = on_best_device(model, *pair, longest=args.longest, device=device)
            write_both(args.out, name, flow)
            print(f"course: {used}, {time.perf_counter() - started:.1f} s", flush=True)
    return 0


def write_both(folder: Path, name: str, flow: Float[Tensor, "2 h w"]) -> None:
    """The .flo file and the picture of it, and a sentence about both."""
    most = longest(flow)
    picture = beside_wheel(flow_colors(flow, most=most), most=most)
    write_flo(folder / f"{name}.flo", flow)
    write_image(folder / f"{name}.png", picture)
    lengths = flow.norm(dim=0)[known_flow(flow)]
    mean = float(lengths.mean()) if lengths.numel() else 0.0
    print(f"course: {name}.flo and {name}.png, {flow.shape[1]}×{flow.shape[2]}, in {folder}")
    print(f"course: mean motion {mean:.1f} px, longest {most:.1f} px")


def model_of(weights: Path | None) -> nn.Module:
    """The course's own small model, or the published one that the file is for."""
    if weights is None:
        return load_shipped("gmflow_nano")
    content = read_file(weights)
    parts = [content, *(part for part in content.values() if isinstance(part, dict))]
    refined = any(ONLY_REFINED in str(name) for part in parts for name in part)
    model = create_model("gmflow_refine" if refined else "gmflow").eval()
    print(f"course: {weights.name}: {load_official(model, content)}", flush=True)
    return model


def on_best_device(
    model: nn.Module,
    frame0: Float[Tensor, "3 h w"],
    frame1: Float[Tensor, "3 h w"],
    *,
    longest: int,
    device: torch.device | None = None,
) -> tuple[Float[Tensor, "2 h w"], str]:
    """The flow and the device that found it; where a device fails, the CPU goes on."""
    device = device or pick_device()
    try:
        return estimate(model.to(device), frame0, frame1, longest=longest), device.type
    except (torch.OutOfMemoryError, RuntimeError, NotImplementedError) as error:
        if device.type == "cpu":
            raise
        complain(f"{device.type} cannot do it ({str(error).splitlines()[0]}): now on the CPU")
        return estimate(model.to("cpu"), frame0, frame1, longest=longest), "cpu"


@torch.no_grad()
@fast()
def estimate(
    model: nn.Module,
    frame0: Float[Tensor, "3 h w"],
    frame1: Float[Tensor, "3 h w"],
    *,
    longest: int,
) -> Float[Tensor, "2 h w"]:
    """The flow at the frames' own size, estimated on frames whose sides are at most `longest`.

    Shape: (3, h, w) twice, in [0, 1] -> (2, h, w). Units: pixels of the frames given, (x, y).
    """
    h, w = frame0.shape[1:]
    place = next(model.parameters()).device
    small = [prepare(fit_to(x, longest=longest)[None].to(place), model) for x in (frame0, frame1)]
    flow = model(*small).flow.float().cpu()
    scale = torch.tensor([w / flow.shape[-1], h / flow.shape[-2]])
    if (h, w) != flow.shape[-2:]:
        flow = functional.interpolate(flow, (h, w), mode="bilinear", align_corners=False)
    return (flow[0] * scale[:, None, None]).contiguous()


def device_for(args: argparse.Namespace) -> torch.device:
    """The device that was named, or the best one."""
    return device_of(args.device) if args.device else pick_device()


def _check_sizes(args: argparse.Namespace, size0: torch.Size, size1: torch.Size) -> None:
    if size0 != size1:
        (h0, w0), (h1, w1) = size0, size1
        raise ConfigError(
            f"{args.frame0.name!r} is {h0}×{w0} and {args.frame1.name!r} is {h1}×{w1}",
            allowed="both frames of a pair have one size",
            mend="cut or scale one of them to the size of the other",
        )
