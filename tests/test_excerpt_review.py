"""``make excerpts`` shows every excerpt, where it was cut and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base import cutting, excerpt
from knowledge_base.excerpt import Form, Token
from sites import note

if TYPE_CHECKING:
    from collections.abc import Callable

    from sites import Site

WHY = {
    "一句话。\n": ("4 字 · 全文不足 350 字，没有截断", "一句话。", ""),
    "甲" * 299 + "。" + "乙" * 99 + "\n": (
        "300 字 · 截在 350 字以内最后一个完整的句子之后",
        "甲" * 299 + "。",
        "乙" * 59 + "…",
    ),
    "甲" * 300 + "，" + "乙" * 20 + "丙" * 99 + "\n": (
        "300 字 · 后三分之一里没有句末，退到逗号之前",
        "甲" * 300,
        "，" + "乙" * 20 + "丙" * 38 + "…",
    ),
    "甲" * 400 + "\n": (
        "349 字 · 后三分之一里没有句末也没有逗号，退到两个词之间",
        "甲" * 349,
        "甲" * 51 + "…",
    ),
    "## 节\n": (
        "0 字 · 没有一段文字可作摘要；写一段，或在 front matter 里写 summary",
        "",
        "",
    ),
}


@pytest.mark.parametrize("body", WHY)
def test_where_an_excerpt_is_cut_and_why(make_site: Callable[..., Site], body: str) -> None:
    about, kept, rest = WHY[body]
    page = make_site({"notes/a/x.md": note(body)}).build("excerpts", strict=True).page("index")
    assert page.select_one("article .about").get_text() == f"notes/a/x.md · {about}"  # type: ignore[union-attr]
    text = page.select("article p")[1]
    grey = text.select_one("span.rest")
    assert grey is not None
    assert (grey.extract().get_text(), text.get_text()) == (rest, kept)


def test_formulas_are_set_and_titles_escaped(make_site: Callable[..., Site]) -> None:
    site = make_site({"notes/a/x.md": note("好 $x^2$。\n", title="甲 `<b>` $y$")})
    build = site.build("excerpts", strict=True)
    page = build.page("index")
    assert len(page.select("article .katex")) == 2
    assert page.select("article b") == []
    assert (build.folder / "katex/katex.min.css").exists()


def test_a_summary_and_a_draft_say_so(make_site: Callable[..., Site]) -> None:
    site = make_site(
        {
            "notes/a/x.md": note(front="date: 2026-01-01\nsummary: 一行"),
            "notes/a/a.md": note(front="date: 2026-01-01\ndraft: true"),
        }
    )
    page = site.build("excerpts", strict=True).page("index")
    assert [p.get_text() for p in page.select("article .about")] == [
        "notes/a/x.md · 2 字 · 取自 summary；全文不足 350 字，没有截断",
        "notes/a/a.md · 3 字 · 全文不足 350 字，没有截断",
    ]


TOKENS = st.lists(
    st.builds(
        Token,
        st.sampled_from([Form.TEXT, Form.MATH, Form.CODE]),
        st.text("甲乙，。ab ", min_size=1, max_size=12),
    ),
    max_size=6,
).map(excerpt.tidy)


@given(TOKENS, st.integers(2, 40))
def test_what_is_kept_and_what_follows_is_all(tokens: excerpt.Excerpt, length: int) -> None:
    kept, _end = cutting.cut_at(tokens, length)
    rest = cutting.after(tokens, kept)
    assert "".join(t.text for t in [*kept, *rest]) == "".join(t.text for t in tokens)
