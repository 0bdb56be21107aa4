"""``{plot}``: a figure drawn by code, kept until its code changes.

A drawing is kept under a name that depends on its code, our style and form and matplotlib's
version: editing the text around it draws nothing anew.
:mod:`~knowledge_base.drawn_by_code`, which takes half a second to load, is loaded when there
is something to draw.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import traceback
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from .problems import Kind, Problem, report

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

FAMILY = "Han Metrics"
"""The font that :func:`~knowledge_base.drawn_by_code.metrics_font` makes."""

STYLE = {
    "axes.facecolor": "none",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.unicode_minus": True,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "figure.figsize": (5.0, 3.2),
    "font.family": ["DejaVu Sans", FAMILY, "sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10.0,
    "image.interpolation_stage": "data",  # a colour map has few colours, blends of them many
    "legend.frameon": False,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "figures",
}
"""Settings of matplotlib."""

FORM = 2
"""Of what is made of matplotlib's output. Raise it with every change there."""


def pixels(path: Path) -> tuple[str, str]:
    """Return width and height of a drawing of matplotlib in CSS pixels, 4/3 of its points.

    With them a browser leaves the room for a figure before it loads.
    """
    head = path.read_text(encoding="utf-8")[:2000]
    points = [re.search(rf'\b{side}="([\d.]+)pt"', head) for side in ("width", "height")]
    width, height = (str(round(float(found[1]) * 4 / 3)) for found in points if found)
    return width, height


class Plot(SphinxDirective):
    """``{plot}``: the code draws one figure; ``:alt:`` and ``:caption:`` describe it."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "alt": directives.unchanged_required,
        "caption": directives.unchanged_required,
        "name": directives.unchanged_required,
        "class": directives.class_option,
    }

    def run(self) -> list[nodes.Node]:
        for option, cure in (("alt", "what the figure shows, for who cannot see it"),
                             ("caption", "what to look at")):  # fmt: skip
            if option not in self.options:
                self._wrong(self.lineno, f"a figure needs :{option}: ({cure})")
        code = "\n".join(self.content)
        path = self._path(code)
        drawn = path if path.exists() else self._draw(code, path)
        return [self._figure(drawn)] if drawn else []

    def _path(self, code: str) -> Path:
        """Return where the drawing of ``code`` is kept."""
        style = json.dumps([version("matplotlib"), STYLE, FORM], sort_keys=True)
        digest = hashlib.sha256(f"{style}\n{code}".encode()).hexdigest()[:12]
        name = f"{self.env.docname.rpartition('/')[2]}-{digest}.svg"
        return Path(self.env.doctreedir).parent / "figures" / name

    def _draw(self, code: str, path: Path) -> Path | None:
        """Draw ``code``; return where, or nothing if it failed, which is reported."""
        from . import drawn_by_code

        font = Path(self.env.doctreedir, "han-metrics.ttf")
        try:
            complaints = drawn_by_code.draw(code, path, font)
        except drawn_by_code.Failure as error:
            self._report_failure(error.__cause__ or error)
            return None
        if complaints is None:
            self._wrong(self.lineno, "this code draws no figure; call plt.subplots() in it")
            return None
        for complaint in dict.fromkeys(complaints):
            self._wrong(self.lineno, f"matplotlib complains about this figure: {complaint}")
        if not complaints:
            return path
        unmended = path.with_stem(f"{path.stem}-unmended")  # the next build draws again
        return path.replace(unmended)

    def _figure(self, path: Path) -> nodes.figure:
        source = os.path.relpath(path, Path(self.env.doc2path(self.env.docname)).parent)
        width, height = pixels(path)
        image = nodes.image(
            uri=Path(source).as_posix(), alt=self.options.get("alt", ""), width=width,
            height=height, loading="lazy",
        )  # fmt: skip
        figure = nodes.figure("", image, classes=["plot", *self.options.get("class", [])])
        self.set_source_info(figure)
        if caption := self.options.get("caption"):
            content, messages = self.parse_inline(caption, lineno=self.lineno)
            figure += [nodes.caption("", "", *content), *messages]
        self.add_name(figure)
        return figure

    def _report_failure(self, error: BaseException) -> None:
        """Say where in the note the code of the figure failed."""
        frames = [
            f for f in traceback.extract_tb(error.__traceback__) if f.filename == "<string>"
        ]
        inside = getattr(error, "lineno", None) or (frames[-1].lineno if frames else 1) or 1
        what = traceback.format_exception_only(error)[-1].strip()
        line = self.lineno + self.content_offset + inside  # MyST counts from the directive
        self._wrong(line, f"the code of this figure fails: {what}")

    def _wrong(self, line: int, message: str) -> None:
        report(Problem(line=line, kind=Kind.FIGURE, message=message), self.env.docname)


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_directive("plot", Plot)
    return {"version": "1", "env_version": FORM, "parallel_read_safe": True,
            "parallel_write_safe": True}  # fmt: skip
