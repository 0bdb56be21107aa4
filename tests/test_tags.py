"""The registry of tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sphinx.errors import ConfigError

from knowledge_base import tags
from knowledge_base.tags import Tag
from sites import note

if TYPE_CHECKING:
    from collections.abc import Callable

    from sites import Site

RL = Tag(id="rl", label="强化学习", aliases=("RL methods", "增强学习"))


def test_a_tag_answers_to_every_name_in_any_case() -> None:
    found, problems = tags.parse("rl: {label: 强化学习, aliases: [RL methods, 增强学习]}\n")
    assert (found, problems) == ((RL,), ())
    for name in ("rl", "RL", "强化学习", "rl Methods", "增强学习"):
        assert tags.resolve(found, name) == RL
    assert tags.resolve(found, "rl-") is None


NEEDS = 'the tag "a" needs {label: text, aliases: [text, …]}'
WRONG = {
    "A b: {label: 甲}": (
        1,
        'the tag id "A b" must be lower-case ASCII letters, digits and hyphens',
    ),
    "强化: {label: 甲}": (
        1,
        'the tag id "强化" must be lower-case ASCII letters, digits and hyphens',
    ),
    "a: 甲": (1, NEEDS),
    "a:": (1, NEEDS),
    "a: {aliases: [b]}": (1, NEEDS),
    "a: {label: [甲]}": (1, NEEDS),
    "a: {label: 甲, aliases: b}": (1, NEEDS),
    "a: {label: 甲, name: b}": (
        1,
        'the tag "a" has an unknown key "name"; use label and aliases',
    ),
    "rl: {label: 甲}\na: {label: 乙}\nrl: {label: 丙}": (
        3,
        'the tags "rl" and "rl" share the name "rl"; rename one',
    ),
    "a: {label: 甲}\nb: {label: 乙, aliases: [A]}": (
        2,
        'the tags "b" and "a" share the name "a"; rename one',
    ),
    "a: {label: 甲}\nb: {label: 甲}": (
        2,
        'the tags "b" and "a" share the name "甲"; rename one',
    ),
    "[a]": (1, "the registry must map ids to {label: …, aliases: […]}"),
    "a: {label: 甲}\nb: [": (
        2,
        "the registry is not YAML: while parsing a flow node",
    ),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_in_the_registry_has_its_line(text: str) -> None:
    _found, problems = tags.parse(text)
    assert [(p.line, p.kind.value, p.message) for p in problems] == [
        (WRONG[text][0], "tag_registry", WRONG[text][1])
    ]


def test_the_other_tags_are_kept() -> None:
    found, problems = tags.parse("a: {label: 甲}\nB: {label: 乙}\nc: {label: 丙}\n")
    assert [tag.id for tag in found] == ["a", "c"]
    assert [problem.line for problem in problems] == [2]


def test_an_empty_registry_is_right() -> None:
    assert tags.parse("# none yet\n") == ((), ())


@given(st.text(alphabet='ab甲: {}[],-?&*!"\\U0\n', max_size=60))
@example("a: {? [x] : y}")
@example('"\\UFFFFFFFF": x')
@example("a: " + "[" * 1500 + "]" * 1500)
def test_no_registry_is_an_exception(text: str) -> None:
    found, problems = tags.parse(text)
    names = [name.lower() for tag in found for name in {n.lower() for n in tag.names}]
    assert len(names) == len(set(names)), "no name stands for two tags"
    assert all(1 <= p.line <= text.count("\n") + 1 for p in problems)


def test_the_registry_is_checked_on_every_build(make_site: Callable[..., Site]) -> None:
    site = make_site({"notes/a/x.md": note(front="date: 2026-01-01\ntags: [甲]")})
    site.write({"tags.yaml": "a: {label: 甲}\nb: {label: 甲}\n"})
    expected = [
        'tags.yaml:2: WARNING: the tags "b" and "a" share the name "甲"; rename one '
        "[note.tag_registry]"
    ]
    assert site.build().warnings == expected
    assert site.build().warnings == expected
    site.write({"tags.yaml": "a: {label: 甲}\nb: {label: 乙}\n"})
    assert site.build(strict=True).status == 0


def test_a_missing_registry_is_one_clear_error(make_site: Callable[..., Site]) -> None:
    site = make_site({})
    site.delete("tags.yaml")
    with pytest.raises(ConfigError, match=r"tag_registry: .*tags.yaml cannot be read"):
        site.build()


def test_a_label_changed_in_the_registry_reaches_every_page(
    make_site: Callable[..., Site],
) -> None:
    site = make_site({"notes/a/x.md": note(front="date: 2026-01-01\ntags: [RL]")})
    assert "强化学习" in site.build().read("updates.html")
    site.write({"tags.yaml": "reinforcement-learning: {label: 新标签, aliases: [RL]}\n"})
    build = site.build()
    pages = ("updates", "notes/a/x", "updates/tag/reinforcement-learning")
    assert all("新标签" in build.read(f"{page}.html") for page in pages)
