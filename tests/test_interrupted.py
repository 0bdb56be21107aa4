"""A build that was killed, or whose state was damaged, leaves the next one a clean start.

``make test-deep`` kills :data:`KILLS` builds of each kind.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from sphinx.errors import ExtensionError

from requirements import needs_mount
from search_site import PAGEFIND
from sites import Build, Kept, Site, differing, note, with_indexes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


pytestmark = pytest.mark.xdist_group("interrupted")  # one process, so each clean build once

KILLS = int(os.environ.get("KILLS", "1"))

CONF = f"pagefind_folder = {str(PAGEFIND)!r}\n"
PLOT = (
    "```{plot}\n:alt: 一条线\n:caption: 看线。\n\n"
    "import matplotlib.pyplot as plt\nplt.plot([0, 1], [0, @])\n```\n"
)


def notes(edit: int) -> dict[str, str]:
    """Return a site of some pages, formulas and figures; ``edit`` changes all of them."""
    found = {
        f"notes/{topic}/{topic}{number}.md": note(
            f"第 {edit} 稿，见 [[{topic}{(number + 1) % 6}]]。\n\n"
            f"$$\nx_{{{edit}}} + {number}\n$$ (eq-{topic}{number})\n",
            title=f"{topic}{number} 的第 {edit} 题",
        )
        for topic in "ab"
        for number in range(6)
    }
    found["notes/a/figure.md"] = note(PLOT.replace("@", str(edit)), title="图")
    return with_indexes(found)


def start(site: Site) -> subprocess.Popen[bytes]:
    """Begin a build in processes of their own, which can be killed together."""
    target = site.folder / "build"
    return subprocess.Popen(
        [sys.executable, "-m", "sphinx", "-q", "-j", "2", "-d", str(target / "doctrees"),
         str(site.source), str(target / "html")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip


def kill_after(
    process: subprocess.Popen[bytes], seconds: float, kill: Callable[[int, int], None]
) -> bool:
    """Kill a build; tell whether it was still under way."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        kill(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def test_after_a_kill_the_next_build_is_as_a_clean_one(tmp_path: Path) -> None:
    """The builds are killed at random moments of what a whole one takes."""
    rng = random.Random(2026)
    site = Site(tmp_path, notes(0), CONF)
    whole = seconds_of_a_build(site)
    killed = 0
    for edit in range(1, KILLS + 1):
        site.write(notes(edit))
        killed += kill_after(start(site), rng.uniform(0.2, 1) * whole, os.killpg)
        found = first_after(site)
        clean = site.build(output="clean")
        assert differing(found, clean) == []
        assert found.warnings == []
        shutil.rmtree(clean.folder.parent)
    assert killed > 0


def first_after(site: Site) -> Build:
    """Build as soon as the last process of a killed build is gone, which may take a moment."""
    while True:
        try:
            return site.build()
        except ExtensionError as error:
            if "another build is under way" not in str(error):
                raise


def seconds_of_a_build(site: Site) -> float:
    begun = time.monotonic()
    assert start(site).wait() == 0
    return time.monotonic() - begun


def test_what_a_killed_build_left_running_holds_the_folder(tmp_path: Path) -> None:
    """Only the main process is killed; its workers and Pagefind go on for a while."""
    rng = random.Random(2027)
    site = Site(tmp_path, notes(0), CONF)
    whole = seconds_of_a_build(site)
    for edit in range(1, KILLS + 1):
        site.write(notes(edit))
        kill_after(start(site), rng.uniform(0.2, 1) * whole, os.kill)
        while (done := site.run()).returncode:
            assert "ExtensionError: another build is under way" in done.stderr
        found, clean = site.build(), site.build(output="clean")
        assert differing(found, clean) == []
        shutil.rmtree(clean.folder.parent)


