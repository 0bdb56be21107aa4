"""A faithful excerpt of a note, taken from its doctree.

Pure over docutils nodes. :func:`collect` turns a doctree into a list of tokens once, when
the note is read; :func:`cut` shortens the list to a length; :func:`to_nodes` and
:func:`to_text` write it for a page and for plain text. No character of the prose is
changed on the way, and nothing is ever taken from the source by regular expressions.
"""

from __future__ import annotations

import re
from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING, NamedTuple

import regex
from docutils import nodes
from sphinx import addnodes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

MAX_LENGTH = 2_000
"""Characters kept of a note; no excerpt can be longer."""

CONTEXT = 90
"""Characters kept of a sentence on either side of a link in it."""


class Form(StrEnum):
    """What a token is, and so how it is shown."""

    TEXT = "text"
    CODE = "code"
    MATH = "math"
    MARK = "mark"
    """Stands for a block that was passed: 公式, 代码, 图, 表."""
    BREAK = "break"
    """Between two blocks."""
    REFERENCE = "reference"
    """A link whose text is only known when all notes have been read."""


class Token(NamedTuple):
    """One piece of an excerpt; ``target`` holds what resolves a reference.

    A named tuple, because a site has hundreds of thousands: it is made, pickled and read
    back in a fraction of the time that a frozen dataclass takes.
    """

    form: Form
    text: str
    target: tuple[tuple[str, str], ...] = ()


Excerpt = tuple[Token, ...]
_BREAK = Token(Form.BREAK, " ")
_EDGE = Token(Form.BREAK, "")
"""Stands where a link begins or ends, known by its identity."""

_MARKS: tuple[tuple[type[nodes.Node] | tuple[type[nodes.Node], ...], str], ...] = (
    (nodes.math_block, "公式"),
    ((nodes.literal_block, nodes.doctest_block), "代码"),
    ((nodes.figure, nodes.image), "图"),
    (nodes.table, "表"),
)
_SKIPPED = (
    nodes.Titular,
    nodes.Admonition,
    nodes.Invisible,
    nodes.system_message,
    nodes.topic,
    nodes.sidebar,
    nodes.footnote,
    nodes.citation,
    nodes.docinfo,
    nodes.transition,
    nodes.raw,
    addnodes.index,
    addnodes.toctree,
)
_NO_PROSE = frozenset({"toctree-wrapper", "updates", "pager", "archives", "topic-cards"})
"""Classes of what is listed on a page and not said by it."""

_SKIPPED_INLINE = (
    nodes.footnote_reference,
    nodes.citation_reference,
    nodes.raw,
    nodes.Invisible,
    nodes.problematic,
    nodes.system_message,
)


# --------------------------------------------------------------------- collecting


def collect(document: nodes.Element, limit: int = MAX_LENGTH) -> Excerpt:
    """Return the prose of ``document`` as tokens, from its first paragraph on.

    :param limit: no further block is taken once there are so many characters.
    """
    tokens: list[Token] = []
    length = 0
    for token in _blocks(document):
        if not tokens and token.form in {Form.MARK, Form.BREAK}:
            continue
        tokens.append(token)
        length += width(token)
        if length > limit:
            break
    return tidy(tokens)


def inline(node: nodes.Element) -> Excerpt:
    """Return the content of one paragraph or title as tokens."""
    return tidy(_inlines(node))


def around(block: nodes.Element, link: nodes.Element) -> tuple[Excerpt, Excerpt, Excerpt]:
    """Return what stands in ``block`` before ``link``, the link itself, and what follows.

    Only the sentence that holds the link, and of a long one at most
    :data:`CONTEXT` characters on either side.
    """
    before: list[Token] = []
    after: list[Token] = []
    own: list[Token] = []
    part = before
    for token in _inlines(block, link):
        if token is _EDGE:
            part = own if part is before else after
        else:
            part.append(token)
    near = 4 * CONTEXT  # no more is looked at, and far less is kept
    left, right = _near(tidy(before), near, is_end=True), _near(tidy(after), near, is_end=False)
    return _sentence_end(left), tidy(own), _sentence_start(right)


