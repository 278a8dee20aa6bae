"""How well the checker answers: what it accepts, rejects and names, and how long that takes.

Wrong answers are made from right ones, by the probes and by one change of the printed solution;
right answers are the solutions in five styles. Everything is generated and judged here.
"""

import statistics
import time
from collections import defaultdict

from utils.checks import all_exercises, judge
from utils.checks.generated import Made, right_answers, wrong_answers
from utils.cli.benches.timing import Row, Settings, Timing, unit_seconds

SOME = 5  # answers to each exercise, where not all are asked for


def run(settings: Settings) -> list[Row]:
    """One row for each lesson and kind; with `--all` every generated answer, else some of each."""
    counts: dict[tuple[str, str], list[tuple[Made, str, bool]]] = defaultdict(list)
    seconds: dict[str, list[float]] = defaultdict(list)
    for exercise in all_exercises().values():
        lesson = exercise.reference.__module__.split(".")[-2].replace("lesson", "lesson ")
        answers = [*right_answers(exercise), *wrong_answers(exercise)]
        for made in answers if settings.all else answers[:: max(1, len(answers) // SOME)]:
            begun = time.perf_counter()
            verdict = judge(exercise, made.function, whole=False)
            seconds[lesson].append(time.perf_counter() - begun)
            text = "\n".join([verdict.mistake, *verdict.lines])
            named = bool(verdict.mistake or verdict.probe)
            named = named and (not made.words or any(w in text for w in made.words))
            counts[lesson, made.kind].append((made, verdict.kind, named))
    rows = []
    for (lesson, kind), judged in sorted(counts.items()):
        if kind == "right":
            good = sum(verdict == "right" for _, verdict, _ in judged)
            note = f"{good} of {len(judged)} accepted"
        else:
            wrong = sum(verdict != "right" for _, verdict, _ in judged)
            hits = sum(named and verdict != "right" for _, verdict, named in judged)
            note = f"{wrong} of {len(judged)} rejected, {hits} named ({hits / len(judged):.0%})"
        rows.append(Row(lesson, kind, None, note=note))
    for lesson, times in sorted(seconds.items()):
        timing = Timing(tuple(times), unit_seconds(settings.device))
        note = f"median {statistics.median(times):.2f} s, longest {max(times):.2f} s"
        rows.append(Row(lesson, "one verdict", timing, note=note))
    return rows
