"""Symbols: each note's table of symbols as data, and ``{symbols}``, which collects them.

A table of symbols is one whose first column is headed 符号 and whose second is headed 含义.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from . import excerpt, notebook
from .links import link_to, outgoing, resolved
from .note_map import topics
from .reading_paths import before

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

    from .excerpt import Excerpt

HEADS = "符号", "含义"
SHOWN = "{symbols}"
"""How the page with the collection is known in the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A symbol of a note: its TeX and what it means there."""

    tex: str
    meaning: Excerpt

    @property
    def text(self) -> str:
        return excerpt.to_text(self.meaning).strip()


Meanings = list[tuple[Symbol, str]]
"""What a symbol means, each with the docname of the note where it does."""


class symbols(nodes.General, nodes.Element):
    """The placeholder."""


class Symbols(SphinxDirective):
    """``{symbols}``; it has no options."""

    def run(self) -> list[nodes.Node]:
        notebook.get(self.env).note_listing(self.env.docname, SHOWN)
        return [symbols()]


# ----------------------------------------------------------------------- collecting


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note the symbols of a note that has just been read."""
    docname = app.env.docname
    if notebook.is_note(docname):
        rows = [row for table in doctree.findall(nodes.table) for row in _rows(table)]
        if rows:
            notebook.get(app.env).note_symbols(docname, tuple(rows))


def _rows(table: nodes.table) -> Iterator[Symbol]:
    head = next(iter(table.findall(nodes.thead)), None)
    body = next(iter(table.findall(nodes.tbody)), None)
    if head is None or body is None:
        return
    names = tuple(entry.astext().strip() for entry in head.findall(nodes.entry))
    if names[: len(HEADS)] != HEADS:
        return
    for row in body.findall(nodes.row):
        symbol, meaning = list(row.findall(nodes.entry))[:2]
        tokens = excerpt.collect(meaning)
        for formula in symbol.findall(nodes.math):
            yield Symbol(tex=formula.astext(), meaning=tokens)


# -------------------------------------------------------------------------- queries


def by_topic(env: BuildEnvironment) -> dict[str, dict[str, Meanings]]:
    """Return for each topic its symbols in reading order: TeX -> what it means, and where."""
    store = notebook.get(env)
    found: dict[str, dict[str, Meanings]] = {}
    for topic, docnames in topics(env).items():
        for docname in docnames:
            for symbol in store.symbols.get(docname, ()):
                meanings = found.setdefault(topic, {}).setdefault(symbol.tex, [])
                meanings.append((symbol, docname))
    return found


def conflicts(env: BuildEnvironment) -> list[tuple[str, str, Symbol, Symbol]]:
    """Return the symbols that mean one thing in a note and another in one it leads to."""
    store = notebook.get(env)
    own = {d: {symbol.tex: symbol for symbol in found} for d, found in store.symbols.items()}
    pairs = {
        tuple(sorted((docname, other)))
        for docname in own
        for other in (*outgoing(env).get(docname, ()), *before(env).get(docname, ()))
        if other in own and other != docname
    }
    return [
        (one, other, own[one][tex], own[other][tex])
        for one, other in sorted(pairs)
        for tex in sorted(own[one].keys() & own[other].keys())
        if own[one][tex].text != own[other][tex].text
    ]


# ------------------------------------------------------------------------ on the page


def _table(builder: Builder, page: str, rows: dict[str, Meanings]) -> nodes.table:
    """Return a table: symbol, its meanings, each with the notes that use it so."""
    group = nodes.tgroup("", cols=2)
    group += [nodes.colspec(colwidth=1), nodes.colspec(colwidth=4)]
    heads = [nodes.entry("", nodes.paragraph(text, text)) for text in HEADS]
    group += nodes.thead("", nodes.row("", *heads))
    body = nodes.tbody()
    for tex, meanings in rows.items():
        symbol = nodes.entry("", nodes.paragraph("", "", nodes.math(tex, tex)))
        body += nodes.row("", symbol, nodes.entry("", *_meanings(builder, page, meanings)))
    group += body
    return nodes.table("", group, classes=["symbols"])


def _meanings(builder: Builder, page: str, meanings: Meanings) -> list[nodes.paragraph]:
    """Return a paragraph for each meaning, with links to the notes; equal ones are joined."""
    notes = notebook.get(builder.env).notes
    found: dict[str, nodes.paragraph] = {}
    for symbol, docname in meanings:
        line = found.get(symbol.text)
        if line is None:
            tokens = resolved(builder, docname, symbol.meaning)
            line = found[symbol.text] = nodes.paragraph("", "", *excerpt.to_nodes(tokens))
            line += nodes.Text(" — ")
        else:
            line += nodes.Text("、")
        words = [nodes.Text(notes[docname].short_title)]
        link = link_to(builder, page, docname, words)
        line += nodes.inline("", "", link, classes=["symbol-note"])
    return list(found.values())


class CollectSymbols(SphinxPostTransform):
    """Replaces the placeholder by a table for each topic."""

    default_priority = 5

    def run(self, **kwargs: object) -> None:
        builder, page = self.env._app.builder, self.env.docname
        store = notebook.get(self.env)
        for node in list(self.document.findall(symbols)):
            parts: list[nodes.Node] = []
            for topic, rows in by_topic(self.env).items():
                title = store.topic_title(topic)
                heading = nodes.rubric(title, title)
                heading["heading-level"] = 2
                parts += [heading, _table(builder, page, rows)]
            node.replace_self(nodes.container("", *parts, classes=["symbol-tables"]))


def shown(app: Sphinx, env: BuildEnvironment) -> list[tuple[str, object]]:
    """Name what the page with the collection shows."""
    store = notebook.get(env)
    titles = {docname: store.notes[docname].title for docname in store.symbols}
    value = sorted(titles.items()), list(by_topic(env).items())
    pages = [docname for docname, listings in store.listings.items() if SHOWN in listings]
    return [(page, value) for page in pages]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("knowledge_base.note_map")
    app.add_node(symbols)
    app.add_directive("symbols", Symbols)
    app.add_post_transform(CollectSymbols)
    app.connect("doctree-read", collect, priority=910)
    app.connect("note-shown", shown)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
