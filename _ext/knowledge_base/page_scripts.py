"""A page loads only the scripts and styles that it needs.

Sphinx, sphinx-design and sphinx-copybutton put theirs on every page. Those of Sphinx's own
search are of no use beside Pagefind, and its ``translations.js`` makes code of a string,
which a strict Content-Security-Policy refuses. Where a site has ``on-demand.js``, that script
loads what copies code when code comes near.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from . import search

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

OF_SPHINXS_SEARCH = frozenset(("doctools.js", "sphinx_highlight.js", "translations.js"))

NAMES_FOR_COPY = ("documentation_options.js", "clipboard.min.js", "copybutton.js",
                  "copybutton.css", "furo-extensions.css")  # fmt: skip
"""What buttons that copy code need; the theme keeps its style of them in its extensions."""

ON_DEMAND, COPY = "on-demand.js", "copybutton.js"

NEEDED_FOR = {
    "clipboard.min.js": 'class="highlight',
    "copybutton.js": 'class="highlight',
    "copy-tex.min.js": 'class="katex',
    "design-tabs.js": 'class="sd-tab-set',
}
"""Scripts, and what a page holds that needs them."""

STYLES_FOR = {
    "copybutton.css": ('class="highlight',),
    "furo-extensions.css": ('class="highlight', "sd-"),
    "lists.css": ('class="update-title', 'class="pager', "topic-card"),
    "sphinx-design.min.css": ("sd-",),
}
"""Styles, and what a page holds one of that needs them."""

OPTIONS = "documentation_options.js"
OPTIONS_FOR = 'class="highlight'
"""Beside Pagefind only copybutton.js reads them."""


def _path(file: Any) -> str:
    """Return the path of a script or a style below ``_static``."""
    return str(getattr(file, "filename", file)).removeprefix("_static/")


def _name(file: Any) -> str:
    return _path(file).rpartition("/")[2]


def _copy_on_demand(context: dict[str, Any], stays: set[str]) -> None:
    """Let ``on-demand.js`` load what copies code: its tag says which files these are.

    :param stays: files that the page needs at once.
    """
    wanted = set(NAMES_FOR_COPY) - stays
    files = [*context["script_files"], *context["css_files"]]
    later = " ".join(_path(file) for file in files if _name(file) in wanted)

    def told(script: Any) -> Any:
        if _name(script) != ON_DEMAND:
            return script
        attributes = {**script.attributes, "data-code": later}
        return type(script)(script.filename, priority=script.priority, **attributes)

    for kind in ("script_files", "css_files"):
        context[kind] = [told(file) for file in context[kind] if _name(file) not in wanted]


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
    if "script_files" not in context:
        return

    @functools.cache
    def holds(mark: str) -> bool:
        return body is None or mark in body

    def is_needed(script: Any) -> bool:
        name = _name(script)
        if is_ours and name in OF_SPHINXS_SEARCH:
            return False
        mark = NEEDED_FOR.get(name, OPTIONS_FOR if is_ours and name == OPTIONS else "")
        return holds(mark)

    def is_shown(style: Any) -> bool:
        marks = STYLES_FOR.get(_name(style), ("",))
        return any(holds(mark) for mark in marks)

    context["script_files"] = [s for s in context["script_files"] if is_needed(s)]
    context["css_files"] = [s for s in context["css_files"] if is_shown(s)]
    if {ON_DEMAND, COPY} <= {_name(script) for script in context["script_files"]}:
        stays = {OPTIONS} if not is_ours else set()
        stays |= {"furo-extensions.css"} if body and holds("sd-") else set()
        _copy_on_demand(context, stays)


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("knowledge_base.search")
    app.connect("html-page-context", leave_out, priority=950)  # after all who add one
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
