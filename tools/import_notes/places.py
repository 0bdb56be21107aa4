"""Where each page of the source goes, and what its links then lead to."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import regex
from pypinyin import lazy_pinyin

from knowledge_base.chinese import heading_slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NOTION = regex.compile(r"[ -]([0-9a-f]{32})(?=$|/|\.)")
_WORDS = regex.compile(r"[a-z0-9]+")
_ADDRESS = regex.compile(r"[a-z][a-z0-9+.-]*:|//|#|mailto:", regex.IGNORECASE)
_DRIVE = regex.compile(r"(?:[A-Za-z]:[\\/]|file:/+)")
_KEY = regex.compile(r"[\p{L}\p{N}]+")
_GENERIC = frozenset(("readme", "index", "_index", "main", "content", "untitled"))
LONGEST_SLUG = 60


@dataclass(slots=True)
class Place:
    """A page of the source and the note it becomes."""

    path: str
    title: str
    slug: str
    headings: Sequence[str]
    aliases: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """What a link leads to: a note (and a heading), a file of the source, or neither."""

    href: str = ""
    file: str = ""
    problem: str = ""


def clean(path: str) -> str:
    """Return a path without Notion's hashes."""
    return _NOTION.sub("", path)


def slug_of(path: str, title: str, wished: str = "") -> str:
    """Return an address for a note: what the page wished, its ASCII name, or pinyin."""
    pure = PurePosixPath(clean(path))
    stem = (
        pure.stem
        if pure.stem.lower() not in _GENERIC or not pure.parent.name
        else pure.parent.name
    )
    for text in (wished, stem, title):
        if (
            text
            and text.isascii()
            and (words := _WORDS.findall(text.lower()))
            and regex.search("[a-z]", text.lower())
        ):
            return _join(words)
    spelled = " ".join(lazy_pinyin(stem if regex.search(r"\p{Han}", stem) else title))
    return _join(_WORDS.findall(spelled.lower())) or "note"


def _join(words: Iterable[str]) -> str:
    slug = ""
    for word in words:
        if slug and len(slug) + 1 + len(word) > LONGEST_SLUG:
            break
        slug = f"{slug}-{word}" if slug else word[:LONGEST_SLUG]
    return slug


def free_slug(slug: str, path: str, taken: set[str]) -> str:
    """Return ``slug``, or one with the name of the folder or a number if it is taken."""
    folder = "-".join(
        _WORDS.findall(" ".join(lazy_pinyin(PurePosixPath(clean(path)).parent.name)).lower())
    )
    candidates = [slug, *([f"{folder}-{slug}"[:LONGEST_SLUG].strip("-")] if folder else [])]
    for candidate in candidates:
        if candidate not in taken:
            return candidate
    number = 2
    while f"{slug}-{number}" in taken:
        number += 1
    return f"{slug}-{number}"


@dataclass(slots=True)
class Places:
    """All pages and files of a source, by every name that a link may use for them."""

    places: dict[str, Place] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    """Paths of files by their path without Notion's hashes, in lower case."""
    others: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Notes that are in the project already: names to (slug, topic)."""
    _by_name: dict[str, list[str]] = field(default_factory=dict)
    _files_by_name: dict[str, list[str]] = field(default_factory=dict)

    def add(self, place: Place) -> None:
        self.places[place.path] = place
        stem = PurePosixPath(clean(place.path)).stem
        for name in {stem, place.title, PurePosixPath(place.path).stem, *place.aliases}:
            self._by_name.setdefault(name.casefold(), []).append(place.path)

    def add_file(self, path: str) -> None:
        self.files[clean(path).casefold()] = path
        self._files_by_name.setdefault(PurePosixPath(path).name.casefold(), []).append(path)

    # ------------------------------------------------------------------- resolving

    def resolve(self, page: str, href: str) -> Target | None:
        """Return what ``href`` on ``page`` leads to; None for an address elsewhere."""
        if _DRIVE.match(unquote(href)):
            return self._named_file(PurePosixPath(unquote(href).replace("\\", "/")).name, href)
        if _ADDRESS.match(href) and not href.startswith("#"):
            return None
        parts = urlsplit(href.replace("\\", "/"))
        anchor = unquote(parts.fragment)
        if found := regex.match(r"id=([^&]+)", parts.query):  # docsify
            anchor = unquote(found[1])
        path = unquote(parts.path).replace("\\", "/")
        if not path:
            return self._note(page, page, anchor)
        for candidate in self._candidates(page, path):
            if candidate in self.places:
                return self._note(page, candidate, anchor)
            if file := self.files.get(clean(candidate).casefold()):
                return Target(file=file)
        return self._named_file(PurePosixPath(path).name, href)

    def _candidates(self, page: str, path: str) -> list[str]:
        base = "" if path.startswith("/") else posixpath.dirname(page)
        roots = (
            [base, "", "static", "public", "docs", "source"]
            if path.startswith("/")
            else [base, ""]
        )
        found = []
        for root in roots:
            joined = posixpath.normpath(posixpath.join(root, path.lstrip("/")))
            plain = joined.removesuffix(".html").rstrip("/")
            found += [
                joined,
                f"{plain}.md",
                f"{plain}/README.md",
                f"{plain}/index.md",
                f"{plain}/_index.md",
            ]
        return found

    def _named_file(self, name: str, href: str) -> Target:
        found = self._files_by_name.get(name.casefold(), [])
        if len(found) == 1:
            return Target(file=found[0])
        return Target(problem=f"{href} leads to nothing in the source")

    def named(self, page: str, name: str) -> Target:
        """Return what ``[[name]]`` or ``[[name#heading]]`` leads to."""
        title, _hash, heading = name.partition("#")
        if not title:
            return self._note(page, page, heading)
        stem = PurePosixPath(title.strip().removesuffix(".md")).name
        found = self._by_name.get(stem.casefold(), [])
        exact = [
            p
            for p in found
            if p.removesuffix(".md").endswith(title.strip().removesuffix(".md"))
        ]
        if found and (len(found) == 1 or len(exact) == 1):
            return self._note(page, (exact or found)[0], heading)
        if note := self.others.get(title.strip().casefold()):
            return Target(href=f"../{note[1]}/{note[0]}.md")
        files = self._named_file(PurePosixPath(title).name, name)
        if files.file:
            return files
        what = "more than one page" if found else "no page of the source"
        return Target(problem=f"[[{name}]] names {what}")

    def _note(self, page: str, path: str, anchor: str) -> Target:
        place = self.places[path]
        href = "" if path == page else f"{place.slug}.md"
        if not anchor or anchor.startswith("^"):
            return Target(href=href or f"{place.slug}.md")
        key = _key(anchor.rpartition("#")[2])
        for heading in place.headings:
            if _key(heading) == key:
                return Target(href=f"{href}#{heading_slug(heading)}")
        if _key(place.title) == key:
            return Target(href=href or f"{place.slug}.md")
        problem = f'no heading of {path} is called "{anchor}"; the link leads to the page'
        return Target(href=f"{place.slug}.md", problem=problem)


def _key(text: str) -> str:
    return "".join(_KEY.findall(text.casefold()))
