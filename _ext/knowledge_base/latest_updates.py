"""The ``{latest-updates}`` directive: what is new or revised, newest first.

While pages are read the directive leaves a placeholder and notes what it will show. While
pages are written the placeholder becomes a list of entries, in any builder; in HTML a long
list goes on over further pages, which have no source (``updates/page-2``).
"""

from __future__ import annotations

import re
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from . import cutting, excerpt, notebook, tags
from .chinese import set_formulas
from .links import link_to, resolved
from .listings import (
    EXCERPT_LENGTH,
    PER_PAGE,
    Listing,
    archives,
    page_name,
    paged_listings,
    tag_page,
)
from .problems import Kind, Problem, nearest, report
from .rebuild import is_current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

    from .excerpt import Excerpt
    from .notebook import Note

NEW, REVISED = "新增", "修订"
LEVEL = 2
"""Of the headings of entries, where a page says nothing else."""
PAGES_AROUND = 2
"""Pages before and after a page of a list to which it links by number."""


class latest_updates(nodes.General, nodes.Element):
    """The placeholder; ``listing`` holds what it will show."""


# --------------------------------------------------------------------- the directive


def _between(low: int, high: int) -> Callable[[str], int]:
    def convert(argument: str) -> int:
        number = directives.nonnegative_int(argument)
        if not low <= number <= high:
            raise ValueError(f"must be between {low} and {high:,}")
        return int(number)

    return convert


class LatestUpdates(SphinxDirective):
    """``{latest-updates}``; its ``:excerpt-length:`` is in characters."""

    option_spec: ClassVar[dict[str, Any]] = {
        "limit": _between(1, 1_000),
        "topic": directives.unchanged_required,
        "tag": directives.unchanged_required,
        "per-page": _between(1, 1_000),
        "excerpt-length": _between(10, excerpt.MAX_LENGTH),
    }

    def run(self) -> list[nodes.Node]:
        listing = Listing(
            limit=self.options.get("limit", 0),
            topic=self._topic(),
            tag=self._tag(),
            per_page=self.options.get("per-page", PER_PAGE),
            excerpt_length=self.options.get("excerpt-length", EXCERPT_LENGTH),
        )
        domain = notebook.get(self.env)
        others = [docname for docname, _listing in paged_listings(self.env)]
        if not listing.limit and self.env.docname in others:
            self._wrong("a page can hold one list without :limit:; give this one a :limit:")
            return []
        domain.note_listing(self.env.docname, listing)
        return [latest_updates(listing=listing)]

    def _topic(self) -> str:
        topic = str(self.options.get("topic", ""))
        known = sorted(p.parent.name for p in self.env.srcdir.glob("notes/*/index.md"))
        if topic and topic not in known:
            self._wrong(f'unknown topic "{topic}"{nearest(topic, known)}')
        return topic

    def _tag(self) -> str:
        name = str(self.options.get("tag", ""))
        registered = notebook.registered_tags(self.config)
        tag = tags.resolve(registered, name) if name else None
        if name and tag is None:
            known = [n for t in registered for n in t.names]
            self._wrong(f'unknown tag "{name}"{nearest(name, known)}')
        return tag.id if tag else name

    def _wrong(self, message: str) -> None:
        problem = Problem(line=self.lineno, kind=Kind.LISTING, message=message)
        report(problem, self.env.docname)


# -------------------------------------------------------------------------- entries


def excerpt_of(builder: Builder, note: Note, length: int) -> tuple[Excerpt, bool]:
    """Return the excerpt of ``note``, references resolved, cut to ``length``."""

    def cut() -> tuple[Excerpt, bool]:
        tokens = cutting.beginning(note.prose, length)
        return cutting.cut(resolved(builder, note.docname, tokens), length)

    return notebook.get(builder.env).once(("excerpt", note.docname, length), cut)


def _inline(text: str, *classes: str) -> nodes.inline:
    return nodes.inline(text, text, classes=list(classes))


