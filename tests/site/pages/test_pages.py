"""The built pages: sentences for pictures, formulas without a script, nothing of other hosts."""

import html
import json
import re
import shutil

import pytest

from tests.small_site import ROOT
from utils.site.pages.faults import faults


def page_of(site, name: str) -> str:
    return (site / name).read_text(encoding="utf-8")


def words_of(page: str) -> str:
    """The text between a page's tags."""
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def stored(name: str) -> list[dict]:
    return json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]


def test_nothing_is_wrong_with_the_site(site):
    assert faults(site) == []


def test_the_start_page_says_what_this_is_and_shows_it(site):
    page = page_of(site, "index.html")
    assert page.count("<h1") == 1
    assert 'data-view="attend"' in page
    assert {"python3 course.py lab", "python3 course.py test"} <= {
        line.split("#")[0].strip() for line in words_of(page).splitlines()
    }
    assert 'href="notebooks/01_windows_and_masks.html"' in page
    alts = [html.unescape(alt) for alt in re.findall(r'alt="([^"]*)"', page)]
    assert any(alt.startswith("Row 7, column 9 asks 49 of 784") for alt in alts)
    assert any(alt.startswith("The five models of the course.") for alt in alts)


def test_every_stored_sentence_stands_beside_its_picture(site):
    page = html.unescape(page_of(site, "notebooks/01_windows_and_masks.html"))
    said = [
        "".join(output["data"]["text/plain"])
        for cell in stored("01_windows_and_masks")
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert len(said) >= 9
    assert all(f'alt="{sentence}"' in page for sentence in said)


def test_views_stand_in_their_places_in_order(site):
    page = page_of(site, "notebooks/01_windows_and_masks.html")
    views = re.findall(r'<figure class="course-live" data-view="(\w+)" data-settings="{}">', page)
    assert views == ["windows", "shift_mask", "relative_position"]


def test_formulas_are_mathml_and_none_stays_tex(site):
    page = page_of(site, "notebooks/01_windows_and_masks.html")
    texts = [
        "".join(c["source"]) for c in stored("01_windows_and_masks") if c["cell_type"] == "markdown"
    ]
    assert page.count("<math ") == len(re.findall(r"\$[^$]+\$", "\n".join(texts))) > 5
    assert "<msup>" in page
    assert "mathjax" not in page.lower()


def test_stored_text_is_on_the_page(site):
    page = html.unescape(
        re.sub(r"<[^>]+>", "", page_of(site, "notebooks/01_windows_and_masks.html"))
    )
    texts = [
        line
        for cell in stored("01_windows_and_masks")
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream"
        for line in "".join(output["text"]).splitlines()
    ]
    assert len(texts) > 40
    assert [line for line in texts if line not in page] == []


def test_a_notebook_leads_to_what_belongs_to_it(site):
    page = page_of(site, "notebooks/01_windows_and_masks.html")
    belongs = page.split("course-belongs")[1].split("</div>")[0]
    links = re.findall(r'href="([^"#]+)', belongs)
    names = ("lesson", "exercises", "solutions", "teacher")
    assert links == [f"../lessons/01_windows_and_masks/{name}.html" for name in names]


def test_exercises_say_that_checking_needs_the_course(site):
    page = page_of(site, "lessons/01_windows_and_masks/exercises.html")
    assert "Checking your answers needs the installed course" in page
    assert "Checking your answers" not in page_of(site, "lessons/01_windows_and_masks/lesson.html")


def test_the_search_knows_words_but_no_solutions(site):
    index = page_of(site, "searchindex.js")
    found = json.loads(index.removeprefix("Search.setIndex(").rstrip().removesuffix(")"))
    pages, terms = found["docnames"], found["terms"].values()
    known = {
        number for where in terms for number in (where if isinstance(where, list) else [where])
    }
    silent = {name for number, name in enumerate(pages) if number not in known}
    assert silent == {"lessons/01_windows_and_masks/solutions"}


def test_the_notices_hold_every_license(site):
    page = page_of(site, "notices.html")
    for word in ("Sphinx", "furo", "Pygments", "gumshoejs", "Pradyun Gedam", "BSD"):
        assert word in page


WRONG = {
    '<img src="_static/page.css">': "says None",
    '<img src="_static/page.css" alt="a1b2.png">': "says 'a1b2.png'",
    "<pre>x</pre>": "no key reaches it",
    '<script src="https://cdn.example.org/x.js"></script>': "asks https://cdn.example.org/x.js",
    '<link rel="stylesheet" href="//fonts.example.org/x">': "asks //fonts.example.org/x",
    '<a href="nowhere.html">x</a>': "names nowhere.html, which is not there",
    '<a href="search.html#nowhere">x</a>': "names search.html#nowhere, whose place is not there",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_fault_of_a_page_is_named(site, tmp_path, line):
    copy = shutil.copytree(site, tmp_path / "site")
    with (copy / "notices.html").open("a", encoding="utf-8") as page:
        page.write(line)
    (fault,) = faults(copy)
    assert fault.startswith("notices.html: ")
    assert WRONG[line] in fault


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("page.css", "@import 'https://example.org/a.css';"),
        ("page.css", "p { background: url(//example.org/a.png) }"),
        ("page.js", 'fetch("https://example.org/a.json");'),
        ("page.js", "import x from 'https://example.org/a.js';"),
        ("page.js", 'picture.src = "https://example.org/a.png";'),
    ],
)
def test_a_script_or_style_that_asks_another_host_is_named(site, tmp_path, file, line):
    copy = shutil.copytree(site, tmp_path / "site")
    with (copy / "_static" / file).open("a", encoding="utf-8") as text:
        text.write(line)
    (fault,) = faults(copy)
    assert fault.startswith(f"_static/{file}: asks")
    assert "example.org" in fault