def plain(text: str) -> Excerpt:
    """Return ``text``, such as a summary of the front matter, as an excerpt."""
    return tidy([Token(Form.TEXT, text)]) if text else ()


def _blocks(node: nodes.Element) -> Iterator[Token]:
    for child in node.children:
        if not isinstance(child, nodes.Element) or _is_skipped(child):
            continue
        mark = next((m for kind, m in _MARKS if isinstance(child, kind)), "")
        if mark:
            yield Token(Form.MARK, mark)
        elif isinstance(child, nodes.paragraph | nodes.line | nodes.term):
            yield from _inlines(child)
            yield _BREAK
        elif "literal-block-wrapper" in child.get("classes", ()):
            yield Token(Form.MARK, "代码")
        else:
            yield from _blocks(child)


def _is_skipped(node: nodes.Element) -> bool:
    """Tell whether a block is no prose: headings, boxes, tabs, cards, lists of pages."""
    if isinstance(node, addnodes.only):
        return "html" not in node["expr"]
    return (
        isinstance(node, _SKIPPED)
        or bool(node.get("design_component"))
        or not _NO_PROSE.isdisjoint(node.get("classes", ()))
    )


def _inlines(node: nodes.Element, marked: nodes.Element | None = None) -> Iterator[Token]:
    """Yield the content of ``node``; an edge before and after the descendant ``marked``."""
    for child in node.children:
        if child is marked:
            yield _EDGE
        yield from _inline(child, marked)
        if child is marked:
            yield _EDGE


def _inline(node: nodes.Node, marked: nodes.Element | None) -> Iterator[Token]:
    if isinstance(node, nodes.Text):
        yield Token(Form.TEXT, str(node))
    elif isinstance(node, _SKIPPED_INLINE):
        return
    elif isinstance(node, nodes.math):
        yield Token(Form.MATH, node.astext())
    elif isinstance(node, nodes.image):
        yield Token(Form.MARK, "图")
    elif isinstance(node, addnodes.pending_xref) and not node.get("refexplicit"):
        yield _reference(node)
    elif isinstance(node, nodes.literal):
        yield Token(Form.CODE, node.astext())
    elif isinstance(node, nodes.Element):
        yield from _inlines(node, marked)


_UNASKED = frozenset(("refdoc", "refexplicit", "refwarn"))
"""Attributes of a reference that who keeps it knows, or does not ask for."""


def target_of(node: nodes.Element) -> tuple[tuple[str, str], ...]:
    """Return what is needed to resolve ``node`` when every note has been read."""
    kept = {
        name: str(value)
        for name, value in node.attributes.items()
        if isinstance(value, str | bool) and value != "" and name not in _UNASKED
    }
    return tuple(sorted(kept.items()))


def _reference(node: addnodes.pending_xref) -> Token:
    return Token(Form.REFERENCE, node.astext(), target_of(node))


_FOLDED = re.compile(r"[\t\r\n\f\v]|  ")
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
"""What a browser folds; a no-break or an ideographic space is a character of the text."""


def tidy(tokens: Iterable[Token]) -> Excerpt:
    """Join neighbouring text, fold white space, drop breaks that separate nothing."""
    found: list[Token] = []
    last = Form.BREAK
    for token in tokens:
        form = token.form
        if form is last is Form.TEXT:
            found[-1] = Token(Form.TEXT, found[-1].text + token.text)
        elif form is not Form.BREAK or last is not Form.BREAK:
            found.append(token)
            last = form
    while found and found[-1].form is Form.BREAK:
        found.pop()
    for index, token in enumerate(found):
        if token.form is Form.TEXT and _FOLDED.search(token.text):
            found[index] = Token(Form.TEXT, _SPACES.sub(" ", token.text))
    return tuple(found)


# ------------------------------------------------------------------------ cutting

