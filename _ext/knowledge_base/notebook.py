"""The store: what every note says about itself, one frozen :class:`Note` a docname.

A Sphinx domain, because Sphinx clears, merges and pickles domains for us. It is written
only by its ``note_…`` methods while pages are read; everything else asks its queries,
which are sorted and total.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from docutils import nodes
from sphinx.domains import Domain
from sphinx.errors import ConfigError

from . import excerpt, front_matter, tags
from .problems import Kind, Problem, nearest, report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Set

    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

    from .excerpt import Excerpt
    from .front_matter import FrontMatter
    from .tags import Tag

T = TypeVar("T")

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LATEST_ZONE = datetime.timezone(datetime.timedelta(hours=14))
"""Where a day begins first (UTC+14), so that no author's today is ever in the future."""

HAN_PER_MINUTE = 255
WORDS_PER_MINUTE = 228
"""Mean reading speeds of Chinese characters and English words, measured on the same texts.

Trauzettel-Klosinski and Dietz, "Standardized assessment of reading performance: the new
International Reading Speed Texts IReST", IOVS 53(9), 2012, doi:10.1167/iovs.11-8284.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The newest thing that happened to a note: it was written, or revised."""

    date: datetime.date
    is_new: bool
    text: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One note as all other pages see it."""

    docname: str
    title: str
    title_tokens: Excerpt
    front: FrontMatter
    tags: tuple[Tag, ...]
    prose: Excerpt
    han: int
    words: int

    @property
    def topic(self) -> str:
        return self.docname.split("/")[1]

    @property
    def slug(self) -> str:
        return self.docname.split("/")[2]

    @property
    def date(self) -> datetime.date:
        """The day of writing; notes without one stand last."""
        return self.front.date or datetime.date.min

    @property
    def short_title(self) -> str:
        """The title up to a colon."""
        return self.title.partition("：")[0]

    @property
    def is_listed(self) -> bool:
        return not self.front.draft and self.front.date is not None

    @property
    def newest(self) -> Event:
        """Return the last change that is not minor, or the writing itself."""
        changes = [change for change in self.front.changes if not change.minor]
        if not changes:
            return Event(date=self.date, is_new=True)
        last = sorted(changes, key=lambda change: change.date)[-1]
        return Event(date=last.date, is_new=False, text=last.text, anchor=last.anchor)

    @property
    def minutes(self) -> int:
        """Reading time in whole minutes, at least one."""
        return max(1, round(self.han / HAN_PER_MINUTE + self.words / WORDS_PER_MINUTE))


def is_note(docname: str) -> bool:
    """Tell whether ``docname`` is ``notes/<topic>/<slug>`` and not a topic's index."""
    parts = docname.split("/")
    return len(parts) == 3 and parts[0] == "notes" and parts[2] != "index"


_DIGESTED = frozenset(("notes", "parts", "links"))
"""Kinds whose values are large, and compared on every build."""


def _as_json(value: Any) -> Any:
    """Return what JSON has a form for."""
    if is_dataclass(value):
        return [getattr(value, field.name) for field in fields(value)]
    return str(value)


_JSON = json.JSONEncoder(ensure_ascii=False, check_circular=False, default=_as_json)
"""It takes half as long as ``repr``, which writes the names of all fields of every token."""


def _digest(value: object) -> str:
    text = _JSON.encode(value).encode("utf-8", "backslashreplace")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