def entry(builder: Builder, page: str, note: Note, length: int, level: int) -> nodes.Element:
    """Return one note as it stands in a list on ``page``."""
    heading = nodes.rubric("", "", classes=["update-title"])
    heading["heading-level"] = level
    heading += link_to(builder, page, note.docname, excerpt.to_nodes(note.title_tokens))
    tokens, is_cut = excerpt_of(builder, note, length)
    text = nodes.paragraph("", "", *excerpt.to_nodes(tokens, is_cut=is_cut))
    text["classes"].append("update-excerpt")
    parts = [heading, event_line(builder, page, note), meta_line(builder, page, note)]
    if tokens:
        parts.append(text)
    return nodes.container("", *parts, classes=["update"])


def event_line(builder: Builder, page: str, note: Note) -> nodes.paragraph:
    """Return 新增 or 修订 with its date and what was revised."""
    event = note.newest
    kind = NEW if event.is_new else REVISED
    line = nodes.paragraph("", "", classes=["update-event"])
    line += _inline(kind, "update-kind", "update-new" if event.is_new else "update-revised")
    line += nodes.Text(" ")
    line += _inline(event.date.isoformat(), "update-date")
    if event.text:
        text: nodes.Node = nodes.Text(event.text)
        if event.anchor:
            text = link_to(builder, page, note.docname, [text], event.anchor)
        line += [nodes.Text(" "), nodes.inline("", "", text, classes=["update-text"])]
    return line


def meta_line(builder: Builder, page: str, note: Note) -> nodes.paragraph:
    """Return topic, tags and reading time; a tag of the topic's name says nothing more."""
    title = notebook.get(builder.env).topic_title(note.topic)
    line = nodes.paragraph("", "", classes=["update-meta"])
    line += link_to(builder, page, f"notes/{note.topic}/index", [nodes.Text(title)])
    for tag in (tag for tag in note.tags if tag.label != title):
        text: nodes.Node = nodes.Text(tag.label)
        if builder.format == "html":
            text = link_to(builder, page, tag_page(tag.id), [text])
        line += [nodes.Text(" · "), nodes.inline("", "", text, classes=["update-tag"])]
    line += nodes.Text(f" · 约 {note.minutes} 分钟")
    return line


def entries(
    builder: Builder, page: str, notes: list[Note], listing: Listing, level: int
) -> nodes.Element:
    """Return the entries of ``notes`` as they stand on ``page``."""
    found: list[nodes.Node] = [
        entry(builder, page, note, listing.excerpt_length, level) for note in notes
    ]
    if not found:
        found = [nodes.paragraph("", "这里还没有笔记。", classes=["update-none"])]
    return nodes.container("", *found, classes=["updates"])


def archive_links(builder: Builder, page: str) -> list[nodes.Node]:
    """Return a paragraph of links for each kind of archive."""
    store = notebook.get(builder.env)
    rows: dict[str, list[nodes.Node]] = {"按年": [], "按主题": [], "按标签": []}
    for name, _title, listing in archives(builder.env):
        kind, label = _label(store, listing)
        count = len(listing.notes(builder.env))
        link = nodes.reference(
            "", label, internal=True, refuri=builder.get_relative_uri(page, name)
        )
        counted = nodes.inline("", "", link, nodes.Text(f" {count}"), classes=["archive"])
        rows[kind] += [counted, nodes.Text(" ")]
    return [
        nodes.paragraph("", "", nodes.strong(kind, kind), nodes.Text(" "), *links,
                        classes=["archives"])
        for kind, links in rows.items()
        if links
    ]  # fmt: skip


def _label(store: notebook.Notebook, listing: Listing) -> tuple[str, str]:
    if listing.year:
        return "按年", str(listing.year)
    if listing.topic:
        return "按主题", store.topic_title(listing.topic)
    labels = {tag.id: tag.label for note in store.notes.values() for tag in note.tags}
    return "按标签", labels[listing.tag]


# ---------------------------------------------------------------------------- pages

_ADDRESS = re.compile(r'href="([^"#]*)((?:#[^"]*)?)"')


_BETWEEN = "<!-- entry -->"


