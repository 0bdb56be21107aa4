r"""TeX as other programs take it, made into TeX that this site takes.

The site wants one KaTeX formula a block, its number given by a label and not by ``\tag``,
``aligned`` in place of ``align``, and no Chinese outside ``\text``.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex

_INNER = {
    "align": "aligned",
    "alignat": "alignedat",
    "flalign": "aligned",
    "eqnarray": "aligned",
    "gather": "gathered",
    "multline": "gathered",
    "equation": "",
}
_BEGIN_END = regex.compile(r"\\(begin|end)\s*\{\s*(\w+)(\*?)\s*\}")
_TAG = regex.compile(r"\\tag\*?\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_LABEL = regex.compile(r"\\label\s*\{([^{}]*)\}")
_NO_NUMBER = regex.compile(r"\\(?:nonumber|notag)(?![A-Za-z])")
_EASTERN = r"[\p{Han}\p{Hiragana}\p{Katakana}\u3000-\u303f\uff00-\uffef‘’“”—…·]"
_NO_MATH = regex.compile(
    rf"{_EASTERN}+(?:[ \t]+{_EASTERN}+)*"
    r"|[A-Za-z]*[[\p{Latin}]--[A-Za-z]]\p{Latin}*"
    r"|\\textcircled\s*(?:\{(?:[^{}]|\{[^{}]*\})*\}|\S)",
    regex.V1,
)
"""What may stand in text only: Chinese, words with accents, numbers in a circle."""
_TEXT = regex.compile(
    r"\\(?:text(?!circled)\w*|mbox|textrm|operatorname\*?|hbox|fbox)\s*(?=\{)"
)
_INVISIBLE = regex.compile(r"[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_PERCENT = regex.compile(r"(?<=\d)[ \t]*(?<!\\)%")
_ALIGNS = regex.compile(r"(?<!\\)&|\\\\")
_DOUBLE_EQUALS = regex.compile(r"&\s*(=|\\(?:leq?|geq?|approx|equiv|sim))\s*&")


@dataclass(frozen=True, slots=True)
class Tex:
    """A formula for this site, the number it had, and what was changed in it."""

    tex: str
    number: str = ""
    name: str = ""
    changes: tuple[str, ...] = ()


def convert(tex: str, *, is_display: bool) -> Tex:
    """Return ``tex`` as this site wants it; nothing of what it says is left out."""
    changes: list[str] = []
    numbers = _TAG.findall(tex)
    names = _LABEL.findall(tex)
    found = _plain(_NO_NUMBER.sub("", _LABEL.sub("", tex)))
    if len(numbers) == 1:
        found = _TAG.sub("", found)
    elif numbers:
        found = _TAG.sub(lambda m: rf"\qquad \text{{({m[1].strip('()')})}}", found)
        changes.append("several \\tag in one formula became text")
    renamed = _environments(found, is_display=is_display)
    if renamed != found:
        changes.append("environments that number by themselves became aligned or gathered")
    wrapped = with_text(renamed)
    if wrapped != renamed:
        changes.append("Chinese in a formula was put into \\text")
    tidy = _tidy(wrapped, is_display)
    number = numbers[0].strip().strip("()（）") if len(numbers) == 1 else ""
    return Tex(tidy, number, names[0].strip() if names else "", tuple(changes))


def _plain(tex: str) -> str:
    """Write out what editors leave in formulas and TeX does not know."""
    found = _INVISIBLE.sub("", tex.replace("\u2061", " ")).replace("&space;", " ")
    return _PERCENT.sub(r"\\%", found.replace("\u2032", "'").replace("\u00a0", " "))


def _environments(tex: str, *, is_display: bool) -> str:
    """Rename what would be numbered, and close up lines that stand in no environment."""

    def rename(match: regex.Match[str]) -> str:
        name = _INNER.get(match[2])
        if name is None:
            return match[0]
        return rf"\{match[1]}{{{name}}}" if name else ""

    found = _BEGIN_END.sub(rename, tex)
    if "eqnarray" in tex:
        found = _DOUBLE_EQUALS.sub(r"&\1 ", found)
    return _closed_up(found) if is_display else found


def _closed_up(tex: str) -> str:
    r"""Put lines that ``\\`` or ``&`` part outside every group into one environment."""
    body = regex.sub(r"(?:\\\\\s*)+$", "", tex.strip())
    outside = _outside(body)
    if not _ALIGNS.search(outside):
        return body
    name = "aligned" if regex.search(r"(?<!\\)&", outside) else "gathered"
    return rf"\begin{{{name}}} {body} \end{{{name}}}"


def _outside(tex: str) -> str:
    """Return what of ``tex`` stands in no environment and in no group."""
    kept = []
    depth = 0
    for match in regex.finditer(
        r"\\(begin|end)\s*\{[^{}]*\}|\\(left|right)(?![A-Za-z])|\\\\|\\.|[{}]|.",
        tex,
        regex.DOTALL,
    ):
        piece = match[0]
        if match[1]:
            depth += 1 if match[1] == "begin" else -1
        elif match[2]:
            depth += 1 if match[2] == "left" else -1
        elif piece in "{}":
            depth += 1 if piece == "{" else -1
        elif depth == 0:
            kept.append(piece)
    return "".join(kept)


def with_text(tex: str) -> str:
    r"""Put runs of Chinese that stand outside ``\text{…}`` into one."""
    parts: list[str] = []
    position = 0
    while position < len(tex):
        if match := _TEXT.match(tex, position):
            stop = _group_end(tex, match.end())
            parts.append(tex[position:stop])
            position = stop
        elif match := _NO_MATH.match(tex, position):
            parts.append(rf"\text{{{match[0]}}}")
            position = match.end()
        elif tex[position] == "\\":
            parts.append(tex[position : position + 2])
            position += 2
        else:
            parts.append(tex[position])
            position += 1
    return "".join(parts)


def _group_end(tex: str, start: int) -> int:
    """Return the position behind the group that begins at ``start``."""
    depth = 0
    for position in range(start, len(tex)):
        if tex[position] == "\\":
            continue
        if tex[position] == "{" and tex[position - 1] != "\\":
            depth += 1
        elif tex[position] == "}" and tex[position - 1] != "\\":
            depth -= 1
            if depth == 0:
                return position + 1
    return len(tex)


def _tidy(tex: str, is_display: bool) -> str:
    """Return ``tex`` without blank lines and, inline, on one line."""
    lines = [line.rstrip() for line in tex.split("\n")]
    lines = [line for line in lines if line.strip()]
    if not is_display:
        return " ".join(line.strip() for line in lines)
    return "\n".join(lines).strip()
