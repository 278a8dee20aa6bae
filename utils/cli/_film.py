"""The motion through a film: a .flo file for each pair of frames, and a film in flow's colors."""

import argparse
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from torch import Tensor, nn
from tqdm import tqdm

from utils.cli import _pair as pair
from utils.cli._ground import complain
from utils.errors import ConfigError
from utils.figures.flow import beside_wheel, flow_colors, longest
from utils.io import only_writer, read_flo, write_flo
from utils.io.film import film_facts, film_file, read_film

BYTES = 8  # of a pixel in a .flo file


def flow_of_film(args: argparse.Namespace) -> int:
    """Write NAME_flow/NUMBER.flo for each pair, then NAME_flow.mp4; with --backward both ways.

    The film is read once and never held whole; its colors have one scale, so they come last.
    """
    facts = film_facts(args.video)
    model = pair.model_of(args.weights)
    name = f"{args.video.stem}_flow"
    folder = args.out / name
    with only_writer(folder):
        folder.mkdir(parents=True, exist_ok=True)
        ways, used = _estimate_all(
            model, read_film(args.video), folder, args, pairs=max(facts.frames - 1, 0)
        )
        written = {path for paths in ways.values() for path in paths}
        for old in set(folder.glob("[0-9]*.flo")) - written:  # of an earlier run of more frames
            old.unlink()
        for end, paths in ways.items():
            _draw(paths, args.out / f"{name}{end}.mp4", per_second=facts.per_second)
    read = len(ways[""]) + 1
    if read < facts.frames:
        complain(f"{args.video.name} says that it has {facts.frames} frames; {read} could be read")
    print(f"course: {len(written)} flows in {folder}, and {name}.mp4 beside it; {used}")
    return 0


def _estimate_all(
    model: nn.Module,
    frames: Iterator[Tensor],
    folder: Path,
    args: argparse.Namespace,
    *,
    pairs: int,
) -> tuple[dict[str, list[Path]], str]:
    """Every pair of neighbors, with a bar; the files of each way, and the device that was used."""
    device = pair.device_for(args)
    ways: dict[str, list[Path]] = {"": [], **({"_backward": []} if args.backward else {})}
    used = ""
    for number, both in enumerate(tqdm(pairwise(frames), total=pairs or None, unit="pair"), 1):
        if number == 1:
            _refuse_full_disk(folder, both[0], pairs * len(ways))
        for end, paths in ways.items():
            order = both[::-1] if end else both
            flow, used = pair.on_best_device(model, *order, longest=args.longest, device=device)
            paths.append(folder / f"{number:06}{end}.flo")
            write_flo(paths[-1], flow)
    if not ways[""]:
        raise ConfigError(
            f"{args.video.name!r} has less than two frames",
            allowed="motion lies between frames",
            mend="name another film",
        )
    return ways, used


def _refuse_full_disk(folder: Path, frame: Tensor, flows: int) -> None:
    needed, free = flows * BYTES * frame[0].numel(), shutil.disk_usage(folder).free
    if needed > free:
        raise ConfigError(
            f"{flows} flows of {frame.shape[1]}×{frame.shape[2]} came: {needed / 1e9:.1f} GB",
            allowed=f"the disk of {folder} has {free / 1e9:.1f} GB left",
            mend="name another --out, or a smaller or shorter film",
        )


def _draw(flows: list[Path], target: Path, *, per_second: float) -> None:
    """The film of these flows, all on one scale, with the wheel beside it."""
    most = max(longest(read_flo(path)) for path in flows)
    with film_file(target, per_second=per_second) as add:
        for path in tqdm(flows, unit="frame", desc=target.name):
            add(beside_wheel(flow_colors(read_flo(path), most=most), most=most))
