"""Read the Docs can build the site, as ``published.py`` does, and leaves drafts out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from knowledge_base import front_matter
from published import ADDRESS, SETTINGS
from sites import ROOT, Build

pytestmark = pytest.mark.xdist_group("readthedocs")


def is_draft(path: Path) -> bool:
    front, _problems = front_matter.parse(path.read_text("utf-8"), today=date.max)
    return front.draft


def test_the_file_asks_for_tools_that_the_project_supports() -> None:
    build = SETTINGS["build"]
    assert (SETTINGS["version"], build["os"]) == (2, "ubuntu-24.04")
    assert build["tools"]["python"] in {"3.11", "3.12", "3.13", "3.14"}
    assert int(build["tools"]["nodejs"]) >= 20


def test_every_page_is_there(whole_site: Build) -> None:
    sources = [path for path in ROOT.glob("notes/*/*.md") if not is_draft(path)]
    notes = {path.relative_to(ROOT).with_suffix(".html") for path in sources}
    assert notes
    for page in (Path("index.html"), Path("updates.html"), Path("feeds/all.xml"), *notes):
        assert (whole_site.folder / page).is_file(), page


def test_a_page_names_its_address(whole_site: Build) -> None:
    for name in ("index.html", "notes/programming/index.html"):
        page = BeautifulSoup(whole_site.read(name), "lxml")
        canonical = page.find("link", rel="canonical")
        assert canonical is not None
        assert canonical["href"] == ADDRESS + name
        assert page.find("html", lang="zh-CN")


def test_a_draft_is_not_published(whole_site: Build) -> None:
    assert not (whole_site.folder / "notes" / "programming" / "a-draft.html").exists()
    for path in whole_site.folder.rglob("*"):
        if path.suffix in {".html", ".xml", ".js", ".inv", ".txt"}:
            assert b"a-draft" not in path.read_bytes(), path
