"""The site takes its place whole or not at all, and the place of nothing else."""

import zipfile

import pytest

from tests.small_site import SMALL
from utils.cli.site import pack
from utils.errors import ConfigError
from utils.site.pages import build as room
from utils.site.pages.build import MARK, build_site


@pytest.fixture
def pages(monkeypatch):
    """Pages of one file, made at once; `pages.text` is what the next build writes."""

    class Made:
        text = "first"

        def __call__(self, course, out, **others):
            out.mkdir(parents=True)
            (out / "index.html").write_text(self.text)
            (out / MARK).write_text("")
            if self.text == "broken":
                raise ConfigError("a formula came", allowed="others", mend="write another")

    made = Made()
    monkeypatch.setattr(room, "build_pages", made)
    return made


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_site_is_built_and_replaced(pages, tmp_path):
    build_site(SMALL, tmp_path / "site")
    pages.text = "second"
    build_site(SMALL, tmp_path / "site")
    assert (tmp_path / "site/index.html").read_text() == "second"
    assert names(tmp_path) == ["site"]


def test_a_build_that_fails_leaves_what_was_there(pages, tmp_path):
    build_site(SMALL, tmp_path / "site")
    pages.text = "broken"
    with pytest.raises(ConfigError, match="a formula came"):
        build_site(SMALL, tmp_path / "site")
    assert (tmp_path / "site/index.html").read_text() == "first"
    assert names(tmp_path) == ["site"]


def test_a_start_that_was_stopped_between_two_names_is_taken_up(pages, tmp_path):
    build_site(SMALL, tmp_path / "site")
    (tmp_path / "site").rename(tmp_path / ".site.old")
    pages.text = "broken"
    with pytest.raises(ConfigError):
        build_site(SMALL, tmp_path / "site")
    assert (tmp_path / "site/index.html").read_text() == "first"


def test_a_folder_that_holds_something_else_is_refused(pages, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"holds something else: .*earlier site; name another"):
        build_site(SMALL, tmp_path)
    with pytest.raises(ConfigError, match=r"the file 'thesis\.txt' came"):
        build_site(SMALL, tmp_path / "thesis.txt")
    assert names(tmp_path) == ["thesis.txt"]


def test_an_empty_folder_is_taken(pages, tmp_path):
    (tmp_path / "site").mkdir()
    build_site(SMALL, tmp_path / "site")
    assert (tmp_path / "site/index.html").read_text() == "first"


def test_the_packed_site_unpacks_into_one_folder(pages, tmp_path):
    build_site(SMALL, tmp_path / "web")
    packed = pack(tmp_path / "web")
    assert packed == tmp_path / "web.zip"
    with zipfile.ZipFile(packed) as bundle:
        assert sorted(bundle.namelist()) == [f"web/{MARK}", "web/index.html"]
        assert bundle.read("web/index.html") == b"first"


@pytest.mark.parametrize("formula", [r"\nosuch{x}", r"\frac{1}", "x^", r"\left( x"])
def test_a_formula_that_does_not_convert_is_refused(formula):
    pytest.importorskip("sphinx")
    pytest.importorskip("latex2mathml")
    from utils.site.pages.formulas import mathml

    with pytest.raises(ConfigError, match="formula"):
        mathml(formula)
