"""Restore a folder of pictures (restore FOLDER --out FOLDER).

Without --weights the small model that comes with the course takes off noise, rain and blur alike.
With --weights a file of the authors is used; --task says what it was trained for. Large pictures
are restored in overlapping tiles. A file that cannot be restored is named and left out; the exit
status is then 1.
"""

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from utils.cli._ground import complain
from utils.errors import ConfigError

if TYPE_CHECKING:
    from torch import Tensor

    from utils.models.restormer import Restormer

TASKS = {
    "derain": "restormer_derain",
    "denoise": "restormer_denoise",
    "denoise_gray": "restormer_denoise_gray",
}
ENDINGS = (".png", ".jpg", ".jpeg")
SHIPPED = "restormer_nano"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which pictures, where to, by which model."""
    parser.add_argument("folder", type=Path, help=f"with pictures ({', '.join(ENDINGS)})")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="is made anew")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="the authors' (.pth)")
    parser.add_argument("--task", choices=list(TASKS), help="what FILE was trained for")
    parser.add_argument("--tile", type=int, metavar="PIXELS", help="smaller needs less memory")
    parser.add_argument(
        "--careful", action="store_true", help="see each picture eight ways: better, 8 times slower"
    )


def main(args: argparse.Namespace) -> int:
    """Restore every picture; 1 where one was left out, 2 where the call makes no sense."""
    names = natural(path.name for path in args.folder.iterdir() if _is_picture(path))
    if not names:
        return complain(f"no picture ({', '.join(ENDINGS)}) lies in {args.folder}.")

    from tqdm import tqdm

    from utils.device import pick_device

    model = load(args.weights, args.task).to(pick_device())
    args.out.mkdir(parents=True, exist_ok=True)
    failed = []
    with tqdm(names, unit="picture") as bar:
        for name in bar:
            bar.set_description(name)
            try:
                target = args.out / name
                restore(
                    model, args.folder / name, target, tile=args.tile, careful=args.careful, bar=bar
                )
            except (ConfigError, OSError) as error:
                failed.append(name)
                bar.write(f"course: left out {name}: {error}")
    done = len(names) - len(failed)
    print(f"course: {done} of {len(names)} pictures restored into {args.out}", flush=True)
    return complain(f"left out: {', '.join(failed)}") if failed else 0


def fault(args: argparse.Namespace) -> str:
    """What makes no sense in the call, or nothing. Looked at before anything heavy is loaded."""
    if args.task and not args.weights:
        return (
            f"--task {args.task} came without --weights: the task says which network a file of the "
            f"authors fills; leave it out ({SHIPPED} takes off noise, rain and blur alike), or add "
            "--weights FILE"
        )
    if args.weights and not args.task:
        return f"--weights came without --task: say what it is for, one of {', '.join(TASKS)}"
    if not args.folder.is_dir():
        return f"there is no folder {args.folder}: name the one that holds the pictures"
    if args.out.resolve() == args.folder.resolve():
        return "--out is the folder of the pictures: name another one, so that none is overwritten"
    if args.tile is not None and (args.tile < 16 or args.tile % 8):
        return f"--tile {args.tile} came: it is a multiple of 8, from 16 on; try --tile 256"
    return ""


def natural(names) -> list[str]:
    """Names as a person sorts them: their numbers by value.

    >>> natural(["p10.png", "p9.png", "P1.png"])
    ['P1.png', 'p9.png', 'p10.png']
    """

    def key(name: str) -> tuple:
        parts = re.split(r"([0-9]+)", name.casefold())
        return [int(part) if i % 2 else part for i, part in enumerate(parts)], name

    return sorted(names, key=key)


def _is_picture(path: Path) -> bool:
    # Hidden files are what other systems leave behind (._photo.jpg), not pictures.
    return path.is_file() and path.suffix.lower() in ENDINGS and not path.name.startswith(".")


def load(weights: Path | None, task: str | None) -> "Restormer":
    """The shipped model, or the task's network filled by the authors' file."""
    from utils.checkpoints import load_official, load_shipped
    from utils.models import create_model
    from utils.models.restormer import Restormer

    model = create_model(TASKS[task]) if task else load_shipped(SHIPPED)
    assert isinstance(model, Restormer), "both names are of its variants"
    if weights:
        print(f"course: {weights.name}: {load_official(model, weights)}", flush=True)
    return model.eval()


def restore(
    model: "Restormer", source: Path, target: Path, *, tile: int | None, careful: bool, bar
) -> None:
    """One file: read upright, restored, written whole or not at all."""
    import torch

    from utils.io import read_image, write_image
    from utils.models.restormer import Eightfold
    from utils.models.restormer.tiles import TILE, restore_tiled

    def show(done: int, tiles: int) -> None:
        bar.set_postfix_str(f"tile {done} of {tiles}" if tiles > 1 else "")

    tile = TILE if tile is None else tile
    planes = _planes(model, read_image(source))
    whole = Eightfold(model) if careful else model
    try:
        restored = restore_tiled(whole, planes, tile=tile, after_tile=show)
    except torch.OutOfMemoryError:
        bar.write("course: the device's memory ran out; going on on the CPU (or try --tile 128)")
        restored = restore_tiled(whole.cpu(), planes, tile=tile, after_tile=show)
    write_image(target, restored[0] if restored.shape[1] == 3 else restored[:, 0].expand(3, -1, -1))


def _planes(model: "Restormer", picture: "Tensor") -> "Tensor":
    """The picture as the batch that the model takes: a gray model gets each color by itself."""
    if model.config.in_channels == 3:
        return picture[None]
    is_gray = bool((picture == picture[:1]).all())
    return picture[:1, None] if is_gray else picture[:, None]
