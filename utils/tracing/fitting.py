"""Code in rows of a width: long ones are broken inside of brackets, where Python allows it."""

import io
import textwrap
import tokenize
from collections.abc import Iterable

WIDTH = 100  # letters of a row: as many as a cell shows beside the file browser at 1280 pixels
STEP = 4


def fitted(rows: Iterable[tuple[int, str]], ends: dict[int, str], width: int = WIDTH) -> list[str]:
    """Rows with their numbers; `ends` are remarks that stand at the end of a row.

    >>> fitted([(0, "x = f(a,"), (1, "      b)")], {1: "(2, 3)"})
    ['x = f(a,', '      b)  # (2, 3)']
    """
    numbered = list(rows)
    breaks = _breaks([text for _, text in numbered])
    made: list[str] = []
    for at, (number, text) in enumerate(numbered):
        parts = _broken(text, breaks.get(at, []), width)
        remark = ends.get(number)
        if remark and len(parts[-1]) + len(remark) + 4 <= width:
            parts[-1] += f"  # {remark}"
        elif remark:
            indent = len(text) - len(text.lstrip())
            words = textwrap.wrap(remark, max(width - indent - 6, 20))
            parts += [
                f"{' ' * indent}# {'→ ' if not i else '  '}{row}" for i, row in enumerate(words)
            ]
        made += parts
    return made


def _breaks(rows: list[str]) -> dict[int, list[int]]:
    """Row -> the columns at which it may be broken: behind a comma, before an operator."""
    found: dict[int, list[int]] = {}
    depth = inside = 0  # of brackets; of a text with values in it
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(rows)).readline):
            name = tokenize.tok_name[token.type]
            inside += (name == "FSTRING_START") - (name == "FSTRING_END")
            if name != "OP" and token.string not in ("and", "or", "if", "else", "for", "in"):
                continue
            depth += (token.string in "([{") - (token.string in ")]}")
            (row, start), (_, end) = token.start, token.end
            if depth > 0 and not inside:
                if token.string == ",":
                    found.setdefault(row - 1, []).append(end)
                elif rows[row - 1][start - 1 : start] == " ":
                    found.setdefault(row - 1, []).append(start)
    except (tokenize.TokenError, IndentationError):
        pass  # then nothing more is broken; the code is shown all the same
    return found


def _broken(text: str, columns: list[int], width: int) -> list[str]:
    indent = len(text) - len(text.lstrip())
    if len(text) <= width:
        return [text]
    if text.lstrip().startswith("#"):
        words = textwrap.wrap(text.strip("# "), max(width - indent - 2, 20))
        return [f"{' ' * indent}# {row}" for row in words]
    parts, start, room = [], 0, width
    while len(text) - start > room:
        good = [at for at in columns if start < at <= start + room]
        if not good:
            break
        parts.append(text[start : good[-1]].rstrip())
        start, room = good[-1], width - indent - 2 * STEP
    parts.append(text[start:])
    more = " " * (indent + 2 * STEP)
    return [parts[0], *(more + part.strip() for part in parts[1:])]
