"""``make excerpts``: one local page with every excerpt, where it was cut and why.

The builder ``excerpts`` reads the notes and writes this page alone, in the order of the
updates page. What follows the cut is shown in grey.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.builders.dummy import DummyBuilder

from . import cutting, excerpt, notebook
from .formulas import copy_katex, html_of
from .links import resolved
from .listings import EXCERPT_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

    from .cutting import End
    from .excerpt import Excerpt
    from .notebook import Note

REST = 60
"""Characters shown of what was cut off."""

WHY = {
    cutting.End.WHOLE: "全文不足 {length} 字，没有截断",
    cutting.End.SENTENCE: "截在 {length} 字以内最后一个完整的句子之后",
    cutting.End.CLAUSE: "后三分之一里没有句末，退到逗号之前",
    cutting.End.ANYWHERE: "后三分之一里没有句末也没有逗号，退到两个词之间",
}
"""What an author reads about each kind of end."""

_PAGE = """\
<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>全部摘要</title>
<link rel="stylesheet" href="katex/katex.min.css">
<style>
:root {{ color-scheme: light dark; font: 16px/1.7 system-ui, sans-serif; }}
body {{ max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
article {{ border-top: 1px solid #8885; padding: 0.6rem 0; }}
h2 {{ font-size: 1.1rem; margin: 0; }}
code, .excerpt-mark {{ background: #8882; padding: 0 0.25em; }}
.about {{ color: GrayText; font-size: 0.85rem; margin: 0; }}
.rest {{ color: GrayText; }}
.warn {{ color: light-dark(#a33, #f88); }}
</style>
</head>
<body>
<h1>全部摘要</h1>
<p class="about">{count} 篇；灰字是截去的开头，最多 {rest} 字。</p>
{entries}
</body>
</html>
"""


def entries(builder: DummyBuilder) -> Iterator[str]:
    """Yield HTML for each note, the newest first, drafts last."""
    store = notebook.get(builder.env)
    listed = store.newest()
    drafts = [note for note in store.notes.values() if note not in listed]
    for note in [*listed, *drafts]:
        tokens = resolved(builder, note.docname, note.prose)
        yield _entry(note, tokens, builder.env.doc2path(note.docname))


def _entry(note: Note, tokens: Excerpt, path: Path) -> str:
    kept, end = cutting.cut_at(tokens, EXCERPT_LENGTH)
    rest, _end = cutting.cut_at(cutting.after(tokens, kept), REST)
    about = (
        f"{note.docname}.md · {sum(map(excerpt.width, kept))} 字 · {_why(note, tokens, end)}"
    )
    is_bad = not tokens or end in {cutting.End.CLAUSE, cutting.End.ANYWHERE}
    return (
        f"<article><h2>{excerpt.to_html(note.title_tokens, html_of)}</h2>"
        f'<p class="about{" warn" if is_bad else ""}">{escape(about)}</p>'
        f"<p>{excerpt.to_html(kept, html_of)}"
        f'<span class="rest">{excerpt.to_html(rest, html_of, is_cut=bool(rest))}</span></p>'
        "</article>"
    )


def _why(note: Note, tokens: Excerpt, end: End) -> str:
    if not tokens:
        return "没有一段文字可作摘要；写一段，或在 front matter 里写 summary"
    source = "取自 summary；" if note.front.summary else ""
    return source + WHY[end].format(length=EXCERPT_LENGTH)


class ExcerptsBuilder(DummyBuilder):
    """Reads the notes and writes one page about them."""

    name = "excerpts"
    epilog = ""

    def get_outdated_docs(self) -> set[str]:
        return set()

    def write_documents(self, docnames: Set[str]) -> None:
        """Leave out what a builder does to each page before it writes it."""

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Write nothing of a page."""

    def finish(self) -> None:
        copy_katex(Path(self.confdir, self.config.katex_folder), Path(self.outdir, "katex"))
        found = list(entries(self))
        page = _PAGE.format(count=len(found), rest=REST, entries="\n".join(found))
        Path(self.outdir, "index.html").write_text(page, encoding="utf-8")


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("knowledge_base.formulas")
    app.setup_extension("knowledge_base.links")
    app.add_builder(ExcerptsBuilder)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
