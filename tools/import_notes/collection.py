"""What is in the folder or zip that is imported: its pages and its other files."""

from __future__ import annotations

import datetime
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LARGEST = 50_000_000
"""Bytes of a file; a larger one is left out, and named."""

_PAGES = frozenset((".md", ".markdown", ".mdown", ".mkd"))
_FURNITURE = frozenset(
    ("_sidebar", "_navbar", "_coverpage", "_404", "summary", "license", "contributing")
)
"""Names of pages that hold no note, but lists of links and the like."""


_STRANGE = regex.compile(r"[\p{Co}\p{Cn}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Cyrillic}]")
"""What a Chinese text holds seldom, and one that was decoded wrongly often."""


class SourceError(Exception):
    """What is wrong with the source as a whole, in one line."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the source: its path there, its text, the encoding, its day."""

    path: str
    text: str
    encoding: str
    day: datetime.date


@dataclass(frozen=True, slots=True)
class Collection:
    """The pages in the order of their paths, the other files, what was left out and why."""

    pages: tuple[Page, ...]
    files: Mapping[str, Callable[[], bytes]]
    left_out: tuple[tuple[str, str], ...]


def read(source: Path) -> Collection:
    """Read a folder, a zip, or a single page."""
    if source.is_dir():
        return _collect(_in_folder(source))
    if zipfile.is_zipfile(source):
        return _collect(_in_zip(source))
    if source.suffix.lower() in _PAGES and source.is_file():
        found = [entry for entry in _in_folder(source.parent) if entry[0] == source.name
                 or PurePosixPath(entry[0]).suffix.lower() not in _PAGES]  # fmt: skip
        return _collect(iter(found))
    raise SourceError(f"{source} is no folder, no zip and no page of Markdown; name one")


_Entry = tuple[str, int, datetime.date, "Callable[[], bytes]"]


def _in_folder(folder: Path) -> Iterator[_Entry]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.is_symlink():
            status = path.stat()
            day = datetime.datetime.fromtimestamp(status.st_mtime).astimezone().date()
            yield unicodedata.normalize("NFC", name), status.st_size, day, path.read_bytes


def _in_zip(path: Path) -> Iterator[_Entry]:
    archive = zipfile.ZipFile(path)
    for info in sorted(archive.infolist(), key=lambda info: info.filename):
        name = unicodedata.normalize("NFC", _name(info))
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if info.is_dir() or ".." in parts or not parts or parts[0] == "/":
            continue

        def content(info: zipfile.ZipInfo = info) -> bytes:
            try:
                with archive.open(info) as file:
                    return file.read(LARGEST + 1)
            except (RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
                raise SourceError(f"cannot be unpacked: {error}") from error

        yield "/".join(parts), info.file_size, _day(info), content


def _day(info: zipfile.ZipInfo) -> datetime.date:
    """Return the day of a file in a zip; some makers write the 0th of month 0."""
    year, month, day = info.date_time[:3]
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return datetime.date(year, 1, 1)


def _name(info: zipfile.ZipInfo) -> str:
    """Return the name of a file in a zip; without a flag it is in the maker's encoding."""
    if info.flag_bits & 0x800:
        return info.filename
    raw = info.filename.encode("cp437", "replace")
    return decode(raw)[0] or info.filename


def _collect(entries: Iterator[_Entry]) -> Collection:
    pages: list[Page] = []
    files: dict[str, Callable[[], bytes]] = {}
    left_out: list[tuple[str, str]] = []
    for name, size, day, content in entries:
        path = PurePosixPath(name)
        if any(
            part.startswith(".") or part in {"node_modules", "__MACOSX"} for part in path.parts
        ):
            continue
        if size > LARGEST:
            left_out.append((name, f"{size / 1e6:.0f} MB, more than {LARGEST / 1e6:.0f}"))
        elif path.suffix.lower() not in _PAGES:
            files[name] = content
        elif path.stem.lower() in _FURNITURE:
            left_out.append((name, "a list of links, no note"))
        else:
            try:
                text, encoding = decode(content())
            except (OSError, SourceError) as error:
                left_out.append((name, getattr(error, "strerror", "") or str(error)))
                continue
            if not encoding:
                left_out.append((name, "its encoding is not known; save it as UTF-8"))
            elif not text.strip():
                left_out.append((name, "it is empty"))
            else:
                pages.append(Page(name, text, encoding, day))
    return Collection(tuple(pages), files, tuple(left_out))


def decode(content: bytes) -> tuple[str, str]:
    """Return text and encoding; the encoding is empty if none of those in use fits."""
    found: list[tuple[int, str, str]] = []
    marks = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
    marked = next((name for mark, name in marks.items() if content.startswith(mark)), "")
    for encoding in [marked] if marked else ["utf-8", "gb18030", "big5"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            continue
        found.append((len(_STRANGE.findall(text)), text, encoding))
        if not encoding.startswith(("gb", "big")):
            break
    if not found:
        return "", ""
    _strange, text, encoding = min(found, key=lambda entry: entry[0])
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding
