"""Build the course as a static site: every page and view, without an installation to read it.

The folder works from any web server and from disk (open its index.html). It takes the place of an
earlier site, whole or not at all; a folder that holds something else is refused. With --zip it is
also packed into one file, for a room without internet.
"""

import argparse
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

from utils.cli._ground import ROOT, fault_of_folder

OUT = ROOT / "site"
# A kept page has the published size; the other models are run at the size that they learned on.
KEPT = "docs/trace/swin_t.html"
TRACED = ("maxvit_nano", "restormer_nano", "gmflow_nano", "vit_adapter_nano")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, and whether packed."""
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR", help="default: site")
    parser.add_argument("--zip", action="store_true", help="also write DIR.zip")


def fault(args: argparse.Namespace) -> str:
    """What makes no sense in the call, or nothing."""
    found = fault_of_folder(args.out)
    return f"--out: {found}; name a folder for the site" if found else ""


def main(args: argparse.Namespace) -> int:
    """Build the site, and pack it where that is asked for."""
    from utils.site.pages.build import build_site
    from utils.site.pages.documents import Course

    out = args.out.resolve()
    course = Course(ROOT, traces=(KEPT, *(f"docs/trace/{name}.html" for name in TRACED)))
    build_site(course, out, player=_player(), trace=_write_trace)
    print(f"course: the site stands in {out}: open {out / 'index.html'}", flush=True)
    if args.zip:
        packed = pack(out)
        print(f"course: {packed}, {packed.stat().st_size / 1e6:.1f} MB", flush=True)
    return 0


def _player() -> Callable[[Path], list[str]]:
    """What writes the scripts that make the views live."""
    from utils.site.player import build

    return build


def _write_trace(path: str, out: Path) -> None:
    """One run of a model as a page: the kept one, or made now."""
    import torch

    from utils.cli._run import SEED, inputs_of, model_of, size_of
    from utils.tracing import trace

    if (ROOT / path).exists():
        shutil.copyfile(ROOT / path, out)
        return
    model = model_of(out.stem, None)
    torch.manual_seed(SEED)
    with torch.no_grad():
        trace(model, *inputs_of(model, size_of(model, out.stem), samples=1)).to_html(out)
    print(f"course: {path}", flush=True)


def pack(site: Path) -> Path:
    """The site as one file beside it; its folder is in it, so that it unpacks into one place."""
    from utils.io.whole import whole_file

    packed = site.with_name(f"{site.name}.zip")
    with whole_file(packed) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in sorted(path for path in site.rglob("*") if path.is_file()):
            bundle.write(path, Path(site.name) / path.relative_to(site))
    return packed
