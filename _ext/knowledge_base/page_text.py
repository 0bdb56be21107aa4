"""What a page says, by section, for the search: its text in reading order, and its TeX.

What a page only lists or shows around its text is not said by it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes
from sphinx.locale import admonitionlabels

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMULA = "\ufffc"
"""Stands in a text where a formula is: no glyphs, and no phrase reaches over it."""

_UNSAID = frozenset(
    [
        "toctree-wrapper",
        "updates",
        "pager",
        "archives",
        "topic-cards",
        "note-head",
        "backlinks-box",
        "equation-uses",
        "note-paths",
        "citing-notes",
        "symbol-tables",
        "note-foot",
    ]
)
"""Classes of what a page lists or shows around its text, and does not say itself."""

_SKIPPED = (
    nodes.Invisible,
    nodes.raw,
    nodes.footnote_reference,
    nodes.system_message,
    nodes.image,
    addnodes.toctree,
    addnodes.index,
)


@dataclass(slots=True, kw_only=True)
class Section:
    """A section of a page: its heading, its blocks of text, the TeX of its formulas."""

    id: str = ""
    level: int = 1
    title: str = ""
    blocks: list[str] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)


def sections(document: nodes.document) -> list[Section]:
    """Return the sections of a page in reading order; what stands before the first is one."""
    found = [Section()]
    _read(document, found, 0)
    return [part for part in found if part.id or part.blocks]


def _read(node: nodes.Element, found: list[Section], level: int) -> None:
    """Add what ``node`` says to the last of the sections found so far, or to new ones."""
    for child in node.children:
        if not isinstance(child, nodes.Element) or _is_unsaid(child):
            continue
        if isinstance(child, nodes.section):
            ids = child["ids"]
            found.append(Section(id=ids[0] if ids else "", level=min(level + 1, 6)))
            _read(child, found, level + 1)
        elif isinstance(child, nodes.title) and isinstance(node, nodes.section):
            found[-1].title = _text(child, found[-1].formulas)
        elif isinstance(child, nodes.math_block):
            found[-1].formulas.append(child.astext())
            found[-1].blocks.append(FORMULA)
        elif isinstance(child, nodes.TextElement):
            if text := _text(child, found[-1].formulas):
                found[-1].blocks.append(text)
        else:
            if label := admonitionlabels.get(child.tagname):
                found[-1].blocks.append(str(label))
            _read(child, found, level)


def _is_unsaid(node: nodes.Element) -> bool:
    if isinstance(node, nodes.label) and isinstance(node.parent, nodes.footnote):
        return True
    return isinstance(node, _SKIPPED) or not _UNSAID.isdisjoint(node.get("classes", ()))


def _text(node: nodes.Element, formulas: list[str]) -> str:
    """Return the text of a block on one line; its formulas go to ``formulas``."""
    return " ".join("".join(_pieces(node, formulas)).split())


def _pieces(node: nodes.Element, formulas: list[str]) -> Iterator[str]:
    for child in node.children:
        if isinstance(child, nodes.Text):
            yield child.replace(FORMULA, " ")
        elif isinstance(child, nodes.math | nodes.math_block):
            formulas.append(child.astext())
            yield FORMULA
        elif isinstance(child, nodes.Element) and not _is_unsaid(child):
            yield from _pieces(child, formulas)
