"""Each page's description and Open Graph text: the same excerpt as on the updates page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from . import excerpt, notebook
from .latest_updates import excerpt_of
from .links import resolved
from .listings import EXCERPT_LENGTH

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def description(app: Sphinx, page: str, doctree: nodes.document) -> str:
    """Return the excerpt of a note, or of what another page says itself, as plain text."""
    note = notebook.get(app.env).notes.get(page)
    if note:
        tokens, is_cut = excerpt_of(app.builder, note, EXCERPT_LENGTH)
    else:
        prose = resolved(app.builder, page, excerpt.collect(doctree))
        tokens, is_cut = excerpt.cut(prose, EXCERPT_LENGTH)
    return excerpt.to_text(tokens, is_cut=is_cut)


def describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:  # fmt: skip
    """Hand the description, escaped, to sphinxext-opengraph, which does not escape it."""
    if doctree is None:
        return
    text = escape(description(app, page, doctree) or _title(app, page))
    meta = dict(context.get("meta") or {})
    meta["og:title"] = escape(_title(app, page))
    meta["og:description"] = text
    tag = f'<meta name="description" content="{text}">'
    context["metatags"] = f"{context.get('metatags') or ''}\n{tag}"
    context["meta"] = meta


def _title(app: Sphinx, page: str) -> str:
    note = notebook.get(app.env).notes.get(page)
    return note.title if note else app.env.titles[page].astext()


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("knowledge_base.latest_updates")
    app.connect("html-page-context", describe, priority=400)  # before sphinxext-opengraph
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
