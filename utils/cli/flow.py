"""Estimate the motion between two of your pictures, as a .flo file and as a picture.

The .flo file (Middlebury's format) holds the motion of every pixel of FRAME0; the picture shows it
in the standard colors, with the wheel beside it. Without --weights the small model that comes with
the course does it; --weights takes the file of the published GMFlow, with or without refinement.
"""

import argparse
import time
from pathlib import Path

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from utils.checkpoints import load_official, load_shipped
from utils.checkpoints.files import read_file
from utils.cli._ground import complain
from utils.device import pick_device
from utils.errors import ConfigError
from utils.figures.flow import beside_wheel, flow_colors, longest
from utils.io import fit_to, read_image, write_flo, write_image
from utils.models import create_model
from utils.training import prepare

# Pixels of the longer side on which the flow is estimated; time grows with its fourth power. The
# small model has learned on small frames: on the real stereo pair it errs by 12.9 pixels (of 34.3)
# at 256 and by 14.7 at 512.
LONGEST = {"course": 256, "published": 512}
SMALLEST = 32
ONLY_REFINED = "trident"  # a part that only the refined model has, in the authors' names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Two pictures, where to write, and with which weights."""
    parser.add_argument("frame0", type=Path, help="the first picture")
    parser.add_argument("frame1", type=Path, help="the second one, of the same size")
    parser.add_argument("--out", type=Path, default=Path(), metavar="FOLDER", help="default: here")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="of the published GMFlow")
    parser.add_argument(
        "--longest",
        type=int,
        metavar="PIXELS",
        help="estimate on pictures no larger than this (default {course}, with --weights "
        "{published}); the flow comes out at full size".format(**LONGEST),
    )


def main(args: argparse.Namespace) -> int:
    """Read, estimate, write both files; nothing is written where anything fails before."""
    frames = [read_image(args.frame0), read_image(args.frame1)]
    if args.longest is None:
        args.longest = LONGEST["published" if args.weights else "course"]
    _check(args, *(frame.shape[-2:] for frame in frames))
    model = model_of(args.weights)
    started = time.perf_counter()
    flow, device = on_best_device(model, *frames, longest=args.longest)
    seconds = time.perf_counter() - started
    most = longest(flow)
    picture = beside_wheel(flow_colors(flow, most=most), most=most)
    args.out.mkdir(parents=True, exist_ok=True)
    name = f"{args.frame0.stem}_to_{args.frame1.stem}"
    write_flo(args.out / f"{name}.flo", flow)
    write_image(
        args.out / f"{name}.png", rearrange(torch.from_numpy(picture) / 255, "h w c -> c h w")
    )
    mean = float(flow.norm(dim=0).mean())
    print(f"course: {name}.flo and {name}.png, {flow.shape[1]}×{flow.shape[2]}, in {args.out}")
    print(f"course: mean motion {mean:.1f} px, longest {most:.1f} px; {device}, {seconds:.1f} s")
    return 0


def model_of(weights: Path | None) -> nn.Module:
    """The course's own small model, or the published one that the file is for."""
    if weights is None:
        return load_shipped("gmflow_nano")
    content = read_file(weights)
    inside = content.get("model", content)
    refined = any(ONLY_REFINED in str(name) for name in inside)
    model = create_model("gmflow_refine" if refined else "gmflow").eval()
    load_official(model, content)
    return model


def on_best_device(
    model: nn.Module,
    frame0: Float[Tensor, "3 h w"],
    frame1: Float[Tensor, "3 h w"],
    *,
    longest: int,
) -> tuple[Float[Tensor, "2 h w"], str]:
    """The flow and the device that found it; where a device fails, the CPU goes on."""
    device = pick_device()
    try:
        return estimate(model.to(device), frame0, frame1, longest=longest), device.type
    except (torch.OutOfMemoryError, RuntimeError, NotImplementedError) as error:
        if device.type == "cpu":
            raise
        complain(f"{device.type} cannot do it ({str(error).splitlines()[0]}): now on the CPU")
        return estimate(model.to("cpu"), frame0, frame1, longest=longest), "cpu"


@torch.no_grad()
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


def _check(args: argparse.Namespace, size0: torch.Size, size1: torch.Size) -> None:
    if size0 != size1:
        (h0, w0), (h1, w1) = size0, size1
        raise ConfigError(
            f"{args.frame0.name!r} is {h0}×{w0} and {args.frame1.name!r} is {h1}×{w1}",
            allowed="both frames of a pair have one size",
            mend="cut or scale one of them to the size of the other",
        )
    if args.longest < SMALLEST:
        raise ConfigError(
            f"--longest {args.longest} came",
            allowed=f"frames are scaled to at least {SMALLEST} pixels",
            mend=f"leave it out to get {LONGEST['course']}",
        )
    if args.out.exists() and not args.out.is_dir():
        raise ConfigError(
            f"--out {args.out.name!r} is a file",
            allowed="two files are written into a folder",
            mend="name a folder; it is made where it does not exist",
        )
