"""Drawings by matplotlib, the same bytes on every machine, readable in Chinese.

matplotlib's plot directive hands reStructuredText back to the parser, which MyST cannot
take; so only its drawing (``render_figures``) is used.

matplotlib keeps the text of an SVG as text, which the reader's browser draws with the
reader's own fonts. So no Chinese font is needed to build, only the widths of Chinese
characters, and those are known: each is one em. :func:`metrics_font` makes a font of one
empty glyph that says just that; matplotlib lays text out with it.
"""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager
from matplotlib.sphinxext import plot_directive

from .figures import FAMILY, STYLE
from .shorter_drawing import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

Failure = plot_directive.PlotError
"""The code failed: with what is its cause."""

_RANGES = ((0x2E80, 0x303F), (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
           (0xF900, 0xFAFF), (0xFF00, 0xFF60))  # fmt: skip

SETTINGS = SimpleNamespace(
    plot_apply_rcparams=True,
    plot_formats=["svg"],
    plot_pre_code=None,
    plot_rcparams=STYLE,
    plot_srcset=[],
    plot_working_directory=None,
)
"""What ``render_figures`` asks of Sphinx's configuration."""


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


def draw(code: str, path: Path, font: Path) -> list[str] | None:
    """Draw ``code`` into ``path``.

    :param font: where the font of Chinese widths is, or is to be made.
    :returns: what matplotlib complained of; None if the code draws nothing.
    :raises Failure: if the code fails.
    """
    _prepare(font)
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=path.parent) as folder,
        _complaints() as complaints,
        _undated(),
    ):
        render: Any = plot_directive.render_figures
        render(code, None, folder, path.stem, False, None, SETTINGS)
        drawn = sorted(Path(folder).glob(f"{path.stem}*.svg"))
        if not drawn:
            return None
        drawn[0].write_text(shorten(drawn[0].read_text("utf-8")), "utf-8", newline="\n")
        drawn[0].replace(path)
    return complaints


def _prepare(font: Path) -> None:
    """Let matplotlib know the font, and its plot directive the settings."""
    if not font.exists():
        metrics_font(font)
    if str(font) not in {entry.fname for entry in font_manager.fontManager.ttflist}:
        font_manager.fontManager.addfont(font)
    plot_directive.setup.config = SETTINGS  # type: ignore[attr-defined]  # where its own setup() would put Sphinx's
    mpl.use("Agg")