def _written(builder: Builder, page: str, notes: list[Note], length: int) -> list[nodes.Node]:
    """Return the entries of ``notes`` as HTML for ``page``.

    The same entry stands on pages of its year, its topic and its tags: it is written once,
    as for the front page, and its links are then written as each page needs them.
    """
    kept: dict[str, bytes] = notebook.get(builder.env).once(("written", length), dict)
    missing = [note for note in notes if note.docname not in kept]
    if missing:
        _write(builder, missing, length, kept)
    return [nodes.raw("", _at(builder, page, n, kept[n.docname]), format="html") for n in notes]


def _write(builder: Builder, notes: list[Note], length: int, kept: dict[str, bytes]) -> None:
    """Write entries as they stand on the front page, all in one go, and keep each."""
    between = nodes.raw("", _BETWEEN, format="html")
    whole = nodes.container("", between)
    for note in notes:
        whole += [entry(builder, builder.config.root_doc, note, length, LEVEL), between]
    set_formulas(whole)
    html = builder.render_partial(whole)["fragment"]  # type: ignore[attr-defined]
    for note, part in zip(notes, html.split(_BETWEEN)[1:-1], strict=True):
        kept[note.docname] = zlib.compress(part.encode("utf-8", "surrogatepass"), 1)


def _at(builder: Builder, page: str, note: Note, kept: bytes) -> str:
    """Return an entry that was kept, with its links as they are on ``page``."""
    root = builder.config.root_doc
    names = [note.docname, f"notes/{note.topic}/index", *(tag_page(t.id) for t in note.tags)]
    uris = {
        builder.get_relative_uri(root, name): builder.get_relative_uri(page, name) or "#"
        for name in names
    }
    html = zlib.decompress(kept).decode("utf-8", "surrogatepass")
    return _ADDRESS.sub(lambda found: f'href="{uris[found[1]]}{found[2]}"', html)


def pager(builder: Builder, first: str, number: int, count: int) -> list[nodes.Node]:
    """Return links to the neighbours and to pages by number, or nothing for a single page.

    Of many pages the first, the last and those around this one are named: as many links on
    each page, however long the list is.
    """
    if count == 1:
        return []
    here = page_name(first, number)
    line = nodes.paragraph("", "", classes=["pager"])

    def to(target: int, text: str, name: str) -> None:
        link = link_to(builder, here, page_name(first, target), [nodes.Text(text)])
        line.append(nodes.inline("", "", link, classes=[name]))
        line.append(nodes.Text(" "))

    if number > 1:
        to(number - 1, "上一页", "pager-previous")
    for other in numbered(number, count):
        if other == 0:
            line += [_inline("…", "pager-gap"), nodes.Text(" ")]
        elif other == number:
            line += [_inline(str(other), "pager-here"), nodes.Text(" ")]
        else:
            to(other, str(other), "pager-page")
    if number < count:
        to(number + 1, "下一页", "pager-next")
    return [line]


def numbered(number: int, count: int) -> list[int]:
    """Return the pages that page ``number`` of ``count`` names, 0 where some are left out.

    A single page is not left out: its number takes no more room than the gap.
    """
    near = range(number - PAGES_AROUND, number + PAGES_AROUND + 1)
    named = sorted({1, count, *near} & set(range(1, count + 1)))
    found = named[:1]
    for one, other in pairwise(named):
        found += [one + 1] * (other - one == 2) + [0] * (other - one > 2) + [other]
    return found


class ListNotes(SphinxPostTransform):
    """Replaces the placeholders of a page by entries, before links are resolved."""

    default_priority = 5

    def run(self, **kwargs: object) -> None:
        builder, page = self.env._app.builder, self.env.docname
        if not notebook.may_list(builder, page):
            return
        for node in list(self.document.findall(latest_updates)):
            listing: Listing = node["listing"]
            if builder.format != "html":
                notes = listing.notes(self.env)
                node.replace_self(entries(builder, page, notes, listing, LEVEL))
                continue
            pages = listing.pages(self.env)
            level = _heading_level(node)
            parts: list[nodes.Node] = [entries(builder, page, pages[0], listing, level)]
            parts += pager(builder, page, 1, len(pages))
            if not (listing.limit or listing.topic or listing.tag):
                parts += archive_links(builder, page)
            node.replace_self(parts)


