"""Time what the course computes, beside others, in units that hold on any machine.

`bench` alone lists what there is; `bench swin` runs one; `--out DIR` keeps the tables as files.
"""

import argparse
from importlib import import_module
from pathlib import Path

from utils.cli._ground import complain


def benches() -> list[str]:
    """Every file in `benches/` that has a function `run`; the others are what these share."""
    files = (Path(__file__).parent / "benches").glob("*.py")
    return sorted(f.stem for f in files if "\ndef run(" in f.read_text(encoding="utf-8"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which benches, and how."""
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(benches())}")
    parser.add_argument("--device", choices=("cpu", "cuda", "mps"), default="cpu")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads (2)")
    parser.add_argument("--repeats", type=int, default=7, help="timed runs (7)")
    parser.add_argument("--warmup", type=int, default=2, help="runs before that (2)")
    parser.add_argument("--all", action="store_true", help="the slow and large cases too")
    parser.add_argument("--out", type=Path, metavar="DIR", help="also write NAME.md, NAME.png")


def fault(args: argparse.Namespace) -> str:
    """What makes no sense in the call, or nothing."""
    known = benches()
    unknown = [name for name in args.names if name not in known]
    if unknown or not args.names:
        what = f"there is no bench `{unknown[0]}`" if unknown else "name a bench"
        return f"{what}; there are {', '.join(known) or 'none yet'}."
    if args.threads < 1 or args.repeats < 1 or args.warmup < 0:
        return "threads and repeats are at least 1, warm-up at least 0."
    return ""


def main(args: argparse.Namespace) -> int:
    """Run the named benches and print their tables."""
    import torch

    from utils.cells.show import png
    from utils.cli.benches.plot import bars
    from utils.cli.benches.table import machine, markdown
    from utils.cli.benches.timing import Settings, unit_seconds
    from utils.device import available_devices
    from utils.io.whole import write_bytes, write_text

    if args.device not in {device.type for device in available_devices()}:
        return complain(f"no {args.device} on this machine: leave --device out.")
    torch.set_num_threads(args.threads)
    device = torch.device(args.device)
    settings = Settings(device, repeats=args.repeats, warmup=args.warmup, all=args.all)
    for name in args.names:
        rows = import_module(f"utils.cli.benches.{name}").run(settings)
        text = f"{markdown(rows)}\n\n{machine(settings, unit_seconds(device))}\n"
        print(f"\n{name}\n\n{text}", flush=True)
        if args.out:
            args.out.mkdir(parents=True, exist_ok=True)
            picture = f"![The same as bars]({name}.png)"
            write_bytes(args.out / f"{name}.png", png(bars(rows, title=f"Bench: {name}")))
            write_text(args.out / f"{name}.md", f"# Bench: {name}\n\n{text}\n{picture}\n")
    return 0
