"""Sites around the notes of ``corpus``, builds of them as ``make html`` builds, their cost.

Processor time is that of a build with all its children (Node, Pagefind, parallel workers):
user and system time as :func:`os.wait4` gives them. Peak memory, from there too, is the
resident memory of the largest single process of the build at its height; what several
processes hold at the same time is not added up. Node leaves the process of Pagefind to
whoever adopts orphans; on Linux this process does, elsewhere Pagefind is not counted.
"""

from __future__ import annotations

import compileall
import ctypes
import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import corpus

if TYPE_CHECKING:
    from resource import struct_rusage

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = ("-q", "--fail-on-warning", "--keep-going", "-b", "html")
"""What ``make html`` gives to Sphinx."""

PLAIN = """\
project = "笔记"
language = "zh_CN"
extensions = ["myst_parser"]
myst_enable_extensions = ["dollarmath"]
html_theme = "furo"
html_use_index = False
html_copy_source = False
suppress_warnings = ["myst.topmatter"]
def setup(app):
    app.connect("builder-inited", lambda app: setattr(app.builder, "search", False))
"""
"""Settings of Sphinx with furo alone; formulas are left to the browser.

Its search is off, as that of Chinese would make it slower still: to its favour.
"""


PR_SET_CHILD_SUBREAPER = 36
"""See prctl(2)."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one build took: seconds on the wall and of the processor, megabytes at its peak."""

    wall: float
    cpu: float
    peak: float


def plain(folder: Path, count: int) -> None:
    """Write ``count`` notes into ``folder``, to be built by Sphinx with furo alone."""
    corpus.write(folder, count)
    corpus.write_files(folder, {"conf.py": PLAIN})


def ours(folder: Path, count: int) -> None:
    """Write ``count`` notes into ``folder``, and this project around them.

    The front page, the updates and the map are made as ours are; the notes cite nothing.
    """
    corpus.write(folder, count)
    for name in ("conf.py", "macros.json", "tags.yaml", "updates.md", "map.md"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("_ext", "_static", "_templates", "_locale"):
        shutil.copytree(ROOT / name, folder / name)
    compileall.compile_dir(folder / "_ext", quiet=1)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    body = "```{topics}\n```\n\n```{latest-updates}\n:limit: 6\n```\n\n"
    pages = {
        "index.md": corpus.front_page("updates", "map", body=body),
        "references.md": "---\norphan: true\n---\n\n# 文献\n",
        "references.bib": "",
    }
    corpus.write_files(folder, pages)


def build(
    source: Path, output: Path, *options: str, program: tuple[str, ...] = ("-m", "sphinx")
) -> Cost:
    """Build ``source`` into ``output/html`` once; a warning ends the benchmark.

    :param options: for Sphinx, beside :data:`OPTIONS`.
    :param program: what Python runs; it gets the arguments of Sphinx.
    """
    folders = ["-d", str(output / "doctrees"), str(source), str(output / "html")]
    command = [sys.executable, *program, *OPTIONS, *options, *folders]
    adopt_orphans()
    os.sync()  # who writes files while thousands are being removed pays for that, too
    begin = time.perf_counter()
    process = os.posix_spawn(sys.executable, command, os.environ, setpgroup=0)
    try:
        _process, status, usage = os.wait4(process, 0)
        wall = time.perf_counter() - begin
        usages = [usage, *_orphans(process)]
    except BaseException:  # an interruption reaches no other group of processes by itself
        os.killpg(process, signal.SIGTERM)
        raise
    if status:
        sys.exit("The build of a benchmark failed: mend what is reported above.")
    peak = max(usage.ru_maxrss for usage in usages) * 1024 / 1e6
    return Cost(wall, sum(map(cpu, usages)), peak)


def adopt_orphans() -> None:
    """Let this process be the one that waits for processes whose parents ended before."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _orphans(group: int) -> list[struct_rusage]:
    """Wait for what is left of a group of processes, and return what they used."""
    found = []
    with suppress(ChildProcessError):
        while True:
            found.append(os.wait4(-group, 0)[2])
    return found


def cpu(usage: struct_rusage) -> float:
    """Return seconds of processor time."""
    return usage.ru_utime + usage.ru_stime


def files(folder: Path) -> dict[str, Path]:
    """Return all files in ``folder`` by their names relative to it, sorted."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in sorted(found)}


def size(folder: Path) -> float:
    """Return the megabytes of all files in ``folder``."""
    return sum(path.stat().st_size for path in files(folder).values()) / 1e6
