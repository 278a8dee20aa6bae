"""A recorded class of thirty, made from the mistakes that the exercises know.

Run it to write the logs: `python tests/classroom/record.py FOLDER`. Learners differ in how fast
they are and in which mistakes they make; one in six gets stuck somewhere.
"""

import json
import random
import sys
from pathlib import Path

LEARNERS = 30
START = 1_760_000_000.0  # seconds since 1970: any Thursday
LESSON = "01"


def exercises() -> list:
    """The exercises of the recorded lesson, in its order."""
    from utils.checks import all_exercises
    from utils.classroom.board import tasks
    from utils.cli._ground import LESSONS

    known = all_exercises()
    return [known[task.name] for task in tasks(LESSONS) if task.lesson == LESSON]


def entries(number: int, tasks: list) -> list[dict]:
    """All lines of one learner."""
    dice = random.Random(number)
    lines, now = [], START + dice.uniform(0, 120)

    def say(task, kind: str, mistake: str = "") -> None:
        lines.append({"exercise": task.name, "kind": kind, "mistake": mistake, "time": now})

    pace = dice.uniform(0.6, 1.7)
    for task in tasks[: dice.randint(4, len(tasks))]:
        names = [mistake.name for mistake in task.mistakes]
        tries = dice.choice((0, 0, 1, 1, 2))
        is_stuck = dice.random() < 1 / 6
        share = 60 * pace * task.minutes / (tries + 1)
        for mistake in dice.choices(names, k=tries):
            now += share
            say(task, "wrong", mistake)
        if is_stuck:
            mistake = names[0]
            for _ in range(3):
                now += share / 2
                say(task, "wrong", mistake)
            say(task, "hint")
            if dice.random() < 0.5:
                break
        now += share
        say(task, "right")
    return lines


def record(folder: Path) -> None:
    """Write the thirty logs."""
    folder.mkdir(parents=True, exist_ok=True)
    tasks = exercises()
    for number in range(LEARNERS):
        lines = "".join(json.dumps(entry) + "\n" for entry in entries(number, tasks))
        (folder / f"seat-{number + 1:02}.jsonl").write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    record(Path(sys.argv[1]))