_EAST_ASIAN = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}"
_EXTEND = r"\p{GCB=Extend}\p{GCB=SpacingMark}\p{GCB=ZWJ}"
_ATOM = regex.compile(
    rf"""
    [[{_EAST_ASIAN}、-】！-／：-＠［-｀｛-｠]--\p{{N}}](?![{_EXTEND}])  # most of a note: first
    | (?>[+\-−±]?\p{{N}}+(?:[.,:/×^eE+\-−–~]{{1,2}}\p{{N}}+)*[%‰°]?)
      (?=[^\p{{L}}{_EXTEND}]|[{_EAST_ASIAN}]|$)
    | (?:[+\-−±](?=\p{{N}}))?[[\p{{L}}\p{{N}}_]--[{_EAST_ASIAN}]]
      (?:['’./@+&\-‐‑{_EXTEND}]*[[\p{{L}}\p{{N}}_]--[{_EAST_ASIAN}]])*[{_EXTEND}]*
      (?:(?<!\p{{GCB=Prepend}})|$)  # such a letter is one grapheme with what follows it
    | \X
    """,
    regex.VERBOSE | regex.V1,
)
"""A number, a word of a script that has words, or one grapheme (UAX #29)."""

_HAN_END = frozenset("。！？…")
_LATIN_END = frozenset(".!?")
_CLOSING = frozenset("”’」』）)]》〉】\"'")
_OPENING = frozenset("“‘「『（([《〈【")
_CLAUSE = frozenset("，、；：,;:—")
_ABBREVIATION = regex.compile(r"(?i)(?:\p{L}|al|fig|eq|sec|cf|vs|etc|e\.g|i\.e|no|dr|prof)")
_GRAPHEME = regex.compile(r"\X")
_SYMBOL = regex.compile(r"\\[A-Za-z]+|\\.|[^\s{}^_&\\]")


_JOINING = regex.compile(r"[^\x00-\u02ff\u2010-\u2027\u3000-\u3029\u4e00-\u9fff\uff01-\uff60]")
"""What may be one character with its neighbours; Latin, Han and their signs are not."""


def _graphemes(text: str) -> Sequence[str]:
    """Split ``text`` into what a reader counts as characters."""
    return _GRAPHEME.findall(text) if len(text) > 1 and _JOINING.search(text) else text


def width(token: Token) -> int:
    r"""Return the length of a token in characters as a reader counts them.

    A formula counts its symbols (``\alpha`` is one, braces none), not its TeX.
    """
    if token.form is Form.MATH:
        return max(1, len(_SYMBOL.findall(token.text)))
    if token.form is Form.MARK:
        return len(token.text) + 2
    return len(_graphemes(token.text))


class _Atom(NamedTuple):
    """The smallest piece that a cut leaves whole, and the token it is part of."""

    token: int
    text: str
    form: Form
    width: int


def _atoms(tokens: Excerpt, length: int) -> Iterator[_Atom]:
    """Split tokens into atoms; a single word longer than the whole excerpt is split too."""
    for index, token in enumerate(tokens):
        if token.form is not Form.TEXT:
            yield _Atom(index, token.text, token.form, width(token))
            continue
        for match in _ATOM.finditer(token.text):  # one after another: most are not asked for
            word = match[0]
            if len(word) == 1:  # nearly all of Chinese
                yield _Atom(index, word, Form.TEXT, 1)
                continue
            graphemes = _graphemes(word)
            pieces = [word] if len(graphemes) < length else graphemes
            for piece in pieces:
                size = len(graphemes) if piece is word else 1
                yield _Atom(index, piece, Form.TEXT, size)


class End(StrEnum):
    """Where an excerpt ends."""

    WHOLE = "whole"
    """Nothing was cut off."""
    SENTENCE = "sentence"
    CLAUSE = "clause"
    """Before a comma or the like."""
    ANYWHERE = "anywhere"
    """Between two atoms."""


def cut(tokens: Excerpt, length: int) -> tuple[Excerpt, bool]:
    """Shorten ``tokens`` to at most ``length`` characters, as :func:`cut_at` does.

    :returns: the tokens that stay, and whether anything was cut off.
    """
    kept, end = cut_at(tokens, length)
    return kept, end is not End.WHOLE


