"""GMFlow on one pair of frames, on the sizes at which the authors' code was timed.

The authors' code is no package that could be installed beside this one; its figures stand in the
notes: measured once on two CPU threads, in the same unit.
"""

from functools import partial

from utils.checkpoints import load_official
from utils.cli.benches.timing import Row, Settings, rows_of
from utils.cli.benches.training import training_rows
from utils.models import create_model
from utils.reference import recipe
from utils.tracing.cost import multiply_adds

# variant, height, width, what the authors' code takes in units
CASES = (
    ("gmflow_nano", 64, 64, ""),
    ("gmflow_refine", 256, 384, "authors' code: 21 to 29 units"),
    ("gmflow", 384, 512, "authors' code: 15 units"),
)
LARGE = (("gmflow", 768, 1024, "authors' code holds several 604 MB matrices of all pairs"),)


def run(settings: Settings) -> list[Row]:
    """One row per variant; with `--all` also a frame of 768×1024."""
    rows = []
    for name, h, w, note in CASES + (LARGE if settings.all else ()):
        model = create_model(name).eval()
        if name != "gmflow_nano":
            load_official(model, recipe.state_dict(name))
        frame0, frame1 = recipe.frame_pair(3, 1, h, w, 5, -3)
        flop = 2.0 * sum(multiply_adds(model, frame0, frame1)[""].values())
        model, frames = model.to(settings.device), [x.to(settings.device) for x in (frame0, frame1)]
        case, call = f"2×3×{h}×{w}", partial(model, *frames)
        rows += rows_of(name, case, call, settings, flop=flop, note=note)
        if name == "gmflow_nano":
            rows += training_rows(name, case, model, *frames, settings=settings, flop=flop)
    return rows
