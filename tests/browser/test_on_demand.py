"""What a page loads only when a reader comes near it, and that nothing is lost meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from search_site import CONF, served
from sites import Build, Site, note, with_indexes

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.xdist_group("on demand"),
    pytest.mark.filterwarnings("ignore:'tags' will become"),  # sphinx-notfound-page's
]

LONG = "".join(f"第 {n} 段没有链接。\n\n" for n in range(80))
SHORT = "```python\n1\n```\n\n"
WIDE = f"```python\n{'1 + ' * 200}1\n```\n"
NOTES = {
    "notes/a/x.md": note(
        f"见[目标](y.md)。\n\n{LONG}```python\nx = 1\n```\n\n{LONG}", title="来源"
    ),
    "notes/a/y.md": note("目标的第一段讲策略。\n", title="目标"),
    "notes/a/wide.md": note(
        "".join(f"## 第 {n} 节\n\n{LONG}" for n in range(4)) + SHORT + WIDE, title="很宽"
    ),
}
LOADED_LATER = {"search.js", "search.css", "previews.js", "previews.css", "clipboard.min.js",
                "copybutton.js", "copybutton.css", "errata.js"}  # fmt: skip
SETTINGS = f"""{CONF}
extensions.append("sphinx_copybutton")
html_js_files.append(("scrolling.js", {{"defer": "defer"}}))
repository_url = "https://example.org/me/notes"
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    built: Build = Site(tmp_path_factory.mktemp("site"), with_indexes(NOTES), SETTINGS).build()
    assert built.status == 0
    with served(built.folder) as found:
        yield found


class Held:
    """Keeps back what a page asks for until it is let go.

    It is made before the page is opened: a pointer that a browser takes to rest on the search
    asks for its files at once.
    """

    def __init__(self, page: Page, pattern: str) -> None:
        self.routes: list[Route] = []
        page.route(pattern, lambda route: self.routes.append(route))

    def go(self, page: Page) -> None:
        """Let all go, when there is something; fail if there is nothing for 20 s."""
        end = time.monotonic() + 20
        while not self.routes:
            assert time.monotonic() < end, "nothing was asked for"
            page.wait_for_timeout(1)
        for route in self.routes:
            route.continue_()


def names(page: Page) -> list[str]:
    """Return the list to which each file that ``page`` asks for will be added."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    return asked


def test_a_page_that_is_only_opened_loads_none_of_it(page: Page, address: str) -> None:
    asked = names(page)
    page.goto(f"{address}notes/a/x.html", wait_until="networkidle")
    assert LOADED_LATER.isdisjoint(asked)


@pytest.mark.parametrize("way", ["Control+k", "/", "the sidebar", "the header"])
def test_what_is_typed_while_the_search_loads_is_kept(
    page: Page, address: str, way: str
) -> None:
    page.set_viewport_size({"width": 390 if way == "the header" else 1400, "height": 844})
    held = Held(page, "**/search.js")
    page.goto(f"{address}notes/a/x.html")
    if way == "the sidebar":
        page.locator(".sidebar-search").click()
    elif way == "the header":
        page.locator(".search-button").click()
    else:
        page.keyboard.press(way)
    field = page.locator("dialog .search-field")
    expect(field).to_be_focused()
    page.keyboard.type("第一")
    held.go(page)
    page.keyboard.type("段")
    expect(field).to_have_value("第一段")
    expect(page.locator(".search-page > .search-title")).to_have_text(["目标"])
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/y.html*")


def test_the_search_page_takes_what_is_typed_while_it_loads(page: Page, address: str) -> None:
    held = Held(page, "**/search.js")
    page.goto(f"{address}search.html?q=第一", wait_until="domcontentloaded")
    field = page.locator(".search-field")
    expect(field).to_have_value("第一")
    expect(field).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type("段讲")
    held.go(page)
    expect(page.locator(".search-page > .search-title")).to_have_text(["目标"])
    assert page.evaluate("new URL(location).searchParams.get('q')") == "第一段讲"


def test_a_search_that_does_not_load_says_so_and_may_be_opened_again(
    page: Page, address: str
) -> None:
    page.route("**/search.js", lambda route: route.abort())
    page.goto(f"{address}notes/a/x.html")
    page.keyboard.press("Control+k")
    expect(page.locator(".search-status")).to_contain_text("搜索没有载入")
    page.keyboard.type("第一段")
    page.keyboard.press("Escape")
    page.unroute("**/search.js")
    page.keyboard.press("Control+k")
    expect(page.locator(".search-page > .search-title")).to_have_text(["目标"])


def test_a_pointer_that_rests_on_a_link_need_not_come_again(page: Page, address: str) -> None:
    held = Held(page, "**/previews.js")
    page.goto(f"{address}notes/a/x.html")
    page.locator("article p a", has_text="目标").hover()
    held.go(page)
    expect(page.locator("[role=tooltip]")).to_contain_text("目标的第一段")


def test_a_pointer_that_has_left_gets_no_card(page: Page, address: str) -> None:
    held = Held(page, "**/previews.js")
    page.goto(f"{address}notes/a/x.html")
    page.locator("article p a", has_text="目标").hover()
    page.locator("h1").hover()
    with page.expect_response("**/previews.js"):
        held.go(page)
    expect(page.locator("#preview-card")).to_be_attached()
    assert "y.js" not in names(page)
    expect(page.locator("#preview-card")).to_be_hidden()


def test_code_that_comes_near_can_be_copied(browser: Browser, address: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{address}notes/a/x.html", wait_until="networkidle")
    button = page.locator("button.copybtn")
    expect(button).to_have_count(0)
    page.locator("article pre").first.scroll_into_view_if_needed()
    expect(button).to_have_count(1)
    button.hover()
    expect(button).to_have_css("opacity", "1")
    button.click()
    expect(button).to_have_class("copybtn o-tooltip--left success")
    assert page.evaluate("navigator.clipboard.readText()") == "x = 1"
    context.close()


def test_tab_finds_the_button_of_code_that_is_far_away(page: Page, address: str) -> None:
    page.goto(f"{address}notes/a/x.html")
    page.keyboard.press("Tab")
    expect(page.locator("button.copybtn")).to_have_count(1)
    page.locator("article p a", has_text="目标").focus()
    page.keyboard.press("Tab")
    expect(page.locator("button.copybtn")).to_be_focused()


def test_tab_finds_a_box_that_scrolls_and_is_far_away(page: Page, address: str) -> None:
    page.goto(f"{address}notes/a/wide.html")
    box = page.locator("article .highlight pre")
    short, wide = box.first, box.last
    expect(short).not_to_have_attribute("tabindex", "0")
    expect(wide).to_have_attribute("tabindex", "0")
