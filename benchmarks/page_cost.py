"""Print what a reader's browser receives for the pages, as ``make bench`` does.

For a site that is built already (its ``html_baseurl`` should be ``ADDRESS``)::

    python benchmarks/page_cost.py _build/pages

The site is built without drafts and served by ``static_host.py``, which stands for a usual
host. Chromium opens a note as a phone does, with an empty cache and without scrolling, and
from it the next one; bytes are those that come over the wire, headers too
(``Network.loadingFinished``). The median note is that of the compressed HTML; the heaviest
has the largest first view of those with the largest HTML. Layout shift is summed while the
page is scrolled to its end, at two widths; a formula is visible if, with JavaScript off, its
box has a size. All goes to ``_build/pages.json`` too.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

import lighthouse
from static_host import body, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
PORT = 8127
ADDRESS = f"http://127.0.0.1:{PORT}/"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PHONE, DESK = 390, 1280
HEIGHT = 844
ENCODINGS = ("gzip", "br")
"""That which every host knows, by which the targets are judged, and the better one."""
CANDIDATES = 4
"""Notes with the largest HTML, one of which is the heaviest to open."""

FIRST_VIEW, NEXT_NOTE, SHIFT = 180_000, 40_000, 0.02
"""The targets: bytes, bytes, the sum of layout shifts."""

KINDS = {"Document": "HTML", "Stylesheet": "CSS", "Script": "JS", "Font": "fonts"}

OBSERVE = """window.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""

SCROLL = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)));
  const root = document.scrollingElement;
  let before = -1;
  while (root.scrollTop !== before) {
    before = root.scrollTop;
    window.scrollBy({ top: innerHeight * 0.8, behavior: "instant" });
    await frame();
  }
  await document.fonts.ready;
  await frame();
  return window.shifts;
}"""

VISIBLE = """boxes => boxes.filter((box) => {
  const { width, height } = box.getBoundingClientRect();
  return width > 0 && height > 0;
}).length"""


@dataclass(slots=True)
class View:
    """What came over the wire for one page."""

    bytes: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    elsewhere: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.bytes.total()


def listen(page: Page) -> list[View]:
    """Count what ``page`` receives; the last view of the list is the one that is open."""
    views = [View()]
    kinds: dict[str, str] = {}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")

    def asked(event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        kinds[event["requestId"]] = KINDS.get(event["type"], "other")
        if not url.startswith((ADDRESS, "data:", "blob:")):
            views[-1].elsewhere.append(url)

    def finished(event: dict[str, Any]) -> None:
        if event["encodedDataLength"]:  # none if it came from the cache
            kind = kinds[event["requestId"]]
            views[-1].bytes[kind] += int(event["encodedDataLength"])
            views[-1].requests[kind] += 1

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.loadingFinished", finished)
    return views


def visit(browser: Browser, name: str) -> tuple[View, View | None]:
    """Open a note with an empty cache and then the next one; return both views."""
    context = browser.new_context(viewport={"width": PHONE, "height": HEIGHT})
    page = context.new_page()
    views = listen(page)
    page.goto(ADDRESS + name, wait_until="networkidle")
    following = page.locator("link[rel=next]")
    if following.count():
        address = str(following.evaluate("link => link.href"))
        views.append(View())
        page.goto(address, wait_until="networkidle")
    context.close()
    return views[0], views[1] if len(views) > 1 else None


def scrolled(browser: Browser, name: str, width: int) -> tuple[float, View]:
    """Return the layout shift until the end of a page, and all that it loaded."""
    context = browser.new_context(viewport={"width": width, "height": HEIGHT})
    page = context.new_page()
    page.add_init_script(OBSERVE)
    views = listen(page)
    page.goto(ADDRESS + name, wait_until="networkidle")
    shift = float(page.evaluate(SCROLL))
    page.wait_for_load_state("networkidle")
    context.close()
    return shift, views[0]


def formulas(browser: Browser, name: str) -> tuple[int, int]:
    """Return how many formulas a note has and how many show without JavaScript."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(ADDRESS + name)
    boxes = page.locator(".katex-html")
    found = page.locator(".katex").count(), int(boxes.evaluate_all(VISIBLE))
    context.close()
    return found


def build() -> Path:
    """Build the site as it is published, under the address of the server."""
    output = ROOT / "_build" / "pages"
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "-b", "html",
               "-D", "drafts=0", "-D", f"html_baseurl={ADDRESS}",
               "-d", str(ROOT / "_build" / "doctrees" / "pages"), ".", str(output)]  # fmt: skip
    subprocess.run(command, cwd=ROOT, check=True)
    return output


def notes(site: Path) -> list[str]:
    """Return the addresses of all notes."""
    pages = sorted(site.glob("notes/*/*.html"))
    return [p.relative_to(site).as_posix() for p in pages if p.name != "index.html"]


def by_weight(site: Path) -> list[str]:
    """Return the notes, that with the smallest compressed HTML first."""
    names = notes(site)
    return sorted(names, key=lambda name: (len(body(site / name, "gzip")), name))


def details(browser: Browser, name: str, first: View, after: View | None) -> dict[str, Any]:
    """Return all figures of one note whose views are known."""
    narrow, whole = scrolled(browser, name, PHONE)
    wide, _ = scrolled(browser, name, DESK)
    every, visible = formulas(browser, name)
    return {
        "page": name,
        "bytes": dict(first.bytes),
        "requests": dict(first.requests),
        "first view": first.total,
        "scrolled to its end": whole.total,
        "next note": after.total if after else 0,
        "shift on a phone": narrow,
        "shift on a desk": wide,
        "formulas": every,
        "visible formulas": visible,
        "elsewhere": sorted({*whole.elsewhere, *(after.elsewhere if after else ())}),
    }


