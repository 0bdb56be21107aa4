"""What a note's own page shows of its front matter: a line under the title, a draft's banner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from . import notebook
from .latest_updates import event_line, meta_line

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

DRAFT = "草稿：本页只在本机可见，不进入任何列表、订阅源、搜索索引与发布版本。"


class NoteHead(SphinxPostTransform):
    """Puts dates, tags and reading time below the title; and a banner over a draft."""

    default_priority = 6

    def run(self, **kwargs: object) -> None:
        docname = self.env.docname
        note = notebook.get(self.env).notes.get(docname)
        section = next(self.document.findall(nodes.section), None)
        if note is None or section is None:
            return
        builder = self.env._app.builder
        lines = [meta_line(builder, docname, note)]
        if note.front.date:
            lines.insert(0, event_line(builder, docname, note))
        section.insert(1, nodes.container("", *lines, classes=["note-head"]))
        if note.front.draft:
            banner = nodes.warning("", nodes.paragraph("", DRAFT), classes=["draft"])
            section.insert(1, banner)


def shown(app: Sphinx, env: BuildEnvironment) -> list[tuple[str, object]]:
    """A tag's label and the topic's title are shown; the rest is the note's own source."""
    store = notebook.get(env)
    return [(d, (note.tags, store.topic_title(note.topic))) for d, note in store.notes.items()]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("knowledge_base.latest_updates")
    app.add_post_transform(NoteHead)
    app.connect("note-shown", shown)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
