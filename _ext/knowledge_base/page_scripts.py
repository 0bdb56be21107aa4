"""A page loads only the scripts and styles that it needs.

Sphinx, sphinx-design and sphinx-copybutton put theirs on every page. Those of Sphinx's own
search are of no use beside Pagefind, and its ``translations.js`` makes code of a string,
which a strict Content-Security-Policy refuses.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from . import search

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

OF_SPHINXS_SEARCH = frozenset(("doctools.js", "sphinx_highlight.js", "translations.js"))

NEEDED_FOR = {
    "clipboard.min.js": 'class="highlight',
    "copybutton.js": 'class="highlight',
    "copy-tex.min.js": 'class="katex',
    "design-tabs.js": 'class="sd-tab-set',
}
"""Scripts, and what a page holds that needs them."""

STYLES_FOR = {
    "copybutton.css": 'class="highlight',
    "sphinx-design.min.css": "sd-",
}
"""Styles, and what a page holds that needs them."""

OPTIONS = "documentation_options.js"
OPTIONS_FOR = 'class="highlight'
"""Beside Pagefind only copybutton.js reads them."""


def leave_out(
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Leave out of a page the scripts and styles that find nothing to do on it."""
    is_ours = search.is_on(app)
    body = context.get("body")

    def is_needed(script: Any) -> bool:
        name = PurePosixPath(str(getattr(script, "filename", script))).name
        if is_ours and name in OF_SPHINXS_SEARCH:
            return False
        mark = NEEDED_FOR.get(name, OPTIONS_FOR if is_ours and name == OPTIONS else "")
        return body is None or mark in body

    def is_shown(style: Any) -> bool:
        name = PurePosixPath(str(getattr(style, "filename", style))).name
        return body is None or STYLES_FOR.get(name, "") in body

    if "script_files" in context:
        context["script_files"] = [s for s in context["script_files"] if is_needed(s)]
    if "css_files" in context:
        context["css_files"] = [s for s in context["css_files"] if is_shown(s)]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("knowledge_base.search")
    app.connect("html-page-context", leave_out, priority=950)  # after all who add one
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
