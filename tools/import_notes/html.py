"""HTML in Markdown, as tokens of Markdown.

Everything a page says stays: elements with a Markdown form get it, elements that only look
(``font``, ``center``) are dropped around their content, names that are no HTML at all
(``<bos>``) are text, and what a note cannot hold (``iframe``, ``script``) is kept as code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import regex
from bs4 import BeautifulSoup
from bs4.element import Tag

WRAPS = {
    "b": ("strong", "**"),
    "strong": ("strong", "**"),
    "mark": ("strong", "**"),
    "i": ("em", "*"),
    "em": ("em", "*"),
    "cite": ("em", "*"),
    "s": ("s", "~~"),
    "del": ("s", "~~"),
    "strike": ("s", "~~"),
    "sub": ("sub", "~"),
    "sup": ("sup", "^"),
}
"""Inline elements with a form of their own: the name of the tokens, their markup."""

CODE = frozenset(("code", "tt", "kbd", "samp", "var"))
LOOKS = frozenset(
    (
        *("font", "span", "center", "big", "small", "u", "ins", "label", "abbr", "nobr"),
        *("div", "p", "section", "article", "main", "header", "footer", "figure", "picture"),
        *("a", "figcaption", "tbody", "thead", "html", "body", "bdo", "q", "dfn", "wbr"),
        *("colgroup", "col", "source", "noscript", "nav", "aside", "address", "time"),
    )
)
"""Elements that only say how their content looks, or where it is."""

BLOCKS = frozenset(
    (
        *("div", "p", "center", "section", "article", "main", "header", "footer", "figure"),
        *("figcaption", "details", "summary", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5"),
        *("h6", "blockquote", "pre", "hr", "table", "dl", "dt", "dd", "nav", "aside"),
    )
)
"""Elements that begin a paragraph of their own."""

STRANGE = frozenset(
    (
        *("script", "style", "iframe", "video", "audio", "object", "embed", "form", "input"),
        *("button", "select", "textarea", "svg", "canvas", "math", "map", "meta", "link"),
    )
)
"""Elements that a note cannot hold."""

KNOWN = (
    LOOKS
    | BLOCKS
    | STRANGE
    | CODE
    | frozenset(WRAPS)
    | frozenset(("br", "img", "tr", "td", "th"))
)


@dataclass(frozen=True, slots=True)
class Event:
    """One tag, or a run of text between tags."""

    kind: str
    """``start``, ``end``, ``text`` or ``comment``."""
    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    raw: str = ""
    line: int = 0


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.events: list[Event] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        raw = self.get_starttag_text() or ""
        self.events.append(Event("start", tag, found, raw, self.getpos()[0]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.events.append(Event("end", tag, {}, f"</{tag}>", self.getpos()[0]))

    def handle_data(self, data: str) -> None:
        self.events.append(Event("text", "", {}, data, self.getpos()[0]))

    def handle_comment(self, data: str) -> None:
        self.events.append(Event("comment", "", {}, data, self.getpos()[0]))

    def handle_decl(self, decl: str) -> None:
        self.events.append(Event("text", "", {}, f"<!{decl}>", self.getpos()[0]))

    def unknown_decl(self, data: str) -> None:
        self.events.append(Event("text", "", {}, data, self.getpos()[0]))

    def handle_pi(self, data: str) -> None:
        self.events.append(Event("text", "", {}, f"<?{data}>", self.getpos()[0]))


def events(source: str, line: int = 1) -> list[Event]:
    """Return the tags and texts of ``source``, whose first line is ``line``."""
    reader = _Reader()
    reader.feed(source.replace("<![", "&lt;!["))  # else html.parser raises an error
    reader.close()
    found = []
    for event in reader.events:
        at = line + event.line - 1
        if event.kind in {"start", "end"} and event.name not in KNOWN:
            found.append(Event("text", "", {}, event.raw, at))
        else:
            found.append(Event(event.kind, event.name, event.attributes, event.raw, at))
    return found


# --------------------------------------------------------------------------- formulas


def formula_of(attributes: dict[str, str]) -> tuple[str, bool] | None:
    """Return TeX and whether it is displayed, for a picture or span that is a formula.

    Zhihu's ``data-tex`` and ``eeimg`` (2 is a display, and so is a TeX ending in two
    backslashes), and pictures made by a server from the TeX in their address.
    """
    tex, is_display = "", attributes.get("eeimg", attributes.get("data-eeimg")) == "2"
    if "data-tex" in attributes:
        tex = attributes["data-tex"]
    else:
        tex = formula_in_address(attributes.get("src") or attributes.get("data-src", ""))
        if not tex and "eeimg" in attributes:
            tex = attributes.get("alt", "")
    if tex.rstrip().endswith("\\\\"):
        tex, is_display = tex.rstrip()[:-2], True
    return (tex.strip(), is_display) if tex.strip() else None


_MAKERS = regex.compile(
    r"(?:zhihu\.com/equation|latex\.codecogs\.com/|render\.githubusercontent\.com/render/math"
    r"|chart\.googleapis\.com/chart\?cht=tx|math\.now\.sh|i\.upmath\.me/)"
)


def formula_in_address(address: str) -> str:
    """Return the TeX that the address of a picture holds, or nothing."""
    if not _MAKERS.search(address):
        return ""
    query = address.partition("?")[2]
    found = regex.search(
        r"(?:^|&)(?:tex|math|from|chl)=(.*?)(?=&(?:cht|from|tex|math|chl)=|$)",
        query,
        regex.DOTALL,
    )
    tex = found[1] if found else query
    if not tex:
        tex = urlsplit(address).path.rpartition("/")[2]
    tex = unquote(tex) if "%" in tex else tex
    return regex.sub(
        r"\\(?:inline|dpi\{\d+\}|large|Large|small|fn_\w+|bg_\w+)(?![A-Za-z])", "", tex
    ).strip()


# --------------------------------------------------------------------------- pictures

_SIZE = regex.compile(r"([\d.]+)\s*(px|%|em|rem|vw|)")
_STYLE = regex.compile(r"(?:^|;)\s*([\w-]+)\s*:\s*([^;]+)")


def size_of(attributes: dict[str, str]) -> dict[str, str]:
    """Return ``width``, ``height`` or ``scale`` of an ``img`` as options of a figure."""
    style = dict(_STYLE.findall(attributes.get("style", "")))
    found = {}
    for name in ("width", "height"):
        value = attributes.get(name) or style.get(name, "")
        if (match := _SIZE.fullmatch(value.strip().rstrip(";"))) and float(match[1]) > 0:
            found[name] = f"{float(match[1]):g}{match[2] or 'px'}"
    if not found and (match := _SIZE.fullmatch(style.get("zoom", "").strip())):
        percent = float(match[1]) * (1 if match[2] == "%" else 100)
        if percent > 0 and percent != 100:
            found["scale"] = f"{percent:g}%"
    if found.get("height", "").endswith("%"):
        del found["height"]
    return found


def is_centered(event: Event) -> bool:
    style = event.attributes.get("style", "").replace(" ", "").lower()
    align = event.attributes.get("align", "").lower()
    return (
        event.name in {"center", "figcaption"}
        or "center" in align
        or "text-align:center" in style
    )


# ----------------------------------------------------------------------------- tables


def rows(source: str) -> list[list[str]] | None:
    """Return the cells of a table as HTML; None if cells span or hold blocks."""
    table = BeautifulSoup(source, "html.parser").find("table")
    if not isinstance(table, Tag) or table.find(["table", "ul", "ol", "pre"]) is not None:
        return None
    found = []
    for row in table.find_all("tr"):
        cells = row.find_all(["td", "th"])
        if any(
            cell.get("rowspan", "1") != "1" or cell.get("colspan", "1") != "1" for cell in cells
        ):
            return None
        found.append(["".join(map(str, cell.contents)).strip() for cell in cells])
    widths = {len(row) for row in found}
    return found if len(widths) == 1 and widths != {0} else None
