"""The files of previews: what is in them, and that they follow every edit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sites import ROOT, differing, note

if TYPE_CHECKING:
    from collections.abc import Callable

    from sites import Build, Site

BIBTEX = """
extensions.append("sphinxcontrib.bibtex")
bibtex_bibfiles = ["references.bib"]
bibtex_reference_style = "author_year"
bibtex_cite_id = "ref-{key}"
"""
FILES = {
    "notes/a/target.md": note(
        "开头 $x^2$ 与 `code`，见[](source.md)。\n\n## 小节\n\n节的话 < & >。\n\n"
        "## 没有人提到\n\n文。\n\n$$\na = b\n$$ (eq-one)\n\n$$\nc = d\n$$ (eq-two)\n",
        title="目标 \\<b> $y$",
    ),
    "notes/a/source.md": note(
        "见[](target.md)、[](target.md#小节)、{eq}`eq-one`、{term}`策略` 与 {cite:p}`key2000`。"
        "\n\n这里[](#后文)。\n\n## 后文\n\n后文的话。\n",
        title="来源",
    ),
    "notes/a/draft.md": note(front="date: 2026-01-01\ndraft: true"),
    "glossary.md": "---\norphan:\n---\n\n# 术语\n\n```{glossary}\n策略\nPolicy\n"
    "  怎样选动作。\n```\n",
    "references.md": "---\norphan:\n---\n\n# 文献\n\n```{bibliography}\n```\n",
    "references.bib": "@misc{key2000, author={Ho, A}, title={{T \\& U}}, year={2000}, "
    "eprint={1}}",
}


def previews(build: Build, page: str) -> dict[str, list[str]]:
    text = build.read(f"previews/{page}.js")
    assert text.startswith("notePreviews(...[")
    assert text.endswith(");\n")
    name, found = json.loads(text.removeprefix("notePreviews(...").removesuffix(");\n"))
    assert name == page
    return dict(found)


def test_what_links_lead_to_has_a_preview(make_site: Callable[..., Site]) -> None:
    build = make_site(FILES, BIBTEX).build(strict=True)
    target = previews(build, "notes/a/target")
    assert sorted(target) == ["", "equation-eq-one", "小节"]
    title, text = target[""]
    assert title.startswith("目标 &lt;b&gt; <span class=")
    assert text.startswith("开头 <span class=")
    assert "<code>code</code>，见来源。" in text
    assert target["小节"] == ["小节", "节的话 &lt; &amp; &gt;。"]
    title, formula = target["equation-eq-one"]
    assert title == ""
    assert "katex-display" in formula
    assert "a = b" in formula
    assert previews(build, "notes/a/source")["后文"] == ["后文", "后文的话。"]
    terms = previews(build, "glossary")
    assert terms["term-策略"] == terms["term-policy"] == ["策略，Policy", "怎样选动作。"]
    assert previews(build, "references")["ref-key2000"][1].startswith("A Ho. T &amp; U. 2000.")
    assert not (build.folder / "previews/notes/a/draft.js").exists()


def test_a_preview_is_short(make_site: Callable[..., Site]) -> None:
    site = make_site({"notes/a/x.md": note("长" * 500 + "。\n")})
    _title, text = previews(site.build(strict=True), "notes/a/x")[""]
    assert len(text) == 140
    assert text.endswith("…")


def test_previews_follow_every_edit(make_site: Callable[..., Site]) -> None:
    site = make_site(FILES, BIBTEX)
    site.build(strict=True)
    for number, (old, new) in enumerate(
        [("节的话", "新的话"), ("a = b", "a = c"), ("eq-two", "eq-three")]
    ):
        target = (site.source / "notes/a/target.md").read_text(encoding="utf-8")
        site.write({"notes/a/target.md": target.replace(old, new)})
        build = site.build(strict=True)
        assert differing(build, site.build(strict=True, output=f"clean-{number}")) == []
    site.write({"notes/a/source.md": note("见{eq}`eq-three`。\n", title="来源")})
    site.build()
    assert "equation-eq-three" in previews(site.build(), "notes/a/target")


def test_the_script_is_small() -> None:
    assert (ROOT / "_static" / "previews.js").stat().st_size < 8_000
