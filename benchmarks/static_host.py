"""A local server that answers as a usual static host does, for the benchmark of the pages.

It stands for Read the Docs behind Cloudflare, or nginx with its usual settings: text is
compressed with gzip (level 6, the default of most) or, where it is asked to, with Brotli
(quality 4, what nginx and Cloudflare use for what they compress on the way); fonts and
pictures that are compressed already go as they are; every file has its MIME type, an ETag
and a ``Cache-Control``; what has not changed is answered by 304. It speaks HTTP/1.1 without
TLS, so headers are not compressed as HTTP/2 would: it overstates them.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from contextlib import contextmanager
from functools import cache, partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import brotli

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".xml": "application/xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".wasm": "application/wasm",
}
AS_IT_IS = frozenset((".woff2", ".png", ".ico"))
"""What is compressed by its own format."""

GZIP_LEVEL, BROTLI_QUALITY = 6, 4
PAGE_AGE, FILE_AGE = 600, 31_536_000
"""Seconds: a page may change at the next release; a file with ``?v=`` never does."""


@cache
def body(path: Path, encoding: str) -> bytes:
    """Return the bytes of a file as they are sent."""
    content = path.read_bytes()
    if encoding == "gzip":
        return gzip.compress(content, GZIP_LEVEL, mtime=0)
    if encoding == "br":
        return bytes(brotli.compress(content, quality=BROTLI_QUALITY))
    return content


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: object, folder: Path, encoding: str) -> None:
        self.folder, self.encoding = folder, encoding
        super().__init__(*arguments)  # type: ignore[arg-type]

    def _found(self) -> Path | None:
        path = (self.folder / unquote(urlsplit(self.path).path).lstrip("/")).resolve()
        path = path / "index.html" if path.is_dir() else path
        return path if path.is_file() and path.is_relative_to(self.folder) else None

    def do_GET(self) -> None:
        found = self._found()
        path = found or self.folder / "404.html"
        offered = self.headers.get("Accept-Encoding", "")
        is_text = path.suffix not in AS_IT_IS
        encoding = self.encoding if is_text and self.encoding in offered else ""
        content = body(path, encoding)
        tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        is_known = found is not None and self.headers.get("If-None-Match") == tag
        status = HTTPStatus.NOT_MODIFIED if is_known else HTTPStatus.OK
        self.send_response(HTTPStatus.NOT_FOUND if found is None else status)
        self.send_header("Content-Type", KINDS.get(path.suffix, "application/octet-stream"))
        is_lasting = "v=" in urlsplit(self.path).query or path.suffix == ".woff2"
        self.send_header("Cache-Control", f"max-age={FILE_AGE if is_lasting else PAGE_AGE}")
        self.send_header("ETag", tag)
        self.send_header("Vary", "Accept-Encoding")
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(0 if is_known else len(content)))
        self.end_headers()
        if not is_known:
            self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Print nothing."""


@contextmanager
def served(folder: Path, port: int = 0, encoding: str = "gzip") -> Iterator[str]:
    """Serve ``folder`` on this machine; yield its address."""
    handler = partial(_Handler, folder=folder.resolve(), encoding=encoding)
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