def measure(site: Path, encoding: str) -> dict[str, dict[str, Any]]:
    """Return the figures of the heaviest and of the median note."""
    ranked = by_weight(site)
    names = [ranked[len(ranked) // 2], *ranked[-CANDIDATES:]]
    with served(site, PORT, encoding), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        views = {name: visit(browser, name) for name in names}
        heaviest = max(names, key=lambda name: views[name][0].total)
        found = {
            label: details(browser, name, *views[name])
            for label, name in (("heaviest", heaviest), ("median", names[0]))
        }
        browser.close()
    return found


ROWS = ("first view", "scrolled to its end", "next note", "shift on a phone", "shift on a desk",
        "formulas", "visible formulas")  # fmt: skip


def table(found: dict[str, dict[str, dict[str, Any]]]) -> Iterator[str]:
    """Yield the lines of the table: a column for each encoding and note."""
    columns = [(code, which) for code in ENCODINGS for which in ("heaviest", "median")]
    notes_ = [found[code][which] for code, which in columns]
    yield f"{'':22}" + "".join(f"{f'{which}, {code}':>16}" for code, which in columns)
    for kind in ("HTML", "CSS", "JS", "fonts", "other"):
        cells = (f"{n['bytes'].get(kind, 0):,} in {n['requests'].get(kind, 0)}" for n in notes_)
        yield f"{kind + ', bytes':22}" + "".join(f"{cell:>16}" for cell in cells)
    for row in ROWS:
        cells = (f"{n[row]:.4f}" if "shift" in row else f"{n[row]:,}" for n in notes_)
        yield f"{row:22}" + "".join(f"{cell:>16}" for cell in cells)
    for which in ("heaviest", "median"):
        yield f"the {which} note: {found[ENCODINGS[0]][which]['page']}"


def verdicts(found: dict[str, dict[str, dict[str, Any]]]) -> Iterator[tuple[str, bool]]:
    """Yield each target, by the encoding that every host knows, and whether it is reached."""
    for which, figures in found[ENCODINGS[0]].items():
        shift = max(figures["shift on a phone"], figures["shift on a desk"])
        yield f"{which}: first view at most {FIRST_VIEW:,}", figures["first view"] <= FIRST_VIEW
        yield f"{which}: next note at most {NEXT_NOTE:,}", figures["next note"] <= NEXT_NOTE
        yield f"{which}: layout shift at most {SHIFT}", shift <= SHIFT
        yield f"{which}: no request leaves the site", not figures["elsewhere"]
        is_shown = 0 < figures["formulas"] == figures["visible formulas"]
        yield f"{which}: formulas visible without JavaScript", is_shown


def ask_lighthouse(site: Path, heaviest: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the scores of the front page, the updates page and the heaviest note.

    A page that could not be measured has ``{"not measured": why}`` instead.
    """
    with served(site, PORT) as address:
        for name in ("index.html", "updates.html", heaviest):
            try:
                yield name, lighthouse.scores(address + name, CHROMIUM)
            except lighthouse.NotMeasuredError as error:
                yield name, {"not measured": str(error)}


def score_lines(scores: dict[str, dict[str, Any]]) -> Iterator[tuple[str, bool]]:
    """Yield each score beside its target, and whether it is reached."""
    for name, found in scores.items():
        for category, least in lighthouse.TARGETS.items():
            score = found.get(category)
            told = "not measured" if score is None else f"{score:.0f}"
            yield f"{name}: {category} {told} of {least}", score is not None and score >= least


def told_by(name: str, found: dict[str, Any]) -> Iterator[str]:
    """Yield lines with what Lighthouse measured of a page, or why it did not."""
    if why := found.get("not measured"):
        yield f"{name}: Lighthouse could not be run: {why}"
        return
    told = ", ".join(f"{key} {value:.3g}" for key, value in found["measures"].items())
    yield (
        f"{name}: {told}; this machine's index {found['benchmark index']:.0f}, "
        f"load {found['load']:.1f}"
    )
    yield from (f"  {line}" for line in found["complaints"])


def save(found: dict[str, Any], scores: dict[str, Any]) -> None:
    """Keep all in ``_build/pages.json``, each target with whether it is reached."""
    targets = dict((*verdicts(found), *score_lines(scores)))
    kept = {"pages": found, "lighthouse": scores, "targets": targets}
    text = json.dumps(kept, indent=1, ensure_ascii=False)
    (ROOT / "_build" / "pages.json").write_text(text + "\n", encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Measure, print the table and each target, keep all in ``_build/pages.json``."""
    if not Path(CHROMIUM).exists():
        print(f"no {CHROMIUM}: what a page loads is not measured")
        return
    site = Path(arguments[0]) if arguments else build()
    found = {encoding: measure(site, encoding) for encoding in ENCODINGS}
    print(*table(found), sep="\n", flush=True)
    save(found, {})
    scores = dict(ask_lighthouse(site, found[ENCODINGS[0]]["heaviest"]["page"]))
    for target, is_reached in (*verdicts(found), *score_lines(scores)):
        print(f"{'reached' if is_reached else 'MISSED ':8} {target}")
    for name, score in scores.items():
        print(*told_by(name, score), sep="\n")
    save(found, scores)


if __name__ == "__main__":
    main(sys.argv[1:])
