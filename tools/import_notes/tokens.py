"""Tokens of markdown-it-py, made in one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markdown_it.token import Token

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Tokens = list[Token]


def leaf(kind: str, content: str = "", *, markup: str = "", **meta: Any) -> Token:
    """Return a token that holds no others."""
    token = Token(kind, "", 0, content=content, markup=markup)
    token.meta = dict(meta)
    return token


def text(content: str, line: int = 0) -> Token:
    return leaf("text", content, line=line)


def wrap(
    kind: str,
    tokens: Iterable[Token],
    *,
    markup: str = "",
    tag: str = "",
    **meta: Any,
) -> Tokens:
    """Return ``tokens`` between ``kind_open`` and ``kind_close``."""
    begin = Token(f"{kind}_open", tag, 1, markup=markup)
    begin.meta = dict(meta)
    return [begin, *tokens, Token(f"{kind}_close", tag, -1, markup=markup)]


def paragraph(children: Sequence[Token], line: int = 0, **meta: Any) -> Tokens:
    return wrap("paragraph", [line_of(children)], tag="p", line=line, **meta)


def line_of(children: Sequence[Token]) -> Token:
    """Return what a paragraph, heading or cell holds."""
    token = Token("inline", "", 0)
    token.children = list(children)
    return token


def directive(name: str, tokens: Iterable[Token], argument: str = "", **options: str) -> Tokens:
    """Return a MyST directive around blocks."""
    return wrap("directive", tokens, name=name, argument=argument, options=options)


def plain(children: Iterable[Token]) -> str:
    """Return the words of inline tokens, without their markup."""
    parts = []
    for token in children:
        if token.type in {"softbreak", "hardbreak"}:
            parts.append(" ")
        elif token.type == "image":
            parts.append(plain(token.children or ()))
        else:
            parts.append(token.content)
    return "".join(parts)
