"""The page that says whose work the site carries, and under which terms."""

import re
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from utils.errors import ConfigError
from utils.io.whole import write_text

# Package, and what of it is in the pages.
SHIPPED = {
    "Sphinx": "the search, its English stemmer, and base styles",
    "furo": "the theme: layout, styles, menu",
    "sphinx-basic-ng": "templates below the theme",
    "myst-nb": "styles of cells and outputs",
    "Pygments": "colors of code",
    "accessible-pygments": "colors of code, with more contrast",
    "snowballstemmer": "the stemmer that the search asks",
}
LICENSE = re.compile(r"(^|/)(LICEN[CS]E|COPYING|NOTICE)[^/]*$", re.IGNORECASE)
PAGE = """# Notices

The course's code is under the MIT License, its text and pictures under CC BY 4.0:

```text
{ours}
```

Photographs in stored outputs come from the packages scikit-image and scikit-learn, and stay
under the terms that those packages state.
{player}
## What these pages carry of others

{others}
"""
PLAYER = """
The scripts that run the models in the page carry work of others as well; its terms:
{links}.
"""


def write_notices(source: Path, root: Path, *, player: Sequence[str]) -> None:
    """Write `notices.md`: the course's own terms and those of everything that ships.

    `player` names the files, from the site's top, with the terms of what its scripts carry.
    """
    others = "\n\n".join(_notice(name, what) for name, what in SHIPPED.items())
    links = ", ".join(f'<a href="{path}">{path.rpartition("/")[2]}</a>' for path in player)
    text = PAGE.format(
        ours=(root / "LICENSE").read_text(encoding="utf-8").strip(),
        player=PLAYER.format(links=links) if player else "",
        others=others,
    )
    write_text(source / "notices.md", text)


def _notice(name: str, what: str) -> str:
    found = metadata.distribution(name)
    texts = [str(path.read_text()) for path in found.files or [] if LICENSE.search(path.as_posix())]
    if name == "furo":
        texts += [str(p.read_text()) for p in found.files or [] if p.name == "furo.js.LICENSE.txt"]
    if not texts:
        raise ConfigError(
            f"the package {name} came without its license",
            allowed="the site carries the terms of everything that it ships",
            mend="install it from its wheel",
        )
    said = "\n\n".join(dict.fromkeys(text.strip() for text in texts))
    return f"### {name} {found.version}\n\n{what}\n\n```text\n{said}\n```"
