"""Restore a folder of pictures (restore FOLDER --out FOLDER).

Without --weights the small model that comes with the course takes off noise, rain and blur alike.
With --weights a file of the authors is used; --task says what it was trained for. Each result is as
large as its picture: nothing is enlarged. Large pictures are restored in overlapping tiles. A file
that cannot be restored is named and left out; the exit status is then 1.
"""

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from utils.cli._ground import complain, fault_of_folder
from utils.cli._tasks import DUAL, ENDINGS, TASKS, targets, task_name, tasks_and_files
from utils.errors import CourseError

if TYPE_CHECKING:
    from torch import Tensor

    from utils.models.restormer import Restormer

SHIPPED = "restormer_nano"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which pictures, where to, by which model."""
    parser.add_argument("folder", type=Path, help=f"with pictures ({', '.join(ENDINGS)})")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="is made anew")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="the authors' (.pth)")
    parser.add_argument(
        "--task",
        type=task_name,
        choices=list(TASKS),
        metavar="TASK",
        help=f"what FILE was trained for, with the file that the authors publish for it: "
        f"{tasks_and_files()}",
    )
    parser.add_argument(
        "--options", type=Path, metavar="YAML", help="the authors' options, in place of a task's"
    )
    parser.add_argument("--right", type=Path, metavar="FOLDER", help=f"the right views, for {DUAL}")
    parser.add_argument("--device", metavar="NAME", help="cpu, cuda or mps; default: the best here")
    parser.add_argument("--png", action="store_true", help="write PNG, which loses nothing")
    parser.add_argument("--tile", type=int, metavar="PIXELS", help="smaller needs less memory")
    parser.add_argument(
        "--careful", action="store_true", help="see each picture eight ways: better, 8 times slower"
    )


def main(args: argparse.Namespace) -> int:
    """Restore every picture; 1 where one was left out, 2 where the call makes no sense."""
    names = natural(path.name for path in args.folder.iterdir() if _is_picture(path))
    if not names:
        return complain(f"no picture ({', '.join(ENDINGS)}) lies in {args.folder}.")

    from utils.cli._device import device_of
    from utils.io import only_writer

    device = device_of(args.device)
    with only_writer(args.out):
        model = load(args.weights, args.task, args.options).to(device)
        args.out.mkdir(parents=True, exist_ok=True)
        print(f"course: restoring on {device.type}, each picture at its own size", flush=True)
        failed = _restore_all(model, names, args)
    done = len(names) - len(failed)
    print(f"course: {done} of {len(names)} pictures restored into {args.out}", flush=True)
    return complain(f"left out: {', '.join(failed)}") if failed else 0


def _restore_all(model: "Restormer", names: list[str], args: argparse.Namespace) -> list[str]:
    """Every picture with a bar; the names of those that were left out."""
    from tqdm import tqdm

    failed = []
    results = targets(names, png=args.png)
    with tqdm(names, unit="picture") as bar:
        for name in bar:
            bar.set_description(name)
            sources = [folder / name for folder in (args.folder, args.right) if folder]
            target = args.out / results[name]
            try:
                restore(model, sources, target, tile=args.tile, careful=args.careful, bar=bar)
            except (CourseError, OSError) as error:
                failed.append(name)
                bar.write(f"course: left out {name}: {error}")
    return failed


def fault(args: argparse.Namespace) -> str:
    """What makes no sense in the call, or nothing. Looked at before anything heavy is loaded."""
    if (args.task or args.options) and not args.weights:
        given = f"--task {args.task}" if args.task else "--options"
        file = TASKS[args.task].file if args.task else "FILE"
        return (
            f"{given} came without --weights: it says which network a file of the authors fills; "
            f"leave it out ({SHIPPED} takes off noise, rain and blur alike), or add "
            f"--weights {file}"
        )
    if args.weights and not args.task and not args.options:
        return f"--weights came without --task: say what it is for, one of {', '.join(TASKS)}"
    if (args.task == DUAL) != bool(args.right):
        return (
            f"{DUAL} takes two views of each picture: FOLDER holds the left ones, --right FOLDER "
            "the right ones, under the same names"
        )
    for folder in (args.folder, args.right):
        if folder and not folder.is_dir():
            return f"there is no folder {folder}: name the one that holds the pictures"
    if args.tile is not None and (args.tile < 16 or args.tile % 8):
        return f"--tile {args.tile} came: it is a multiple of 8, from 16 on; try --tile 256"
    return _fault_of_out(args)


def _fault_of_out(args: argparse.Namespace) -> str:
    """What keeps the results from the folder that was named, or nothing."""
    out = args.out.resolve()
    for folder in filter(None, (args.folder, args.right)):
        if out == folder.resolve():
            return (
                "--out is the folder of the pictures: name another one, so that none is overwritten"
            )
        if folder.resolve() in out.parents:
            return (
                f"--out lies inside {folder}: name a folder beside it, so that pictures and "
                "results stay apart"
            )
        if not os.access(folder, os.R_OK | os.X_OK):
            return f"{folder} may not be read: change its rights, or copy the pictures"
    if fault := fault_of_folder(args.out):
        return f"--out: {fault}; name a folder, which is made where it does not exist"
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


def load(weights: Path | None, task: str | None, options: Path | None = None) -> "Restormer":
    """The shipped model, or the task's network filled by the authors' file."""
    from utils.checkpoints import load_official, load_shipped
    from utils.models import create_model, model_from_options
    from utils.models.restormer import Restormer

    if options:
        model = model_from_options(options)
    else:
        model = create_model(TASKS[task].model) if task else load_shipped(SHIPPED)
    assert isinstance(model, Restormer), "all of these are of its variants"
    if weights:
        print(f"course: {weights.name}: {load_official(model, weights)}", flush=True)
    return model.eval()


def restore(
    model: "Restormer",
    sources: list[Path],
    target: Path,
    *,
    tile: int | None,
    careful: bool,
    bar,
) -> None:
    """One picture, or its two views: read upright, restored, written whole or not at all."""
    import torch

    from utils.fast import fast
    from utils.io import read_image, write_image
    from utils.models.restormer import Eightfold
    from utils.models.restormer.tiles import TILE, restore_tiled

    def show(done: int, tiles: int) -> None:
        bar.set_postfix_str(f"tile {done} of {tiles}" if tiles > 1 else "")

    tile = TILE if tile is None else tile
    planes = _planes(model, [read_image(source) for source in sources])
    whole = Eightfold(model) if careful else model
    with fast():
        try:
            restored = restore_tiled(whole, planes, tile=tile, after_tile=show)
        except torch.OutOfMemoryError:
            bar.write("course: the device's memory ran out; now on the CPU (or try --tile 128)")
            restored = restore_tiled(whole.cpu(), planes, tile=tile, after_tile=show)
    restored = restored.clamp(0, 1)
    write_image(target, restored[0] if restored.shape[1] == 3 else restored[:, 0].expand(3, -1, -1))


def _planes(model: "Restormer", pictures: "list[Tensor]") -> "Tensor":
    """The picture as the batch that the model takes: a gray model gets each color by itself."""
    import torch

    from utils.errors import ShapeError

    picture = pictures[0]
    if len({x.shape for x in pictures}) > 1:
        raise ShapeError(
            f"views of {' and '.join(f'{x.shape[1]}×{x.shape[2]}' for x in pictures)} pixels came",
            allowed="both views of a picture have one size",
            mend="cut the larger one",
        )
    wanted = model.config.in_channels
    if wanted != 1:
        if wanted != 3 * len(pictures):
            raise ShapeError(
                f"{len(pictures)} picture came for a model with {wanted} channels",
                allowed=f"a model with {wanted} channels takes {wanted // 3} views",
                mend="name the folder of the right views with --right, or another task",
            )
        return torch.cat(pictures)[None]
    is_gray = bool((picture == picture[:1]).all())
    return picture[:1, None] if is_gray else picture[:, None]
