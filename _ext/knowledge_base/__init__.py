"""A knowledge base of notes on top of Sphinx and MyST.

Every module has one job and its own ``setup``; data flows from the top of this list down:

=================  =================================================================
problems           every warning: subtype, meaning, one way to report it
front_matter       pure: the YAML block of a note -> FrontMatter, Problems with lines
tags               pure: the registry of tags
excerpt            pure: a doctree -> Excerpt, shortened without loss
markup             pure: markup that would be printed as text
chinese            joined lines, heading ids that last
notebook           the store: one Note a docname; checks over all notes
note_links         links to notes by slug, title or alias
rebuild            what the next build must do again, what is to be removed
formulas           all formulas in one batch of KaTeX, checked and cached
figures            plots that are the same bytes everywhere
listings           what a list of notes holds, the names of its pages
latest_updates     the {latest-updates} directive and its further pages
archives           topic, tag and year pages
topics             the {topics} directive: a card for each topic
note_page          the line under a note's title, the banner of a draft
feeds              Atom
navigation         the sidebar in linear time, the theme's words in Chinese
descriptions       description and Open Graph text of a page
moved              redirects from old addresses
search             the Pagefind index, after the build
=================  =================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

MODULES = (
    "markup",
    "chinese",
    "notebook",
    "note_links",
    "rebuild",
    "formulas",
    "figures",
    "latest_updates",
    "archives",
    "topics",
    "note_page",
    "feeds",
    "navigation",
    "descriptions",
    "moved",
    "search",
)


def setup(app: Sphinx) -> ExtensionMetadata:
    for module in MODULES:
        app.setup_extension(f"{__name__}.{module}")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
