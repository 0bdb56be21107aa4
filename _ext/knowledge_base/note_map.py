"""The ``{note-map}`` directive: all notes as one map, by topic, in reading order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from . import notebook
from .drawing import Group, Node, arc_map
from .links import link_to
from .reading_paths import before, reading_order

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

LABEL = "笔记地图：每条弧线从先读的一篇连到后读的一篇"


class note_map(nodes.General, nodes.Element):
    """The placeholder."""


class NoteMap(SphinxDirective):
    """``{note-map}``; it has no options."""

    def run(self) -> list[nodes.Node]:
        notebook.get(self.env).note_listing(self.env.docname, LABEL)
        return [note_map()]


def topics(env: BuildEnvironment) -> dict[str, list[str]]:
    """Return the notes of each topic that has any, in reading order."""
    notes = notebook.get(env).notes
    found: dict[str, list[str]] = {topic: [] for topic in notebook.get(env).topics()}
    for docname in reading_order(env):
        found.setdefault(notes[docname].topic, []).append(docname)
    return {topic: docnames for topic, docnames in found.items() if docnames}


def svg(builder: Builder, page: str) -> str:
    """Return the map as it stands on ``page``."""
    env = builder.env
    store = notebook.get(env)
    groups = [
        Group(
            node=Node(
                name=store.topic_title(topic),
                uri=builder.get_relative_uri(page, f"notes/{topic}/index"),
            ),
            notes=[(d, Node(name=store.notes[d].short_title,
                            uri=builder.get_relative_uri(page, d))) for d in docnames],
        )
        for topic, docnames in topics(env).items()
    ]  # fmt: skip
    graph = before(env)
    edges = [(first, docname) for docname in reading_order(env) for first in graph[docname]]
    return arc_map(groups, edges, LABEL)


def outline(builder: Builder, page: str) -> nodes.bullet_list:
    """Return the same as nested lists, for what is no web page."""
    store = notebook.get(builder.env)
    found = nodes.bullet_list()
    for topic, docnames in topics(builder.env).items():
        inner = nodes.bullet_list()
        for docname in docnames:
            words = [nodes.Text(store.notes[docname].title)]
            inner += nodes.list_item(
                "", nodes.paragraph("", "", link_to(builder, page, docname, words))
            )
        title = nodes.paragraph("", store.topic_title(topic))
        found += nodes.list_item("", title, inner)
    return found


class DrawMap(SphinxPostTransform):
    """Replaces the placeholder."""

    default_priority = 5

    def run(self, **kwargs: object) -> None:
        builder, page = self.env._app.builder, self.env.docname
        for node in list(self.document.findall(note_map)):
            if builder.format == "html":
                node.replace_self(nodes.raw("", svg(builder, page), format="html"))
            else:
                node.replace_self(outline(builder, page))


def shown(app: Sphinx, env: BuildEnvironment) -> list[tuple[str, object]]:
    """Name what a page with a map shows."""
    store = notebook.get(env)
    value = (
        [
            (topic, store.topic_title(topic), docnames)
            for topic, docnames in topics(env).items()
        ],
        sorted(before(env).items()),
        [note.title for note in store.notes.values()],
    )
    pages = [docname for docname, listings in store.listings.items() if LABEL in listings]
    return [(page, value) for page in pages]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("knowledge_base.reading_paths")
    app.add_node(note_map)
    app.add_directive("note-map", NoteMap)
    app.add_post_transform(DrawMap)
    app.connect("note-shown", shown)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
