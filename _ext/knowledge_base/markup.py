"""Markup that was not understood and would reach the page as text.

``**重点。**后文`` prints asterisks, ``$$x$$`` inside a line prints a dollar sign, and Markdown
of other programs (``==x==``, ``![[x]]``, ``> [!NOTE]``) passes through: all without a word.
The source is parsed a second time with the page's own parser, but with escapes kept apart
from text, so that an escaped asterisk is never taken for a mistake.

Pure but for the parser: source in, :class:`~knowledge_base.problems.Problem` out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from myst_parser.parsers.mdit import create_md_parser

from .problems import Kind, Problem, report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it import MarkdownIt
    from markdown_it.token import Token
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata

_EMBED = "an embed of another program; use ![text](image) or {figure}"
_NOT_A_LINK = (
    "a link to a note that is not closed or not of the form [[name]], [[name#heading]] "
    "or [[name|text]]"
)
_BOX = "an admonition of another program; use ```{note}, ```{tip} or ```{warning}"
_CONTENTS = "a table of contents of another program; delete it, each page has one"
_HIGHLIGHT = "a highlight of another program; use **bold**"
_BARE = "a bare LaTeX environment; put it between $$ lines, with aligned in place of align"
_DISPLAY = (
    "a display formula inside a line; put $$ on lines of their own, with a blank line "
    "before and after"
)
_DOLLAR = "a dollar that opens or closes no formula; write \\$ for the sign itself"
_BOLD = (
    "bold that was not understood: a mark stands between punctuation and a letter; put the "
    "punctuation outside, as in **重点**。"
)
_STAR = "an asterisk that emphasises nothing; write \\* for the sign itself"
_HTML = "HTML, which is off; write Markdown, a directive, or code between backquotes"
_NARROW = "half-width punctuation between Han characters; write ，；：！？。（）"

_ELEMENTS = (
    *("a", "abbr", "address", "article", "aside", "audio", "b", "big", "blockquote", "body"),
    *("br", "button", "canvas", "center", "cite", "code", "dd", "del", "details", "div", "dl"),
    *("dt", "em", "embed", "figcaption", "figure", "font", "footer", "form", "h[1-6]", "head"),
    *("header", "hr", "html", "i", "iframe", "img", "input", "ins", "kbd", "label", "li"),
    *("link", "main", "mark", "math", "meta", "nav", "object", "ol", "option", "p", "picture"),
    *("pre", "q", "s", "samp", "script", "section", "select", "small", "span", "strike"),
    *("strong", "style", "sub", "summary", "sup", "svg", "table", "tbody", "td", "textarea"),
    *("tfoot", "th", "thead", "time", "title", "tr", "tt", "u", "ul", "var", "video", "wbr"),
)
"""Elements of HTML; other names between angle brackets, such as ``<bos>``, are meant so."""

_LEFT = (
    (r"!\[\[.*?\]\]", _EMBED),
    (r"\[\[", _NOT_A_LINK),
    (rf"</?(?:{'|'.join(_ELEMENTS)})\b[^<>]*>|<!--", _HTML),
    (r"^\s*\[!\w+\]", _BOX),
    (r"^\s*\[(?i:toc)\]\s*$", _CONTENTS),
    (r"==[^=\s][^=\n]*==", _HIGHLIGHT),
    (r"\\begin\{\w+\*?\}", _BARE),
    (r"\$\$", _DISPLAY),
    (r"\$", _DOLLAR),
    (r"\*\*|__(?=\S)", _BOLD),
    (r"\*", _STAR),
    (r"(?<=\p{Han})(?:[,;:!?()]|\.(?!\.))(?=\p{Han})", _NARROW),
)
"""What is looked for, in this order, and the cure; what is found hides it from the rest."""
_PATTERNS = [(regex.compile(pattern), cure) for pattern, cure in _LEFT]

NOTE_LINK = regex.compile(r"\[\[([^\[\]|#\n]+)(?:#([^\[\]|\n]+))?(?:\|([^\[\]\n]+))?\]\]")
"""``[[name]]``, ``[[name#heading]]``, ``[[name|text]]``: groups name, heading, text."""

NOT_PROSE = frozenset(
    (
        *("plot", "code", "code-block", "code-cell", "sourcecode", "literalinclude"),
        *("math", "raw", "eval-rst", "toctree", "bibliography", "image", "include"),
        *("latest-updates", "topics"),
    )
)
"""Directives whose content is no Markdown."""


def parser(app: Sphinx) -> MarkdownIt:
    """Return the site's Markdown parser with escapes kept as tokens of their own."""
    return create_md_parser(app.env.myst_config, SphinxRenderer).disable("text_join")  # type: ignore[attr-defined]


def problems(md: MarkdownIt, source: str, line: int = 1) -> Iterator[Problem]:
    """Yield what of ``source``, whose first line is ``line``, would be printed as it is."""
    for token in md.parse(source):
        start = line + (token.map[0] if token.map else 0)
        if token.type in {"fence", "colon_fence"}:
            yield from _directive(md, token, start)
        elif token.type == "inline":
            yield from _inline(token, start)


def _directive(md: MarkdownIt, token: Token, line: int) -> Iterator[Problem]:
    """Look into a directive that holds Markdown."""
    name, body = directive_body(token)
    if name and name not in NOT_PROSE:
        yield from problems(md, body, line + 1)


def directive_body(token: Token) -> tuple[str, str]:
    """Return the name of a fence's directive (or nothing) and its body, options blanked."""
    match = regex.match(r"\{([\w-]+)\}", token.info.strip())
    body = regex.sub(
        r"\A(?:\s*:[\w-]+:.*\n?)+", lambda m: "\n" * m[0].count("\n"), token.content
    )
    return match[1] if match else "", body


def _inline(token: Token, line: int) -> Iterator[Problem]:
    """Look at the pieces of text of one paragraph, heading or cell."""
    pieces = token.children or []
    text = ""
    for piece in [*pieces, None]:
        if piece is not None and _is_text(piece):
            text += piece.content
            continue
        yield from _text(text, line)
        text = ""
        if piece is None:
            continue
        if piece.type in {"softbreak", "hardbreak"}:
            line += 1
        elif piece.type == "math_inline_double":
            yield _problem(line, "$$" + piece.content + "$$", _DISPLAY)
        elif piece.type == "text_special" and _opens_formula(token, piece):
            yield _problem(line, piece.markup, "a formula mark of LaTeX; write $…$ instead")
        elif piece.type in {"math_inline", "code_inline", "html_inline", "myst_role"}:
            line += piece.content.count("\n")


def _is_text(piece: Token) -> bool:
    """Tell whether ``piece`` stands in the source as it is printed: no escape, no entity."""
    return piece.type == "text" or (
        piece.type == "text_special" and piece.content == piece.markup
    )


def _opens_formula(token: Token, piece: Token) -> bool:
    r"""Tell whether an escape is the ``\(`` of a formula, or ``\[`` of a whole one."""
    is_display = regex.fullmatch(r"\\\[(?!\\).*\\\]", token.content.strip(), regex.DOTALL)
    return piece.markup == r"\(" or (piece.markup == r"\[" and is_display is not None)


def _text(text: str, line: int) -> Iterator[Problem]:
    """Yield the problems of one run of text, each kind of mark once a line."""
    text = NOTE_LINK.sub(lambda m: m[0] if text[: m.start()].endswith("!") else " ", text)
    for pattern, cure in _PATTERNS:
        for match in pattern.finditer(text):
            yield _problem(line, text[max(0, match.start() - 8) : match.end() + 8], cure)
        text = pattern.sub(" ", text)


def _problem(line: int, what: str, cure: str) -> Problem:
    message = f'"{what.strip()}" would be printed as it is: {cure}'
    return Problem(line=line, kind=Kind.MARKUP, message=message)


class Checker:
    """Looks at each source; the parser is made once a Sphinx application."""

    def __init__(self) -> None:
        self.parser: MarkdownIt | None = None

    def check(self, app: Sphinx, docname: str, content: list[str]) -> None:
        if self.parser is None:
            self.parser = parser(app)
        for problem in dict.fromkeys(problems(self.parser, content[0])):
            report(problem, docname)


def configure(app: Sphinx, config: Config) -> None:
    """Take HTML for text unless ``raw_html`` is set: pages hold what the notes say, no more."""
    if not config.raw_html:
        config.myst_disable_syntax = [*config.myst_disable_syntax, "html_block", "html_inline"]


def forbid_raw(app: Sphinx) -> None:
    """Switch off the directive ``raw`` with it."""
    app.env.settings["raw_enabled"] = bool(app.config.raw_html)


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("myst_parser")
    app.add_config_value("raw_html", False, "env", types=frozenset({bool}))
    app.connect("config-inited", configure)
    app.connect("builder-inited", forbid_raw)
    app.connect("source-read", Checker().check, priority=200)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
