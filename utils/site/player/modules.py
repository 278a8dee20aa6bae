"""Modules with imports, joined into one classic script.

From disk a browser refuses modules, so that each becomes a function that returns its exports, in
the order in which they need each other. The forms that our modules use are the ones that are read:

    import { a, b } from "./other.js";
    export function …   export async function …   export class …   export const NAME = …
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from utils.errors import ConfigError

IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
OTHER = re.compile(r"^(import|export)\b.*", re.MULTILINE)


def joined(entry: Path, *, made: Mapping[str, object] | None = None) -> str:
    """One expression: the exports of a module, with all that it imports inside.

    `made` stands for a module `made.js` whose constants come from Python.
    """
    texts: dict[Path, str] = {}
    _gather(entry.resolve(), texts, made or {})
    number = {path: f"M{i}" for i, path in enumerate(texts)}
    parts = [f"const {number[path]} = {_wrapped(path, texts, number)};" for path in texts]
    return "\n".join(["(() => {", *parts, f"return {number[entry.resolve()]};", "})()"])


def _gather(path: Path, texts: dict[Path, str], made: Mapping[str, object]) -> None:
    """Every module that is needed, each behind those that it needs."""
    if path in texts:
        return
    text = _constants(made) if path.name == "made.js" else path.read_text(encoding="utf-8")
    for _, other in IMPORT.findall(text):
        _gather((path.parent / other).resolve(), texts, made)
    texts[path] = text


def _constants(made: Mapping[str, object]) -> str:
    return "".join(f"export const {name} = {script_text(value)};\n" for name, value in made.items())


def script_text(value: object) -> str:
    """A value as JavaScript: JSON that cannot end a script's element."""
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/")


def _wrapped(path: Path, texts: Mapping[Path, str], number: Mapping[Path, str]) -> str:
    text = texts[path]

    def bound(match: re.Match[str]) -> str:
        _check_names(path, match, texts)
        names = match.group(1).replace(" as ", ": ").strip()
        return f"const {{ {names} }} = {number[(path.parent / match.group(2)).resolve()]};\n"

    exported = [name for _, name in EXPORT.findall(text)]
    body = EXPORT.sub(r"\1", IMPORT.sub(bound, text))
    if left := OTHER.search(body):
        raise ConfigError(
            f"the line {left.group(0)!r} of {path.name} came",
            allowed="modules of the site have `import { a } from …`, `export function|const|class`",
            mend="write it in one of these forms",
        )
    return f"(() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})()"


def _check_names(path: Path, match: re.Match[str], texts: Mapping[Path, str]) -> None:
    """Refuse a name that the other module does not export: in a browser it would be undefined."""
    wanted = {name.split(" as ")[0].strip() for name in match.group(1).split(",")} - {""}
    other = (path.parent / match.group(2)).resolve()
    exported = {name for _, name in EXPORT.findall(texts[other])}
    if missing := sorted(wanted - exported):
        raise ConfigError(
            f"{path.name} imports {missing[0]} from {other.name}",
            allowed=f"it exports {', '.join(sorted(exported))}",
            mend="import one of these, or export it there",
        )
