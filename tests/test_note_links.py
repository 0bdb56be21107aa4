"""Links to notes by slug, title and alias; what is unknown or ambiguous names candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sites import Build, Site, differing, note

if TYPE_CHECKING:
    from collections.abc import Callable

PPO = note(
    "正文。\n\n## 优势估计 (GAE)\n\n文。\n\n(label)=\n\n## 有标签\n\n文。\n",
    title="近端策略优化：PPO",
    front="date: 2026-01-01\naliases: [Proximal Policy Optimization, 同名]",
)
TRPO = note(title="信赖域", front="date: 2026-01-01\naliases: [同名]")

LINKS = {
    "[](ppo)": ("ppo.html", "近端策略优化：PPO"),
    "[文](ppo)": ("ppo.html", "文"),
    "[**粗**](ppo)": ("ppo.html", "粗"),
    "[[ppo]]": ("ppo.html", "近端策略优化：PPO"),
    "[[PPO]]": ("ppo.html", "近端策略优化：PPO"),
    "[[近端策略优化]]": ("ppo.html", "近端策略优化：PPO"),
    "[[近端策略优化：PPO]]": ("ppo.html", "近端策略优化：PPO"),
    "[[proximal policy optimization]]": ("ppo.html", "近端策略优化：PPO"),
    "[[ppo|文字]]": ("ppo.html", "文字"),
    "[[ppo#优势估计 (GAE)]]": ("ppo.html#优势估计-gae", "优势估计 (GAE)"),
    "[[ppo#优势估计-gae|文字]]": ("ppo.html#优势估计-gae", "文字"),
    "[](ppo#优势估计-gae)": ("ppo.html#优势估计-gae", "优势估计 (GAE)"),
    "[[ppo#有标签]]": ("ppo.html#label", "有标签"),
    "[](ppo.md)": ("ppo.html", "近端策略优化：PPO"),
    "[](label)": ("ppo.html#label", "有标签"),
    "[](#label)": ("ppo.html#label", "有标签"),
}


def link(build: Build) -> tuple[str, str]:
    found = build.page("notes/a/x").select_one(".note-head ~ p a")
    assert found is not None
    return str(found["href"]), found.get_text()


@pytest.mark.parametrize("source", LINKS)
def test_a_link_by_name_leads_to_the_note(make_site: Callable[..., Site], source: str) -> None:
    files = {"notes/a/x.md": note(f"见{source}。\n"), "notes/a/ppo.md": PPO}
    build = make_site(files).build(strict=True)
    assert link(build) == LINKS[source]


WRONG = {
    "[[pppo]]": 'nothing is called "pppo"; did you mean "ppo"?',
    "[](pppo)": 'nothing is called "pppo"; did you mean "ppo"?',
    "[](#labell)": 'nothing is called "labell"; did you mean "label"?',
    "[[天外来客]]": 'nothing is called "天外来客"; write a slug, a title, an alias or a label',
    "[[同名]]": 'the link "同名" may mean ppo, trpo; use a slug',
    "[[ppo#优势]]": 'the note "ppo" has no heading "优势"',
    "[[ppo#优势估计]]": 'the note "ppo" has no heading "优势估计"; '
    'did you mean "优势估计-gae"?',
}


@pytest.mark.parametrize("source", WRONG)
def test_an_unknown_or_ambiguous_name_is_a_warning(
    make_site: Callable[..., Site], source: str
) -> None:
    files = {"notes/a/x.md": note(f"见{source}。\n"), "notes/a/ppo.md": PPO,
             "notes/a/trpo.md": TRPO}  # fmt: skip
    build = make_site(files).build()
    assert build.warnings == [f"notes/a/x.md:7: WARNING: {WRONG[source]} [note.link]"]
    shown = source.strip("[]()#").partition("#")[0]
    assert ("近端策略优化" if "has no heading" in WRONG[source] else shown) in build.read(
        "notes/a/x.html"
    )


def test_code_and_escapes_are_no_links(make_site: Callable[..., Site]) -> None:
    body = r"字 \[\[ppo\]\]" + "\n\n`[[trpo]]`\n\n```text\n[[trpo]]\n```\n"
    build = make_site({"notes/a/x.md": note(body), "notes/a/ppo.md": PPO}).build(strict=True)
    assert build.page("notes/a/x").select(".note-head ~ p a") == []


def test_latex_builds_with_a_link_to_a_note_outside_its_document(
    make_site: Callable[..., Site],
) -> None:
    files = {"notes/a/x.md": note("见[[ppo]]。\n"), "notes/b/ppo.md": PPO}
    conf = 'latex_documents = [("notes/a/index", "x.tex", "x", "y", "manual")]\n'
    build = make_site(files, conf).build("latex")
    assert "近端策略优化" in build.read("x.tex")


def test_a_name_that_goes_to_another_note_takes_the_links_along(
    make_site: Callable[..., Site],
) -> None:
    """Also on a page that is no note, which nothing else would write again."""
    named = note(title="甲", front="date: 2026-01-01\naliases: [旧名]")
    other = note(title="乙", front="date: 2026-01-01")
    page = "---\norphan: true\n---\n\n# 丙\n\n见 [[旧名]]。\n"
    site = make_site({"notes/a/x.md": named, "notes/a/y.md": other, "c.md": page})
    site.build(strict=True)
    site.write({"notes/a/x.md": note(title="甲"), "notes/a/y.md": named.replace("甲", "乙")})
    build = site.build(strict=True)
    assert build.page("c").select('a[href="notes/a/y.html"]')
    assert differing(build, site.build(output="clean")) == []
