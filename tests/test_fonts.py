"""A page with formulas loads parts of KaTeX's fonts, and every sign is in one of them."""

from __future__ import annotations

import io
import json
import re

import pytest
from fontTools.ttLib import TTFont
from tools import cut_fonts

from knowledge_base import fonts
from sites import ROOT

STYLE = (ROOT / "node_modules/katex/dist/katex.min.css").read_text(encoding="utf-8")


def points(ranges: str) -> set[int]:
    """Return the code points of a ``unicode-range``."""
    found: set[int] = set()
    for piece in ranges.split(",") if ranges else []:
        first, _, last = piece.removeprefix("U+").partition("-")
        found |= set(range(int(first, 16), int(last or first, 16) + 1))
    return found


def test_the_parts_are_those_of_this_katex() -> None:
    told, made = cut_fonts.parts()
    why = "run python -m tools.cut_fonts"
    assert json.loads((fonts.PARTS / "ranges.json").read_text("utf-8")) == told, why
    kept = {path.stem: path.read_bytes() for path in fonts.PARTS.glob("*.woff2")}
    assert kept == made, why


@pytest.mark.parametrize("name", sorted(cut_fonts.COMMON))
def test_every_sign_is_in_the_part_or_only_in_the_whole_font(name: str) -> None:
    told = json.loads((fonts.PARTS / "ranges.json").read_text("utf-8"))[name]
    whole = TTFont(cut_fonts.KATEX / f"KaTeX_{name}.woff2")
    part = TTFont(fonts.PARTS / f"{name}.woff2")
    inner, outer = points(told["part"]), points(told["rest"])
    assert set(part.getBestCmap()) == inner
    assert inner.isdisjoint(outer)
    assert inner | outer == set(whole.getBestCmap())
    for point in inner:
        sizes = [
            (font["hmtx"][font.getBestCmap()[point]], font["head"].unitsPerEm)
            for font in (whole, part)
        ]
        assert sizes[0] == sizes[1], chr(point)


def test_each_font_with_a_part_has_two_rules_and_the_others_theirs() -> None:
    rules = re.findall(r"@font-face\{[^}]*\}", fonts.in_parts(STYLE))
    before = re.findall(r"@font-face\{[^}]*\}", STYLE)
    told = json.loads((fonts.PARTS / "ranges.json").read_text("utf-8"))
    assert len(rules) == len(before) + sum(bool(names["rest"]) for names in told.values())
    for name in cut_fonts.COMMON:
        family = re.compile(rf"font-family:KaTeX_{name.partition('-')[0]};")
        mine = [rule for rule in rules if f"/part-{name}.woff2?v=" in rule]
        assert len(mine) == 1
        assert family.search(mine[0])
        assert mine[0].endswith(f";unicode-range:{told[name]['part']}}}")
    without = re.sub(r"@font-face\{[^}]*\}", "", fonts.in_parts(STYLE))
    assert without == re.sub(r"@font-face\{[^}]*\}", "", STYLE)


def test_a_cut_font_has_only_what_was_asked_for() -> None:
    font = (cut_fonts.KATEX / "KaTeX_AMS-Regular.woff2").read_bytes()
    part = cut_fonts.cut(font, {ord("R")}, is_hinted=False)
    assert set(TTFont(io.BytesIO(part)).getBestCmap()) == {ord("R")}
    assert len(part) < len(font) / 10
