"""Advice for the author: what is no mistake, but may want mending.

Drafts, notes that no thread leads to, notes without code or figure, excerpts that end in
the middle of a sentence, notes older than what they build on, terms of the glossary that
stand unlinked where a note first uses them, symbols that mean two things in notes that
link to each other. One line each, with the file and, where there is one, the line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes

from . import cutting, notebook
from .chinese import is_prose
from .listings import EXCERPT_LENGTH
from .reading_paths import before, isolated
from .symbols import conflicts
from .terms import all_terms, explained_by

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from sphinx.environment import BuildEnvironment

    from .notebook import Note

Line = tuple[str, int, str]
"""A docname, a line (0 for the file), and what there is to say."""

YEARS = 2
"""After so long a note in a field that moves fast is worth reading again."""


def advice(env: BuildEnvironment, today: datetime.date) -> Iterator[Line]:
    """Yield all there is to say, by kind.

    :param today: the day on which the age of notes is measured.
    """
    for docname in sorted(notebook.get(env).drafts):
        yield docname, 0, "a draft: it is in no list and in no release"
    for docname in isolated(env):
        yield docname, 0, "no note links to this one, and it links to none"
    for docname, note in notebook.get(env).notes.items():
        yield from _plain(env, docname)
        yield from _excerpt(note)
        yield from _age(env, note, today)
    yield from _unlinked_terms(env)
    for one, other, first, second in conflicts(env):
        text = f"${first.tex}$ is {first.text} here, and {second.text} in {other}"
        yield one, 0, text


def _plain(env: BuildEnvironment, docname: str) -> Iterator[Line]:
    """Say so of a note without code, and of one without a figure."""
    doctree = env.get_doctree(docname)
    if not any(
        node.get("language") == "python" for node in doctree.findall(nodes.literal_block)
    ):
        yield docname, 0, "no Python: what a reader can run teaches more than what is told"
    if next(doctree.findall(nodes.image), None) is None:
        yield docname, 0, "no figure: draw what is to be seen with {plot}"


def _excerpt(note: Note) -> Iterator[Line]:
    """Say so of a note whose excerpt is nothing, or ends where no sentence does."""
    if not note.prose:
        yield (
            note.docname,
            0,
            "no excerpt: the note has no paragraph of text; give it a summary",
        )
        return
    _kept, end = cutting.cut_at(note.prose, EXCERPT_LENGTH)
    if end in {cutting.End.CLAUSE, cutting.End.ANYWHERE}:
        what = "at a comma" if end is cutting.End.CLAUSE else "between two words"
        yield note.docname, 0, f"the excerpt ends {what}; shorten the first sentences"


def _age(env: BuildEnvironment, note: Note, today: datetime.date) -> Iterator[Line]:
    """Say so of a note that is old, or older than a change of what it builds on."""
    if not note.is_listed:
        return
    last = max([note.date, *(change.date for change in note.front.changes)])
    if (today - last).days > YEARS * 365:
        yield note.docname, 0, f"last touched on {last}; read it again"
    for docname in before(env).get(note.docname, ()):
        newest = notebook.get(env).notes[docname].newest
        if not newest.is_new and newest.date > last:
            changed = f"{newest.date} ({newest.text})"
            yield note.docname, 0, f"{docname}, which it builds on, was revised on {changed}"


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
