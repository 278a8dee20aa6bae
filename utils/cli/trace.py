"""Write one run of a model as a document: every line that ran, and every tensor that it made.

NAME is any model of the course. The picture is the course's scene; the weights are those that come
with the course, where there are some, else those of --weights, else as they are before training.
A name that ends in .md gives Markdown; .html gives one page with contents, search and the stepper.
"""

import argparse
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from utils.checkpoints import list_shipped, load_official, load_shipped
from utils.errors import ConfigError
from utils.models import create_model, list_models
from utils.models.gmflow import GMFlow
from utils.tracing import Trace, trace
from utils.tracing.slices import corner_of
from utils.training import prepare
from utils.world import WorldConfig, scene

ENDS = (".html", ".md")
SAMPLES = 4  # in training, so that stochastic depth has samples to leave out
SEED = 0
RGB = 3
CLASSIFIED, SMALLER = (224, 224), (96, 96)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which model on what, and where the document goes."""
    parser.add_argument("name", help="a model: swin_t, maxvit_nano, gmflow, ...")
    parser.add_argument(
        "--size", nargs=2, type=int, metavar=("H", "W"), help="of the picture (default: by model)"
    )
    parser.add_argument("--weights", type=Path, metavar="FILE", help="of the published model")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="a .html or .md file (default: NAME.html, here)"
    )
    parser.add_argument(
        "--train", action="store_true", help=f"in training mode, with {SAMPLES} samples"
    )
    parser.add_argument("--at", metavar="TEXT", help="open at a line, a title or a module's path")
    parser.add_argument("--slice", metavar="PLACE", help="numbers to show, like '[:3, :3, :3]'")


def main(args: argparse.Namespace) -> int:
    """Run the model once and write what it did; nothing is written where anything fails before."""
    out = args.out or Path(f"{args.name}.html")
    if out.suffix not in ENDS:
        raise ConfigError(
            f"--out {out.name!r} came",
            allowed="a document is a page (.html) or Markdown (.md)",
            mend=f"write --out {out.stem or 'run'}.html",
        )
    if args.size and min(args.size) < 1:
        raise ConfigError(
            f"--size {args.size[0]} {args.size[1]} came",
            allowed="a picture has at least one row and one column",
            mend="leave it out for the size that the model learned on",
        )
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
