"""Sites with the search in them: settings, a server, and what the index holds."""

from __future__ import annotations

import functools
import gzip
import json
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sites import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGEFIND = ROOT / "node_modules" / "pagefind"

CONF = f"""
extensions.append("notfound.extension")
notfound_urls_prefix = None
pagefind_folder = {str(PAGEFIND)!r}
templates_path = [{str(ROOT / "_templates")!r}]
html_theme = "furo"
html_static_path = [{str(ROOT / "_static")!r}]
html_css_files = ["site.css"]
html_js_files = [("on-demand.js", {{"defer": "defer"}})]
html_sidebars = {{"**": ["sidebar/search.html", "sidebar/navigation.html"]}}
"""


class _Handler(SimpleHTTPRequestHandler):
    """Serves a folder as a web host does: what is missing is the page 404.html."""

    headers_of_all: Mapping[str, str] = {}

    def end_headers(self) -> None:
        for name, value in self.headers_of_all.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of requests."""

    def send_error(
        self, code: int, message: str | None = None, explain: str | None = None
    ) -> None:
        page = Path(self.directory, "404.html")
        if code != 404 or not page.is_file():
            super().send_error(code, message, explain)
            return
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.read_bytes())


@contextmanager
def served(folder: Path, headers: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve ``folder`` on this machine; yield its address.

    :param headers: what every answer says beside the usual.
    """
    kind = type("Handler", (_Handler,), {"headers_of_all": headers or {}})
    handler = functools.partial(kind, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def fragments(folder: Path) -> dict[str, dict[str, Any]]:
    """Return what Pagefind keeps of each page, by its address."""
    found = {}
    for path in sorted((folder / "pagefind" / "fragment").iterdir()):
        data = json.loads(gzip.decompress(path.read_bytes()).removeprefix(b"pagefind_dcd"))
        found[data["url"].removeprefix("/")] = data
    return found


def said(folder: Path, name: str) -> str:
    """Return the text of one page in the index, without spaces."""
    return str(fragments(folder)[name]["content"]).replace(" ", "")
