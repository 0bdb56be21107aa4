"""``make live``: what is saved is shown, what is wrong is told, and the server goes on."""

from __future__ import annotations

import queue
import socket
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from live_cost import await_server, command
from sites import Site, note, with_indexes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 60


class Live:
    """The server that ``make live`` starts, in another folder; what it prints."""

    def __init__(self, folder: Path, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.lines: queue.Queue[str] = queue.Queue()
        self.process = subprocess.Popen(
            command(port),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(SECONDS)
        self.reader.join(SECONDS)
        assert self.process.stdout
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.put(line)

    def until(self, text: str) -> str:
        """Wait for a line with ``text``."""
        while text not in (line := self.lines.get(timeout=SECONDS)):
            pass
        return line


@pytest.fixture
def site(tmp_path: Path) -> Site:
    files = with_indexes({"notes/a/x.md": note("第一句。\n")})
    return Site(tmp_path, files, 'exclude_patterns += ["_build"]\n')


@pytest.fixture
def live(site: Site) -> Iterator[Live]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Live(site.source, port)
    try:
        server.until("Serving on")
        await_server(server.address)
        yield server
    finally:
        server.stop()


def test_what_is_saved_is_shown(site: Site, live: Live, page: Page) -> None:
    page.goto(f"{live.address}/notes/a/x.html")
    expect(page.get_by_text("第一句。")).to_be_visible()
    site.write({"notes/a/x.md": note("第二句。\n")})
    expect(page.get_by_text("第二句。")).to_be_visible(timeout=SECONDS * 1000)


def test_what_is_wrong_is_told_and_the_server_goes_on(
    site: Site, live: Live, page: Page
) -> None:
    page.goto(f"{live.address}/notes/a/x.html")
    site.write({"notes/a/x.md": note("错：$x_$。\n")})
    told = live.until("WARNING")
    assert f"{site.source}/notes/a/x.md:7: WARNING: KaTeX refuses this formula" in told
    site.write({"notes/a/x.md": note("对：$x$。\n")})
    expect(page.get_by_text("对：")).to_be_visible(timeout=SECONDS * 1000)


def test_settings_that_break_the_build_do_not_stop_the_server(
    site: Site, live: Live, page: Page
) -> None:
    page.goto(f"{live.address}/notes/a/x.html")
    tags = (site.source / "tags.yaml").read_text("utf-8")
    conf = (site.source / "conf.py").read_text("utf-8")
    site.write({"conf.py": conf + "\n1 / 0\n"})
    live.until("ZeroDivisionError")
    site.write({"conf.py": conf, "tags.yaml": tags, "notes/a/x.md": note("又好了。\n")})
    expect(page.get_by_text("又好了。")).to_be_visible(timeout=SECONDS * 1000)
