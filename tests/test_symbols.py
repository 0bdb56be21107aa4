"""Tables of symbols as data: one page collects them, conflicts are reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sites import advice, differing, note, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sites import Site

PAGE = {"notation.md": "---\norphan:\n---\n\n# 符号\n\n```{symbols}\n```\n"}


def table(*rows: tuple[str, str], title: str = "标题", more: str = "") -> str:
    lines = [f"| {symbol} | {meaning} | $(n, d)$ |" for symbol, meaning in rows]
    head = "| 符号 | 含义 | 形状 |\n| --- | --- | --- |\n"
    return note(f"文。{more}\n\n{head}" + "\n".join(lines) + "\n", title=title)


def test_the_page_collects_the_symbols_by_topic(make_site: Callable[..., Site]) -> None:
    site = make_site(
        {
            "notes/a/x.md": table(("$Q$、$K$", "两者 $x$"), ("$n$", "长度"), title="甲：副题"),
            "notes/a/y.md": table(("$n$", "长度"), ("$Q$", "动作价值"), title="乙"),
            "notes/b/z.md": note("| 符号 | 别的 |\n| --- | --- |\n| $z$ | 文 |\n"),
            **PAGE,
        }
    )
    page = site.build(strict=True).page("notation")
    for html in page.select(".katex-html, .katex-mathml"):
        if tex := html.select_one("annotation"):
            html.replace_with(f"${tex.get_text()}$")
        else:
            html.decompose()
    assert [r.get_text() for r in page.select(".rubric")] == ["主题 a"]
    rows = [text_of(str(row)).strip() for row in page.select("tbody tr")]
    assert rows == [
        "$Q$ 两者 $x$ — 甲 动作价值 — 乙",
        "$K$ 两者 $x$ — 甲",
        "$n$ 长度 — 甲、乙",
    ]


def test_the_page_follows_the_notes(make_site: Callable[..., Site]) -> None:
    site = make_site({"notes/a/x.md": table(("$n$", "长度")), **PAGE})
    site.build(strict=True)
    site.write({"notes/a/x.md": table(("$n$", "个数"))})
    build = site.build(strict=True)
    assert "个数" in build.read("notation.html")
    assert differing(build, site.build(strict=True, output="clean")) == []


def test_two_meanings_in_linked_notes_are_reported(make_site: Callable[..., Site]) -> None:
    site = make_site(
        {
            "notes/a/x.md": table(("$n$", "长度"), ("$d$", "宽度"), more="见[它](y.md)。"),
            "notes/a/y.md": table(("$n$", "个数"), ("$d$", "宽度")),
            "notes/a/z.md": table(("$n$", "别的"), more="见[它](w.md)。"),
            "notes/a/w.md": table(("$m$", "别的")),
        }
    )
    found = advice(site.build("check"), " here, and ")
    assert found == ["notes/a/x.md: $n$ is 长度 here, and 个数 in notes/a/y"]
