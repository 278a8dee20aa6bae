"""The board: exercises × learners as dots, the mistakes of the class, and what answers them."""

import html
import json
import re
from dataclasses import dataclass
from pathlib import Path

from utils.classroom.read import ClassLog

SIGNS = {"": "·", "right": "✔", "wrong": "✘", "broken": "⚠", "not attempted": "○", "stuck": "‼"}
WORDS = {
    "": "not yet",
    "right": "right",
    "wrong": "wrong",
    "broken": "broken",
    "not attempted": "not attempted",
    "stuck": "stuck: the same mistake three times, or three hints",
}


@dataclass(frozen=True)
class Task:
    """One exercise as the board shows it."""

    name: str
    title: str
    lesson: str  # "02"
    minutes: int  # planned
    why: dict[str, str]  # mistake -> the sentence with which the checker explains it
    answers: dict[str, str]  # mistake -> the line of teacher.md that answers it


def rows_of(teacher: str) -> list[tuple[str, str]]:
    """The misconceptions of a teacher.md with what answers each.

    >>> rows_of("## Misconceptions\\n\\n| a | b |\\n|---|---|\\n| “x” | do *y* |\\n")
    [('“x”', 'do *y*')]
    """
    part = teacher.partition("## Misconceptions")[2].partition("\n## ")[0]
    rows = re.findall(r"^\|([^|\n]+)\|([^|\n]+)\|$", part, flags=re.MULTILINE)
    cells = [(left.strip(), right.strip()) for left, right in rows]
    return [row for row in cells[1:] if not set(row[0]) <= set("-: ")]


def answers_of(teacher: str, mistakes: list[str]) -> dict[str, str]:
    """For each named mistake the row that names it, word for word, in teacher.md."""
    rows = rows_of(teacher)
    return {
        name: f"{thought}: {answer}"
        for name in mistakes
        for thought, answer in rows
        if f'"{name}"' in thought or f'"{name}"' in answer
    }


def tasks(lessons: Path) -> list[Task]:
    """All exercises in the order of the course, with what the teacher's plans say."""
    from utils.checks import all_exercises

    made = []
    for name, exercise in all_exercises().items():
        number = _lesson_of(exercise)
        teacher = next(iter(lessons.glob(f"{number}_*/teacher.md")), None)
        text = teacher.read_text(encoding="utf-8") if teacher else ""
        why = {mistake.name: mistake.why for mistake in exercise.mistakes}
        answers = answers_of(text, list(why))
        made.append(Task(name, exercise.title, number, exercise.minutes, why, answers))
    order = _order(lessons)
    return sorted(made, key=lambda task: (task.lesson, order.get(task.name, len(order))))


def _order(lessons: Path) -> dict[str, int]:
    """The place of every exercise in its notebook, by the mark that nbgrader reads."""
    names = []
    for path in sorted(lessons.glob("*/solutions.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            mark = cell["metadata"].get("nbgrader", {})
            if mark.get("solution"):
                names.append(mark["grade_id"])
    return {name: place for place, name in enumerate(names)}


def _lesson_of(exercise: object) -> str:
    home = re.search(r"lesson(\d\d)", exercise.reference.__module__)  # type: ignore[attr-defined]
    return home[1] if home else "00"


def board(log: ClassLog, all_tasks: list[Task]) -> str:
    """The table as HTML; every word of a log is escaped."""
    known = {task.name for task in all_tasks}
    tried = {e.exercise for entries in log.entries.values() for e in entries}
    parts = []
    for lesson in sorted({task.lesson for task in all_tasks if task.name in tried}):
        inside = [task for task in all_tasks if task.lesson == lesson]
        parts.append(f"<h2>Lesson {lesson}</h2>{_table(log, inside)}")
    if not parts:
        parts.append("<p>No verdict yet. Learners write here with COURSE_CLASS set.</p>")
    strange = sorted(tried - known)
    notes = [f"{count} lines of {name} could not be read" for name, count in log.skipped.items()]
    notes += [f"no exercise is called {name}" for name in strange]
    if notes:
        items = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
        parts.append(f"<h2>Skipped</h2><ul class='skipped'>{items}</ul>")
    return "".join(parts)


def _table(log: ClassLog, inside: list[Task]) -> str:
    learners = sorted(log.entries)
    head = "".join(f"<th scope='col'><span>{html.escape(who)}</span></th>" for who in learners)
    rows = "".join(_row(log, task, learners) for task in inside)
    return (
        "<div class='scroll' tabindex='0' role='region' aria-label='exercises and learners'><table>"
        f"<thead><tr><th scope='col' class='exercise'>exercise</th><th scope='col'>right</th>"
        f"<th scope='col'>stuck</th><th scope='col'>minutes</th>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row(log: ClassLog, task: Task, learners: list[str]) -> str:
    states = [log.state(who, task.name) for who in learners]
    dots = "".join(
        f"<td><span class='dot {state.replace(' ', '-') or 'none'}' title='{html.escape(who)}: "
        f"{WORDS[state]}'>{SIGNS[state]}<span class='words'>{WORDS[state]}</span></span></td>"
        for who, state in zip(learners, states, strict=True)
    )
    minutes = log.minutes(task.name)
    took = "–" if minutes is None else f"{minutes:.0f}"
    return (
        f"<tr class='state'><th scope='row'>{html.escape(task.title)}</th>"
        f"<td>{states.count('right')}</td><td>{states.count('stuck') or '–'}</td>"
        f"<td class='minutes'>{took} of {task.minutes}</td>{dots}</tr>"
        f"<tr><td class='mistake' colspan='{4 + len(learners)}'>"
        f"<div>{_mistake(log, task)}</div></td></tr>"
    )


def _mistake(log: ClassLog, task: Task) -> str:
    mistakes = log.mistakes(task.name)
    if not mistakes:
        return ""
    name, count = mistakes[0]
    answer = task.answers.get(name) or task.why.get(name, "")
    more = "; ".join(f"{other}: {n}" for other, n in mistakes[1:4])
    return (
        f"<strong>{html.escape(name)}</strong>, made by {count} of {len(log.of(task.name))}. "
        f"{html.escape(answer)}" + (f" <small>Also: {html.escape(more)}.</small>" if more else "")
    )
