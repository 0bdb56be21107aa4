"""The terms of the glossary as data: their names, what they mean, where that leads.

``{term}`` and ``{glossary}`` are Sphinx's own. Sphinx numbers the ids of terms in Chinese
(``term-0``); here they are made of the term itself, so that links to them last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes

from . import excerpt, notebook
from .chinese import heading_slug
from .links import resolve

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

    from .excerpt import Excerpt

LENGTH = 300
"""Characters kept of a meaning, which is one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One entry: its names (Chinese, English, abbreviation), their ids, its meaning."""

    names: tuple[str, ...]
    anchors: tuple[str, ...]
    meaning: Excerpt
    targets: tuple[tuple[tuple[str, str], ...], ...]
    """What resolves the links of the meaning."""


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note the terms of a page that has just been read, and give them lasting ids."""
    found = []
    for glossary in doctree.findall(addnodes.glossary):
        for item in glossary.findall(nodes.definition_list_item):
            names = [child for child in item.children if isinstance(child, nodes.term)]
            for name in names:
                _rename(app.env, doctree, name)
            found.append(_term(item, names))
    if found:
        notebook.get(app.env).note_terms(app.env.docname, tuple(found))


def _term(item: nodes.definition_list_item, names: list[nodes.term]) -> Term:
    meaning = next(iter(item.findall(nodes.definition)), nodes.definition())
    links = meaning.findall(addnodes.pending_xref)
    return Term(
        names=tuple(name.astext() for name in names),
        anchors=tuple(name["ids"][0] for name in names),
        meaning=excerpt.collect(meaning, LENGTH),
        targets=tuple(excerpt.target_of(link) for link in links),
    )


def _rename(env: BuildEnvironment, doctree: nodes.document, term: nodes.term) -> None:
    """Give a term an id made of its own text; where links look it up, too."""
    old, text = term["ids"][0], term.astext()
    new = f"term-{heading_slug(text)}"
    if new == old or new in doctree.ids:
        return
    term["ids"][0] = new
    doctree.ids[new] = doctree.ids.pop(old, term)
    standard: dict[str, Any] = env.domains["std"].data
    for kind, key in (("objects", ("term", text)), ("terms", text.lower())):
        if standard[kind].get(key) == (env.docname, old):
            standard[kind][key] = env.docname, new


# -------------------------------------------------------------------------- queries


def all_terms(env: BuildEnvironment) -> list[tuple[str, Term]]:
    """Return every term with the page it stands on."""
    return [(page, term) for page, terms in notebook.get(env).terms.items() for term in terms]


def explained_by(env: BuildEnvironment, page: str, term: Term) -> set[str]:
    """Return the pages that the meaning of ``term`` leads to."""
    places = (resolve(env, page, dict(target)) for target in term.targets)
    return {place.docname for place in places if place}


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("knowledge_base.links")
    app.connect("doctree-read", collect, priority=905)  # before links and previews look at ids
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
