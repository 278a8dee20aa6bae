"""What the course's files become before Sphinx sees them."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from tests.small_site import ROOT, TRACE
from utils.site.pages.documents import Course
from utils.site.pages.links import on_page
from utils.site.pages.outputs import shown
from utils.site.pages.place import call_of, place
from utils.site.pages.stills import STRIP, keeper, with_files
from utils.syllabus import CHAPTERS

PAGES, FILES = {"lessons/a/lesson.md", "notebooks/b.ipynb"}, {TRACE}


@pytest.mark.parametrize(
    ("source", "call"),
    [
        ('explore("windows")', ("windows", {})),
        ('x = 3\nexplore("claim", claim="swin")', ("claim", {"claim": "swin"})),
        ('%load_ext autoreload\nexplore("attend", query=(3, 4))', ("attend", {"query": (3, 4)})),
        ('explore("pyramid", model=load_shipped("x"))', None),
        ('explore("flow", frames=(a, b))', None),
        ('explore("flow", shift=wide)', None),
        ('view = explore("flow")', None),
        ('explore("flow")\nprint(1)', None),
        ("run.stepper()", None),
        ("", None),
    ],
)
def test_a_view_is_live_where_its_settings_are_written_out(source, call):
    assert call_of(source) == call


def test_settings_reach_the_player_as_json():
    made = place("<b>still</b>", ("attend", {"query": (3, 4), "word": "it's <1>"}))
    settings = made.split('data-settings="')[1].split('"')[0]
    assert json.loads(
        settings.replace("&quot;", '"')
        .replace("&#x27;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
    ) == {"query": [3, 4], "word": "it's <1>"}
    assert made.startswith('<figure class="course-live" data-view="attend"')
    assert "data-view" not in place("<b>still</b>", None)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("[l](../lessons/a/lesson.md)", "[l](../lessons/a/lesson.md)"),
        ("[`l`](../lessons/a/lesson.md#x)", "[`l`](../lessons/a/lesson.md#x)"),
        ("[l](../lessons/z/lesson.md)", "l"),
        ("[`m`](../utils/m.py), [n](b.ipynb)", "`m`, [n](b.ipynb)"),
        (f"[run](../{TRACE})", f'<a href="../{TRACE}">run</a>'),
        ("[p](https://arxiv.org/abs/1)", "[p](https://arxiv.org/abs/1)"),
        ("`x[0](y.py)`", "`x[0](y.py)`"),
        ("```python\nf[0](y.py)\n```", "```python\nf[0](y.py)\n```"),
    ],
)
def test_links_lead_to_pages_or_are_words(text, made):
    assert on_page(text, "notebooks/b.ipynb", pages=PAGES, files=FILES) == made


BLUE, TITLE = (0, 114, 178), 12  # the words' color; rows that a title reaches into the strip


def inlined(kind: str = "", *, title: bool = False) -> str:
    """A picture with blue words in its strip, and on request a black title that reaches into it."""
    pixels = np.full((STRIP + 60, 144, 3), 255, np.uint8)
    pixels[20:30, 90:140] = BLUE
    if title:
        pixels[STRIP - TITLE : STRIP + 8, 10:50] = 0
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "WEBP", lossless=True)
    data = base64.b64encode(stream.getvalue()).decode()
    image = f'<img src="data:image/webp;base64,{data}" alt="Blue above." width="72">'
    return f'<figure class="{kind}">{image}</figure><style>p {{ color: red }}</style>'


@pytest.mark.parametrize(
    ("kind", "title", "rows"),
    [
        ("course-still", False, 60),
        ("course-still", True, 60 + TITLE),
        ("", False, STRIP + 60),
    ],
)
def test_a_still_loses_its_invitation_and_nothing_else(tmp_path, kind, title, rows):
    markup = with_files(inlined(kind, title=title), keeper(tmp_path, "../"))
    assert f'height="{rows // 2}" loading="lazy"' in markup
    assert 'width="72"' in markup
    assert 'src="../_static/pictures/' in markup
    assert "<style" not in markup
    (file,) = (tmp_path / "_static/pictures").iterdir()
    pixels = np.asarray(Image.open(file).convert("RGB")).astype(int)
    assert pixels.shape == (rows, 144, 3)
    assert ((pixels[..., 2] - pixels[..., 0]).max() < 20) == bool(kind)
    assert (pixels.max(axis=-1) < 60).sum() == pytest.approx(40 * (TITLE + 8) * title, rel=0.1)


def test_each_stored_output_is_shown_once(tmp_path):
    live = {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}}
    still = {"text/html": inlined("course-still"), "text/plain": "Blue above."}
    stepper = live | {"image/png": inlined().split(",")[1].split('"')[0], "text/plain": "A & b."}
    text = {"output_type": "stream", "name": "stdout", "text": "equal: True"}
    table = {"text/html": "<table>"}
    cell = {
        "source": 'explore("windows")',
        "outputs": [text, *({"data": data} for data in (still, live, stepper, table))],
    }
    first, view, steps, wide = shown(cell, keeper(tmp_path, "../"))
    assert first == text
    assert 'data-view="windows" data-settings="{}"' in view["data"]["text/html"]
    assert "<figcaption>A &amp; b.</figcaption>" in steps["data"]["text/html"]
    assert 'alt="A &amp; b."' in steps["data"]["text/html"]
    assert 'tabindex="0"' in wide["data"]["text/html"]


def test_every_chapter_finds_what_belongs_to_it():
    course = Course(ROOT, traces=(TRACE, "docs/trace/gmflow_nano.html"))
    traces = {chapter.number: course.trace_of(chapter) for chapter in CHAPTERS}
    assert traces["02"] == TRACE
    assert traces["05"] == "docs/trace/gmflow_nano.html"
    assert [number for number, path in traces.items() if path] == ["02", "05"]
    names = [path.rpartition("/")[2] for path in course.parts(CHAPTERS[2])]
    assert names == [
        "lesson.md",
        "exercises.ipynb",
        "companion.md",
        "solutions.ipynb",
        "teacher.md",
    ]
    assert course.parts(CHAPTERS[0]) == {}
