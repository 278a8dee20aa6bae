"""A paper's claim, run again in minutes: which arms, on what task, and every run that was made.

All arms of a claim see the same data in the same order for the same number of steps and have the
same number of parameters within 5 % (but for those that the claim names in `fewer`). Each arm takes
the learning rate, one of those that all arms try, that was best on validation with the first seed;
then it runs with all seeds. What the first seed's model says to a few examples is kept as pictures.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from statistics import mean
from typing import Any

import torch
from torch import Tensor, nn

from utils.errors import CheckpointError, ConfigError
from utils.fast import fast
from utils.io import write_json
from utils.training.claims.answers import Paint, Pictures, Shown, keep_answer, read_answers, say
from utils.training.loop import Batch, Settings, same_settings, train
from utils.training.recipes.base import describe

FOLDER = Path(__file__).parent
KEPT = 60  # points of each loss curve that the file keeps
CPU = torch.device("cpu")  # where the stored runs were made; small models gain nothing elsewhere


@dataclass(frozen=True)
class Claim:
    """What is compared, and how.

    `batch(step, seed)` makes the data, `loss(model, batch)` the number to make small,
    `score(model, split)` the measures, of which `measure` decides.
    """

    name: str
    question: str
    source: str  # where the paper says so, and what it found
    task: str  # what the small models learn here
    arms: dict[str, Callable[[], nn.Module]]
    settings: Settings
    lrs: tuple[float, ...]
    batch: Callable[[int, int], Batch]
    loss: Callable[[nn.Module, Batch], Tensor]
    score: Callable[[nn.Module, str], dict[str, float]]
    measure: str
    unit: str
    higher_is_better: bool = True
    seeds: tuple[int, ...] = (0, 1, 2)
    tried: tuple[str, ...] = ()  # other tasks that were tried, and what they showed
    fewer: tuple[str, ...] = ()  # arms that lack a part, and so have fewer parameters
    given: Callable[[], dict[str, Shown]] | None = None  # examples and right answers, by name
    answer: Callable[[nn.Module], Shown] | None = None  # what a model says to the examples


@dataclass(frozen=True)
class ClaimResult:
    """A stored claim: its facts, every run that was made, and pictures of examples and answers."""

    facts: dict[str, Any]
    runs: list[dict[str, Any]]
    answers: dict[str, Pictures] = field(default_factory=dict)

    @cached_property
    def arms(self) -> dict[str, list[dict[str, Any]]]:
        """The runs of each arm at its chosen learning rate, by seed."""
        chosen = {arm: chosen_lr(self.facts, self.runs, arm) for arm in self.facts["arms"]}
        return {
            arm: [run for run in self.runs if run["arm"] == arm and run["lr"] == lr]
            for arm, lr in chosen.items()
        }

    def scores(self, arm: str, measure: str | None = None) -> list[float]:
        """The test measure of an arm, one number per seed."""
        key = measure or self.facts["measure"]
        return [run["test"][key] for run in self.arms[arm]]

    def sentence(self) -> str:
        """The outcome in words, rounded."""
        unit = self.facts["unit"]
        parts = []
        for arm in self.facts["arms"]:
            scores = self.scores(arm)
            low, high = min(scores), max(scores)
            parts.append(f"{arm} {mean(scores):.2f} {unit} ({low:.2f} to {high:.2f})")
        return f"{len(self.facts['seeds'])} seeds each: " + "; ".join(parts) + "."


def run_arm(
    claim: Claim,
    arm: str,
    *,
    lr: float,
    seed: int,
    on_step: Callable[[int, float], None] | None = None,
    on_model: Callable[[nn.Module], None] | None = None,
    device: torch.device = CPU,
) -> dict[str, Any]:
    """Train one arm from the beginning and measure it: one entry of the claim's file.

    `on_step` hears every step and its loss; `on_model` gets the model before the first step and,
    with the averaged weights, after the last one.
    Raises: ConfigError for an arm that the claim has not.
    """
    if arm not in claim.arms:
        raise ConfigError(
            f"the arm {arm!r} came",
            allowed=f"the arms of {claim.name} are {', '.join(claim.arms)}",
            mend="choose one of them",
        )
    settings = replace(claim.settings, lr=lr, seed=seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = claim.arms[arm]()
    if on_model:
        on_model(model)
    run = train(
        model,
        lambda step: claim.batch(step, seed),
        claim.loss,
        settings,
        device=device,
        on_step=on_step,
        progress=False,
    )
    model.load_state_dict(run.weights)
    model.eval()
    if on_model:
        on_model(model)
    with torch.no_grad(), fast():
        scores = {split: _rounded(claim.score(model, split)) for split in ("val", "test")}
    return {
        "arm": arm,
        "lr": lr,
        "seed": seed,
        "parameters": sum(p.numel() for p in model.parameters()),
        "seconds": round(run.seconds, 1),
        "hardware": describe(device),
        "torch": torch.__version__,
        "loss": [round(value, 5) for value in thinned(run.losses)],
        **scores,
    }


def plan(claim: Claim, runs: list[dict[str, Any]]) -> Iterator[tuple[str, float, int]]:
    """The runs that are still to make: every rate with the first seed, then seed by seed."""
    made = {(run["arm"], run["lr"], run["seed"]) for run in runs}
    first = claim.seeds[0]
    trials = [(arm, lr, first) for arm in claim.arms for lr in claim.lrs]
    missing = [trial for trial in trials if trial not in made]
    yield from missing
    if missing:
        return
    facts = facts_of(claim)
    chosen = {arm: chosen_lr(facts, runs, arm) for arm in claim.arms}
    everything = ((arm, lr, seed) for seed in claim.seeds for arm, lr in chosen.items())
    yield from (run for run in everything if run not in made)


def run_claim(
    claim: Claim,
    *,
    folder: Path = FOLDER,
    minutes: float | None = None,
    fresh: bool = False,
    paint: Paint | None = None,
) -> bool:
    """Make the runs that are missing, writing the file after each; True when none is missing.

    With `paint` (`utils.figures.answers`) the first seeds' answers are kept, missing ones made too.

    Raises: ConfigError where the file's runs were made with other settings.
    """
    path, started = folder / f"{claim.name}.json", time.perf_counter()
    runs = [] if fresh or not path.exists() else _runs_of(path, claim)
    while missing := list(plan(claim, runs)):
        for arm, lr, seed in missing:
            if minutes is not None and time.perf_counter() - started > 60 * minutes:
                return False
            models: list[nn.Module] = []
            runs.append(run_arm(claim, arm, lr=lr, seed=seed, on_model=models.append))
            write_json(path, {**facts_of(claim), "runs": runs})
            if seed == claim.seeds[0] and lr == chosen_lr(facts_of(claim), runs, arm):
                _keep_answer(claim, arm, models[-1], folder=folder, paint=paint)
    write_json(path, {**facts_of(claim), "runs": runs})
    answer_claim(claim, folder=folder, paint=paint)
    return True


def answer_claim(claim: Claim, *, folder: Path = FOLDER, paint: Paint | None) -> None:
    """Make the pictures that are missing, each by the stored run of the first seed made again."""
    if claim.given is None or claim.answer is None or paint is None:
        return
    stored = load_claim(claim.name, folder=folder)
    for arm in claim.arms:
        if arm not in stored.answers:
            models: list[nn.Module] = []
            chosen = stored.arms[arm][0]
            run_arm(claim, arm, lr=chosen["lr"], seed=chosen["seed"], on_model=models.append)
            _keep_answer(claim, arm, models[-1], folder=folder, paint=paint)


def _keep_answer(
    claim: Claim, arm: str, model: nn.Module, *, folder: Path, paint: Paint | None
) -> None:
    if claim.given is None or claim.answer is None or paint is None:
        return
    path = folder / f"{claim.name}.npz"
    for name, shown in {**claim.given(), arm: say(claim.answer, model)}.items():
        keep_answer(path, name, paint(shown.kind, shown.values, shown.most))


def _runs_of(path: Path, claim: Claim) -> list[dict[str, Any]]:
    stored, wanted = _read(path), facts_of(claim)
    settings = {**stored["settings"], "lr": claim.settings.lr, "seed": claim.settings.seed}
    same = {
        "settings": same_settings(settings, claim.settings),
        "task": stored["task"] == wanted["task"],
    }
    changed = [key for key, unchanged in same.items() if not unchanged]
    if changed:
        raise ConfigError(
            f"{path.name} with other {changed[0]} came",
            allowed="all runs of a claim are made with the same settings, on the same task",
            mend="begin anew with --fresh",
        )
    return stored["runs"]


def facts_of(claim: Claim) -> dict[str, Any]:
    """What the file says about the claim itself."""
    settings = {k: v for k, v in asdict(claim.settings).items() if k not in ("lr", "seed")}
    if claim.settings.accumulate == 1:  # named only where a batch is cut
        del settings["accumulate"]
    return {
        "claim": claim.name,
        "question": claim.question,
        "source": claim.source,
        "task": claim.task,
        "tried": list(claim.tried),
        "arms": list(claim.arms),
        "measure": claim.measure,
        "unit": claim.unit,
        "higher_is_better": claim.higher_is_better,
        "lrs": list(claim.lrs),
        "seeds": list(claim.seeds),
        "settings": settings,
        "command": f"python3 course.py train claims/{claim.name}",
    }


def list_claims(folder: Path = FOLDER) -> list[str]:
    """The names of the stored claims whose runs have all been made."""
    return sorted(path.stem for path in folder.glob("*.json") if _is_whole(_read(path)))


def _is_whole(stored: dict[str, Any]) -> bool:
    """Every arm has a run for each rate with the first seed, and for each other seed."""
    each = len(stored["lrs"]) + len(stored["seeds"]) - 1
    return len(stored["runs"]) == each * len(stored["arms"])


def load_claim(name: str, *, folder: Path = FOLDER) -> ClaimResult:
    """The stored runs of a claim.

    Raises: CheckpointError for a claim that is not stored.
    """
    path = folder / f"{name}.json"
    if name not in list_claims(folder):
        known = ", ".join(list_claims(folder))
        raise CheckpointError(
            f"the claim {name!r} came",
            allowed=f"stored claims are {known or 'none yet'}",
            mend=f"choose one of them, or run `python3 course.py train claims/{name}`",
        )
    stored = _read(path)
    facts = {k: v for k, v in stored.items() if k != "runs"}
    return ClaimResult(facts, stored["runs"], read_answers(path.with_suffix(".npz")))


def chosen_lr(facts: dict[str, Any], runs: list[dict[str, Any]], arm: str) -> float:
    """The rate that was best on validation with the first seed."""
    sign = 1 if facts["higher_is_better"] else -1
    first = [run for run in runs if run["arm"] == arm and run["seed"] == facts["seeds"][0]]
    return max(first, key=lambda run: sign * run["val"][facts["measure"]])["lr"]


def thinned(losses: list[float]) -> list[float]:
    """A curve as the means of at most KEPT stretches of equal length.

    >>> thinned([1.0, 3.0])
    [1.0, 3.0]
    """
    size = max(1, -(-len(losses) // KEPT))
    return [mean(losses[i : i + size]) for i in range(0, len(losses), size)]


def _rounded(scores: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in scores.items()}


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))
