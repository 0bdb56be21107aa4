"""What the import of a page changes, and what it cannot map: one record each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a finding is about; the value is what the report calls it."""

    CHANGED = "changed"
    """Written in another form, the meaning kept."""
    UNMAPPED = "not mapped"
    """Kept as text or code because this project has no such thing; to be looked at."""
    FORMULA = "formula"
    """KaTeX refuses it; kept as code."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One finding: the line of the source (0 for the whole page), its kind, a text."""

    line: int
    kind: Kind
    text: str


@dataclass(slots=True)
class Findings:
    """The findings of one page, gathered while it is converted."""

    found: list[Finding] = field(default_factory=list)

    def changed(self, line: int, text: str) -> None:
        self.found.append(Finding(line, Kind.CHANGED, text))

    def unmapped(self, line: int, text: str) -> None:
        self.found.append(Finding(line, Kind.UNMAPPED, text))

    def refused(self, line: int, text: str) -> None:
        self.found.append(Finding(line, Kind.FORMULA, text))
