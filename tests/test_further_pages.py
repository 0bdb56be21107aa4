"""What is too long for a page goes on over further pages, and no link of it is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sites import ROOT, Build, Site, differing, note, text_of, toctree

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.xdist_group("further")  # one process, so one build

CONF = f"""
extensions.append("sphinxcontrib.bibtex")
bibtex_bibfiles = ["references.bib"]
bibtex_reference_style = "author_year"
bibtex_cite_id = "ref-{{key}}"
html_theme = "furo"
locale_dirs = [{str(ROOT / "_locale")!r}]
navigation_limit = 3
navigation_topic_limit = 4
backlinks_limit = 2
names_limit = 2
names_per_page = 3
note_map_limit = 4
symbols_limit = 3
symbols_per_page = 2
llms_limit = 3
sitemap_limit = 10
"""
HUB = note("话。\n\n$$\na = b\n$$ (eq-hub)\n", title="总览：副题")
FRONT = "date: 2026-01-01\nprerequisites: [hub]"


def linking(number: int) -> str:
    return note(
        f"见[总览](hub.md)与 {{eq}}`eq-hub`，{{cite:t}}`work`。\n\n"
        f"| 符号 | 含义 |\n| --- | --- |\n| $n$ | 长度 |\n| $s_{number}$ | 第 {number} 个 |\n",
        title=f"第 {number} 篇：副题",
        front=FRONT,
    )


def files(count: int) -> dict[str, str]:
    """Return a site of ``count`` notes that all link to one, in one topic, and of that one."""
    names = ["hub", *(f"n{number}" for number in range(1, count + 1))]
    pages = ("map", "notation", "references", "updates")
    return {
        "index.md": "# 首页\n\n" + toctree(*pages, "notes/a/index"),
        "notes/a/index.md": "# 主题 a\n\n" + toctree(*names),
        "notes/a/hub.md": HUB,
        **{f"notes/a/n{number}.md": linking(number) for number in range(1, count + 1)},
        "map.md": "# 地图\n\n```{note-map}\n```\n",
        "notation.md": "# 符号\n\n```{symbols}\n```\n",
        "references.md": "# 文献\n\n```{bibliography}\n```\n",
        "references.bib": "@misc{work, author={Ho, A}, title={T}, year={2000}, eprint={1}}\n",
    }


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Build:
    return Site(tmp_path_factory.mktemp("many"), files(7), CONF).build(strict=True)


def linked(build: Build, pages: list[str], selector: str) -> list[str]:
    """Return the texts of the links that ``selector`` finds on ``pages``."""
    return [a.get_text() for page in pages for a in build.page(page).select(selector)]


def test_the_sentences_that_link_to_a_note_are_all_on_some_page(many: Build) -> None:
    pages = ["notes/a/hub", *(f"notes/a/hub/page-{number}" for number in (2, 3, 4))]
    assert linked(many, pages, ".backlink-title a") == [
        f"第 {number} 篇：副题" for number in range(1, 8)
    ]
    assert [len(many.page(page).select(".backlink")) for page in pages] == [2, 2, 2, 1]
    assert not (many.folder / "notes/a/hub/page-5.html").exists()
    page = many.page(pages[1])
    assert [h.get_text() for h in page.select("h1")] == ["引用“总览”的笔记（第 2 页）"]
    (back,) = page.select(".further-of a")
    assert (back["href"], back.get_text()) == ("../hub.html", "总览：副题")


@pytest.mark.parametrize(
    ("page", "selector", "begin", "more", "title"),
    [
        ("notes/a/hub", ".equation-uses", "用到此式：", "equation-eq-hub",
         "总览：用到式 (1) 的笔记"),
        ("notes/a/hub", ".note-next", "读完可以接着读：", "next",
         "总览：读完可以接着读"),
        ("references", ".citing-notes", "引用于：", "ref-work", "引用 Ho 2000 的笔记"),
    ],
)  # fmt: skip
def test_a_line_that_names_notes_ends_with_a_link_to_all(
    many: Build, page: str, selector: str, begin: str, more: str, title: str
) -> None:
    (line,) = many.page(page).select(selector)
    assert text_of(str(line)).strip() == f"{begin}第 1 篇、第 2 篇……全部 7 篇"
    first = f"{page}/{more}"
    assert str(line.select("a")[-1]["href"]) == f"{first.removeprefix('notes/a/')}.html"
    pages = [first, f"{first}/page-2", f"{first}/page-3"]
    assert linked(many, pages, ".further-page li a") == [
        f"第 {number} 篇：副题" for number in range(1, 8)
    ]
    assert [h.get_text() for h in many.page(first).select("h1")] == [title]


def test_every_link_leads_somewhere(many: Build) -> None:
    for name in many.files():
        if not name.endswith(".html") or name in {"search.html", "404.html"}:
            continue
        for link in many.page(name.removesuffix(".html")).select("a[href]"):
            target, _hash, anchor = str(link["href"]).partition("#")
            if target.startswith("https:"):
                continue
            path = ((many.folder / name).parent / target).resolve()
            path = path if target else many.folder / name
            assert path.is_file(), (name, link)
            assert not anchor or f'id="{anchor}"' in path.read_text("utf-8"), (name, link)


def test_a_page_does_not_grow_with_the_notes(make_site: Callable[..., Site]) -> None:
    """There are twice as many; the numbers in its pagers may be a digit longer."""
    few = make_site(files(24), CONF).build(strict=True)
    many = make_site(files(48), CONF).build(strict=True)
    for page in ("notes/a/hub", "notes/a/n9", "map", "map/a", "notation", "references",
                 "references/ref-work", "updates", "updates/topic/a", "index"):  # fmt: skip
        before, after = (build.page(page) for build in (few, many))
        assert len(after.select("a")) <= len(before.select("a")), page
        assert len(str(after)) < len(str(before)) + 40, page


def test_further_pages_follow_the_notes(make_site: Callable[..., Site]) -> None:
    site = make_site(files(7), CONF)
    site.build(strict=True)
    new = linking(6).replace("第 6 篇", "新名").replace("见[总览]", "且看[总览]")
    site.write({"notes/a/n6.md": new})
    build = site.build(strict=True)
    assert differing(build, site.build(strict=True, output="clean")) == []
    assert "且看" in text_of(build.read("notes/a/hub/page-3.html"))
    site.write({"notes/a/n6.md": new.replace("且看", "**且看**")})
    build = site.build(strict=True)
    assert differing(build, site.build(strict=True, output="clean-bold")) == []
    site.write({"notes/a/n6.md": new.replace("且看", "`且看`")})
    build = site.build(strict=True)
    assert differing(build, site.build(strict=True, output="clean-code")) == []
    site.write({"notes/a/n6.md": note(title="第 6 篇", front=FRONT)})
    site.write({"notes/a/n7.md": note(title="第 7 篇", front=FRONT)})
    build = site.build(strict=True)
    assert not (build.folder / "notes/a/hub/page-4.html").exists()
    assert differing(build, site.build(strict=True, output="clean-2")) == []


def test_below_the_limits_there_is_no_further_page(make_site: Callable[..., Site]) -> None:
    settings = CONF.partition("navigation_limit")[0]
    build = make_site(files(7), settings).build(strict=True)
    names = [name for name in build.files() if name.endswith(".html")]
    assert [n for n in names if n.startswith(("map/", "notation/", "references/"))] == []
    assert [n for n in names if n.startswith("notes/a/hub/")] == []
    assert "sitemap-1.xml" not in build.files()
    assert len(build.page("notes/a/hub").select(".backlink")) == 7