class Notebook(Domain):
    """Holds the notes; clears, merges and answers."""

    name = "note"
    label = "notes"
    data_version = 4
    """Raised whenever a record or a kind below changes: the old environment is then dropped."""
    initial_data: ClassVar[dict[str, Any]] = {
        "notes": {},
        "introductions": {},
        "listings": {},
        "formulas": {},
        "links": {},
        "parts": {},
        "symbols": {},
        "terms": {},
        "digests": {},
    }

    def __init__(self, env: BuildEnvironment) -> None:
        super().__init__(env)
        self._answers: dict[object, Any] = {}

    # ------------------------------------------------------------------ writing

    def _write(self, kind: str, docname: str, value: object) -> None:
        self._answers.clear()
        self.data[kind][docname] = value
        if kind in _DIGESTED:
            self.data["digests"].setdefault(docname, {})[kind] = _digest(value)

    def note_note(self, note: Note) -> None:
        self._write("notes", note.docname, note)

    def note_introduction(self, docname: str, prose: Excerpt) -> None:
        """Remember the first words of a topic's index."""
        self._write("introductions", docname, prose)

    def note_listing(self, docname: str, listing: object) -> None:
        """Remember that ``docname`` shows a list of notes."""
        self._write("listings", docname, [*self.data["listings"].get(docname, ()), listing])

    def note_formulas(self, docname: str, formulas: tuple[object, ...]) -> None:
        self._write("formulas", docname, formulas)

    def note_links(self, docname: str, links: tuple[object, ...]) -> None:
        """Remember the links of a page, in reading order."""
        self._write("links", docname, links)

    def note_parts(self, docname: str, parts: tuple[object, ...]) -> None:
        """Remember what of a page a preview may show."""
        self._write("parts", docname, parts)

    def note_symbols(self, docname: str, symbols: tuple[object, ...]) -> None:
        """Remember the table of symbols of a note."""
        self._write("symbols", docname, symbols)

    def note_terms(self, docname: str, terms: tuple[object, ...]) -> None:
        """Remember the glossary of a page."""
        self._write("terms", docname, terms)

    def clear_doc(self, docname: str) -> None:
        self._answers.clear()
        for kind in self.initial_data:
            self.data[kind].pop(docname, None)

    def merge_domaindata(self, docnames: Set[str], otherdata: dict[str, Any]) -> None:
        self._answers.clear()
        for kind in self.initial_data:
            theirs = otherdata[kind]
            self.data[kind].update({d: theirs[d] for d in docnames if d in theirs})

    def resolve_any_xref(self, *args: object) -> list[tuple[str, Any]]:
        """Nothing here; :mod:`~knowledge_base.note_links` resolves names of notes."""
        return []

    # ------------------------------------------------------------------ queries

    def once(self, question: object, answer: Callable[[], T]) -> T:
        """Return ``answer()``, worked out once for as long as nothing is written."""
        if question not in self._answers:
            self._answers[question] = answer()
        found: T = self._answers[question]
        return found

    @property
    def notes(self) -> dict[str, Note]:
        """All notes, drafts too, by docname."""
        return self._sorted("notes")

    @property
    def drafts(self) -> frozenset[str]:
        return self.once("drafts", self._drafts)

    def _drafts(self) -> frozenset[str]:
        return frozenset(d for d, note in self.data["notes"].items() if note.front.draft)

    def _sorted(self, kind: str) -> dict[str, Any]:
        """Return what is kept of ``kind`` by docname; who asks does not change it."""
        return self.once(("sorted", kind), lambda: dict(sorted(self.data[kind].items())))

    @property
    def introductions(self) -> dict[str, Excerpt]:
        return self._sorted("introductions")

    @property
    def listings(self) -> dict[str, list[Any]]:
        return self._sorted("listings")

    @property
    def formulas(self) -> dict[str, tuple[Any, ...]]:
        return self._sorted("formulas")

    @property
    def links(self) -> dict[str, tuple[Any, ...]]:
        return self._sorted("links")

    @property
    def parts(self) -> dict[str, tuple[Any, ...]]:
        return self._sorted("parts")

    @property
    def symbols(self) -> dict[str, tuple[Any, ...]]:
        return self._sorted("symbols")

    @property
    def terms(self) -> dict[str, tuple[Any, ...]]:
        return self._sorted("terms")

    def digest(self, kind: str, docname: str) -> str:
        """Return what tells a value from another one, so that none is compared as a whole.

        :param kind: ``notes``, ``parts`` or ``links``.
        """
        found: str = self.data["digests"].get(docname, {}).get(kind, "")
        return found

    def newest(self, *, topic: str = "", tag: str = "", year: int = 0) -> list[Note]:
        """Return the listed notes, the newest event first, then by docname."""
        question = ("newest", topic, tag, year)
        return list(self.once(question, lambda: self._newest(topic, tag, year)))

    def _newest(self, topic: str, tag: str, year: int) -> list[Note]:
        found = [
            note
            for note in self.notes.values()
            if note.is_listed
            and topic in {"", note.topic}
            and (not tag or tag in {t.id for t in note.tags})
            and year in {0, note.newest.date.year}
        ]
        return sorted(found, key=lambda note: (-note.newest.date.toordinal(), note.docname))

    def topics(self) -> dict[str, str]:
        """Return the topics with their titles, in the order of the front page."""
        return self.once("topics", self._topics)

    def _topics(self) -> dict[str, str]:
        env = self.env
        order = list(env.toctree_includes.get(env.config.root_doc, ()))
        indexes = [d for d in env.found_docs if re.fullmatch(r"notes/[^/]+/index", d)]
        indexes.sort(key=lambda d: (order.index(d) if d in order else len(order), d))
        return {d.split("/")[1]: env.titles[d].astext() for d in indexes if d in env.titles}

    def topic_title(self, topic: str) -> str:
        return self.topics().get(topic, topic)


