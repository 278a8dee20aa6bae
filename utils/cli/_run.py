"""One run of a model, for `course.py trace`: the model, its input, the document."""

import argparse
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from utils.checkpoints import list_shipped, load_official, load_shipped
from utils.cli.trace import SAMPLES
from utils.models import create_model, list_models
from utils.models.gmflow import GMFlow
from utils.tracing import Trace, trace
from utils.tracing.slices import corner_of
from utils.training import prepare
from utils.world import WorldConfig, scene

SEED = 0
RGB = 3
CLASSIFIED, SMALLER = (224, 224), (96, 96)


def run(args: argparse.Namespace) -> int:
    """Trace the model on the scene and write the document."""
    out = args.out or Path(f"{args.name}.html")
    corner_of(args.slice)  # before the work
    model = model_of(args.name, args.weights).train(args.train)
    size = tuple(args.size) if args.size else size_of(model, args.name)
    torch.manual_seed(SEED)
    inputs = inputs_of(model, size, samples=SAMPLES if args.train else 1)
    with torch.set_grad_enabled(args.train):
        seen = trace(model, *inputs, slice=args.slice)
    write(seen, out, at=args.at)
    print(f"course: {seen}")
    print(f"course: {out.name}, {out.stat().st_size / 1e6:.1f} MB, in {out.parent}")
    return 0


def write(seen: Trace, out: Path, *, at: str | None) -> None:
    """The document that the name asks for."""
    if out.suffix == ".html":
        seen.to_html(out, at=at)
    else:
        seen.to_markdown(out)


def model_of(name: str, weights: Path | None) -> nn.Module:
    """The model with the best weights that are at hand.

    Raises: ConfigError for a name that no model has; CheckpointError for a file that does not fit.
    """
    if name not in list_models():
        create_model(name)  # which says what there is
    if weights is not None:
        model = create_model(name).eval()
        load_official(model, weights)
        return model
    if name in list_shipped():
        return load_shipped(name)
    torch.manual_seed(SEED)
    return create_model(name).eval()


def size_of(model: nn.Module, name: str) -> tuple[int, int]:
    """What a model learned on: scenes, or the pictures of the published classifiers; else less.

    >>> size_of(create_model("restormer_nano"), "restormer_nano")
    (96, 96)
    """
    if name.endswith("_nano"):
        return WorldConfig().size
    return CLASSIFIED if hasattr(getattr(model, "config", None), "classes") else SMALLER


def inputs_of(model: nn.Module, size: tuple[int, int], *, samples: int) -> tuple[Tensor, ...]:
    """The course's scene as the model takes it: one picture, or two frames for optical flow."""
    seen = scene(size)
    frames = [seen.frame0, seen.frame1] if isinstance(model, GMFlow) else [seen.frame0]
    channels = getattr(getattr(model, "config", None), "in_channels", RGB)
    return tuple(
        prepare(_with_channels(frame, channels), model).expand(samples, -1, -1, -1).clone()
        for frame in frames
    )


def _with_channels(picture: Float[Tensor, "b rgb h w"], count: int) -> Float[Tensor, "b c h w"]:
    """The mean of the colors where there is one channel; the picture twice where there are two."""
    if count == 1:
        return picture.mean(1, keepdim=True)
    return torch.cat([picture] * (count // RGB), dim=1)