STATE = {
    "the environment": "doctrees/environment.pickle",
    "a page read": "doctrees/notes/a/a1.doctree",
    "the formulas": "doctrees/formulas.cache",
    "the record": "doctrees/rebuild-html.json",
    "the search index": "html/pagefind/pagefind-entry.json",
    "the search script": "html/pagefind/pagefind.js",
}
DAMAGED = "what an earlier build had left was damaged; build again, all is made anew"
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "truncated": lambda content: content[: len(content) // 2],
    "garbage": lambda content: bytes(byte ^ 0x5A for byte in content),
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Return a site that was built."""
    site = Site(tmp_path_factory.mktemp("finished") / "site", notes(0), CONF)
    assert site.build().warnings == []
    return Kept(site)


EDIT = {"notes/b/b0.md": notes(1)["notes/b/b0.md"]}


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Return a clean build of that site after :data:`EDIT`."""
    return Site(tmp_path_factory.mktemp("edited"), {**notes(0), **EDIT}, CONF).build()


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("what", STATE)
def test_a_damaged_state_is_made_anew(
    finished: Kept, edited: Build, what: str, damage: str
) -> None:
    """By that build, or by the next one, as it is told in a line."""
    site = finished.again()
    path = site.folder / "build" / STATE[what]
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    site.write(EDIT)
    if what == "a page read":  # Sphinx asks for it when it is too late to read the page again
        done = site.run()
        assert done.returncode == 2
        assert_told(done.stderr, DAMAGED)
    else:
        built = site.build()
        assert (built.status, built.warnings) == (0, [])
    assert differing(site.build(), edited) == []


def test_one_bit_of_a_formula_is_noticed(finished: Kept, edited: Build) -> None:
    site = finished.again()
    path = site.folder / "build/doctrees/formulas.cache"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    site.write(EDIT)
    assert differing(site.build(), edited) == []


HOLD = """
import fcntl, sys
with open(sys.argv[1], "a") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_builds_at_once_are_one_and_an_error(finished: Kept) -> None:
    site = finished.again()
    lock = site.folder / "build/doctrees/lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    second = site.run(output="build")
    holder.communicate()
    assert second.returncode == 2
    folder = site.folder / "build/doctrees"
    told = f"another build is under way in {folder}; wait until it ends"
    assert_told(second.stderr, told)
    assert site.run(output="build").returncode == 0


def assert_told(text: str, message: str) -> None:
    """Check that an error is told once, in Sphinx's frame: no chain of others."""
    assert f"ExtensionError: {message}\n" in text
    assert "During handling" not in text
    assert text.count('File "') <= 1


@pytest.mark.parametrize(("part", "jobs"), [(0.2, "1"), (0.5, "2"), (0.8, "1"), (0.8, "2")])
def test_a_full_disk_is_told_and_leaves_no_trace(
    finished: Kept, tmp_path: Path, part: float, jobs: str
) -> None:
    needs_mount()
    site = Site(tmp_path, notes(0), CONF)
    whole = finished.again().folder / "build"
    size = sum(p.stat().st_size for p in whole.rglob("*") if p.is_file())
    disk = tmp_path / "build"
    disk.mkdir()
    mount(disk, "-t", "tmpfs", "-o", f"size={int(size * part)}", "tmpfs")
    try:
        done = site.run("-j", jobs, output="build")
        assert done.returncode == 2
        assert re.search("no space (is )?left", done.stderr, re.IGNORECASE)
        mount(disk, "-o", "remount,size=100m")
        clean = Build(status=0, warnings=[], folder=whole / "html")
        assert differing(site.build(), clean) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_that_cannot_be_written_is_told_in_a_line(finished: Kept) -> None:
    needs_mount()
    site = finished.again()
    disk = site.folder / "build" / "html"
    mount(disk, "--bind", str(disk))
    try:
        mount(disk, "-o", "remount,bind,ro")
        done = site.run(output="build")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert_told(done.stderr, f"{disk} cannot be written to; make it writable")
    site.write(notes(1))
    assert differing(site.build(), site.build(output="clean")) == []


def mount(folder: Path, *arguments: str) -> None:
    subprocess.run(["mount", *arguments, str(folder)], check=True)
