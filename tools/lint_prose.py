"""Checks spaces and punctuation of the notes' prose with autocorrect, as ``make lint`` does.

    python tools/lint_prose.py FILE...

Front matter, code and formulas are left alone: the prose is what the site's own Markdown
parser calls text. Prints ``file:line: found -> better`` and ends with status 1 if anything
was found.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import autocorrect_py
from myst_parser.config.main import MdParserConfig
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from myst_parser.parsers.mdit import create_md_parser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

sys.path.insert(0, str(Path(__file__).parents[1] / "_ext"))
from knowledge_base.markup import NOT_PROSE, directive_body

HIDDEN = "\ue000"
"""Stands for a formula or code, so that nothing is changed beside it."""


def parser() -> MarkdownIt:
    extensions = {"colon_fence", "deflist", "dollarmath"}
    config = MdParserConfig(enable_extensions=extensions, dmath_double_inline=False)
    return create_md_parser(config, SphinxRenderer)


def lines(md: MarkdownIt, source: str, first: int = 1) -> Iterator[tuple[int, str]]:
    """Yield every line of prose with its number, formulas and code hidden."""
    for token in md.parse(source):
        start = first + (token.map[0] if token.map else 0)
        if token.type in {"fence", "colon_fence"}:
            name, body = directive_body(token)
            if name and name not in NOT_PROSE:
                yield from lines(md, body, start + 1)
        elif token.type == "inline":
            text = "".join(map(_shown, token.children or []))
            yield from enumerate(text.split("\n"), start)


def _shown(piece: Token) -> str:
    if piece.type in {"text", "text_special"}:
        return piece.content
    if piece.type in {"softbreak", "hardbreak"}:
        return "\n"
    is_mark = piece.type.endswith(("_open", "_close"))
    return "" if is_mark else HIDDEN + "\n" * piece.content.count("\n")


def complaints(md: MarkdownIt, source: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, what is there and what autocorrect would write."""
    for line, text in lines(md, source):
        better = autocorrect_py.format(text)
        if better != text:
            yield line, *_difference(text, better)


def _difference(text: str, better: str) -> tuple[str, str]:
    """Return the two from a little before to a little after the first difference."""
    at = next((i for i, (a, b) in enumerate(zip(text, better, strict=False)) if a != b), 0)
    window = slice(max(0, at - 8), at + 12)
    return text[window].replace(HIDDEN, "□"), better[window].replace(HIDDEN, "□")


def main(names: list[str]) -> int:
    md = parser()
    found = 0
    for name in names:
        for line, text, better in complaints(md, Path(name).read_text(encoding="utf-8")):
            print(f"{name}:{line}: {text} -> {better}")
            found += 1
    return min(found, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
