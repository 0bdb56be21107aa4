"""The glossary: ids that last, and the report of terms that stand unlinked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sites import advice, note

if TYPE_CHECKING:
    from collections.abc import Callable

    from sites import Site

GLOSSARY = {
    "glossary.md": "---\norphan:\n---\n\n# 术语\n\n```{glossary}\n策略\nPolicy\n"
    "  怎样选动作，见[](home)。\n\n策略梯度\nPG\n  对策略求梯度。\n```\n"
}


def test_the_id_of_a_term_is_made_of_the_term(make_site: Callable[..., Site]) -> None:
    site = make_site(
        {
            "notes/a/x.md": note(
                "{term}`策略`、{term}`policy`、{term}`PG` 与[](#term-策略)。\n"
            ),
            "notes/a/home.md": note(),
            **GLOSSARY,
        }
    )
    build = site.build(strict=True)
    hrefs = [
        str(a["href"]).partition("#")[2]
        for a in build.page("notes/a/x").select(".body a.reference")
        if "glossary.html" in str(a["href"])
    ]
    assert hrefs == ["term-策略", "term-policy", "term-pg"]
    names = [str(dt["id"]) for dt in build.page("glossary").select("dt")]
    assert names == ["term-策略", "term-policy", "term-策略梯度", "term-pg"]


def test_unlinked_first_uses_are_reported(make_site: Callable[..., Site]) -> None:
    site = make_site(
        {
            "notes/a/home.md": note("策略在这里讲。策略梯度也提到。\n"),
            "notes/a/x.md": note(
                "## 策略\n\n`策略` 与 $\\text{策略}$。\n\n{term}`Policy` 之后的策略不报。\n\n"
                "PGD 不是 pg，策略梯度是它。\n"
            ),
            **GLOSSARY,
        }
    )
    assert advice(site.build("check"), "first use") == [
        "notes/a/home.md:7: first use without a link; {term}`策略梯度` would make one",
        "notes/a/x.md:13: first use without a link; {term}`pg` would make one",
    ]
