"""What every build of a run does again with the same result is done once a process.

A tiny site takes about half a second, and most of that is none of its own: templates of the
theme are compiled, metadata of installed packages is read, Node starts for three formulas.
Each memo here answers by the whole of what the work depends on, so that a build cannot tell;
builds in a process of their own (:meth:`sites.Site.run`) have none of this.
"""

from __future__ import annotations

import functools
import logging
import os
import pkgutil
import shutil
from typing import TYPE_CHECKING, Any

import jinja2
import pytest
from matplotlib import font_manager

from knowledge_base import drawn_by_code, formulas

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from knowledge_base.formula_cache import Key, Typeset


READ_METADATA = (
    "sphinx.registry.entry_points",
    "sphinx.theming.entry_points",
    "pybtex.plugin.entry_points",
    "sphinxcontrib.bibtex.plugin._entry_points",
)
"""Functions that read the metadata of every installed package, some ten times a build."""


def compiling_once() -> Any:
    """Return a ``jinja2.Environment.compile`` that makes the code of a template once."""
    original: Any = jinja2.Environment.compile
    made: dict[object, Any] = {}

    def compile_(
        self: jinja2.Environment,
        source: str,
        name: str | None = None,
        filename: str | None = None,
        raw: bool = False,
        defer_init: bool = False,
    ) -> Any:
        settings = (
            type(self), self.autoescape, self.trim_blocks, self.lstrip_blocks, self.is_async,
            self.optimized, getattr(self, "newstyle_gettext", None), *sorted(self.extensions),
        )  # fmt: skip
        key = (source, name, filename, raw, defer_init, settings)
        if key not in made:
            made[key] = original(self, source, name, filename, raw, defer_init)
        return made[key]

    return compile_


def typesetting_once() -> Any:
    """Return a ``formulas.run`` that gives Node only what it did not typeset before."""
    original = formulas.run
    made: dict[object, dict[Key, Typeset]] = {}

    @functools.wraps(original)
    def run(folder: Path, macros: dict[str, str], keys: list[Key]) -> dict[Key, Typeset]:
        place = (folder.resolve(), shutil.which("node"), os.environ.get("PATH"))
        known = made.setdefault((place, tuple(macros.items())), {})
        missing = [key for key in keys if key not in known]
        if missing:
            known |= original(folder, macros, missing)
        return {key: known[key] for key in keys}

    return run


@pytest.fixture
def every_formula_by_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """Typeset without that memo, where what Node does is what is tested."""
    monkeypatch.setattr(formulas, "run", formulas.run.__wrapped__)  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def the_font(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the font of the figures: every build would make the same again."""
    font = tmp_path_factory.mktemp("font") / "font.ttf"
    drawn_by_code.metrics_font(font)
    return font


@pytest.fixture(scope="session", autouse=True)
def shared_work(the_font: Path) -> Iterator[None]:
    """Put the memos in place. Sphinx's many debug messages, which no test reads, go unmade.

    matplotlib keeps the fonts of a process in a list. It is given one that stays: it would
    look for that of an earlier test, whose folder is gone.
    """

    def copy(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(the_font, path)

    manager = font_manager.fontManager
    manager.addfont(the_font)
    logging.disable(logging.DEBUG)
    with pytest.MonkeyPatch.context() as patch:
        for name in READ_METADATA:
            patch.setattr(name, functools.cache(pkgutil.resolve_name(name)))
        patch.setattr(jinja2.Environment, "compile", compiling_once())
        patch.setattr(drawn_by_code, "metrics_font", copy)
        patch.setattr(manager, "addfont", lambda path: None)
        patch.setattr(formulas, "run", typesetting_once())
        yield
    logging.disable(logging.NOTSET)
