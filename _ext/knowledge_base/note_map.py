"""The ``{note-map}`` directive: all notes as one map, by topic, in reading order.

Beyond ``note_map_limit`` notes it draws the topics only, and each topic's notes stand on
maps of their own (``map/<topic>``), each of which draws at most so many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from . import notebook
from .drawing import Group, Node, arc_map
from .further_pages import Further, back
from .limits import chunks
from .links import link_to
from .reading_paths import before, reading_order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

LABEL = "笔记地图：每条弧线从先读的一篇连到后读的一篇"
TOPICS_LABEL = "主题地图：一条弧线连接两个主题，其中一个的笔记要先于另一个的某些笔记来读"
TOPICS_TEXT = "笔记太多，一张图画不下：这里只画主题，各主题的笔记画在它自己的图上。"
PART_TEXT = "这里只画出本页笔记之间的先后；与其他笔记的先后，见各篇笔记末尾的图。"


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


def svg(builder: Builder, page: str, shown: Mapping[str, Sequence[str]]) -> str:
    """Return the map of some notes, by topic, as it stands on ``page``."""
    notes = notebook.get(builder.env).notes
    groups = [
        Group(
            node=Node(
                name=notebook.get(builder.env).topic_title(topic),
                uri=builder.get_relative_uri(page, f"notes/{topic}/index"),
            ),
            notes=[(d, Node(name=notes[d].short_title,
                            uri=builder.get_relative_uri(page, d))) for d in docnames],
        )
        for topic, docnames in shown.items()
    ]  # fmt: skip
    drawn = [docname for docnames in shown.values() for docname in docnames]
    return arc_map(groups, _edges(builder.env, drawn), LABEL)


def _edges(env: BuildEnvironment, drawn: Sequence[str]) -> list[tuple[str, str]]:
    """Return the pairs of some notes of which one is to be read right before the other."""
    known = frozenset(drawn)
    return [(one, other) for other in drawn for one in before(env)[other] if one in known]


def is_parted(builder: Builder) -> bool:
    """Tell whether the notes are too many for one map."""
    return len(reading_order(builder.env)) > int(builder.config.note_map_limit)


def map_of_topics(builder: Builder, page: str) -> str:
    """Return the map of the topics as it stands on ``page``; each leads to its own map."""
    store = notebook.get(builder.env)
    groups = [
        Group(
            key=topic,
            node=Node(
                name=f"{store.topic_title(topic)}（{len(docnames)} 篇）",
                uri=builder.get_relative_uri(page, f"{page}/{topic}"),
            ),
            notes=(),
        )
        for topic, docnames in topics(builder.env).items()
    ]
    return arc_map(groups, _topic_edges(builder.env), TOPICS_LABEL)


def _topic_edges(env: BuildEnvironment) -> list[tuple[str, str]]:
    """Return the pairs of topics of which a note of one leads to a note of the other."""
    notes, order = notebook.get(env).notes, list(topics(env))
    pairs = {
        (notes[one].topic, notes[other].topic)
        for other, firsts in before(env).items()
        for one in firsts
    }
    places = {tuple(sorted(map(order.index, pair))) for pair in pairs}
    return [(order[one], order[other]) for one, other in sorted(places) if one != other]


def further(app: Sphinx, env: BuildEnvironment) -> list[Further]:
    """Name the maps of the topics, if the notes are too many for one."""
    if not is_parted(app.builder):
        return []
    return [
        _of_topic(app.builder, home, topic, docnames)
        for home in _homes(env)
        for topic, docnames in topics(env).items()
    ]


def _of_topic(builder: Builder, home: str, topic: str, docnames: Sequence[str]) -> Further:
    """Return the pages with the map of a topic."""
    env, notes = builder.env, notebook.get(builder.env).notes
    parts = chunks(docnames, builder.config.note_map_limit)
    title = f"{env.titles[home].astext()}：{notebook.get(env).topic_title(topic)}"
    told = [([(d, notes[d].title) for d in part], _edges(env, part)) for part in parts]

    def body(here: str, number: int) -> list[nodes.Node]:
        drawing = svg(builder, here, {topic: parts[number - 1]})
        return [
            back(builder, here, home),
            nodes.paragraph(PART_TEXT, PART_TEXT),
            nodes.raw("", drawing, format="html"),
        ]

    return Further(first=f"{home}/{topic}", title=title, parts=told, body=body)


def _homes(env: BuildEnvironment) -> list[str]:
    """Return the pages with a map."""
    listings = notebook.get(env).listings
    return [docname for docname, found in listings.items() if LABEL in found]


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
        if not notebook.may_list(builder, page):
            return
        for node in list(self.document.findall(note_map)):
            if builder.format == "html" and is_parted(builder):
                text = nodes.paragraph(TOPICS_TEXT, TOPICS_TEXT)
                drawing = map_of_topics(builder, page)
                node.replace_self([text, nodes.raw("", drawing, format="html")])
            elif builder.format == "html":
                drawing = svg(builder, page, topics(self.env))
                node.replace_self(nodes.raw("", drawing, format="html"))
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
    return [(page, value) for page in _homes(env)]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("knowledge_base.reading_paths")
    app.setup_extension("knowledge_base.further_pages")
    app.add_node(note_map)
    app.add_directive("note-map", NoteMap)
    app.add_post_transform(DrawMap)
    app.connect("note-further", further)
    app.connect("note-shown", shown)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
