"""The site itself is valid: HTML, SVG, links with their fragments, texts of pictures."""

from __future__ import annotations

import json
import posixpath
import re
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html

from requirements import needs_java
from sites import ROOT

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from sites import Build

pytestmark = pytest.mark.xdist_group("valid")  # one process, so each page is parsed once

UPSTREAM = (
    # KaTeX 0.19 sets an operator's name below or above a symbol, as in x_{\max}, with the
    # invisible sign of a function's application beside it: three children where MathML has two.
    r"Element “m[on]” not allowed as child of element “msub(sup)?” in this context",
    # The same for \bmod: a row inside an operator.
    r"Element “mrow” not allowed as child of element “mo” in this context",
    r"The “m(row|i)” element is a completely-unknown element",
    # A part that is set below the line has a height below zero; browsers take it for none.
    r"CSS: “height”: “-[\d.]+em” negative values are not allowed",
)
"""Faults of what KaTeX writes; everything else is ours."""


JAVA = ("-Xss8m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""The compiler and collector that are made for short runs take two thirds of the time. Their
stack must be larger; the checker asks for that."""


def test_the_nu_checker_finds_no_fault_of_ours(whole_site: Build) -> None:
    jar = ROOT / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
    command = [
        needs_java(),
        *JAVA,
        "-jar",
        str(jar),
        "--format",
        "json",
        "--errors-only",
        "--also-check-svg",
    ]
    done = subprocess.run(
        [*command, "--skip-non-html", str(whole_site.folder)],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=300,
    )
    told = json.loads(done.stderr)["messages"]
    known = re.compile("|".join(UPSTREAM))
    ours = [
        f"{m['url'].rpartition('/html/')[2]}:{m.get('lastLine')}: {m['message']}"
        for m in told
        if not known.match(m["message"])
    ]
    assert ours == []
    missing = [p for p in UPSTREAM if not any(re.match(p, m["message"]) for m in told)]
    assert missing == [], "mended upstream: take it off the list"


@pytest.fixture(scope="module")
def pages(whole_site: Build) -> dict[str, HtmlElement]:
    return {
        path.relative_to(whole_site.folder).as_posix(): html.fromstring(path.read_bytes())
        for path in sorted(whole_site.folder.rglob("*.html"))
    }


def test_every_internal_link_and_fragment_leads_somewhere(
    whole_site: Build, pages: dict[str, HtmlElement]
) -> None:
    files = set(whole_site.files())
    ids = {
        name: {"", "top", *page.xpath("//@id"), *page.xpath("//a/@name")}
        for name, page in pages.items()
    }
    broken, seen = [], 0
    for name, page in pages.items():
        for address in page.xpath("//@href | //@src"):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc or address.startswith("data:"):
                continue
            seen += 1
            path = (
                unquote(parts.path) if name != "404.html" else unquote(parts.path).lstrip("/")
            )
            target = (
                posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
                if path
                else name
            )
            fragment = unquote(parts.fragment)
            if target not in files or (target in ids and fragment not in ids[target]):
                broken.append(f"{name}: {address}")
    assert broken == []
    assert seen > 10_000


def test_every_id_is_there_once(pages: dict[str, HtmlElement]) -> None:
    for name, page in pages.items():
        found = page.xpath("//@id")
        assert len(found) == len(set(found)), name


def test_every_picture_has_a_text(pages: dict[str, HtmlElement]) -> None:
    """An ``img`` has an ``alt``; a drawing has a title or a label, or is hidden."""
    bare = [
        f"{name}: {html.tostring(picture)[:120]!r}"
        for name, page in pages.items()
        for picture in [
            *page.xpath("//img[not(normalize-space(@alt))]"),
            *page.xpath(
                "//article//svg[not(ancestor-or-self::*[@aria-hidden='true'])"
                " and not(@aria-label) and not(@aria-labelledby) and not(title)]"
            ),
        ]
    ]
    assert bare == []
    drawn = [
        page.xpath("//article//svg[@aria-label or @aria-labelledby or title]")
        for page in pages.values()
    ]
    assert sum(map(len, drawn)) > 20
