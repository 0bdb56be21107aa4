"""Whatever a note holds is shown as text: nothing is executed, nothing grows without bound."""

from __future__ import annotations

import json
import re
import resource
import time
from typing import TYPE_CHECKING

import pytest
from lxml import etree, html

from browser.conftest import browser, page  # noqa: F401
from requirements import needs_chromium
from search_site import CONF, served
from sites import Site, note, with_indexes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from sites import Build

pytestmark = [
    pytest.mark.xdist_group("hostile"),  # one process, so one build
    pytest.mark.filterwarnings("ignore:'tags' will become"),  # sphinx-notfound-page's
]

SCRIPT = "<script>window.hacked=1</script>"
STRINGS = {
    "script": SCRIPT,
    "image": '"><img src=x onerror="window.hacked=2">',
    "quotes": "\\' onmouseover='window.hacked=3' \"",
    "cdata": "]]>" + SCRIPT,
    "comment": "--><!--" + SCRIPT,
    "style": "</style></title></textarea>" + SCRIPT,
    "entities": "&lt;b&gt; &#60;script&#62;window.hacked=4&#60;/script&#62;",
    "direction": "甲\u202e乙\u2066丙",
    "template": "{{ 7*7 }} {% raw %} ${window.hacked=5} `+window.hacked`",
    "line": "甲\u2028window.hacked=6\u2029",
    "closing": "</script><script>window.hacked=7</script>",
    "address": "javascript:window.hacked=8",
}
"""What tries to leave the place it stands in; each is tried in every place."""


def quoted(text: str) -> str:
    """Return a scalar of YAML (JSON is one)."""
    return json.dumps(text, ensure_ascii=True)


def escaped(text: str) -> str:
    """Return Markdown that shows ``text`` as it is."""
    return re.sub(r"([\\`*_{}\[\]()#+.!|<>~$&%:=^'\"-])", r"\\\1", text)


def hostile(number: int, text: str) -> str:
    """Return a note that has ``text`` wherever an author can write."""
    plain = escaped(text.replace("\u2028", " ").replace("\u2029", " "))
    front = (
        f"date: 2026-01-{number + 1:02}\n"
        f"summary: {quoted(text)}\n"
        f"aliases: [{quoted(text + ' 别名')}]\n"
        f"changes: [{{date: 2026-02-01, text: {quoted(text)}}}]"
    )
    body = (
        f"{plain} 与 [{plain}](other.md)，见 [[other|字 {number}]]。\n\n"
        f"## {plain} 节\n\n`` {text.strip('`').replace('`', '')} ``\n\n"
        f"```{{plot}}\n:alt: {plain}\n:caption: {plain}\n\n"
        "import matplotlib.pyplot as plt\n"
        f"plt.plot([0, 1])\nplt.title({text.replace('$', '')!a})\n```\n\n"
        f"$$\n\\text{{<b>}} \\href{{javascript:window.hacked=9}}{{x}}\n$$ (eq-{number})\n\n"
        f"| 符号 | 含义 |\n| --- | --- |\n| $n$ | {plain} |\n\n{{cite:t}}`k{number}`\n"
    )
    return note(body, title=f"{plain} 题", front=front)


