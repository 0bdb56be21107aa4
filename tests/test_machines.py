"""What machines read: sources, llms.txt, the sitemap, JSON-LD."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from sites import differing, note

if TYPE_CHECKING:
    from collections.abc import Callable

    from sites import Build, Site

FILES = {
    "notes/a/old.md": note("旧文的话。\n", title="旧文", front="date: 2025-01-01"),
    "notes/a/new.md": note(
        "新文的话 $x < y$。\n",
        title="新 [文] \\</script>",
        front="date: 2026-01-01\naliases: [New]\ntags: [RL]\n"
        "changes: [{date: 2026-02-01, text: 改, minor: true}]",
    ),
    "notes/b/draft.md": note(front="date: 2026-05-01\ndraft: true"),
}
BASE = "https://example.org/zh/"


def addresses(build: Build) -> dict[str, str]:
    """Return the pages of the sitemap with their ``lastmod``."""
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    root = ET.fromstring(build.read("sitemap.xml"))
    found = {}
    for url in root.iter(f"{name}url"):
        loc = url.findtext(f"{name}loc", "")
        assert loc.startswith(BASE)
        found[loc.removeprefix(BASE)] = url.findtext(f"{name}lastmod", "")
    return found


def test_the_source_of_a_note_stands_beside_its_page(make_site: Callable[..., Site]) -> None:
    site = make_site(FILES)
    build = site.build(strict=True)
    assert build.read("notes/a/new.md") == FILES["notes/a/new.md"]
    assert not (build.folder / "notes/b/draft.md").exists()
    (link,) = build.page("notes/a/new").select('link[type="text/markdown"]')
    assert link["href"] == "new.md"


def test_llms_txt_names_every_note_with_its_excerpt(make_site: Callable[..., Site]) -> None:
    files = {**FILES, "index.md": "# 首页\n\n一句话。\n\n```{toctree}\nupdates\n"
             "notes/a/index\nnotes/b/index\n```\n"}  # fmt: skip
    text = make_site(files).build(strict=True).read("llms.txt")
    assert text == (
        "# 笔记\n\n> 一句话。\n\n## 主题 a\n\n"
        "- [新 \\[文\\] </script>](https://example.org/zh/notes/a/new.md): 新文的话 $x < y$。\n"
        "- [旧文](https://example.org/zh/notes/a/old.md): 旧文的话。\n"
    )


def test_the_sitemap_has_every_page_with_the_day_of_its_newest_note(
    make_site: Callable[..., Site],
) -> None:
    build = make_site(FILES).build(strict=True)
    found = addresses(build)
    assert found["notes/a/old.html"] == "2025-01-01"
    assert found["notes/a/new.html"] == "2026-02-01"
    assert found["notes/a/index.html"] == found["index.html"] == "2026-02-01"
    assert found["updates/year/2025.html"] == "2025-01-01"
    assert found["notes/b/index.html"] == ""
    assert not [name for name in found if "draft" in name]
    for name in found:
        assert (build.folder / name).is_file(), name


def test_a_note_is_a_tech_article(make_site: Callable[..., Site]) -> None:
    page = make_site(FILES).build(strict=True).page("notes/a/new")
    (script,) = page.select('script[type="application/ld+json"]')
    data = json.loads(script.get_text())
    assert data["@type"] == "TechArticle"
    assert data["headline"] == "新 [文] </script>"
    assert (data["datePublished"], data["dateModified"]) == ("2026-01-01", "2026-02-01")
    assert data["keywords"] == ["强化学习", "New"]
    assert data["url"] == BASE + "notes/a/new.html"
    (link,) = page.select('link[rel="canonical"]')
    assert link["href"] == data["url"]


def test_without_an_address_there_is_no_sitemap(make_site: Callable[..., Site]) -> None:
    build = make_site(FILES).build(html_baseurl="")
    assert not (build.folder / "sitemap.xml").exists()
    assert "(notes/a/old.md)" in build.read("llms.txt")


def test_files_follow_the_notes(make_site: Callable[..., Site]) -> None:
    site = make_site(FILES)
    site.build(strict=True)
    site.write({"notes/a/old.md": FILES["notes/a/old.md"].replace("date", "draft: true\ndate")})
    build = site.build(strict=True)
    assert not (build.folder / "notes/a/old.md").exists()
    assert differing(build, site.build(strict=True, output="clean")) == []
