"""axe-core finds no violation of WCAG 2.2 AA on any kind of page of the site itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from search_site import served
from sites import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from sites import Build

pytestmark = pytest.mark.xdist_group("accessibility")

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
KINDS = [
    "index", "updates", "updates/page-2", "updates/year/2026", "updates/tag/attention", "map",
    "notation", "glossary", "references", "search", "404", "notes/reinforcement-learning/index",
    "notes/attention-and-transformers/kv-cache",
]  # fmt: skip
"""One page of each kind; the note has pictures, wide tables, code and formulas."""

AXE = """async (levels) => {
  const found = await axe.run(document, {
    runOnly: { type: "tag", values: levels }, resultTypes: ["violations"],
  });
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map((node) => [id, node.target.join(" "), node.failureSummary]));
}"""


@pytest.fixture(scope="module")
def address(whole_site: Build) -> Iterator[str]:
    with served(whole_site.folder) as found:
        yield found


@pytest.mark.parametrize("name", KINDS)
def test_axe_finds_no_violation(page: Page, address: str, name: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 844})
    page.emulate_media(color_scheme="light")
    page.goto(f"{address}{name}.html", wait_until="load")
    page.add_script_tag(path=ROOT / "node_modules" / "axe-core" / "axe.min.js")
    on_a_screen: list[Any] = page.evaluate(AXE, LEVELS)
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    on_a_phone: list[Any] = page.evaluate(AXE, LEVELS)
    assert (on_a_screen, on_a_phone) == ([], [])
