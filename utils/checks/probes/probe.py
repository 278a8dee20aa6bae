"""A probe, and how several are asked."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from utils.checks.trial import Evidence


@dataclass(frozen=True)
class Probe:
    """A question asked of an answer: `ask` gives a sentence, or nothing where it does not fit."""

    name: str
    ask: Callable[[Evidence], str | Iterator[str]]


def first_word(probes: Iterable[Probe], evidence: Evidence) -> tuple[str, str]:
    """The name and the sentence of the first probe that speaks; two empty texts where none does."""
    for probe in probes:
        try:
            said = probe.ask(evidence)
            sentence = said if isinstance(said, str) else next(iter(said), "")
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError):
            continue  # no fit: the results are of a kind that this probe cannot look at
        if sentence:
            return probe.name, sentence
    return "", ""
