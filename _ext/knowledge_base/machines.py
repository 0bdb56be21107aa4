"""For machines: the sources of notes beside their pages, llms.txt, a sitemap, JSON-LD.

``llms.txt`` and ``sitemap.xml`` are whole up to a limit each (``llms_limit`` notes,
``sitemap_limit`` addresses). Beyond it both stay where they are and name their parts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from . import excerpt, notebook
from .feeds import address
from .further_pages import lists
from .latest_updates import excerpt_of, told
from .limits import chunks
from .links import resolved
from .listings import archives, page_name
from .note_map import topics
from .rebuild import is_file_current

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One llms.txt: the notes in it, and whether it only names the files that hold them."""

    name: str
    title: str
    topics: dict[str, list[Note]]
    names: dict[str, list[str]]
    """The files of each topic, where the site has too many notes for one."""


def llms(app: Sphinx) -> list[Part]:
    """Return what https://llmstxt.org asks for: the site, and its pages as Markdown.

    The convention lets such files stand in subpaths too: where the notes are too many for
    one file, each topic has its own, and the file of the site names those.
    """
    topics_, limit = _by_topic(app), int(app.config.llms_limit)
    root = Part(name="llms.txt", title=app.config.project, topics=topics_, names={})
    if sum(map(len, topics_.values())) <= limit:
        return [root]
    parts = [
        part
        for topic, notes in topics_.items()
        for part in _parts(app, topic, chunks(notes, limit))
    ]
    names = {t: [part.name for part in parts if t in part.topics] for t in topics_}
    return [replace(root, names=names), *parts]


def _parts(app: Sphinx, topic: str, pieces: Sequence[Sequence[Note]]) -> Iterator[Part]:
    for number, notes in enumerate(pieces, 1):
        place = f"（第 {number} 部分，共 {len(pieces)} 部分）" if len(pieces) > 1 else ""
        yield Part(
            name=f"notes/{topic}/llms{f'-{number}' if number > 1 else ''}.txt",
            title=f"{_title(app, topic)}{place}",
            topics={topic: list(notes)},
            names={},
        )


def _text(app: Sphinx, part: Part, parts: dict[str, Part]) -> str:
    """Return the text of ``part``, which may name other ``parts``."""
    is_root = part.name == "llms.txt"
    lines = [f"# {part.title}", "", *_about(app)]
    if not is_root:
        lines = [f"# {app.config.project}：{part.title}", ""]
    for topic, notes in part.topics.items():
        lines += [f"## {_title(app, topic)}", ""]
        if names := part.names.get(topic):
            lines += [_named(app, parts[name]) for name in names]
        else:
            folder = "" if is_root else f"notes/{topic}/"
            lines += [_entry(app, note, folder) for note in notes]
        lines.append("")
    return "\n".join(lines)


def _named(app: Sphinx, part: Part) -> str:
    count = sum(map(len, part.topics.values()))
    return f"- [{_bare(part.title)}]({_address(app, part.name)}): {count} 篇笔记"


def _shown(app: Sphinx, part: Part) -> object:
    """Return what changes when the text of ``part`` does, beside what every page shows."""
    store, root = notebook.get(app.env), app.env.config.root_doc
    notes = [
        (topic, len(notes) if part.names else [told(app.env, note) for note in notes])
        for topic, notes in part.topics.items()
    ]
    return app.config.project, part.title, part.names, store.digest("parts", root), notes


def _about(app: Sphinx) -> list[str]:
    """Return what the front page says of the site, as a quotation."""
    root = app.env.config.root_doc
    parts = notebook.get(app.env).parts.get(root, ())[:1]
    texts = (excerpt.to_text(resolved(app.builder, root, part.body)) for part in parts)
    return [line for text in texts for line in (f"> {text}", "")]


def _by_topic(app: Sphinx) -> dict[str, list[Note]]:
    """Return the listed notes by topic, in reading order."""
    notes = notebook.get(app.env).notes
    return {
        topic: [notes[docname] for docname in docnames if notes[docname].is_listed]
        for topic, docnames in topics(app.env).items()
    }


def _title(app: Sphinx, topic: str) -> str:
    return notebook.get(app.env).topic_title(topic)