def cut_at(tokens: Excerpt, length: int) -> tuple[Excerpt, End]:
    """Shorten ``tokens`` to at most ``length`` characters.

    The cut falls behind the last sentence that ends in the last third of the length, else
    before the last comma there, else between two atoms: never inside a formula, a code
    span, a word, a number or a grapheme.

    :returns: the tokens that stay, and where they end.
    """
    head, rest, before = _surely_kept(tokens, length)
    atoms: list[_Atom] = []
    total, fitting = before, 0  # how many atoms leave room for an ellipsis
    for atom in _atoms(rest, length):
        atoms.append(atom)
        total += atom.width
        if total < length or not (head or fitting):
            fitting = len(atoms)
        if total > length:
            break
    if total <= length:
        return tokens, End.WHOLE
    # One more atom is looked at, but never kept: the cut is before it.
    number, end = _last_good_end(atoms[: fitting + 1], length, before)
    kept = _rejoined(head, _rebuild(rest, atoms[:number]))
    return kept, end if kept != tokens else End.WHOLE


_HAN_ALONE = regex.compile(
    rf"(?<!\p{{GCB=Prepend}})[\p{{Han}}--\p{{N}}](?![{_EXTEND}])", regex.REVERSE | regex.V1
)


def _surely_kept(tokens: Excerpt, length: int) -> tuple[Excerpt, Excerpt, int]:
    """Part ``tokens`` behind a Han character before the last third of ``length``.

    No cut is made before it, so that what stands there need not be taken to pieces: an atom
    of its own that ends no sentence and may end an excerpt.

    :returns: what stays, the rest, and the width of what stays; nothing stays if there is
        no such character where the last third begins.
    """
    total, room = 0, (length * 2 - 1) // 3
    for index, token in enumerate(tokens):
        size = width(token)
        if total + size < room:
            total += size
            continue
        if token.form is not Form.TEXT or size != len(token.text):
            break
        if han := _HAN_ALONE.search(token.text, 0, room - total):
            head, rest = token.text[: han.end()], token.text[han.end() :]
            kept = (*tokens[:index], token._replace(text=head))
            return kept, (token._replace(text=rest), *tokens[index + 1 :]), total + len(head)
        break
    return (), tokens, 0


def beginning(tokens: Excerpt, length: int) -> Excerpt:
    """Return as much of ``tokens`` as decides how they are cut, whatever references show."""
    known = 0
    for index, token in enumerate(tokens):
        if known > length and token.form is not Form.BREAK:
            return tokens[: index + 1]
        known += 0 if token.form is Form.REFERENCE else width(token)
    return tokens


def after(tokens: Excerpt, kept: Excerpt) -> Excerpt:
    """Return what of ``tokens`` follows ``kept``, which :func:`cut_at` made of them."""
    if not kept or kept == tokens:
        return () if kept else tokens
    whole = tokens[len(kept) - 1]
    rest = Token(whole.form, whole.text[len(kept[-1].text) :], whole.target)
    return (*((rest,) if rest.text else ()), *tokens[len(kept) :])


def _rejoined(head: Excerpt, rest: Excerpt) -> Excerpt:
    """Join two parts of an excerpt, and the text that was parted."""
    if head and rest and rest[0].form is Form.TEXT:
        text = head[-1].text + rest[0].text
        return (*head[:-1], head[-1]._replace(text=text), *rest[1:])
    return head + rest


def _last_good_end(atoms: list[_Atom], length: int, before: int) -> tuple[int, End]:
    """Return how many of ``atoms`` (but the last, which is over the length) to keep.

    :param before: the width of what stands before them.
    """
    sizes = [before]
    for atom in atoms:
        sizes.append(sizes[-1] + atom.width)
    late = [n for n in range(1, len(atoms)) if sizes[n] * 3 >= length * 2]
    if sentence := next((n for n in reversed(late) if _ends_sentence(atoms, n)), 0):
        return sentence, End.SENTENCE
    if clause := next((n for n in reversed(late) if _before_clause(atoms, n)), 0):
        return clause, End.CLAUSE
    anywhere = (n for n in range(len(atoms) - 1, 0, -1) if _is_fit_to_end(atoms[n - 1]))
    return next(anywhere, 0 if before else 1), End.ANYWHERE


def _is_fit_to_end(atom: _Atom) -> bool:
    return atom.form is not Form.BREAK and not (atom.text.isspace() or atom.text in _OPENING)


