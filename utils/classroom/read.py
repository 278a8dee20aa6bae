"""The teacher's half: the logs of a class, read without trust.

A log is data: lines of JSON with four fields. A line that is broken, half written, too long or of
another form is counted and skipped; nothing in it is ever run.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from utils.classroom.log import KINDS, LONGEST, Entry

LONGEST_LINE, MOST_LINES = 2000, 20_000  # of one learner's file
STUCK = 3  # times the same mistake, or three hints opened


@dataclass
class ClassLog:
    """What a class has done: learner -> entries in the order of time; and what was skipped."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)  # file -> lines

    def of(self, exercise: str) -> dict[str, list[Entry]]:
        """The entries of one exercise, by learner."""
        found = {
            who: [e for e in entries if e.exercise == exercise]
            for who, entries in self.entries.items()
        }
        return {who: entries for who, entries in found.items() if entries}

    def state(self, learner: str, exercise: str) -> str:
        """The last verdict of a learner: one of KINDS, "stuck", or "" for none."""
        entries = self.of(exercise).get(learner, [])
        verdicts = [e for e in entries if e.kind != "hint"]
        if not verdicts:
            return ""
        if verdicts[-1].kind != "right" and is_stuck(entries):
            return "stuck"
        return verdicts[-1].kind

    def mistakes(self, exercise: str) -> list[tuple[str, int]]:
        """The named mistakes of one exercise with how many learners made each, most first."""
        made = Counter(
            name
            for entries in self.of(exercise).values()
            for name in {e.mistake for e in entries if e.mistake}
        )
        return sorted(made.items(), key=lambda pair: (-pair[1], pair[0]))

    def minutes(self, exercise: str) -> float | None:
        """The median minutes from turning to it to the first right verdict.

        A learner whose very first verdict of all is a right one tells nothing about time.
        """
        spans = []
        for who, entries in self.of(exercise).items():
            done = next((e.time for e in entries if e.kind == "right"), None)
            if done is not None:
                spans.append((done - _begun(self.entries[who], exercise)) / 60)
        spans = [span for span in spans if span > 0]
        return median(spans) if spans else None


def _begun(entries: list[Entry], exercise: str) -> float:
    """When a learner turned to an exercise: the last right verdict on another one before it."""
    first = next(e.time for e in entries if e.exercise == exercise)
    before = [
        e.time for e in entries if e.exercise != exercise and e.kind == "right" and e.time <= first
    ]
    return max(before, default=first)


def is_stuck(entries: list[Entry]) -> bool:
    """The same named mistake three times, or three hints, since the last right verdict."""
    since: list[Entry] = []
    for entry in entries:
        since = [] if entry.kind == "right" else [*since, entry]
    mistakes = Counter(e.mistake for e in since if e.mistake)
    hints = sum(e.kind == "hint" for e in since)
    return hints >= STUCK or max(mistakes.values(), default=0) >= STUCK


def read_class(folder: Path) -> ClassLog:
    """Every `*.jsonl` of a folder; the name of the file is the learner."""
    log = ClassLog()
    for path in sorted(folder.glob("*.jsonl")):
        entries, skipped = _read(path)
        if entries:
            log.entries[path.stem] = sorted(entries, key=lambda e: e.time)
        if skipped:
            log.skipped[path.name] = skipped
    return log


def _read(path: Path) -> tuple[list[Entry], int]:
    try:
        with path.open("rb") as file:
            lines = file.read(LONGEST_LINE * MOST_LINES).split(b"\n")
    except OSError:
        return [], 1
    parsed = [_entry(line) for line in lines[:MOST_LINES] if line.strip()]
    entries = [entry for entry in parsed if entry is not None]
    return entries, len(parsed) - len(entries) + max(0, len(lines) - MOST_LINES)


def _entry(line: bytes) -> Entry | None:
    if len(line) > LONGEST_LINE:
        return None
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or set(fields) != {"exercise", "kind", "mistake", "time"}:
        return None
    texts: Iterable = (fields["exercise"], fields["kind"], fields["mistake"])
    when = fields["time"]
    good = all(isinstance(text, str) and len(text) <= LONGEST for text in texts)
    is_number = isinstance(when, int | float) and not isinstance(when, bool)
    if not (good and is_number and fields["kind"] in KINDS and math.isfinite(when)):
        return None
    return Entry(fields["exercise"], fields["kind"], fields["mistake"], float(when))