def _entry(app: Sphinx, note: Note, folder: str = "") -> str:
    """Return the line of a note in the llms.txt of ``folder``."""
    uri = _address(app, f"{note.docname}.md", folder)
    return f"- [{_bare(note.title)}]({uri}): {_summary(app, note)}"


def _address(app: Sphinx, path: str, folder: str = "") -> str:
    """Return the full address of a file; relative to ``folder`` if the site has none."""
    full = address(app, path) if app.config.html_baseurl else ""
    return full or quote(path.removeprefix(folder))


def _bare(title: str) -> str:
    return title.replace("[", "\\[").replace("]", "\\]")


# -------------------------------------------------------------------------------- sitemap


def sitemap(app: Sphinx) -> dict[str, bytes]:
    """Return the sitemap: a page's ``lastmod`` is that of the newest note it shows.

    Where the pages are too many for one file, it is an index of several
    (https://www.sitemaps.org/protocol.html#index).
    """
    parts = chunks(sorted(_pages(app)), app.config.sitemap_limit)
    if len(parts) == 1:
        return {"sitemap.xml": _xml(app, "urlset", "url", parts[0])}
    names = [f"sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
    days = [max(day for _uri, day in part) for part in parts]
    files = {n: _xml(app, "urlset", "url", p) for n, p in zip(names, parts, strict=True)}
    index = list(zip(names, days, strict=True))
    return {"sitemap.xml": _xml(app, "sitemapindex", "sitemap", index), **files}


def _xml(app: Sphinx, kind: str, item: str, pages: Sequence[tuple[str, str]]) -> bytes:
    """Return a sitemap or an index of sitemaps: addresses, each with its day or none."""
    root = ET.Element(kind, xmlns=SITEMAP)
    for uri, day in pages:
        entry = ET.SubElement(root, item)
        ET.SubElement(entry, "loc").text = address(app, uri)
        if day:
            ET.SubElement(entry, "lastmod").text = day
    ET.indent(root, " ")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _pages(app: Sphinx) -> Iterator[tuple[str, str]]:
    """Yield the address of each page with the day of the newest note it shows, if it tells."""
    env, store = app.env, notebook.get(app.env)
    notes = _listed(app)
    days = {note.docname: _last(note).isoformat() for note in notes}
    newest: dict[str, str] = {}
    for note in notes:
        for topic in ("", note.topic):
            newest[topic] = max(newest.get(topic, ""), days[note.docname])
    drafts = store.drafts
    for docname in env.found_docs - drafts:
        topic = docname.split("/")[1] if docname.startswith("notes/") else ""
        yield app.builder.get_target_uri(docname), days.get(docname, newest.get(topic, ""))
    for name, _title, listing in archives(env):
        for number, shown in enumerate(listing.pages(env), 1):
            last = max((days[note.docname] for note in shown), default="")
            yield app.builder.get_target_uri(page_name(name, number)), last
    for item in lists(app):
        for _number, name in item.pages() if item.first not in drafts else ():
            yield app.builder.get_target_uri(name), ""


# -------------------------------------------------------------------------------- JSON-LD


def article(app: Sphinx, note: Note) -> dict[str, Any]:
    """Return a note as https://schema.org/TechArticle."""
    labels = (tag.label for tag in note.tags)
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
        "keywords": list(dict.fromkeys((*labels, *note.front.aliases))),
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
    """Yield what is to be written; what need not be made anew is left out."""
    for note in _listed(app):
        yield f"{note.docname}.md", app.env.doc2path(note.docname).read_bytes()
    yield from _sitemap(app).items()
    parts = {part.name: part for part in llms(app)}
    for name, part in parts.items():
        if not is_file_current(app, name, _shown(app, part)):
            yield name, _text(app, part, parts).encode("utf-8", "replace")


def _sitemap(app: Sphinx) -> dict[str, bytes]:
    """Return the sitemap of a site with an address: those in it are absolute."""
    has_address = bool(app.config.html_baseurl)
    return notebook.get(app.env).once("sitemap", lambda: sitemap(app) if has_address else {})


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
    notes = [f"{note.docname}.md" for note in _listed(app)]
    return [*notes, *(part.name for part in llms(app)), *_sitemap(app)]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("knowledge_base.feeds")
    app.setup_extension("knowledge_base.note_map")
    app.setup_extension("knowledge_base.further_pages")
    app.connect("html-page-context", describe)
    app.connect("note-outputs", outputs)
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
