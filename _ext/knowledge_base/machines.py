"""For machines: the sources of notes beside their pages, llms.txt, a sitemap, JSON-LD."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from . import excerpt, notebook
from .feeds import address
from .latest_updates import excerpt_of, told
from .links import resolved
from .listings import archives, page_name
from .note_map import topics
from .rebuild import is_file_current

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

    from .notebook import Note

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
LENGTH = 160
"""Characters of a description."""


def _summary(app: Sphinx, note: Note) -> str:
    tokens, is_cut = excerpt_of(app.builder, note, LENGTH)
    return excerpt.to_text(tokens, is_cut=is_cut)


def _listed(app: Sphinx) -> list[Note]:
    return [note for note in notebook.get(app.env).notes.values() if note.is_listed]


def _last(note: Note) -> datetime.date:
    return max([note.date, *(change.date for change in note.front.changes)])


# ------------------------------------------------------------------------------- llms.txt


def llms(app: Sphinx) -> str:
    """Return what https://llmstxt.org asks for: the site, and its pages as Markdown."""
    store = notebook.get(app.env)
    lines = [f"# {app.config.project}", ""]
    root = app.env.config.root_doc
    for part in store.parts.get(root, ())[:1]:
        lines += [f"> {excerpt.to_text(resolved(app.builder, root, part.body))}", ""]
    for topic, docnames in topics(app.env).items():
        lines += [f"## {store.topic_title(topic)}", ""]
        for note in (store.notes[docname] for docname in docnames):
            if note.is_listed:
                uri = _address(app, f"{note.docname}.md")
                lines.append(f"- [{_bare(note.title)}]({uri}): {_summary(app, note)}")
        lines.append("")
    return "\n".join(lines)


def _address(app: Sphinx, path: str) -> str:
    """Return the full address of a file, relative to the site if that has none."""
    return address(app, path) if app.config.html_baseurl else quote(path)


def _bare(title: str) -> str:
    return title.replace("[", "\\[").replace("]", "\\]")


# -------------------------------------------------------------------------------- sitemap


def sitemap(app: Sphinx) -> bytes:
    """Return the sitemap: a page's ``lastmod`` is that of the newest note it shows."""
    root = ET.Element("urlset", xmlns=SITEMAP)
    for uri, day in sorted(_pages(app)):
        entry = ET.SubElement(root, "url")
        ET.SubElement(entry, "loc").text = address(app, uri)
        if day:
            ET.SubElement(entry, "lastmod").text = day
    ET.indent(root, " ")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _pages(app: Sphinx) -> Iterator[tuple[str, str]]:
    env, store = app.env, notebook.get(app.env)
    notes = _listed(app)
    days = {note.docname: _last(note).isoformat() for note in notes}
    newest = max(days.values(), default="")
    for docname in env.found_docs - store.drafts:
        topic = docname.split("/")[1] if docname.startswith("notes/") else ""
        of_topic = [days[n.docname] for n in notes if n.topic == topic]
        last = max(of_topic, default="") if topic else newest
        yield app.builder.get_target_uri(docname), days.get(docname, last)
    for name, _title, listing in archives(env):
        for number, shown in enumerate(listing.pages(env), 1):
            last = max((days[note.docname] for note in shown), default="")
            yield app.builder.get_target_uri(page_name(name, number)), last


# -------------------------------------------------------------------------------- JSON-LD


def article(app: Sphinx, note: Note) -> dict[str, Any]:
    """Return a note as https://schema.org/TechArticle."""
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "TechArticle",
        "headline": note.title,
        "description": _summary(app, note),
        "inLanguage": "zh-CN",
        "datePublished": note.date.isoformat(),
        "dateModified": _last(note).isoformat(),
        "author": {"@type": "Organization", "name": app.config.author or app.config.project},
        "articleSection": notebook.get(app.env).topic_title(note.topic),
        "keywords": [*(tag.label for tag in note.tags), *note.front.aliases],
    }
    if app.config.html_baseurl:
        found["url"] = address(app, app.builder.get_target_uri(note.docname))
    return found


def describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:  # fmt: skip
    """Put JSON-LD and the address of the source into the head of a note's page."""
    note = notebook.get(app.env).notes.get(page)
    if doctree is None or note is None or not note.is_listed:
        return
    data = json.dumps(article(app, note), ensure_ascii=False).replace("<", "\\u003c")
    source = escape(context["pathto"](f"{page}.md", 1))
    lines = [
        f'<script type="application/ld+json">{data}</script>',
        f'<link rel="alternate" type="text/markdown" href="{source}">',
    ]
    context["metatags"] = "\n".join([context.get("metatags") or "", *lines])


# -------------------------------------------------------------------------------- writing


def _files(app: Sphinx) -> Iterator[tuple[str, bytes]]:
    for note in _listed(app):
        yield f"{note.docname}.md", app.env.doc2path(note.docname).read_bytes()
    if not is_file_current(app, "llms.txt", _listing_of_all(app)):
        yield "llms.txt", llms(app).encode("utf-8", "replace")
    if app.config.html_baseurl:  # the addresses in a sitemap are absolute
        yield "sitemap.xml", sitemap(app)


def _listing_of_all(app: Sphinx) -> object:
    """Return what changes when ``llms.txt`` does, beside what every page shows."""
    store, root = notebook.get(app.env), app.env.config.root_doc
    notes = [told(app.env, note) for note in _listed(app)]
    return app.config.project, store.digest("parts", root), topics(app.env), notes


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write each file if it is not what stands there."""
    if exception or app.builder.format != "html":
        return
    for name, content in _files(app):
        path = Path(app.outdir, name)
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def outputs(app: Sphinx) -> list[str]:
    names = [f"{note.docname}.md" for note in _listed(app)]
    return [*names, "llms.txt", *(["sitemap.xml"] if app.config.html_baseurl else [])]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("knowledge_base.feeds")
    app.setup_extension("knowledge_base.note_map")
    app.connect("html-page-context", describe)
    app.connect("note-outputs", outputs)
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
