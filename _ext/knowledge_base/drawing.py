"""Drawings of the graph of notes, as SVG with real links; pure, the same bytes every time.

Colours come from the style sheet, so that a drawing is right in light and in dark. All
sizes are in the units of the drawing, which are pixels on a phone (:data:`WIDTH` wide).
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH = 360
ROW = 28
"""Height of a line with one name: enough for a finger (WCAG 2.5.8 asks for 24)."""
FONT = 14
NARROW = 0.56
"""Width of a Latin letter in ems; a Han character is 1 wide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A note in a drawing: its name and its address, relative to the page."""

    name: str
    uri: str
    is_path: bool = False
    """Whether the line to it is one of a reading path, not of a mere link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A topic in the map; edges may name it too where it has a ``key``."""

    key: str = ""
    node: Node
    notes: Sequence[tuple[str, Node]]
    """Keys, as the edges name them, and notes."""


def _ems(text: str) -> float:
    return sum(NARROW if character < "\u1100" else 1.0 for character in text)


def shorten(text: str, ems: float) -> str:
    """Return ``text``, cut with … if it is wider than ``ems``."""
    if _ems(text) <= ems:
        return text
    while text and _ems(text) > ems - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def _text(node: Node, x: float, y: float, ems: float, *classes: str) -> str:
    """Return a name as a link, its whole text as the tooltip if it had to be cut."""
    shown = shorten(node.name, ems)
    title = f"<title>{escape(node.name)}</title>" if shown != node.name else ""
    names = f' class="{" ".join(classes)}"' if classes else ""
    return (
        f'<a href="{escape(node.uri)}"{names}>{title}'
        f'<text x="{x:g}" y="{y:g}">{escape(shown)}</text></a>'
    )


def _svg(name: str, label: str, height: float, parts: Iterable[str]) -> str:
    return (
        f'<svg class="{name}" viewBox="0 0 {WIDTH} {height:g}" role="group" '
        f'aria-label="{escape(label)}" font-size="{FONT}">{"".join(parts)}</svg>'
    )


# ---------------------------------------------------------------------- one note's neighbours


def neighbourhood(left: Sequence[Node], right: Sequence[Node], label: str) -> str:
    """Return the notes that lead to one note, a dot for it, and the notes it leads to."""
    height = ROW * max(len(left), len(right))
    middle, gap = WIDTH / 2, 20
    ems = (middle - gap - 2) / FONT
    parts = []
    for side, nodes in ((-1, left), (1, right)):
        top = (height - ROW * len(nodes)) / 2 + ROW / 2
        x = middle + side * gap
        for number, node in enumerate(nodes):
            y = top + number * ROW
            kind = "path" if node.is_path else "mention"
            bend = middle + side * gap * 0.5
            parts.append(
                f'<path class="{kind}" d="M{x - side * 3:g} {y:g}C{bend:g} {y:g} {bend:g} '
                f'{height / 2:g} {middle:g} {height / 2:g}"/>'
            )
            parts.append(_text(node, x, y, ems, "left" if side < 0 else "right"))
    dot = f'<circle cx="{middle:g}" cy="{height / 2:g}" r="4"/>'
    return _svg("neighbourhood", label, height, [*parts, dot])


# ----------------------------------------------------------------------------- the whole map

GUTTER = 120
"""Width of the part of the map where the arcs are."""


def arc_map(groups: Sequence[Group], edges: Sequence[tuple[str, str]], label: str) -> str:
    """Return all notes below each other by topic, and an arc from each to what it opens.

    An arc is the wider the further it goes. Pointing at a name shows its own arcs.
    """
    rows: list[str] = []
    places: dict[str, float] = {}
    topics: dict[str, str] = {}
    y = ROW / 2
    ems = (WIDTH - GUTTER - 10) / FONT
    for group in groups:
        y += ROW * 0.25 if rows else 0
        if group.key:
            places[group.key], topics[group.key] = y, group.node.name
            rows.append(f'<circle cx="{GUTTER:g}" cy="{y:g}" r="3"/>')
        x, names = (GUTTER + 10, (f"n{len(places) - 1}",)) if group.key else (GUTTER, ())
        rows.append(_text(group.node, x, y, ems, "topic", *names))
        for key, node in group.notes:
            y += ROW
            places[key], topics[key] = y, group.node.name
            rows.append(f'<circle cx="{GUTTER:g}" cy="{y:g}" r="3"/>')
            rows.append(_text(node, GUTTER + 10, y, ems, f"n{len(places) - 1}"))
        y += ROW
    height = y - ROW / 2
    number = {key: index for index, key in enumerate(places)}
    arcs = [_arc(places[a], places[b], height, (number[a], number[b]), topics[a] == topics[b])
            for a, b in edges]  # fmt: skip
    rules = "".join(
        f".note-map:has(a.n{n}:is(:hover,:focus)) path.n{n}{{opacity:1;stroke-width:2.5}}"
        for n in sorted({n for a, b in edges for n in (number[a], number[b])})
    )
    return _svg("note-map", label, height, [f"<style>{rules}</style>", *arcs, *rows])


def _arc(start: float, end: float, height: float, pair: tuple[int, int], is_near: bool) -> str:
    reach = 14 + (GUTTER - 18) * min(1.0, (abs(end - start) / height) ** 0.5)
    x = GUTTER - 6
    bend = max(4.0, x - reach * 4 / 3)
    classes = f"n{pair[0]} n{pair[1]} {'near' if is_near else 'far'}"
    return (
        f'<path class="{classes}" d="M{x:g} {start:g}C{bend:.0f} {start:g} {bend:.0f} {end:g} '
        f'{x:g} {end:g}"/>'
    )
