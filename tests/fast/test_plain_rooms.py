"""The rooms of the plain forms know nothing of speed."""

import re
from pathlib import Path

import pytest

UTILS = Path(__file__).parents[2] / "utils"
ROOMS = [
    path for room in ("ops", "layers", "models") for path in sorted((UTILS / room).rglob("*.py"))
]
FORBIDDEN = re.compile(
    r"utils\.fast|from utils import fast|is_watched|is_grad_enabled|\.device\.type|is_fast\b"
    r"|has_other_hooks|is_looked_into|torch\.ops\.|torch\._C|is_compiling"
)


@pytest.mark.parametrize("path", ROOMS, ids=lambda p: p.relative_to(UTILS).as_posix())
def test_no_plain_file_knows_of_speed(path):
    assert not FORBIDDEN.findall(path.read_text(encoding="utf-8"))
