"""The site itself: every way of building it gives the same bytes, and is strict."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sites import ROOT, Build

pytestmark = pytest.mark.xdist_group("site")  # one process, so one build

LEFT_OUT = shutil.ignore_patterns(".*", "_build", "node_modules", "__pycache__", "tests")
NOTE = Path("notes/diffusion-and-flows/ddim.md")


def build(source: Path, output: Path, *options: str) -> dict[str, bytes]:
    """Build strictly in a process of its own, as ``make html`` does; return the files."""
    folders = ["-d", str(output / "doctrees"), str(source), str(output / "html")]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", *options, *folders],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return Build(status=0, warnings=[], folder=output / "html").files()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "source"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


@pytest.fixture(scope="module")
def clean(source: Path) -> dict[str, bytes]:
    return build(source, source.parent / "clean")


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    left_out = {".buildinfo.bak"}  # a copy that Sphinx makes when settings change
    return sorted(
        n for n in (one.keys() | other.keys()) - left_out if one.get(n) != other.get(n)
    )


def test_parallel_is_as_serial(source: Path, clean: dict[str, bytes]) -> None:
    assert differing(clean, build(source, source.parent / "parallel", "-j", "4")) == []


def test_a_title_edited_and_edited_back_leaves_no_trace(
    source: Path, clean: dict[str, bytes]
) -> None:
    output = source.parent / "edited"
    build(source, output)
    note = source / NOTE
    before = note.read_text(encoding="utf-8")
    edited = before.replace("\n# DDIM", "\n# 改过的 DDIM", 1)
    assert edited != before
    for text in (edited, before):
        note.write_text(text, encoding="utf-8")
        files = build(source, output)
        assert ("改过的" in files["index.html"].decode()) == (text is edited)
    assert differing(clean, files) == []
