"""The finished trace that is kept with the course: small, whole, and of the code as it is."""

import base64
import gzip
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/trace/swin_t.html"
ANEW = "python3 course.py trace swin_t --size 224 224 --out docs/trace/swin_t.html"


@pytest.fixture(scope="module")
def run():
    text = PAGE.read_text(encoding="utf-8")
    packed = re.search(r'<script type="application/gzip" id="run">(.*?)</script>', text, re.DOTALL)
    assert packed
    return json.loads(gzip.decompress(base64.b64decode(packed.group(1))))


def test_it_is_small_enough_to_keep():
    assert PAGE.stat().st_size < 1_500_000


def test_it_shows_the_whole_path(run):
    titles = [line["title"] for line in run["lines"]]
    assert titles.count("every row becomes shares that sum to 1") == 12
    assert titles.count("how well each query (row) fits each key (column)") == 12
    assert titles.count("four neighbors in a row") == 3
    masks = [
        fact for fact in run["facts"] if fact["shape"] == [8, 8, 49, 49] and fact.get("low") == -100
    ]
    assert len(masks) == 1
    assert (masks[0]["low"], masks[0]["high"]) == (-100, 0)
    opened = masks[0]["slices"][masks[0]["opened"]]
    assert opened["at"] == "[7, 7, :, :]"  # the last window, where the most is forbidden
    assert any(-100 in row for row in opened["corner"])


def test_its_code_is_the_course_s_code(run):
    """A page of yesterday's code misleads; where this fails, make it anew (`ANEW`)."""
    for source in run["sources"]:
        if source["file"].startswith("utils/"):
            rows = (ROOT / source["file"]).read_text(encoding="utf-8").split("\n")
            first = source["first"] - 1
            same = rows[first : first + len(source["text"])] == source["text"]
            assert same, f"{source['file']} has changed since: {ANEW}"