def get(env: BuildEnvironment) -> Notebook:
    """Return the store of this build."""
    domain = env.domains["note"]
    assert isinstance(domain, Notebook)
    return domain


def resolves_pages(builder: Builder) -> bool:
    """Tell whether each page is resolved by itself; other builders join many into one.

    Where it is, what stands on few pages need not be looked for on all of them.
    """
    return builder.name in {"html", "dirhtml"}


def may_list(builder: Builder, docname: str) -> bool:
    """Tell whether a list of notes may stand on what is resolved as ``docname``."""
    return not resolves_pages(builder) or docname in get(builder.env).listings


# -------------------------------------------------------------------------- reading


def leave_out_unreadable(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Report pages that are not UTF-8 and go on without them; Sphinx would stop."""
    for docname in list(docnames):
        content = env.doc2path(docname).read_bytes()
        try:
            content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            message = "this file is not UTF-8; save it as UTF-8 in the editor"
            report(Problem(line=line, kind=Kind.ENCODING, message=message), docname)
            docnames.remove(docname)
            env.project.docnames.discard(docname)
            if docname in env.all_docs:
                app.emit("env-purge-doc", env, docname)
                env.clear_doc(docname)


def read_tags(app: Sphinx, config: Config) -> None:
    """Read the registry before any page, as a setting: when it changes, notes are reread."""
    path = app.confdir / config.tag_registry
    try:
        found, _problems = tags.parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"tag_registry: {path} cannot be read ({error.strerror}); create it"
        raise ConfigError(message) from error
    config.note_tags = tuple((tag.id, tag.label, tag.aliases) for tag in found)


def registered_tags(config: Config) -> tuple[Tag, ...]:
    """Return the tags that :func:`read_tags` found."""
    return _tags(config.note_tags)


@cache
def _tags(rows: tuple[tuple[str, str, tuple[str, ...]], ...]) -> tuple[Tag, ...]:
    return tuple(tags.Tag(id=i, label=label, aliases=names) for i, label, names in rows)


def today() -> datetime.date:
    """Return the latest day it is anywhere. Used by one check; no output depends on it."""
    return datetime.datetime.now(LATEST_ZONE).date()


def read_front_matter(app: Sphinx, docname: str, content: list[str]) -> None:
    """Parse the front matter while the source is still text."""
    if is_note(docname):
        front, problems = front_matter.parse(content[0], today=today())
        app.env.current_document["note_front_matter"] = front
        content[0] = front_matter.blank(content[0])
        for problem in problems:
            report(problem, docname)


def read_note(app: Sphinx, doctree: nodes.document) -> None:
    """Make the :class:`Note` of a page that has just been read."""
    docname = app.env.docname
    if not is_note(docname):
        return
    front: FrontMatter = app.env.current_document["note_front_matter"]
    title = next(doctree.findall(nodes.title), None)
    found = []
    for name in front.tags:
        if tag := tags.resolve(registered_tags(app.config), name):
            found.append(tag)
    han, words = excerpt.count(doctree)
    get(app.env).note_note(
        Note(
            docname=docname,
            title=excerpt.to_text(excerpt.inline(title)) if title else docname,
            title_tokens=excerpt.inline(title) if title else excerpt.plain(docname),
            front=front,
            tags=tuple(dict.fromkeys(found)),
            prose=excerpt.plain(front.summary) or excerpt.collect(doctree),
            han=han,
            words=words,
        )
    )
    for problem in [
        *_page_problems(app.config, docname, doctree, front),
        *_keep_old_anchors(doctree, front),
    ]:
        report(problem, docname)


def _keep_old_anchors(doctree: nodes.document, front: FrontMatter) -> Iterator[Problem]:
    """Give sections the ids they had before, behind those of today."""
    sections = {
        i: section for section in doctree.findall(nodes.section) for i in section["ids"]
    }
    for old, new in front.anchors:
        message = ""
        if old in doctree.ids:
            message = f'"{old}" in "anchors" is an id of today; delete it here'
        elif new not in sections:
            message = f'"anchors" leads to "#{new}", which this note does not have'
            message += nearest(new, list(sections)) or "; copy a heading's ¶ link"
        else:
            sections[new]["ids"].append(old)
            doctree.ids[old] = sections[new]
        if message:
            line = front.line(f"anchors {old}")
            yield Problem(line=line, kind=Kind.ANCHOR, message=message)


def _page_problems(
    config: Config, docname: str, doctree: nodes.document, front: FrontMatter
) -> Iterator[Problem]:
    """Yield what is wrong with one note that its page alone shows."""
    slug = docname.split("/")[2]
    if not _SLUG.fullmatch(slug):
        message = (
            f'the file name "{slug}" becomes an address; use lower-case ASCII letters, '
            "digits and hyphens"
        )
        yield Problem(line=1, kind=Kind.SLUG, message=message)
    if next(doctree.findall(nodes.title), None) is None:
        message = "a note needs a title; write # and its title below the front matter"
        yield Problem(line=1, kind=Kind.TITLE, message=message)
    registered = registered_tags(config)
    for name in front.tags:
        if tags.resolve(registered, name) is None:
            names = [other for tag in registered for other in tag.names]
            message = f'unknown tag "{name}"; add it to {config.tag_registry}'
            message += nearest(name, names)
            yield Problem(line=front.line(f"tags {name}"), kind=Kind.TAG, message=message)
    for change in front.changes:
        if change.anchor and change.anchor not in doctree.ids:
            known = [i for s in doctree.findall(nodes.section) for i in s["ids"]]
            message = f'a change points at "#{change.anchor}", which this note does not have'
            message += nearest(change.anchor, known) or "; copy a heading's ¶ link"
            yield Problem(line=change.line, kind=Kind.ANCHOR, message=message)
    labels = [m["label"] for m in doctree.findall(nodes.math_block) if m.get("label")]
    if front.key_formula and front.key_formula not in labels:
        message = f'no equation of this note has the label "{front.key_formula}"'
        message += nearest(front.key_formula, labels)
        yield Problem(line=front.line("key_formula"), kind=Kind.KEY_FORMULA, message=message)


# --------------------------------------------------------------------------- drafts


def leave_out_drafts(app: Sphinx, config: Config) -> None:
    """In a release, drafts are not pages at all."""
    if config.drafts:
        return
    drafts = []
    for path in sorted(app.srcdir.glob("notes/*/*.md")):
        front, _problems = front_matter.parse(_text(path), today=today())
        if front.draft:  # whatever the suffix: a toctree asks for it with another one
            drafts.append(path.relative_to(app.srcdir).with_suffix(".*").as_posix())
    config.exclude_patterns = [*config.exclude_patterns, *drafts]
    config.suppress_warnings = [*config.suppress_warnings, "toc.excluded"]


def _text(path: Any) -> str:
    return str(path.read_text(encoding="utf-8", errors="replace"))


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_domain(Notebook)
    app.add_config_value("tag_registry", "tags.yaml", "", types=frozenset({str}))
    app.add_config_value("note_tags", (), "env", types=frozenset({tuple}))
    app.add_config_value("drafts", True, "env", types=frozenset({bool}))
    app.connect("config-inited", read_tags)
    app.connect("config-inited", leave_out_drafts)
    app.connect("env-before-read-docs", leave_out_unreadable)
    app.connect("source-read", read_front_matter, priority=100)
    app.connect("doctree-read", read_note, priority=900)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True,
            "parallel_write_safe": True}  # fmt: skip