BIB = (
    "@book{{k{0}, author = {{{1}, A}}, title = {{{{{1}}}}}, publisher = {{P}}, "
    "year = 2000, isbn = {{1}}}}\n"
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Build:
    files = {f"notes/a/n{n}.md": hostile(n, text) for n, text in enumerate(STRINGS.values())}
    files["notes/a/other.md"] = note("{term}`甲 & '乙'` 的话。\n", title="别的")
    files = with_indexes(files)
    files["index.md"] += "\n```{toctree}\nglossary\nreferences\nmap\nnotation\n```\n"
    files["glossary.md"] = f"# 术语\n\n```{{glossary}}\n甲 & '乙'\n  {escaped(SCRIPT)}\n```\n"
    files["references.md"] = "# 文献\n\n```{bibliography}\n```\n"
    files["map.md"] = "# 图\n\n```{note-map}\n```\n"
    files["notation.md"] = "# 符号\n\n```{symbols}\n```\n"
    files["references.bib"] = "".join(
        BIB.format(n, re.sub(r"[{}\\\\@%#]", " ", text))
        for n, text in enumerate(STRINGS.values())
    )
    site = Site(
        tmp_path_factory.mktemp("hostile"),
        files,
        CONF
        + """
extensions += ["sphinxcontrib.bibtex"]
bibtex_bibfiles = ["references.bib"]
bibtex_cite_id = "ref-{key}"
bibtex_reference_style = "author_year"
""",
    )
    build = site.build()
    assert build.status == 0
    told = [w for w in build.warnings if "[note.formula]" not in w]
    assert told == []
    return build


def pages(build: Build) -> Iterator[tuple[str, html.HtmlElement]]:
    for path in sorted(build.folder.rglob("*.html")):
        yield path.relative_to(build.folder).as_posix(), html.fromstring(path.read_bytes())


def test_every_string_reached_the_pages(built: Build) -> None:
    for number, text in enumerate(STRINGS.values()):
        title = built.page(f"notes/a/n{number}").select_one("h1")
        assert title
        wanted = re.sub(r"\s+", " ", text.replace("\u2028", " ").replace("\u2029", " ")).strip()
        assert wanted.replace("'", "’")[:9] in title.get_text().replace("'", "’")


def test_no_page_has_a_script_or_a_handler_of_a_note(built: Build) -> None:
    for name, tree in pages(built):
        for script in tree.xpath("//script[not(@src)]"):
            if script.get("type") == "application/ld+json":
                json.loads(script.text)
            assert "hacked" not in (script.text or "") or script.get("type"), name
        for tag in tree.iter():
            if isinstance(tag.tag, str):
                wrong = [a for a in tag.attrib if a.lower().startswith("on")]
                addresses = [tag.get(a, "") for a in ("href", "src", "action", "xlink:href")]
                wrong += [a for a in addresses if a.strip().lower().startswith("javascript:")]
                assert wrong == [], (name, html.tostring(tag)[:200])
        assert not tree.xpath("//img[@src='x']"), name


def test_what_machines_read_is_well_formed(built: Build) -> None:
    read = 0
    for path in built.folder.rglob("*"):
        if path.suffix in {".xml", ".svg"}:
            tree = etree.parse(path)
            assert not tree.xpath("//*[local-name()='script']"), path
            read += 1
        if path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
        if path.parent.parent.name == "previews" or path.parent.name == "previews":
            text = path.read_text(encoding="utf-8") if path.is_file() else "({})"
            assert "</script" not in text.lower()
            assert "\u2028" not in text
    assert read > len(STRINGS)


def test_nothing_is_executed(page: Page, built: Build) -> None:  # noqa: F811
    needs_chromium()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
    with served(built.folder) as address:
        for name, _tree in pages(built):
            page.goto(address + name, wait_until="load")
            assert page.evaluate("window.hacked") is None, name
        page.goto(address + "notes/a/other.html", wait_until="networkidle")
        for link in page.locator("article a.internal:visible").all()[:12]:
            link.hover()
        page.keyboard.press("Control+k")
        page.keyboard.type("window hacked")
        page.locator(".search-results a").first.wait_for()
        assert page.evaluate("window.hacked") is None
        assert [a for a in asked if not a.startswith((address, "data:"))] == []


# ------------------------------------------------------------------------------- bounds

SECONDS = 60
MEGABYTES = 1500

LARGE: dict[str, tuple[str, str]] = {
    "aliases of YAML": (
        note(
            front="date: 2026-01-01\n"
            + "".join(
                f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'x'}]\n"
                for n in range(9)
            )
        ),
        "YAML",
    ),
    "a line of a megabyte": (note("甲" * 350_000 + "\n"), ""),
    "ten thousand headings": (note("".join(f"## 节 {n}\n\n文\n\n" for n in range(10_000))), ""),
    "a macro that grows": (note("$\\def\\a{\\a\\a}\\a$\n"), "Too many expansions"),
    "a formula of great size": (note("$$\n\\rule{1e9em}{1e9em}\n$$\n"), ""),
    "nested braces": (note(f"$${{{'{' * 3000}x{'}' * 3000}}}$$\n".replace("$$", "$")), ""),
    "nested quotes": (note("> " * 2000 + "甲\n"), ""),
    "nested lists": (note("".join("  " * n + "- 甲\n" for n in range(300))), ""),
    "open brackets": (note("[" * 50_000 + "\n"), ""),
    "stars": (note("*a " * 20_000 + "\n"), ""),
}


@pytest.mark.parametrize("what", LARGE)
def test_time_and_memory_are_bounded(make_site: Callable[..., Site], what: str) -> None:
    source, told = LARGE[what]
    site = make_site({"notes/a/x.md": source, "notes/a/y.md": note()})
    begun = time.monotonic()
    done = site.run()
    assert time.monotonic() - begun < SECONDS
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < MEGABYTES * 1024
    assert "Traceback" not in done.stderr, done.stderr[-2000:]
    assert done.returncode == 0, done.stderr[-2000:]
    if told:
        assert "notes/a/x.md" in done.stderr
        assert told in done.stderr


def test_html_is_text_unless_it_is_allowed(make_site: Callable[..., Site]) -> None:
    files = {
        "notes/a/x.md": note(f"甲 {SCRIPT}\n\n{SCRIPT}\n\n```{{raw}} html\n{SCRIPT}\n```\n")
    }
    site = make_site(files)
    build = site.build()

    def executed(build: Build) -> int:
        tags = build.page("notes/a/x").select("script:not([src]):not([type])")
        return sum("hacked" in tag.text for tag in tags)

    assert executed(build) == 0
    found = [re.sub(r": HTML, .* backquotes", "", warning) for warning in build.warnings]
    printed = 'notes/a/x.md:{}: WARNING: "{}" would be printed as it is [note.markup]'
    parts = [(7, "甲 <script>window.h"), (7, "hacked=1</script>"),
             (9, "<script>window.h"), (9, "hacked=1</script>")]  # fmt: skip
    disabled = 'notes/a/x.md:11: WARNING: "raw" directive disabled. [docutils]'
    assert sorted(found) == sorted([disabled, *(printed.format(*part) for part in parts)])
    site.write({"conf.py": (site.source / "conf.py").read_text("utf-8") + "raw_html = True\n"})
    allowed = site.build()
    assert executed(allowed) == 3
    assert allowed.warnings == []
