"""The code of every note runs, and prints what the note says it prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import note_blocks
from requirements import needs_torch

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
NOTES = [path for path in sorted(ROOT.glob("notes/*/*.md")) if note_blocks.read(path).code]


@pytest.mark.parametrize("path", NOTES, ids=lambda path: path.stem)
def test_the_code_of(path: Path, record_property: Callable[[str, object], None]) -> None:
    blocks = note_blocks.read(path)
    if blocks.needs_torch:
        needs_torch()
    blocks.run()
    assert blocks.asserts, f"{path}: the code asserts nothing of what the note claims"
    record_property("asserts", f"{path.stem} {blocks.asserts}")
