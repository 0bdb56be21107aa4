"""How much a page or a file may hold before it is parted: every such limit, in one place.

Each is a setting, so that an author can move it and a test can make it tiny. Below its
limit a page is one page. The limits are above what a site of fifty notes has; the sizes
they are meant to bound are printed by ``benchmarks/output_size.py``. The sidebar's are in
:mod:`~knowledge_base.navigation`, those of lists in :mod:`~knowledge_base.listings`, that
of feeds in :mod:`~knowledge_base.feeds`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from sphinx.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata

T = TypeVar("T")

LIMITS: Final = {
    # Notes whose sentences stand below a note; more stand on further pages. A note is
    # about 1 kB there (output_size.py: 30 of them make 28 kB), little beside a note's own text.
    "backlinks_limit": 30,
    # Notes that one line names: who uses an equation, cites a work, comes next.
    "names_limit": 24,
    # Names on a page that has them all: about 170 bytes each, so 34 kB.
    "names_per_page": 200,
    # Notes in one drawing: 28 units a note make it 5,600 high; more cannot be looked over.
    "note_map_limit": 200,
    # Symbols in the tables of one page: a row is about 2 kB (578 of our notes make 1.15 MB),
    # so that the page is as large as the longest note. More of them are parted by topic.
    "symbols_limit": 600,
    "symbols_per_page": 200,
    # Notes in one llms.txt: an entry is about 500 bytes, so 100 kB. https://llmstxt.org sets
    # no limit but that a model reads the file whole; it lets further ones stand in subpaths.
    "llms_limit": 200,
    # Addresses in one sitemap: about 120 bytes each. The protocol allows 50,000 and 50 MB
    # (https://www.sitemaps.org/protocol.html); a part of 120 kB is easy to fetch and to read.
    "sitemap_limit": 1_000,
}
"""The settings and their defaults."""

SITEMAP_MOST = 50_000
"""Addresses in a sitemap, and sitemaps in an index: the protocol's own limit."""


def chunks(items: Sequence[T], size: int) -> list[Sequence[T]]:
    """Return ``items`` in pieces of at most ``size``; no piece if there are none."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def check_config(app: Sphinx, config: Config) -> None:
    for name in LIMITS:
        if config[name] < 1:
            raise ConfigError(f"{name} must be at least 1, not {config[name]}")
    if config.sitemap_limit > SITEMAP_MOST:
        raise ConfigError(
            f"sitemap_limit must be at most {SITEMAP_MOST:,}, not {config.sitemap_limit:,}: "
            "https://www.sitemaps.org/protocol.html allows no more addresses in a file"
        )


def setup(app: Sphinx) -> ExtensionMetadata:
    for name, default in LIMITS.items():
        app.add_config_value(name, default, "html", types=frozenset({int}))
    app.connect("config-inited", check_config)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
