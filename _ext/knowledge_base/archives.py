"""Archives: pages for every topic, tag and year that has notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .latest_updates import further_pages
from .listings import archives, page_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def collect_pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    for name, title, listing in archives(app.env):
        yield from further_pages(app, name, listing, title, start=1)


def outputs(app: Sphinx) -> list[str]:
    return [
        app.builder.get_target_uri(page_name(name, number))
        for name, _title, listing in archives(app.env)
        for number in range(1, len(listing.pages(app.env)) + 1)
    ]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("knowledge_base.latest_updates")
    app.connect("html-collect-pages", collect_pages)
    app.connect("note-outputs", outputs)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
