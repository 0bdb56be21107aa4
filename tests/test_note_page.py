"""The line below a note's title."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sites import note

if TYPE_CHECKING:
    from collections.abc import Callable

    from sites import Site


def test_a_note_shows_its_dates_topic_tags_and_reading_time(
    make_site: Callable[..., Site],
) -> None:
    front = (
        "date: 2026-01-01\ntags: [RL]\nchanges: [{date: 2026-02-01, text: 重写, anchor: 小节}]"
    )
    site = make_site({"notes/a/x.md": note("## 小节\n\n文。\n", front=front)})
    build = site.build(strict=True)
    (head,) = build.page("notes/a/x").select(".note-head")
    assert head.find_previous_sibling("h1") is not None
    text = head.get_text(" ", strip=True)
    for part in ("2026-02-01", "修订", "重写", "主题 a", "强化学习", "约 1 分钟"):
        assert part in text, part
    links = [str(a["href"]) for a in head.select("a")]
    assert "#小节" in links
    assert all(
        link.startswith("#") or (build.folder / "notes/a" / link).resolve().is_file()
        for link in links
    )


def test_a_tag_of_the_topics_name_is_not_said_twice(make_site: Callable[..., Site]) -> None:
    files = {
        "notes/a/x.md": note(front="date: 2026-01-01\ntags: [RL, 采样]"),
        "notes/a/index.md": "# 强化学习\n\n```{toctree}\nx\n```\n",
    }
    head = make_site(files).build(strict=True).page("notes/a/x").select_one(".update-meta")
    assert head
    assert head.get_text() == "强化学习 · 采样 · 约 1 分钟"


def test_a_topics_index_and_the_front_page_have_no_such_line(
    make_site: Callable[..., Site],
) -> None:
    build = make_site({"notes/a/x.md": note()}).build(strict=True)
    for page in ("index", "updates", "notes/a/index"):
        assert not build.page(page).select(".note-head")


def test_a_renamed_topic_or_tag_is_renamed_on_the_notes_page(
    make_site: Callable[..., Site],
) -> None:
    site = make_site({"notes/a/x.md": note(front="date: 2026-01-01\ntags: [RL]")})
    site.build(strict=True)
    index = (site.source / "notes/a/index.md").read_text(encoding="utf-8")
    site.write({"notes/a/index.md": index.replace("# 主题 a", "# 新主题")})
    (head,) = site.build(strict=True).page("notes/a/x").select(".note-head")
    assert "新主题" in head.get_text()
