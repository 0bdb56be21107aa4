"""Print how long it takes from saving a note until a browser shows it, as ``make bench`` does.

For other sizes than the site itself and 250 notes::

    python benchmarks/live_cost.py 1000

The server is what ``make live`` starts; the browser is Chromium. The median of three edits
is printed, and the range.
"""

from __future__ import annotations

import re
import shlex
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright
from urllib3 import PoolManager, Retry

from builds import ROOT, ours

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIZES = (0, 250)
"""Notes; 0 stands for the site itself."""

EDITS = 3


def command(port: int) -> list[str]:
    """Return what ``make live`` runs, as make itself says."""
    asked = ["make", "--dry-run", "live", f"PORT={port}"]
    printed = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    lines = printed.replace("\\\n", " ").splitlines()
    words = shlex.split(next(line for line in lines if "sphinx_autobuild" in line))
    return [sys.executable, "-u", *words[1:]]


def await_server(address: str) -> None:
    """Return when a server answers; it says that it serves before it listens."""
    retries = Retry(connect=40, read=0, backoff_factor=0.05, backoff_max=1)
    PoolManager().request("GET", address, retries=retries)


def site(folder: Path, count: int) -> Path:
    """Make a site of ``count`` notes in ``folder``, or a copy of this one; return a note."""
    if count:
        ours(folder, count)
    else:
        listed = ["git", "ls-files", "-z"]
        names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True)
        for name in names.stdout.split("\0")[:-1]:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return sorted(p for p in folder.glob("notes/*/*.md") if p.stem != "index")[0]


def seconds(page: Page, note: Path) -> list[float]:
    """Edit ``note`` and return how long each edit took to be shown."""
    found = []
    for number in range(EDITS):
        text = f"第 {number} 次改动。"
        source = re.sub(r"\n第 \d 次改动。\n*$", "\n", note.read_text(encoding="utf-8"))
        begin = time.perf_counter()
        note.write_text(f"{source}\n{text}\n", encoding="utf-8")
        page.get_by_text(text).wait_for(timeout=600_000)
        found.append(time.perf_counter() - begin)
    return found


def measure(count: int) -> str:
    with tempfile.TemporaryDirectory() as name, socket.socket() as free:
        folder = Path(name)
        note = site(folder, count)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        server = subprocess.Popen(
            command(port), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )  # fmt: skip
        assert server.stdout
        while "Serving on" not in server.stdout.readline():
            pass
        address = f"http://127.0.0.1:{port}/{note.relative_to(folder).with_suffix('.html')}"
        await_server(address)
        with sync_playwright() as playwright:
            path = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            page = browser.new_page()
            page.goto(address)
            found = seconds(page, note)
            browser.close()
        server.terminate()
        server.communicate()
    what = f"{count} notes" if count else "this site"
    middle = statistics.median(found)
    span = f"{min(found):.1f} to {max(found):.1f}"
    return f"{what:<12} {middle:6.1f} s from saving to shown ({span})"


def main() -> None:
    for count in [int(a) for a in sys.argv[1:]] or SIZES:
        print(measure(count), flush=True)


if __name__ == "__main__":
    main()
