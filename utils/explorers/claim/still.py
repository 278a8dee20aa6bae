"""The claim view as one figure."""

from matplotlib.figure import Figure

from utils.explorers.claim.compute import Result, Settings
from utils.explorers.picture import Picture
from utils.figures.claims import claim_figure


def draw(settings: Settings, result: Result, picture: Picture) -> Figure:
    """Every stored run, the followed arm drawn thick; below, what each arm answers."""
    return claim_figure(
        result.names,
        result.scores,
        result.curves,
        measure=result.measure,
        steps=result.steps,
        followed=result.arm,
        answers=dict(zip([*result.titles, *result.names], result.tiles, strict=True)),
    )
