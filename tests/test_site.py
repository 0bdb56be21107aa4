"""The site itself: every way of building it gives the same bytes, and is strict."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from published import ENVIRONMENT, made_for
from sites import Build, copy_of_the_project, differing

pytestmark = pytest.mark.xdist_group("site")  # one process, so one copy

NOTE = Path("notes/diffusion-and-flows/ddim.md")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_the_project(tmp_path_factory.mktemp("site") / "source")


def build_strictly(source: Path, output: Path, *options: str, **environment: str) -> Build:
    """Build in a process of its own; a warning is an error."""
    folders = ["-d", str(output / "doctrees"), str(source), str(output / "html")]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            "-q",
            "-W",
            "--keep-going",
            *options,
            *folders,
        ],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env={**os.environ, **environment},
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return Build(status=0, warnings=[], folder=output / "html")


def share_drawings(one: Path, other: Path) -> None:
    """Let a build into ``other`` find the formulas and the figures of one into ``one``."""
    shutil.copytree(one / "figures", other / "figures")
    (other / "doctrees").mkdir()
    shutil.copy2(one / "doctrees" / "formulas.cache", other / "doctrees")


def test_parallel_in_another_folder_and_an_edit_taken_back_leave_no_trace(
    source: Path, whole_site: Build
) -> None:
    """Both builds are parallel, in another folder, with other packages beside ours.

    The whole site is built by one process, with the packages of ``requirements.txt`` alone.
    The text stands in lists, feeds and the search, so the second build writes again what the
    first wrote, and keeps what it read and merged: a fault of either shows. What KaTeX and
    matplotlib made is shared; that they make the same again is tested with tiny sites.
    """
    share_drawings(made_for(whole_site), source.parent / "output")
    note = source / NOTE
    before = note.read_text(encoding="utf-8")
    edited = before.replace("\n## 问题\n\n", "\n## 问题\n\n改过的第一句。", 1)
    assert edited != before
    for text in (edited, before):
        note.write_text(text, encoding="utf-8")
        build = build_strictly(source, source.parent / "output", "-j", "2", **ENVIRONMENT)
        assert ("改过的第一句" in build.read("feeds/all.xml")) == (text is edited)
    assert differing(whole_site, build) == []
