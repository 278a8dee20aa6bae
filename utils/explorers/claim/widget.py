"""The claim view: every stored run of a paper's claim, and a button that trains one arm again."""

import time
from typing import Any, ClassVar

from torch import nn

from utils.errors import ConfigError
from utils.explorers.base import Explorer
from utils.explorers.claim import compute, still
from utils.explorers.claim.compute import Live
from utils.explorers.settings import check_settings
from utils.explorers.work import Work
from utils.figures.answers import paint
from utils.training.claims import ClaimResult, find_claim, load_claim, run_arm
from utils.training.claims.answers import say

EVERY = 0.4  # seconds between two looks at the curve


class Claim(Explorer):
    """Scores by arm and seed, losses, what each arm answers, and a live run.

    `arm` is the name of an arm, or its number from 1.
    """

    name = "claim"
    title = "The claim, run again"
    hint = "Dots are seeds, bars their means. Train one arm and watch what it answers."
    maths: ClassVar = compute
    figure: ClassVar = still
    height = 690

    takes_picture = False
    live: Live | None = None

    def __init__(self, picture: Any = None, **settings: Any) -> None:
        self.read: dict[str, ClaimResult] = {}
        if isinstance(settings.get("arm"), str):
            claim = settings.get("claim", compute.Settings().claim)
            settings["arm"] = self._number_of(settings["arm"], claim)
        super().__init__(picture, **settings)

    def _number_of(self, arm: str, claim: str) -> int:
        names = self.stored(claim).facts["arms"]
        if arm not in names:
            raise ConfigError(
                f"the arm {arm!r} came",
                allowed=f"the arms of {claim} are {', '.join(names)}",
                mend=f"pass arm={names[0]!r}",
            )
        return names.index(arm) + 1

    def stored(self, name: str) -> ClaimResult:
        """The runs of a claim, read once: a live run asks for them many times a second."""
        if name not in self.read:
            self.read[name] = load_claim(name)
        return self.read[name]

    def result(self) -> compute.Result:
        check_settings(self.settings)
        return compute.compute(self.settings, self.live, self.stored(self.settings.claim))

    def train(self, *, wait: bool = True) -> None:
        """Train the followed arm with its chosen learning rate and the first seed."""
        if self.run is not None and self.run.going:
            return
        settings = self.settings
        self.begin(Work(lambda work: self._train(settings, work), told=self.tell_work), wait=wait)

    def stop(self) -> None:
        """End the live run; its curve so far stays."""
        if self.run is not None:
            self.run.stop()
            self.tell_work(self.run)

    def _train(self, settings: compute.Settings, work: Work) -> None:
        claim, stored = find_claim(settings.claim), self.stored(settings.claim)
        names = stored.facts["arms"]
        chosen = stored.arms[names[min(settings.arm, len(names)) - 1]][0]
        losses: list[float] = []
        models: list[nn.Module] = []
        shown = time.perf_counter()

        def show(score: float | None = None) -> None:
            answer = None
            if models and claim.answer:
                said = say(claim.answer, models[-1])
                answer = paint(said.kind, said.values, said.most)
            self.live = Live(chosen["arm"], claim.settings.steps, list(losses), score, answer)
            self.refresh()

        def on_step(step: int, loss: float) -> None:
            nonlocal shown
            losses.append(loss)
            work.check()
            if time.perf_counter() - shown > EVERY:
                shown = time.perf_counter()
                show()

        try:
            show()
            run = run_arm(
                claim,
                chosen["arm"],
                lr=chosen["lr"],
                seed=chosen["seed"],
                on_step=on_step,
                on_model=models.append,
            )
        finally:
            show()
        show(run["test"][claim.measure])

    def _asked(self, widget: Any, message: dict[str, Any], buffers: Any) -> None:
        super()._asked(widget, message, buffers)
        if message.get("do") == "train":
            self.train(wait=False)
        elif message.get("do") in ("stop", "scene"):
            self.stop()
