"""The front page's cards: what each topic covers, and how many notes it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sites import Build, Site, differing, note, toctree, with_indexes

if TYPE_CHECKING:
    from collections.abc import Callable

NOTES = {
    "notes/a/x.md": note("甲。\n"),
    "notes/a/y.md": note("乙。\n"),
    "notes/b/z.md": note("丙。\n"),
    "notes/b/draft.md": note("稿。\n", front="date: 2026-01-01\ndraft: true"),
}


def with_cards(site: Site) -> Site:
    site.write(
        {
            "index.md": "# 首页\n\n一句话。\n\n```{topics}\n```\n\n"
            + toctree("notes/b/index", "notes/a/index", "updates"),
            "notes/b/index.md": "# 主题乙\n\n讲 <乙> 的 $x^2$。\n\n" + toctree("z", "draft"),
        }
    )
    return site


def cards(build: Build, page: str = "index") -> list[tuple[str, str, str, str]]:
    found = []
    for card in build.page(page).select(".topic-card"):
        heading, text = card.select("p")
        (link,) = heading.select("a")
        (count,) = heading.select(".topic-card-count")
        words = text.get_text()
        found.append((link.get_text(), str(link["href"]), count.get_text(), words))
    return found


def test_a_card_for_each_topic_in_the_order_of_the_toctree(
    make_site: Callable[..., Site],
) -> None:
    build = with_cards(make_site(NOTES)).build(strict=True)
    assert (build.warnings, build.status) == ([], 0)
    assert cards(build) == [
        ("主题乙", "notes/b/index.html", "1 篇", "讲 <乙> 的 $x^2$。"),
        ("主题 a", "notes/a/index.html", "2 篇", ""),
    ]


def test_a_card_follows_its_topic(make_site: Callable[..., Site]) -> None:
    site = with_cards(make_site(NOTES))
    site.build(strict=True)
    site.write(
        {
            "notes/b/draft.md": note("不再是草稿。\n"),
            "notes/b/index.md": "# 新名\n\n新话。\n\n" + toctree("z", "draft"),
        }
    )
    assert cards(site.build(strict=True))[0] == ("新名", "notes/b/index.html", "2 篇", "新话。")


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("notes/b/index.md", "# 主题乙\n\n新话。\n\n" + toctree("z", "draft"), "1 篇新话。"),
        ("notes/b/draft.md", note("不再是草稿。\n"), "2 篇讲 <乙> 的 $x^2$。"),
    ],
    ids=["its introduction", "its notes"],
)
def test_a_card_follows_what_no_title_tells(
    make_site: Callable[..., Site], name: str, text: str, shown: str
) -> None:
    """The page has no toctree, for the sake of which Sphinx would write it again."""
    site = with_cards(make_site(NOTES))
    site.write({"cards.md": "---\norphan:\n---\n\n# 卡片\n\n```{topics}\n```\n"})
    site.build(strict=True)
    site.write({name: text})
    build = site.build(strict=True)
    assert "".join(cards(build, "cards")[0][2:]) == shown
    assert differing(build, site.build(strict=True, output="clean")) == []


def test_the_front_page_is_described_by_its_own_sentence(
    make_site: Callable[..., Site],
) -> None:
    page = with_cards(make_site(NOTES)).build(strict=True).page("index")
    tag = page.select_one('meta[name="description"]')
    assert tag is not None
    assert tag["content"] == "一句话。"


def test_every_note_is_in_the_tree_of_its_topic(make_site: Callable[..., Site]) -> None:
    build = make_site(with_indexes(NOTES)).build(strict=True)
    links = {str(a["href"]) for a in build.page("notes/a/index").select(".toctree-wrapper a")}
    assert links == {"x.html", "y.html"}
