"""Who links here: below each note the sentences that lead to it, and under an equation too."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from . import excerpt, notebook
from .links import incoming, link_to, resolved

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

    from .excerpt import Excerpt
    from .links import Use

HEADING = "引用本页的笔记"
USED = "用到此式："


def sentence(builder: Builder, use: Use) -> tuple[Excerpt, Excerpt, Excerpt]:
    """Return the sentence of a link as the linking page shows it: before, link, after."""
    link = use.link
    before, words, after = (
        resolved(builder, use.source, tokens)
        for tokens in (link.before, link.words, link.after)
    )
    return before, words, after


def _context(builder: Builder, page: str, use: Use) -> nodes.paragraph:
    """Return one sentence, after the section it stands in; the link's words stand out."""
    line = nodes.paragraph("", "", classes=["backlink"])
    if use.link.heading:
        heading = excerpt.to_nodes(resolved(builder, use.source, use.link.heading))
        place = link_to(builder, page, use.source, heading, use.link.section)
        line += nodes.inline("", "", place, classes=["backlink-section"])
    before, words, after = sentence(builder, use)
    line += excerpt.to_nodes(before)
    line += nodes.inline("", "", *excerpt.to_nodes(words), classes=["backlink-words"])
    line += excerpt.to_nodes(after)
    return line


def _distinct(builder: Builder, uses: Iterable[Use]) -> list[Use]:
    """Leave out a sentence that another link of it has already shown."""
    found: dict[tuple[str, str], Use] = {}
    for use in uses:
        text = "".join(excerpt.to_text(part) for part in sentence(builder, use))
        found.setdefault((use.link.section, text), use)
    return list(found.values())


def backlinks(builder: Builder, page: str) -> list[nodes.Node]:
    """Return the list of the sentences that link to ``page``, by note; or nothing."""
    notes = notebook.get(builder.env).notes
    items = nodes.bullet_list(classes=["backlinks"])
    for source, uses in groupby(incoming(builder.env).get(page, ()), lambda use: use.source):
        title = nodes.paragraph("", "", classes=["backlink-title"])
        words = excerpt.to_nodes(notes[source].title_tokens)
        title += link_to(builder, page, source, words)
        lines = [_context(builder, page, use) for use in _distinct(builder, uses)]
        items += nodes.list_item("", title, *lines)
    if not len(items):
        return []
    heading = nodes.rubric(HEADING, HEADING)
    heading["heading-level"] = 2
    return [nodes.container("", heading, items, classes=["backlinks-box"])]


def equation_uses(builder: Builder, page: str) -> dict[str, nodes.paragraph]:
    """Return for each equation of ``page`` that other notes use the line that names them."""
    notes = notebook.get(builder.env).notes
    found: dict[str, nodes.paragraph] = {}
    named: set[tuple[str, str]] = set()
    for use in incoming(builder.env).get(page, ()):
        anchor = use.place.anchor
        if not anchor.startswith("equation-") or (anchor, use.source) in named:
            continue
        named.add((anchor, use.source))
        line = found.setdefault(
            anchor, nodes.paragraph("", "", nodes.Text(USED), classes=["equation-uses"])
        )
        if len(line) > 1:
            line += nodes.Text("、")
        words = nodes.Text(notes[use.source].short_title)
        line += link_to(builder, page, use.source, [words], use.link.section)
    return found


class Backlinks(SphinxPostTransform):
    """Puts both into the page of a note, before the references in it are resolved."""

    default_priority = 7
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        builder, page = self.env._app.builder, self.env.docname
        section = next(self.document.findall(nodes.section), None)
        if section is None or page not in notebook.get(self.env).notes:
            return
        lines = equation_uses(builder, page)
        for block in list(self.document.findall(nodes.math_block)):
            anchor = nodes.make_id(f"equation-{block.get('label')}")
            if line := lines.pop(anchor, None):
                block.parent.insert(block.parent.index(block) + 1, line)
        section += backlinks(builder, page)


def shown(app: Sphinx, env: BuildEnvironment) -> list[tuple[str, object]]:
    """Name what each note shows of the notes that link to it."""
    builder, notes = app.builder, notebook.get(env).notes
    return [
        (
            page,
            [
                (
                    use.source,
                    use.place,
                    notes[use.source].title,
                    use.link.section,
                    [token.text for token in resolved(builder, use.source, use.link.heading)],
                    [[token.text for token in part] for part in sentence(builder, use)],
                )
                for use in uses
            ],
        )
        for page, uses in sorted(incoming(env).items())
    ]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("knowledge_base.links")
    app.setup_extension("knowledge_base.rebuild")
    app.add_post_transform(Backlinks)
    app.connect("note-shown", shown)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
