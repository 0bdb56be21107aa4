"""The site works under the strict Content-Security-Policy that the README recommends."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

import pytest
from lxml import html
from playwright.sync_api import expect

from search_site import served
from sites import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from sites import Build

pytestmark = pytest.mark.xdist_group("strict")

NOTE = "notes/diffusion-and-flows/ddim.html"
LISTEN = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));"""


def policy() -> str:
    """Return the policy in the README, on one line."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```text\nContent-Security-Policy: (.*?)```", text, re.DOTALL)
    assert found
    return " ".join(found[1].split())


@pytest.fixture(scope="module")
def address(whole_site: Build) -> Iterator[str]:
    with served(whole_site.folder, {"Content-Security-Policy": policy()}) as found:
        yield found


@pytest.fixture
def violations(page: Page) -> list[str]:
    found: list[str] = []
    page.add_init_script(LISTEN)
    page.on(
        "console",
        lambda message: found.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def test_every_inline_script_has_its_hash_in_the_policy(whole_site: Build) -> None:
    found = set()
    for path in whole_site.folder.rglob("*.html"):
        for script in html.fromstring(path.read_bytes()).xpath("//script[not(@src or @type)]"):
            digest = hashlib.sha256(script.text.encode()).digest()
            found.add(f"'sha256-{base64.b64encode(digest).decode()}'")
    assert found == set(re.findall(r"'sha256-[^']+'", policy()))


def test_no_handler_stands_in_an_attribute(whole_site: Build) -> None:
    pattern = re.compile(r"<[^>]*\son[a-z]+\s*=|href=[\"']?\s*javascript:", re.IGNORECASE)
    for path in whole_site.folder.rglob("*.html"):
        assert not pattern.search(path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("name", ["index", "updates", "map", "search", "references", "404"])
def test_a_page_opens(page: Page, address: str, violations: list[str], name: str) -> None:
    page.goto(f"{address}{name}.html", wait_until="networkidle")
    assert violations == []


def test_search_preview_theme_and_copy_work(
    page: Page, address: str, violations: list[str]
) -> None:
    page.goto(address + NOTE, wait_until="networkidle")
    link = page.locator("article section section p a[href^='ddpm.html']").first
    link.scroll_into_view_if_needed()
    link.hover()
    expect(page.locator(".preview-card")).to_be_visible()
    page.keyboard.press("Escape")
    before = page.locator("body").get_attribute("data-theme")
    page.locator("button.theme-toggle:visible").first.click()
    expect(page.locator("body")).not_to_have_attribute("data-theme", before or "")
    page.keyboard.press("Control+k")
    page.keyboard.type("扩散")
    expect(page.locator(".search-results a").first).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("article .highlight").first.scroll_into_view_if_needed()
    button = page.locator("button.copybtn").first
    button.click()
    expect(button).to_have_class("copybtn o-tooltip--left success")
    assert violations == []


def test_a_page_with_a_script_of_another_would_be_told(
    page: Page, address: str, violations: list[str]
) -> None:
    page.goto(address + "index.html", wait_until="networkidle")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'x = 1'}))"
    )
    page.wait_for_function("typeof x === 'undefined'")
    assert [text for text in violations if "script-src" in text]
