"""Code in rows of a width: long ones are broken where Python allows it, and stay the same code."""

import io
import textwrap
import tokenize
from collections.abc import Iterable, Iterator
from typing import NamedTuple

WIDTH = 90  # letters of a row: as many as a cell shows beside the file browser at 1280 pixels
STEP = 4
WORDS = ("and", "or", "if", "else", "for", "in")


class Break(NamedTuple):
    """A place where a row may end: the column, and what must stand around the end."""

    column: int
    close: str = ""  # behind the part before: a quote, or the sign that the line goes on
    open: str = ""  # in front of the part behind
    good: bool = True  # inside of brackets and between words: better than any other


def fitted(rows: Iterable[tuple[int, str]], ends: dict[int, str], width: int = WIDTH) -> list[str]:
    """Rows with their numbers; `ends` are remarks that stand at the end of a row.

    >>> fitted([(0, "x = f(a,"), (1, "      b)")], {1: "(2, 3)"})
    ['x = f(a,', '      b)  # (2, 3)']
    """
    numbered = list(rows)
    breaks, comments = _breaks([text for _, text in numbered])
    made: list[str] = []
    for at, (number, text) in enumerate(numbered):
        if at in comments and len(text) > width:  # the comment moves above its line
            made += _wrapped(text[comments[at] :], _indent(text), width)
            text = text[: comments[at]].rstrip()
        parts = _broken(text, breaks.get(at, []), width)
        remark = ends.get(number)
        if remark and len(parts[-1]) + len(remark) + 4 <= width:
            parts[-1] += f"  # {remark}"
        elif remark:
            parts += _wrapped(f"→ {remark}", _indent(text), width, more="  ")
        made += parts
    return made


def _breaks(rows: list[str]) -> tuple[dict[int, list[Break]], dict[int, int]]:
    """Row -> where it may be broken; and row -> the column of a comment behind code."""
    found: dict[int, list[Break]] = {}
    comments: dict[int, int] = {}
    depth, begun = 0, (0, 0)  # of brackets; where a text with values in it began
    inside = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(rows)).readline):
            name, (row, start), (last, end) = (
                tokenize.tok_name[token.type], token.start, token.end
            )  # fmt: skip
            places = found.setdefault(row - 1, [])
            before = depth
            if name == "COMMENT" and rows[row - 1][:start].strip():
                comments[row - 1] = start
            if name in ("FSTRING_START", "FSTRING_END"):
                begun = begun if inside or name == "FSTRING_END" else (row, start)
                inside += 1 if name == "FSTRING_START" else -1
                start = begun[1]
            begins = begun[0] if name == "FSTRING_END" else row
            if name in ("STRING", "FSTRING_END") and begins == last and not inside:
                places += _in_text(rows[row - 1][start:end], start, bool(depth))
            if name == "OP":
                depth += (token.string in "([{") - (token.string in ")]}")
            if inside or not (name == "OP" or token.string in WORDS):
                continue
            more = "" if before else " \\"
            if token.string == ",":
                places.append(Break(end, more, good=bool(before)))
            elif token.string == ":" and before:
                places.append(Break(end, good=False))
            elif rows[row - 1][start - 1 : start] == " ":
                places.append(Break(start, more, good=bool(before)))
    except (tokenize.TokenError, IndentationError):
        pass  # then nothing more is broken; the code is shown all the same
    return found, comments


def _in_text(text: str, start: int, in_brackets: bool) -> Iterator[Break]:
    """The places in a text at which it can go on as another one: behind a space, outside of {}."""
    prefix = text[: min(text.find(mark) for mark in "'\"" if mark in text)]
    quote = text[len(prefix)]
    if text.startswith(3 * quote, len(prefix)):
        return
    depth = 0
    for at, letter in enumerate(text):
        if "f" in prefix.lower():
            depth += (letter == "{") - (letter == "}")
        if letter == " " and not depth and len(prefix) + 1 < at < len(text) - 2:
            close = quote if in_brackets else f"{quote} \\"
            yield Break(start + at + 1, close, prefix + quote, good=False)


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _wrapped(text: str, indent: int, width: int, more: str = "") -> list[str]:
    words = textwrap.wrap(text.removeprefix("#").strip(), max(width - indent - 6, 20))
    return [f"{' ' * indent}# {more if i else ''}{row}" for i, row in enumerate(words)]


def _broken(text: str, places: list[Break], width: int) -> list[str]:
    indent = _indent(text)
    if len(text) <= width:
        return [text]
    if text.lstrip().startswith("#"):
        return _wrapped(text.strip(), indent, width)
    parts, start, front, room = [], indent, " " * indent, width - indent
    while len(text) - start > room:
        fit = [p for p in places if start < p.column <= start + room - len(p.close)]
        if not fit:
            break
        chosen = max(fit, key=lambda p: (p.good, p.column))
        end = text[start : chosen.column]
        parts.append(front + (end if '"' in chosen.close or "'" in chosen.close else end.rstrip()))
        parts[-1] += chosen.close
        front = " " * (indent + 2 * STEP) + chosen.open
        start, room = chosen.column, width - len(front)
        start += _indent(text[start:]) if not chosen.open else 0
    return [*parts, front + text[start:]]
