"""A real browser for the tests: it notes every request to elsewhere, every breach of the policy, every script error."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

WIDTHS = (320, 1280)
GRAVE = {"serious", "critical"}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@dataclass
class Visitor:
    """One person at one screen."""

    page: Page
    site: str
    faults: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page of the service."""
        self.page.goto(self.site + path)

    def barriers(self) -> list[str]:
        """What keeps somebody from using the page, as far as a machine can see it (axe: WCAG 2.2 A and AA)."""
        found = Axe().run(self.page, options=RULES).response["violations"]
        return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found if v["impact"] in GRAVE]

    def overflow(self) -> int:
        """How many pixels the page is wider than the screen."""
        return int(self.page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, once for all tests."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    assert program, "these tests need Chromium: `make test` installs it on Debian"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the driver keeps a loop of its own in this thread
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=[*flags, "--disable-component-update"])
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser, live_server: object) -> Iterator[Visitor]:
    """Somebody on a small telephone; at the end nothing may have left the machine or broken the policy."""
    yield from _visit(chromium, str(live_server), scripts=True)


@pytest.fixture
def plain_visitor(chromium: Browser, live_server: object) -> Iterator[Visitor]:
    """The same without scripts."""
    yield from _visit(chromium, str(live_server), scripts=False)


def _visit(chromium: Browser, site: str, *, scripts: bool) -> Iterator[Visitor]:
    context = chromium.new_context(viewport={"width": WIDTHS[0], "height": 700}, java_script_enabled=scripts)
    page = context.new_page()
    visitor = Visitor(page, site)

    def look(request: Request) -> None:
        if not request.url.startswith((site, "data:")):
            visitor.faults.append(f"asked elsewhere: {request.url}")

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            visitor.faults.append(message.text)

    page.on("request", look)
    page.on("console", hear)
    page.on("pageerror", lambda error: visitor.faults.append(str(error)))
    yield visitor
    context.close()
    assert visitor.faults == []
