"""Print how large the search index is and what a first query loads, as ``make bench`` does.

For the site itself and for 1,000 notes (another number: the first argument). The bytes are
those that Chromium receives from a plain server, without compression, from the key that
opens the box to the first result.
"""

from __future__ import annotations

import functools
import http.server
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

import builds

if TYPE_CHECKING:
    from collections.abc import Iterator

QUERY = "的一"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Print nothing."""


def first_query(site: Path, query: str) -> tuple[int, int, float]:
    """Return the files, the bytes and the seconds of the first query on the front page."""
    handler = functools.partial(_Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sizes: list[int] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
        page.wait_for_load_state("networkidle")
        page.on("response", lambda answer: sizes.append(len(answer.body())))
        begin = time.perf_counter()
        page.keyboard.press("Control+k")
        page.keyboard.type(query)
        page.wait_for_selector("dialog[open] mark")
        seconds = time.perf_counter() - begin
        page.wait_for_load_state("networkidle")
        browser.close()
    server.shutdown()
    return len(sizes), sum(sizes), seconds


def sites(folder: Path, count: int) -> Iterator[tuple[str, Path, str]]:
    """Yield a name, the built pages and a query: the site itself, then ``count`` notes."""
    builds.build(builds.ROOT, folder / "site")
    yield "the site", folder / "site" / "html", "梯度"
    builds.ours(folder / "notes", count)
    builds.build(folder / "notes", folder / "large")
    yield f"{count} notes", folder / "large" / "html", QUERY


def main(count: int) -> None:
    if not Path(CHROMIUM).exists():
        print(f"no {CHROMIUM}: what a query loads is not measured")
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, pages, query in sites(Path(folder), count):
            index = builds.size(pages / "pagefind")
            files, loaded, seconds = first_query(pages, query)
            print(
                f"{name:12} index {index:6.2f} MB; first query {files} files, "
                f"{loaded / 1e3:.0f} kB, {seconds:.2f} s"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
