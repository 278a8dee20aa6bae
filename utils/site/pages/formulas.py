"""Formulas as MathML, made when the site is built: a page needs no script for them."""

from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from latex2mathml import converter

from utils.errors import ConfigError

PARTS = {"mfrac": 2, "msup": 2, "msub": 2, "mover": 2, "munder": 2, "mroot": 2}
PARTS |= {"msubsup": 3, "munderover": 3}


def mathml(formula: str, *, display: str = "inline") -> str:
    """A formula as MathML.

    Raises: ConfigError where some of it stays TeX.

    >>> mathml("n^2")[:34]
    '<math xmlns="http://www.w3.org/199'
    """
    try:
        made = converter.convert(formula, display=display)
    except Exception as error:
        raise _unreadable(formula) from error
    if "\\" in made or not _is_whole(made):
        raise _unreadable(formula)
    return made


def _is_whole(made: str) -> bool:
    """Whether every element has the parts that it is made of.

    >>> _is_whole("<mfrac><mn>1</mn></mfrac>"), _is_whole("<mfrac><mn>1</mn><mn>2</mn></mfrac>")
    (False, True)
    """
    tags = ((tag.tag.rpartition("}")[2], len(tag)) for tag in ElementTree.fromstring(made).iter())
    return all(PARTS.get(tag, count) == count for tag, count in tags)


def _unreadable(formula: str) -> ConfigError:
    return ConfigError(
        f"the formula {formula!r} came",
        allowed="the site shows formulas that become MathML whole",
        mend="write it with plainer commands",
    )


def _inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.math_block) -> None:
    made = mathml(node.astext(), display="block")
    writer.body.append(f'<div class="course-formula" tabindex="0">{made}</div>')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Make this the way in which Sphinx writes formulas."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
