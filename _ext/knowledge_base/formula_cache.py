"""What KaTeX made of the formulas of a site, kept from one build to the next.

A build that changes one note shows few formulas and keeps thousands, so a result is parsed
when it is asked for, and kept compressed: what KaTeX writes shrinks to a sixth, of 5,000
notes from 225 MB. The file is a line with a key (what the results depend on beside the
formula) and a check sum, then the pickled rows.
"""

from __future__ import annotations

import hashlib
import pickle
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Key = tuple[str, bool]
"""The TeX of a formula, and whether it stands on a line of its own."""

Row = tuple[bool, bytes]
"""Whether KaTeX found fault with a formula; its key and the result, pickled, compressed."""

FASTEST = 1
"""Level of compression."""

FORMAT = 4
"""Of the rows; raised when they change, so that a file of before is not read as one of now."""

PICKLE = 5
"""The protocol: the file is the same with every version of Python."""


@dataclass(frozen=True, slots=True)
class Typeset:
    """What KaTeX made of a formula: HTML or an error, and complaints."""

    html: str
    error: str = ""
    complaints: tuple[str, ...] = ()


def _digest(key: Key) -> bytes:
    tex, is_display = key
    text = f"{is_display:d}{tex}".encode("utf-8", "backslashreplace")
    return hashlib.blake2b(text, digest_size=16).digest()


def _packed(key: Key, found: Typeset) -> Row:
    whole = pickle.dumps((key, found.html, found.error, found.complaints), PICKLE)
    return bool(found.error or found.complaints), zlib.compress(whole, FASTEST)


def _unpacked(row: Row) -> tuple[Key, Typeset]:
    key, *result = pickle.loads(zlib.decompress(row[1]))
    return key, Typeset(*result)


def _sum(rows: bytes) -> str:
    """Return the check sum of the rows, and what tells this form of them from others."""
    return f"{FORMAT}-{hashlib.blake2b(rows, digest_size=16).hexdigest()}"


class Results(Mapping[Key, Typeset]):
    """Results by formula."""

    def __init__(self, rows: dict[bytes, Row] | None = None) -> None:
        self._rows = rows or {}

    def __getitem__(self, key: Key) -> Typeset:
        return _unpacked(self._rows[_digest(key)])[1]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, tuple) and _digest(key) in self._rows

    def __iter__(self) -> Iterator[Key]:
        for row in self._rows.values():
            yield _unpacked(row)[0]

    def __len__(self) -> int:
        return len(self._rows)

    def is_faulty(self, key: Key) -> bool:
        """Tell whether there is an error or a complaint, without parsing the result."""
        return self._rows[_digest(key)][0]

    def add(self, found: Mapping[Key, Typeset]) -> None:
        for key, result in found.items():
            self._rows[_digest(key)] = _packed(key, result)

    def keep(self, wanted: Iterable[Key]) -> None:
        """Forget all other results."""
        digests = {_digest(key) for key in wanted}
        self._rows = {d: row for d, row in self._rows.items() if d in digests}

    def save(self, path: Path, key: str) -> None:
        rows = pickle.dumps(dict(sorted(self._rows.items())), PICKLE)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".new")
        beside.write_bytes(f"{key} {_sum(rows)}\n".encode() + rows)
        beside.replace(path)


def load(path: Path, key: str) -> Results:
    """Return the cached results; none if the file is missing, damaged or of another key."""
    with suppress(OSError):
        head, _newline, rows = path.read_bytes().partition(b"\n")
        if head == f"{key} {_sum(rows)}".encode():
            return Results(pickle.loads(rows))
    return Results()