def _ends_sentence(atoms: list[_Atom], end: int) -> bool:
    """Tell whether a sentence ends just before atom ``end``, closing quotes included."""
    if end < len(atoms) and atoms[end].form is Form.TEXT and atoms[end].text in _CLOSING:
        return False
    last = end - 1
    while last > 0 and atoms[last].form is Form.TEXT and atoms[last].text in _CLOSING:
        last -= 1
    atom = atoms[last]
    if atom.form is not Form.TEXT:
        return False
    if atom.text in _HAN_END:
        follows = atoms[end] if end < len(atoms) else None
        return not (follows and follows.form is Form.TEXT and follows.text in _HAN_END)
    if atom.text not in _LATIN_END or last == 0:
        return False
    follows = atoms[end] if end < len(atoms) else None
    is_spaced = follows is None or follows.form is Form.BREAK or follows.text.isspace()
    return is_spaced and not _ABBREVIATION.fullmatch(atoms[last - 1].text)


def _before_clause(atoms: list[_Atom], end: int) -> bool:
    """Tell whether atom ``end`` is a comma or the like that ends a clause."""
    follows = atoms[end]
    if follows.form is not Form.TEXT or follows.text not in _CLAUSE:
        return False
    return _is_fit_to_end(atoms[end - 1])


def _rebuild(tokens: Excerpt, atoms: list[_Atom]) -> Excerpt:
    """Join the kept atoms into tokens again, up to one that an excerpt may end with."""
    while atoms and not _is_fit_to_end(atoms[-1]):
        atoms.pop()
    return _join(tokens, atoms)


def _join(tokens: Excerpt, atoms: list[_Atom]) -> Excerpt:
    texts: dict[int, str] = {}
    for atom in atoms:
        texts[atom.token] = texts.get(atom.token, "") + atom.text
    return tuple(
        Token(tokens[index].form, text, tokens[index].target) for index, text in texts.items()
    )


# ------------------------------------------------------------------------ sentences

_DOTS = Token(Form.TEXT, "…")


def _near(tokens: Excerpt, length: int, *, is_end: bool) -> Excerpt:
    """Return the last ``length`` characters of ``tokens``, or the first; only text is cut."""
    kept: list[Token] = []
    for token in reversed(tokens) if is_end else tokens:
        if length <= 0:
            break
        text = token.text[-length:] if is_end else token.text[:length]
        kept.append(Token(Form.TEXT, text) if token.form is Form.TEXT else token)
        length -= width(kept[-1])
    return tuple(reversed(kept) if is_end else kept)


_ALONE = rf"(?<!\p{{GCB=Prepend}})[%s](?![{_EXTEND}])"
"""One of some characters that is a grapheme by itself."""
_HAN_STOP = _ALONE % "".join(sorted(_HAN_END))
_FIRST_STOP = regex.compile(_HAN_STOP)
_LAST_STOP = regex.compile(_HAN_STOP, regex.REVERSE)
_PAST_STOP = regex.compile(f"(?:{_ALONE % regex.escape(''.join(_HAN_END | _CLOSING))})*\\X?")


def _from_last_end(tokens: Excerpt) -> Excerpt:
    """Return ``tokens`` from the last 。 or the like on: no earlier end can be the last."""
    for index in range(len(tokens) - 1, -1, -1):
        token = tokens[index]
        stop = _LAST_STOP.search(token.text) if token.form is Form.TEXT else None
        if stop:
            return (token._replace(text=token.text[stop.start() :]), *tokens[index + 1 :])
    return tokens


def _to_first_end(tokens: Excerpt) -> Excerpt:
    """Return ``tokens`` up to behind the first 。 or the like: no later end is the first."""
    for index, token in enumerate(tokens):
        stop = _FIRST_STOP.search(token.text) if token.form is Form.TEXT else None
        if stop and (past := _PAST_STOP.match(token.text, stop.end())):
            if past.end() < len(token.text):
                return (*tokens[:index], token._replace(text=token.text[: past.end()]))
            return tokens[: index + 3]  # what follows the text has a say, too
    return tokens