def _heading_level(node: nodes.Node) -> int:
    """Return the level of a heading that stands below the section of ``node``."""
    level = 1
    while (parent := node.parent) is not None:
        level += isinstance(parent, nodes.section)
        node = parent
    return min(level, 6)


def further_pages(
    app: Sphinx, first: str, listing: Listing, title: str, start: int = 2
) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the pages of a list from page ``start`` on, as ``html-collect-pages`` wants."""
    builder, env = app.builder, app.env
    pages = listing.pages(env)
    for number in range(start, len(pages) + 1):
        here = page_name(first, number)
        shown = [told(env, note) for note in pages[number - 1]]
        if is_current(app, here, (title, listing, shown, number, len(pages))):
            continue
        body = nodes.container("", classes=["updates-page"])
        listed = _written(builder, here, pages[number - 1], listing.excerpt_length)
        body += nodes.container("", *listed, classes=["updates"])
        body += pager(builder, first, number, len(pages))
        heading = title if number == 1 else f"{title}（第 {number} 页）"
        yield here, page_context(app, first, number, len(pages), heading, body), "updates.html"


def page_context(
    app: Sphinx, first: str, number: int, count: int, title: str, body: nodes.Element
) -> dict[str, Any]:
    """Return what the template of a page without source needs."""
    here = page_name(first, number)
    set_formulas(body)

    def neighbour(other: int) -> dict[str, str] | None:
        if not 1 <= other <= count:
            return None
        link = app.builder.get_relative_uri(here, page_name(first, other))
        return {"title": f"第 {other} 页", "link": link}

    return {
        "title": title,
        "body": app.builder.render_partial(body)["fragment"],  # type: ignore[attr-defined]
        "prev": neighbour(number - 1),
        "next": neighbour(number + 1),
        "parents": [],
        "meta": {},
        "metatags": "",
    }


def collect_pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    for docname, listing in paged_listings(app.env):
        title = app.env.titles[docname].astext()
        yield from further_pages(app, docname, listing, title)


def outputs(app: Sphinx) -> list[str]:
    """Name the files of the further pages."""
    return [
        app.builder.get_target_uri(page_name(docname, number))
        for docname, listing in paged_listings(app.env)
        for number in range(2, len(listing.pages(app.env)) + 1)
    ]


def told(env: BuildEnvironment, note: Note) -> tuple[str, str]:
    """Return what changes when an entry of ``note`` does, beside what every page shows.

    What references in its excerpt show (titles, numbers, labels) is on that list.
    """
    return note.docname, notebook.get(env).digest("notes", note.docname)


def shown(app: Sphinx, env: BuildEnvironment) -> list[tuple[str, object]]:
    """Name what each page with a list shows of other notes."""
    found: list[tuple[str, object]] = []
    for docname, listings in notebook.get(env).listings.items():
        for listing in listings:
            if not isinstance(listing, Listing):
                continue
            notes = [told(env, note) for note in listing.notes(env)]
            found.append((docname, (listing, notes, archives(env))))
    return found


def first_page_context(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.Node | None
) -> None:
    """Let the first page of a long list name its second page as the next one."""
    if doctree is None:
        return
    for docname, listing in paged_listings(app.env):
        if docname == page and len(listing.pages(app.env)) > 1:
            link = app.builder.get_relative_uri(page, page_name(page, 2))
            context["next"] = {"title": "第 2 页", "link": link}


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("knowledge_base.notebook")
    app.setup_extension("knowledge_base.rebuild")
    app.add_node(latest_updates)
    app.add_directive("latest-updates", LatestUpdates)
    app.add_post_transform(ListNotes)
    app.connect("html-collect-pages", collect_pages)
    app.connect("html-page-context", first_page_context)
    app.connect("note-shown", shown)
    app.connect("note-outputs", outputs)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
