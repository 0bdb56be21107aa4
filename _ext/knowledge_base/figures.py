"""Figures drawn by code: ``{plot}``, the same bytes on every machine, readable in Chinese.

matplotlib's plot directive hands reStructuredText back to the parser, which MyST cannot
take; so its drawing (``render_figures``) is used and the figure is made here, with a
caption in Markdown. A drawing is kept under a name that depends on its code, our style and
matplotlib's version: editing the text around it draws nothing anew.

matplotlib keeps the text of an SVG as text, which the reader's browser draws with the
reader's own fonts. So no Chinese font is needed to build, only the widths of Chinese
characters, and those are known: each is one em. :func:`metrics_font` makes a font of one
empty glyph that says just that; matplotlib lays text out with it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import tempfile
import traceback
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import matplotlib as mpl
from docutils import nodes
from docutils.parsers.rst import directives
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager
from matplotlib.sphinxext import plot_directive
from sphinx.util.docutils import SphinxDirective

from .problems import Kind, Problem, report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata

FAMILY = "Han Metrics"
_RANGES = ((0x2E80, 0x303F), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
           (0xF900, 0xFAFF), (0xFF00, 0xFF60))  # fmt: skip

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
    "legend.frameon": False,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "figures",
}


def metrics_font(path: Path) -> None:
    """Write a font whose every Han character is an empty square of one em."""
    units = 1000
    builder = FontBuilder(units, isTTF=True)
    builder.setupGlyphOrder([".notdef", "han"])
    codes = [code for low, high in _RANGES for code in range(low, high + 1)]
    builder.setupCharacterMap(dict.fromkeys(codes, "han"))
    pen = TTGlyphPen(None)
    pen.moveTo((0, -120))
    pen.lineTo((units, -120))
    pen.lineTo((units, 880))
    pen.lineTo((0, 880))
    pen.closePath()
    glyph = pen.glyph()
    builder.setupGlyf({".notdef": glyph, "han": glyph})
    builder.setupHorizontalMetrics({".notdef": (units, 0), "han": (units, 0)})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": FAMILY, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120)
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    builder.save(beside)
    beside.replace(path)


def pixels(path: Path) -> tuple[str, str]:
    """Return width and height of a drawing of matplotlib in CSS pixels, 4/3 of its points.

    With them a browser leaves the room for a figure before it loads.
    """
    head = path.read_text(encoding="utf-8")[:2000]
    points = [re.search(rf'\b{side}="([\d.]+)pt"', head) for side in ("width", "height")]
    width, height = (str(round(float(found[1]) * 4 / 3)) for found in points if found)
    return width, height


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """Collect what matplotlib warns of and logs while a figure is drawn."""
    found: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: found.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("matplotlib")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        logger.addHandler(handler)
        propagate, logger.propagate = logger.propagate, False
        try:
            yield found
        finally:
            logger.removeHandler(handler)
            logger.propagate = propagate
            found.extend(str(warning.message) for warning in caught)


@contextmanager
def _undated() -> Iterator[None]:
    """Let matplotlib date what it writes with a day that is always the same."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = "0"
    try:
        yield
    finally:
        del os.environ["SOURCE_DATE_EPOCH"]
        if before is not None:
            os.environ["SOURCE_DATE_EPOCH"] = before


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
        try:
            path = self._draw(code)
        except plot_directive.PlotError as error:
            self._report_failure(error.__cause__ or error)
            return []
        if path is None:
            self._wrong(self.lineno, "this code draws no figure; call plt.subplots() in it")
            return []
        return [self._figure(path)]

    def _draw(self, code: str) -> Path | None:
        """Return the drawing of ``code``, made now if it was not made before."""
        style = json.dumps([mpl.__version__, STYLE], sort_keys=True, default=str)
        digest = hashlib.sha256(f"{style}\n{code}".encode()).hexdigest()[:12]
        name = f"{self.env.docname.rpartition('/')[2]}-{digest}"
        path = Path(self.env.doctreedir).parent / "figures" / f"{name}.svg"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with (
                tempfile.TemporaryDirectory(dir=path.parent) as folder,
                _complaints() as complaints,
                _undated(),
            ):
                render: Any = plot_directive.render_figures
                render(code, None, folder, name, False, None, self.config)
                drawn = sorted(Path(folder).glob(f"{name}*.svg"))
                if not drawn:
                    return None
                if complaints:  # keep it under another name: the next build draws again
                    path = path.with_stem(f"{name}-unmended")
                drawn[0].replace(path)
            for complaint in dict.fromkeys(complaints):
                self._wrong(self.lineno, f"matplotlib complains about this figure: {complaint}")
        return path

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


def configure(app: Sphinx, config: Config) -> None:
    """Give the plot directive our style."""
    path = Path(app.doctreedir, "han-metrics.ttf")
    if not path.exists():
        metrics_font(path)
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    if str(path) not in known:
        font_manager.fontManager.addfont(path)
    config.plot_rcparams = {**STYLE, **config.plot_rcparams}
    config.plot_formats = ["svg"]
    config.plot_apply_rcparams = True
    mpl.use("Agg")


def leave_out_style(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.Node | None
) -> None:
    """Drop the style sheet of the plot directive, which styles what is not used here.

    Its file is copied last, so that the first build of a folder writes another link to it
    than all later ones.
    """
    names = [str(getattr(style, "filename", style)) for style in context["css_files"]]
    context["css_files"] = [
        style
        for style, name in zip(context["css_files"], names, strict=True)
        if not name.endswith("plot_directive.css")
    ]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("matplotlib.sphinxext.plot_directive")
    app.add_directive("plot", Plot, override=True)
    app.connect("config-inited", configure)
    app.connect("html-page-context", leave_out_style)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
