"""How fast Shapes World draws: pairs of 96×96 with all their truths, and single pictures."""

from utils.cli.benches.timing import Row, Settings, measure
from utils.world import ShapesWorld, WorldConfig

BATCH = 32


def run(settings: Settings) -> list[Row]:
    """One row for the full pairs, one for the pictures that a classifier needs."""
    rows = []
    for name, size, draw in (
        ("pairs, flow and masks", 96, "batch"),
        ("pictures and labels", 96, "pictures"),
        ("pictures and labels", 64, "pictures"),
    ):
        world = ShapesWorld(WorldConfig(size=(size, size)), device=settings.device)
        call = getattr(world, draw)
        timing = measure(lambda call=call: call(range(BATCH)), settings)  # type: ignore[misc]
        speed = f"{BATCH / timing.lowest:,.0f} a second"
        rows.append(Row(name, f"{BATCH}×{size}×{size}", timing, note=speed))
    return rows
