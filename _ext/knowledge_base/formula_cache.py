"""What KaTeX made of the formulas of a site, kept from one build to the next.

A build that changes one note shows few formulas and keeps thousands, so a result is parsed
when it is asked for. The file is a line with a key (what the results depend on beside the
formula) and a check sum, then a line a formula: digest, ``!`` if KaTeX found fault with it,
the result as JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Key = tuple[str, bool]
"""The TeX of a formula, and whether it stands on a line of its own."""

_CLEAN, _FAULTY = b" ", b"!"


@dataclass(frozen=True, slots=True)
class Typeset:
    """What KaTeX made of a formula: HTML or an error, and complaints."""

    html: str
    error: str = ""
    complaints: tuple[str, ...] = ()


def _digest(key: Key) -> bytes:
    tex, is_display = key
    text = f"{is_display:d}{tex}".encode("utf-8", "backslashreplace")
    return hashlib.blake2b(text, digest_size=16).hexdigest().encode()


def _sum(rows: bytes) -> str:
    return hashlib.blake2b(rows, digest_size=16).hexdigest()


class Results(Mapping[Key, Typeset]):
    """Results by formula."""

    def __init__(self, rows: Iterable[bytes] = ()) -> None:
        self._rows = {row[:32]: row for row in rows}

    def __getitem__(self, key: Key) -> Typeset:
        _tex, _is_display, html, error, complaints = json.loads(self._rows[_digest(key)][33:])
        return Typeset(html, error, tuple(complaints))

    def __contains__(self, key: object) -> bool:
        return isinstance(key, tuple) and _digest(key) in self._rows

    def __iter__(self) -> Iterator[Key]:
        for row in self._rows.values():
            tex, is_display, *_result = json.loads(row[33:])
            yield tex, is_display

    def __len__(self) -> int:
        return len(self._rows)

    def is_faulty(self, key: Key) -> bool:
        """Tell whether there is an error or a complaint, without parsing the result."""
        return self._rows[_digest(key)][32:33] == _FAULTY

    def add(self, found: Mapping[Key, Typeset]) -> None:
        for key, result in found.items():
            mark = _FAULTY if result.error or result.complaints else _CLEAN
            row = json.dumps([*key, result.html, result.error, list(result.complaints)])
            self._rows[_digest(key)] = _digest(key) + mark + row.encode()

    def keep(self, wanted: Iterable[Key]) -> None:
        """Forget all other results."""
        digests = {_digest(key) for key in wanted}
        self._rows = {d: row for d, row in self._rows.items() if d in digests}

    def save(self, path: Path, key: str) -> None:
        rows = b"\n".join(row for _digest, row in sorted(self._rows.items()))
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".new")
        beside.write_bytes(f"{key} {_sum(rows)}\n".encode() + rows)
        beside.replace(path)


def load(path: Path, key: str) -> Results:
    """Return the cached results; none if the file is missing, damaged or of another key."""
    with suppress(OSError):
        head, _newline, rows = path.read_bytes().partition(b"\n")
        if head == f"{key} {_sum(rows)}".encode():
            return Results(rows.split(b"\n") if rows else ())
    return Results()
