"""Description and Open Graph text: the excerpt, escaped once for its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from sites import note

if TYPE_CHECKING:
    from collections.abc import Callable

    from sites import Build, Site


def meta(build: Build, page: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for tag in build.page(page).select("head meta[content]"):
        name = str(tag.get("property") or tag.get("name"))
        found.setdefault(name, []).append(str(tag["content"]))
    return found


BODY = "甲 < 乙 & \"引\" '单' \\*星\\* \\_线\\_ 2^10 $a<b$ 与 `<tag>` − - 末。\n"
TEXT = "甲 < 乙 & \"引\" '单' *星* _线_ 2^10 $a<b$ 与 <tag> − - 末。"


def test_a_note_is_described_by_its_excerpt(make_site: Callable[..., Site]) -> None:
    build = make_site({"notes/a/x.md": note(BODY, title="题 \\<b> & `c` $x$")}).build(
        strict=True
    )
    found = meta(build, "notes/a/x")
    assert found["description"] == [TEXT]
    assert found["og:description"] == [TEXT]
    assert found["og:title"] == ["题 <b> & c $x$"]
    assert found["og:url"] == ["https://example.org/zh/notes/a/x.html"]
    source = build.read("notes/a/x.html")
    assert "&amp;lt;" not in source
    assert "&amp;amp;" not in source


def test_the_same_text_stands_in_the_list_the_head_and_the_feed(
    make_site: Callable[..., Site],
) -> None:
    body = "".join(f"第{number}句话不长也不短。" for number in range(60)) + "\n"
    build = make_site({"notes/a/x.md": note(body)}).build(strict=True)
    (listed,) = build.page("updates").select(".update-excerpt")
    (described,) = meta(build, "notes/a/x")["description"]
    assert listed.get_text().endswith("。…")
    assert described.endswith("。…")
    assert listed.get_text() == described
    assert 233 <= len(described) <= 350
    assert described in build.read("feeds/all.xml")


def test_a_summary_is_the_description(make_site: Callable[..., Site]) -> None:
    front = "date: 2026-01-01\nsummary: 一句 <话> & 话。"
    build = make_site({"notes/a/x.md": note("正文。\n", front=front)}).build(strict=True)
    found = meta(build, "notes/a/x")
    assert found["description"] == found["og:description"] == ["一句 <话> & 话。"]


def test_the_description_is_one_line(make_site: Callable[..., Site]) -> None:
    site = make_site({"notes/a/x.md": note("Latin\nlines and\n\n- a\n- b\n")})
    (tag,) = re.findall(
        r'<meta name="description"[^>]*>', site.build(strict=True).read("notes/a/x.html")
    )
    assert tag == '<meta name="description" content="Latin lines and a b">'


def test_other_pages_are_described_by_their_own_prose(make_site: Callable[..., Site]) -> None:
    site = make_site({"notes/a/x.md": note("正文。\n")})
    site.write({"updates.md": "# 更新\n\n这里是全部更新。\n\n```{latest-updates}\n```\n"})
    build = site.build(strict=True)
    assert meta(build, "updates")["description"] == ["这里是全部更新。"]
    assert meta(build, "notes/a/index")["og:description"] == ["主题 a"], "else its title"


@pytest.mark.parametrize("page", ["index", "updates", "notes/a/x", "notes/a/index"])
def test_each_tag_stands_once(make_site: Callable[..., Site], page: str) -> None:
    found = meta(make_site({"notes/a/x.md": note(BODY)}).build(strict=True), page)
    for name in ("description", "og:description", "og:title", "og:url"):
        assert len(found[name]) == 1
