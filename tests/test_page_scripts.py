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
    assert always == {"furo.js", "on-demand.js"}
    assert scripts(build, "code") == always, "what copies code is loaded when it comes near"
    assert scripts(build, "formula") - always == {"copy-tex.min.js"}
    assert scripts(build, "tabs") - always == {"design-tabs.js"}


def styles(build: Build, name: str) -> set[str]:
    found = build.page(name).select("link[rel=stylesheet]")
    return {str(tag["href"]).rpartition("/")[2].partition("?")[0] for tag in found}


def test_a_page_loads_the_styles_of_what_it_shows(make_site: Callable[..., Site]) -> None:
    build = make_site(NOTES, CONF + WITH_COPY).build()
    always = styles(build, "notes/a/plain")
    assert {"furo.css", "site.css"} <= always
    of_design = {"sphinx-design.min.css", "furo-extensions.css"}
    assert always.isdisjoint({"copybutton.css", *of_design})
    assert styles(build, "notes/a/code") == always
    assert styles(build, "notes/a/tabs") - always == of_design


def test_only_pages_with_lists_load_their_style(make_site: Callable[..., Site]) -> None:
    settings = f'{CONF}html_css_files.append("lists.css")\n'
    site = make_site({"notes/a/x.md": note("句。\n")}, settings)
    site.write({"updates.md": "# 更新\n\n```{latest-updates}\n```\n"})
    build = site.build()
    with_it = {name for name in ("updates", "notes/a/x") if "lists.css" in styles(build, name)}
    assert with_it == {"updates"}


def test_the_tag_of_the_loader_says_what_copies_code(make_site: Callable[..., Site]) -> None:
    files = {**NOTES, "notes/a/both.md": note(NOTES["notes/a/tabs.md"] + "```python\n1\n```\n")}
    build = make_site(files, CONF + WITH_COPY).build()

    def told(name: str) -> str | None:
        tag = build.page(f"notes/a/{name}").select_one("script[src*='on-demand.js']")
        assert tag
        return str(tag["data-code"]) if "data-code" in tag.attrs else None

    scripts_ = "documentation_options.js clipboard.min.js copybutton.js"
    assert told("plain") is None
    assert told("code") == f"{scripts_} copybutton.css styles/furo-extensions.css"
    assert told("both") == f"{scripts_} copybutton.css"
    assert "furo-extensions.css" in styles(build, "notes/a/both")


def test_without_the_loader_what_copies_code_stays(make_site: Callable[..., Site]) -> None:
    build = make_site(NOTES, CONF + WITH_COPY + "html_js_files = []\n").build()
    always = scripts(build, "plain")
    of_code = {"clipboard.min.js", "copybutton.js", "documentation_options.js"}
    assert scripts(build, "code") - always == of_code
    assert styles(build, "notes/a/code") - styles(build, "notes/a/plain") == {
        "copybutton.css",
        "furo-extensions.css",
    }


def test_with_sphinxs_own_search_its_scripts_stay(make_site: Callable[..., Site]) -> None:
    build = make_site(NOTES).build()
    assert {"doctools.js", "sphinx_highlight.js"} <= scripts(build, "plain")
