"""The map of all notes: an SVG with real links, the same as lists in other builders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sites import differing, note

if TYPE_CHECKING:
    from collections.abc import Callable

    from sites import Site

FILES = {
    "map.md": "---\norphan:\n---\n\n# 地图\n\n```{note-map}\n```\n",
    "notes/a/one.md": note(title="一 \\<b> & 篇：副题"),
    "notes/a/two.md": note(title="二篇", front="date: 2026-01-01\nprerequisites: [one]"),
    "notes/b/three.md": note(title="三篇", front="date: 2026-01-01\nprerequisites: [one, two]"),
    "notes/b/draft.md": note(title="稿", front="date: 2026-01-01\ndraft: true"),
}


def test_the_map_links_every_note_and_draws_every_path(make_site: Callable[..., Site]) -> None:
    build = make_site(FILES).build(strict=True)
    (drawing,) = build.page("map").select("svg.note-map")
    links = [(a.get_text(), a["href"]) for a in drawing.select("a")]
    assert links == [
        ("主题 a", "notes/a/index.html"),
        ("一 <b> & 篇", "notes/a/one.html"),
        ("二篇", "notes/a/two.html"),
        ("主题 b", "notes/b/index.html"),
        ("三篇", "notes/b/three.html"),
    ]
    arcs = [tuple(p["class"]) for p in drawing.select("path")]
    assert arcs == [("n0", "n1", "near"), ("n0", "n2", "far"), ("n1", "n2", "far")]
    for _text, href in links:
        assert (build.folder / str(href)).is_file()


def test_other_builders_have_lists(make_site: Callable[..., Site]) -> None:
    text = make_site(FILES).build("text", strict=True).folder.joinpath("map.txt").read_text()
    assert "主题 a" in text
    assert "二篇" in text


def test_the_map_follows_titles_and_prerequisites(make_site: Callable[..., Site]) -> None:
    site = make_site(FILES)
    site.build(strict=True)
    for number, text in enumerate(
        [note(title="新二篇"), note(title="新二篇", front="date: 2026-01-01\ndraft: true")]
    ):
        site.write({"notes/a/two.md": text})
        site.write({"notes/b/three.md": note(title="三篇")})
        build = site.build(strict=True)
        assert differing(build, site.build(strict=True, output=f"clean-{number}")) == []


def test_the_map_follows_a_prerequisite_alone(make_site: Callable[..., Site]) -> None:
    site = make_site(FILES)
    site.build(strict=True)
    site.write({"notes/a/two.md": note(title="二篇")})
    build = site.build(strict=True)
    arcs = [tuple(p["class"]) for p in build.page("map").select("svg.note-map path")]
    assert arcs == [("n0", "n2", "far"), ("n1", "n2", "far")]
    assert differing(build, site.build(strict=True, output="clean")) == []


def test_of_many_notes_each_topic_has_its_map(make_site: Callable[..., Site]) -> None:
    build = make_site(FILES, "note_map_limit = 2\n").build(strict=True)
    (drawing,) = build.page("map").select("svg.note-map")
    assert [(a.get_text(), a["href"]) for a in drawing.select("a")] == [
        ("主题 a（2 篇）", "map/a.html"),
        ("主题 b（1 篇）", "map/b.html"),
    ]
    assert [tuple(p["class"]) for p in drawing.select("path")] == [("n0", "n1", "far")]
    (drawing,) = build.page("map/a").select("svg.note-map")
    assert [(a.get_text(), a["href"]) for a in drawing.select("a")] == [
        ("主题 a", "../notes/a/index.html"),
        ("一 <b> & 篇", "../notes/a/one.html"),
        ("二篇", "../notes/a/two.html"),
    ]
    assert [tuple(p["class"]) for p in drawing.select("path")] == [("n0", "n1", "near")]


def test_the_map_of_a_large_topic_goes_on(make_site: Callable[..., Site]) -> None:
    build = make_site(FILES, "note_map_limit = 1\n").build(strict=True)
    names = [name for name in build.files() if name.startswith("map/")]
    assert sorted(names) == ["map/a.html", "map/a/page-2.html", "map/b.html"]
    for name, text in (("map/a", "一 <b> & 篇"), ("map/a/page-2", "二篇")):
        (drawing,) = build.page(name).select("svg.note-map")
        assert [a.get_text() for a in drawing.select("a")] == ["主题 a", text]
        assert drawing.select("path") == []


def test_the_maps_follow_the_notes(make_site: Callable[..., Site]) -> None:
    site = make_site(FILES, "note_map_limit = 1\n")
    site.build(strict=True)
    changes = (
        {"notes/a/two.md": note(title="新二篇")},
        {"notes/a/two.md": note(title="新二篇", front="date: 2026-01-01\ndraft: true"),
         "notes/b/three.md": note(title="三篇")},
    )  # fmt: skip
    for number, change in enumerate(changes):
        site.write(change)
        build = site.build(strict=True)
        assert differing(build, site.build(strict=True, output=f"clean-{number}")) == []


def test_two_maps_of_one_site(make_site: Callable[..., Site]) -> None:
    other = {"notes/b/atlas.md": note("```{note-map}\n```\n", title="图册")}
    build = make_site({**FILES, **other}, "note_map_limit = 2\n").build(strict=True)
    assert {"map/a.html", "notes/b/atlas/a.html"} <= build.files().keys()
