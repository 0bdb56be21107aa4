"""The site itself: every way of building it gives the same bytes, and is strict."""

from __future__ import annotations

from pathlib import Path

import pytest

from sites import Build, build_strictly, copy_of_the_project, differing, share_drawings

pytestmark = pytest.mark.xdist_group("site")  # one process, so one copy

NOTE = Path("notes/diffusion-and-flows/ddim.md")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_the_project(tmp_path_factory.mktemp("site") / "source")


def test_parallel_in_another_folder_and_a_title_edited_back_leave_no_trace(
    source: Path, whole_site: Build
) -> None:
    """Both builds are parallel and in another folder than the whole site, which is serial.

    The title stands in the navigation of every page, so the second build writes again what
    the first wrote, and keeps what it read and merged: a fault of either shows. What KaTeX and
    matplotlib made is shared; that they make the same again is tested with tiny sites.
    """
    share_drawings(whole_site.folder.parent, source.parent / "output")
    note = source / NOTE
    before = note.read_text(encoding="utf-8")
    edited = before.replace("\n# DDIM", "\n# 改过的 DDIM", 1)
    assert edited != before
    for text in (edited, before):
        note.write_text(text, encoding="utf-8")
        build = build_strictly(source, source.parent / "output", "-j", "4")
        assert ("改过的" in build.read("index.html")) == (text is edited)
    assert differing(whole_site, build) == []