def _sentence_end(tokens: Excerpt) -> Excerpt:
    """Return what follows the last end of a sentence in ``tokens``, shortened on the left."""
    tokens = _from_last_end(tokens)
    atoms = list(_atoms(tokens, MAX_LENGTH))
    end = next((n for n in range(len(atoms), 0, -1) if _ends_sentence(atoms, n)), 0)
    sentence = atoms[end:]
    start, size = 0, sum(atom.width for atom in sentence)
    while size > CONTEXT:
        size -= sentence[start].width
        start += 1
    is_cut = start > 0
    while start < len(sentence) and _is_unfit_to_begin(sentence[start], is_cut=is_cut):
        start += 1
    kept = _join(tokens, sentence[start:])
    return (_DOTS, *kept) if is_cut else kept


def _is_unfit_to_begin(atom: _Atom, *, is_cut: bool) -> bool:
    return atom.text.isspace() or (is_cut and atom.form is Form.TEXT and atom.text in _CLAUSE)


def _sentence_start(tokens: Excerpt) -> Excerpt:
    """Return ``tokens`` up to their first end of a sentence, shortened on the right."""
    tokens = _to_first_end(tokens)
    atoms = list(_atoms(tokens, MAX_LENGTH))
    ends = (n for n in range(1, len(atoms) + 1) if _ends_sentence(atoms, n))
    kept, is_cut = cut(_join(tokens, atoms[: next(ends, len(atoms))]), CONTEXT)
    return (*kept, _DOTS) if is_cut else kept


# ------------------------------------------------------------------------ writing


def _separator(before: str) -> str:
    """Full-width punctuation carries its own space."""
    return "" if before[-1:] in "。！？；：，、”’）」』…" else " "


def to_text(tokens: Excerpt, *, is_cut: bool = False) -> str:
    """Return plain text: formulas as ``$TeX$``, marks as 〔公式〕."""
    text = ""
    for token in tokens:
        if token.form is Form.BREAK:
            text += _separator(text)
        elif token.form is Form.MATH:
            text += f"${token.text}$"
        elif token.form is Form.MARK:
            text += f"〔{token.text}〕"
        else:
            text += token.text
    return text + ("…" if is_cut else "")


def to_nodes(tokens: Excerpt, *, is_cut: bool = False) -> list[nodes.Node]:
    """Return inline nodes without ids or links; formulas are typeset by the page."""
    found: list[nodes.Node] = []
    text = ""
    for token in tokens:
        if token.form is Form.BREAK:
            found.append(nodes.Text(_separator(text)))
        elif token.form is Form.MATH:
            found.append(nodes.math(token.text, token.text))
        elif token.form is Form.CODE:
            found.append(nodes.literal(token.text, token.text))
        elif token.form is Form.MARK:
            found.append(nodes.inline(token.text, token.text, classes=["excerpt-mark"]))
        else:
            found.append(nodes.Text(token.text))
        text = token.text
    if is_cut:
        found.append(nodes.Text("…"))
    return found


def to_html(tokens: Excerpt, formula: Callable[[str], str], *, is_cut: bool = False) -> str:
    """Return HTML for where no page is written; ``formula`` gives that of an inline TeX."""
    text = html = ""
    for token in tokens:
        if token.form is Form.BREAK:
            html += _separator(text)
        elif token.form is Form.MATH:
            html += formula(token.text)
        elif token.form is Form.CODE:
            html += f"<code>{escape(token.text)}</code>"
        elif token.form is Form.MARK:
            html += f'<span class="excerpt-mark">{escape(token.text)}</span>'
        else:
            html += escape(token.text)
        text = token.text
    return html + ("…" if is_cut else "")


# ----------------------------------------------------------------------- counting

_HAN = regex.compile(r"\p{Han}+")
_WORD = regex.compile(rf"[[\p{{L}}\p{{N}}]--[{_EAST_ASIAN}]]+", regex.V1)
_UNREAD = (nodes.literal_block, nodes.math_block, nodes.math, nodes.Invisible, nodes.raw)


def count(document: nodes.Element) -> tuple[int, int]:
    """Return the Han characters and the words of other scripts in the prose."""
    text = "\0".join(_texts(document))  # no word reaches over that
    return sum(map(len, _HAN.findall(text))), len(_WORD.findall(text))


def _texts(node: nodes.Element) -> Iterator[str]:
    for child in node.children:
        if isinstance(child, nodes.Text):
            yield child
        elif isinstance(child, nodes.Element) and not isinstance(child, _UNREAD):
            yield from _texts(child)
