"""A report for the author: ``make report`` (the builder ``report``).

Not mistakes, so no warnings, but what an author may want to mend: drafts, notes that no
thread leads to, terms of the glossary that stand unlinked where a note first uses them,
symbols that mean two things in notes that link to each other. One line each, with the file
and, where there is one, the line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.dummy import DummyBuilder

from . import notebook
from .chinese import is_prose
from .reading_paths import isolated
from .symbols import conflicts
from .terms import all_terms, explained_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

Line = tuple[str, int, str]
"""A docname, a line (0 for the file), and what there is to say."""


def report(env: BuildEnvironment) -> Iterator[Line]:
    """Yield the lines of the report, by kind."""
    for docname in sorted(notebook.get(env).drafts):
        yield docname, 0, "a draft: it is in no list and in no release"
    for docname in isolated(env):
        yield docname, 0, "no note links to this one, and it links to none"
    yield from _unlinked_terms(env)
    for one, other, first, second in conflicts(env):
        text = f"${first.tex}$ is {first.text} here, and {second.text} in {other}"
        yield one, 0, text


# ---------------------------------------------------------------------------- terms


def _unlinked_terms(env: BuildEnvironment) -> Iterator[Line]:
    """Yield where a note first uses a term without a link to it.

    Nothing is said of the note that the term's meaning leads to: there it is explained.
    """
    found = all_terms(env)
    if not found:
        return
    number = {name.lower(): n for n, (_page, term) in enumerate(found) for name in term.names}
    pattern = _pattern(list(number))
    home = [explained_by(env, page, term) for page, term in found]
    for docname in notebook.get(env).notes:
        seen = {n for n, pages in enumerate(home) if docname in pages}
        for line, text, is_linked in _prose(env.get_doctree(docname)):
            for match in pattern.finditer(text):
                term = number[match[0].lower()]
                if term not in seen and not is_linked:
                    cure = f"first use without a link; {{term}}`{match[0]}` would make one"
                    yield docname, line, cure
                seen.add(term)


def _pattern(names: list[str]) -> re.Pattern[str]:
    """Return what finds the longest of ``names``; one in Latin letters only as a word."""
    names = sorted(names, key=lambda name: (-len(name), name))
    word = r"(?<![A-Za-z0-9]){}(?![A-Za-z0-9])"
    alternatives = [word.format(re.escape(n)) if n.isascii() else re.escape(n) for n in names]
    return re.compile("|".join(alternatives), re.IGNORECASE)


def _prose(doctree: nodes.document) -> Iterator[tuple[int, str, bool]]:
    """Yield line, text and whether it is a link's, for the prose of a page, in order."""
    for text in doctree.findall(nodes.Text):
        parents = list(_ancestors(text))
        if any(isinstance(p, nodes.title | nodes.literal | nodes.caption) for p in parents):
            continue
        if is_prose(text):
            links = addnodes.pending_xref, nodes.reference
            is_linked = any(isinstance(p, links) for p in parents)
            line = next((p.line for p in parents if p.line), 0)
            yield line, str(text), is_linked


def _ancestors(node: nodes.Node) -> Iterator[nodes.Node]:
    while (parent := node.parent) is not None:
        yield parent
        node = parent


# -------------------------------------------------------------------------- the builder


class ReportBuilder(DummyBuilder):
    """Reads the notes and writes nothing; the report is printed at the end."""

    name = "report"
    epilog = ""

    def get_outdated_docs(self) -> set[str]:
        return set()

    def write_documents(self, docnames: Set[str]) -> None:
        """Leave out what a builder does to each page before it writes it."""


def print_report(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.name == ReportBuilder.name:
        for docname, line, text in report(app.env):
            path = app.env.doc2path(docname).relative_to(app.srcdir).as_posix()
            print(f"{path}:{line}: {text}" if line else f"{path}: {text}")


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("knowledge_base.symbols")
    app.setup_extension("knowledge_base.terms")
    app.add_builder(ReportBuilder)
    app.connect("build-finished", print_report)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
