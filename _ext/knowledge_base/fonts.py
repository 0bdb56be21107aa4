"""Lets a page with formulas load only the parts of KaTeX's fonts that it needs.

``katex_fonts`` holds from each large font the signs that are common in the notes
(``tools/cut_fonts.py`` makes it). In KaTeX's style each of these fonts becomes two, told
apart by ``unicode-range``: the part, and the whole one for every sign that is not in it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

PARTS = Path(__file__).with_name("katex_fonts")

_FACE = re.compile(r"@font-face\{[^}]*?url\(fonts/KaTeX_([\w-]+)\.woff2\)[^}]*\}")
"""A rule of KaTeX's style, and the name of its font."""
_SOURCE = re.compile(r"src:[^};]*")


def _address(name: str) -> str:
    """Return where a part is, under another address whenever it is another one."""
    digest = hashlib.sha256((PARTS / f"{name}.woff2").read_bytes()).hexdigest()[:8]
    return f'src:url(fonts/part-{name}.woff2?v={digest}) format("woff2")'


def in_parts(style: str) -> str:
    """Return KaTeX's style with the rule of each font that has a part made two."""
    known = json.loads((PARTS / "ranges.json").read_text(encoding="utf-8"))

    def rules(match: re.Match[str]) -> str:
        rule, name = match[0], match[1]
        if name not in known:
            return rule
        part = _SOURCE.sub(_address(name), rule)
        ends = [f";unicode-range:{known[name][kind]}}}" for kind in ("rest", "part")]
        return rule[:-1] + ends[0] + part[:-1] + ends[1] if known[name]["rest"] else part

    return _FACE.sub(rules, style)


def copy(dist: Path, target: Path) -> None:
    """Copy the fonts of the KaTeX in ``dist``, and their parts, into the folder ``target``."""
    target.mkdir(parents=True, exist_ok=True)
    for source in sorted(dist.glob("fonts/*.woff2")):
        shutil.copyfile(source, target / source.name)
    for source in sorted(PARTS.glob("*.woff2")):
        shutil.copyfile(source, target / f"part-{source.name}")
