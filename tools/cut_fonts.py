"""Cut from KaTeX's fonts what the notes use, so that a page does not load the rest.

A browser loads a font whole, even for one sign: ``KaTeX_AMS`` is 28 kB, and the notes use
five of its 257 signs. From each font of ``COMMON`` a part with these signs is written to
``_ext/knowledge_base/katex_fonts``, and ``ranges.json`` says which signs are in the part and
which only in the whole font; CSS calls that ``unicode-range``. A sign that is not listed
still shows: it loads the whole font. Run it when KaTeX is raised or a sign becomes common::

    python -m tools.cut_fonts

The signs are those that occurred in the notes' formulas on 2026-11-21, counted in Chromium
by the family that is computed for each character, and the ASCII beside them.
"""

from __future__ import annotations

import io
import json
import string
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parents[1]
KATEX = ROOT / "node_modules" / "katex" / "dist" / "fonts"
TARGET = ROOT / "_ext" / "knowledge_base" / "katex_fonts"

ASCII = string.ascii_letters + string.digits + string.punctuation + " "
COMMON = {
    "Main-Regular": ASCII
    + "\u00a0±×−≈≤≥∈∋′⋅∣→…⊤∗∞∥ˉ˙˚\u20d7∂Δ∇ℓ∼←⋯⟨⟩∝⊙⌈⌉≪≫ΘΦ∘≡↦⌊⌋ΣΓ⊗⊕⟺⇒⟶⟸⟹∀∃Λ∩∪⋆≻"
    "≺Ω°∙ΠΞΨ↓↑◃∧∨∖¬\ue020",
    "Math-Italic": string.ascii_letters + "αβγδεϵζηθϑικλμνξπϖρϱσςτυφϕχψωΔΘΛΠΣΦΨΩΓΞ",
    "AMS-Regular": "CEFNPQRZ∅",
    "Main-Bold": string.digits + "BCe",
    "Caligraphic-Regular": string.ascii_uppercase,
    "Size1-Regular": "()[]/⟨⟩∑∏∫⋃{}",
    "Size2-Regular": "()[]/{}⌈⌉⌊⌋∑∏∫",
    "Size3-Regular": "()[]{}⌈⌉⌊⌋",
    "Size4-Regular": "()[]{}⎧⎨⎩",
}
HINTED = frozenset(("Main-Regular", "Math-Italic"))
"""Fonts of the size of text keep their hints; at larger sizes they move nothing by a pixel."""


def ranges(points: set[int]) -> str:
    """Return code points as CSS writes them: ``U+28-29,U+2211``."""
    runs: list[list[int]] = []
    for point in sorted(points):
        if runs and point == runs[-1][1] + 1:
            runs[-1][1] = point
        else:
            runs.append([point, point])
    return ",".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in runs)


def cut(font: bytes, points: set[int], *, is_hinted: bool) -> bytes:
    """Return the part of a font with ``points``, as WOFF2; the same bytes every time."""
    options = subset.Options()
    options.flavor = "woff2"
    options.hinting = is_hinted
    options.layout_features = ["*"]
    options.notdef_outline = True
    loaded = subset.load_font(io.BytesIO(font), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=points)
    subsetter.subset(loaded)
    target = io.BytesIO()
    subset.save_font(loaded, target, options)
    return target.getvalue()


def parts() -> tuple[dict[str, dict[str, str]], dict[str, bytes]]:
    """Return the ranges of each font, and the bytes of each part."""
    told, made = {}, {}
    for name, signs in COMMON.items():
        font = (KATEX / f"KaTeX_{name}.woff2").read_bytes()
        every = set(TTFont(io.BytesIO(font)).getBestCmap())
        common = {ord(sign) for sign in signs} & every
        told[name] = {"part": ranges(common), "rest": ranges(every - common)}
        made[name] = cut(font, common, is_hinted=name in HINTED)
    return told, made


if __name__ == "__main__":
    told, made = parts()
    TARGET.mkdir(exist_ok=True)
    for name, font in made.items():
        (TARGET / f"{name}.woff2").write_bytes(font)
        print(f"{name:20} {len(font):6,} bytes")
    (TARGET / "ranges.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
