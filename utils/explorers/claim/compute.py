"""The stored runs of a claim as arrays: scores by arm and seed, losses, and what arms answer."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import mean

import numpy as np
from jaxtyping import Float32, Int32, UInt8

from utils.explorers.settings import choice, slider, sweep_of
from utils.training.claims import ClaimResult, list_claims, load_claim
from utils.training.claims.answers import Pictures

PICTURE_SIZE = (32, 32)  # the view shows no picture
MOST_ARMS = 8
TITLES = {
    "swin": "Swin",
    "maxvit": "MaxViT",
    "restormer": "Restormer",
    "gmflow": "GMFlow",
    "gmflow_questions": "GMFlow's open questions",
    "vit_adapter": "ViT-Adapter",
    "vit_adapter_attention": "ViT-Adapter's attention",
}
SHORT = {
    **TITLES,
    "gmflow_questions": "Its parts",
    "vit_adapter": "Adapter",
    "vit_adapter_attention": "Attention",
}
MEASURES = {"psnr": "PSNR", "miou": "mean IoU", "epe": "end-point error"}


@dataclass(frozen=True)
class Settings:
    """What the learner sets."""

    claim: str = choice("Claim", "swin", {name: SHORT[name] for name in list_claims()})
    arm: int = slider("Arm", 1, low=1, high=MOST_ARMS)


@dataclass(frozen=True)
class Live:
    """An arm that is being trained, or was trained, in this view."""

    arm: str
    steps: int
    losses: list[float] = field(default_factory=list)
    score: float | None = None
    answer: Pictures | None = None  # to the claim's examples, as far as it is trained


@dataclass(frozen=True)
class Result:
    """What the view shows."""

    scores: Float32[np.ndarray, "arms seeds"]  # on test scenes
    means: Float32[np.ndarray, "arms"]
    rates: Float32[np.ndarray, "arms"]  # the chosen learning rates
    curves: Float32[np.ndarray, "arms points"]  # the loss of the first seed
    parameters: Int32[np.ndarray, "arms"]
    names: list[str]
    arm: int  # the one that is followed, from 0
    last_arm: int
    measure: str  # what the scores are, for an axis
    unit: str
    steps: int
    seconds: float  # that the followed arm took, where the machine was least busy
    hardware: str
    live: Float32[np.ndarray, "done"]  # loss so far, thinned
    live_arm: int  # −1 while nothing was trained here
    live_done: float  # part of its steps
    live_score: float  # −1 until it is done
    titles: list[str]  # what is given and asked, by name; the arms' answers follow
    tiles: UInt8[np.ndarray, "columns examples h w rgb"]  # given, asked, and what each arm answers
    live_tile: UInt8[
        np.ndarray, "answered own_h own_w rgb"
    ]  # no example while nothing is trained here


def compute(
    settings: Settings, live: Live | None = None, stored: ClaimResult | None = None
) -> Result:
    """Gather the runs of the chosen claim; `stored` where its file has been read already."""
    stored = load_claim(settings.claim) if stored is None else stored
    names = stored.facts["arms"]
    firsts = [stored.arms[name][0] for name in names]
    arm = min(settings.arm, len(names)) - 1
    fastest = min(stored.arms[names[arm]], key=lambda run: run["seconds"])
    known = live is not None and live.arm in names
    titles = [name for name in stored.answers if name not in names]
    tiles = tiles_of(stored.answers, [*titles, *names])
    return Result(
        scores=np.array([stored.scores(name) for name in names], np.float32),
        means=np.array([mean(stored.scores(name)) for name in names], np.float32),
        rates=np.array([run["lr"] for run in firsts], np.float32),
        curves=np.array([run["loss"] for run in firsts], np.float32),
        parameters=np.array([run["parameters"] for run in firsts], np.int32),
        names=names,
        arm=arm,
        last_arm=len(names),
        measure=axis_label(stored),
        unit=stored.facts["unit"],
        steps=stored.facts["settings"]["steps"],
        seconds=fastest["seconds"],
        hardware=fastest["hardware"],
        live=np.array(live.losses if live and known else [], np.float32),
        live_arm=names.index(live.arm) if live and known else -1,
        live_done=len(live.losses) / live.steps if live and known else 0.0,
        live_score=-1.0 if live is None or live.score is None or not known else live.score,
        titles=titles,
        tiles=tiles,
        live_tile=live.answer if live and known and live.answer is not None else tiles[0, :0],
    )


def tiles_of(
    answers: dict[str, Pictures], names: list[str]
) -> UInt8[np.ndarray, "columns examples h w rgb"]:
    """The pictures of these names beside each other; gray where none was kept."""
    size = next(iter(answers.values()), np.zeros((0, 1, 1, 3), np.uint8)).shape
    return np.stack([answers.get(name, np.full(size, 128, np.uint8)) for name in names])


def axis_label(stored: ClaimResult) -> str:
    """The measure with its unit, and which way is better."""
    better = "more" if stored.facts["higher_is_better"] else "less"
    unit = f" ({stored.facts['unit']})" if stored.facts["unit"] else ""
    return f"{MEASURES[stored.facts['measure']]}{unit}, {better} is better"


def sentence(settings: Settings, result: Result) -> str:
    """What is seen, with its numbers."""
    name, scores = result.names[result.arm], result.scores[result.arm]
    unit = f" {result.unit}" if result.unit else ""
    others = ", ".join(
        f"{other} {value:.2f}{unit}"
        for other, value in zip(result.names, result.means, strict=True)
        if other != name
    )
    text = (
        f"{TITLES[settings.claim]}: “{name}” reaches {result.means[result.arm]:.2f}{unit} on "
        f"average of {len(scores)} seeds ({scores.min():.2f} to {scores.max():.2f}) with "
        f"{result.parameters[result.arm]:,} parameters after {result.steps:,} steps; {others}."
    )
    if result.live_score >= 0:
        text += (
            f" Trained here just now: “{result.names[result.live_arm]}” "
            f"{result.live_score:.2f}{unit}."
        )
    return text


def sweep() -> Iterator[Settings]:
    """Every claim, and every arm."""
    yield from sweep_of(Settings)
