"""A page loads the scripts and styles that it needs, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from search_site import CONF
from sites import note

if TYPE_CHECKING:
    from collections.abc import Callable

    from sites import Build, Site

pytestmark = pytest.mark.filterwarnings("ignore:'tags' will become")  # sphinx-notfound-page's

NOTES = {
    "notes/a/plain.md": note("只有文字。\n"),
    "notes/a/code.md": note("```python\nx = 1\n```\n"),
    "notes/a/formula.md": note("设 $x$。\n"),
    "notes/a/tabs.md": note("````{tab-set}\n```{tab-item} 甲\n一\n```\n````\n"),
}
WITH_COPY = 'extensions += ["sphinx_copybutton"]\n'


def scripts(build: Build, name: str) -> set[str]:
    found = build.page(f"notes/a/{name}").select("script[src]")
    return {str(tag["src"]).rpartition("/")[2].partition("?")[0] for tag in found}


def test_a_page_loads_what_it_needs(make_site: Callable[..., Site]) -> None:
    build = make_site(NOTES, CONF + WITH_COPY).build()
    always = scripts(build, "plain")
    assert always == {"furo.js", "search.js"}
    of_code = {"clipboard.min.js", "copybutton.js", "documentation_options.js"}
    assert scripts(build, "code") - always == of_code
    assert scripts(build, "formula") - always == {"copy-tex.min.js"}
    assert scripts(build, "tabs") - always == {"design-tabs.js"}


def styles(build: Build, name: str) -> set[str]:
    found = build.page(f"notes/a/{name}").select("link[rel=stylesheet]")
    return {str(tag["href"]).rpartition("/")[2].partition("?")[0] for tag in found}


def test_a_page_loads_the_styles_of_what_it_shows(make_site: Callable[..., Site]) -> None:
    build = make_site(NOTES, CONF + WITH_COPY).build()
    always = styles(build, "plain")
    assert {"furo.css", "site.css"} <= always
    assert always.isdisjoint({"copybutton.css", "sphinx-design.min.css"})
    assert styles(build, "code") - always == {"copybutton.css"}
    assert styles(build, "tabs") - always == {"sphinx-design.min.css"}


def test_with_sphinxs_own_search_its_scripts_stay(make_site: Callable[..., Site]) -> None:
    build = make_site(NOTES).build()
    assert {"doctools.js", "sphinx_highlight.js"} <= scripts(build, "plain")
