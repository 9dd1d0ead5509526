"""A real browser for the tests: it notes every request to elsewhere, every breach of the policy, every script error."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from cauce.web import demonstration
from cauce.web.models import Staff
from tests.web import factory

WIDTHS = (320, 1280)
GRAVE = {"serious", "critical"}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@dataclass
class Visitor:
    """One person at one screen."""

    page: Page
    site: str
    faults: list[str] = field(default_factory=list)

    def go(self, path: str) -> int:
        """Open a page of the service; its status."""
        response = self.page.goto(self.site + path)
        return response.status if response else 0

    def speak(self, language: str) -> None:
        """Read in another language from now on."""
        self.page.context.add_cookies([{"name": "language", "value": language, "url": self.site}])

    def go_wrong(self) -> int:
        """Send the first form of questions without an answer; the status, 0 if there is none."""
        form = self.page.locator("main form[method=post]:has(input:not([type=hidden]), textarea)").first
        if form.count() == 0:
            return 0
        for blank in form.locator("input:not([type=hidden]):not([type=radio]):not([type=checkbox]), textarea").all():
            blank.fill("")
        form.evaluate("form => { form.noValidate = true; }")  # it is the service that must say what is wrong
        with self.page.expect_navigation() as following:
            form.locator("button[type=submit]").first.click()
        return following.value.status if following.value else 0

    def fill(self, **said: object) -> None:
        """Answer the questions of a page by the names of its fields; a day is `1990-3-4`."""
        for name, value in said.items():
            field = self.page.locator(f"main [name='{name}']")
            if field.count() == 0:
                for part, number in zip(("year", "month", "day"), str(value).split("-"), strict=True):
                    self.page.locator(f"main [name='{name}_{part}']").fill(number)
            elif field.first.get_attribute("type") == "radio":
                self.page.locator(f"main [name='{name}'][value='{value}']").check()
            elif field.get_attribute("type") == "checkbox":
                field.set_checked(bool(value))
            elif field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(str(value))
            else:
                field.fill(str(value))

    def press(self, words: str = "") -> int:
        """Press a button of the page, the only one if it is not named; the status of the page that follows."""
        buttons = self.page.locator("main button[type=submit], main a[role=button]")
        button = buttons.filter(has_text=words) if words else buttons
        assert button.count() == 1, f"{button.count()} buttons {words!r} at {self.page.url}:\n{self.words()}"
        with self.page.expect_navigation() as following:
            button.click()
        return following.value.status if following.value else 0

    def follow(self, words: str) -> None:
        """Follow a link of the page; what is asked next is asked of the page that follows."""
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=words).click()

    def sign_in(self, member: Staff) -> None:
        """Sign in with the password and the code of the moment."""
        self.go("/account/login/")
        self.fill(login=member.user.username, password=factory.PASSWORD)
        self.press()
        self.fill(code=demonstration.code(member.user.username))
        self.press()

    def heading(self) -> str:
        """The one heading of the page."""
        return self.page.locator("h1").inner_text()

    def words(self) -> str:
        """What the page says, without its frame."""
        return self.page.locator("main").inner_text()

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


Arrive = Callable[..., Visitor]


@pytest.fixture
def arrive(chromium: Browser, live_server: object) -> Iterator[Arrive]:
    """Lets people in, each in browsers of their own; at the end nothing may have left the machine or broken the policy.

    scripts  : whether their browser runs scripts
    language : in which they read
    """
    call_command("createcachetable", verbosity=0)
    here: list[tuple[Visitor, BrowserContext]] = []

    def come(*, scripts: bool = True, language: str = "en") -> Visitor:
        context = chromium.new_context(viewport={"width": WIDTHS[0], "height": 700}, java_script_enabled=scripts)
        context.add_cookies([{"name": "language", "value": language, "url": str(live_server)}])
        context.set_default_timeout(10_000)
        here.append((_watched(Visitor(context.new_page(), str(live_server))), context))
        return here[-1][0]

    yield come
    for _visitor, context in here:
        context.close()
    faults = [fault for visitor, _context in here for fault in visitor.faults]
    assert faults == [], faults


@pytest.fixture
def visitor(arrive: Arrive) -> Visitor:
    """Somebody on a small telephone."""
    return arrive()


@pytest.fixture
def plain_visitor(arrive: Arrive) -> Visitor:
    """The same without scripts."""
    return arrive(scripts=False)


def _watched(visitor: Visitor) -> Visitor:
    def look(request: Request) -> None:
        if not request.url.startswith((visitor.site, "data:")):
            visitor.faults.append(f"asked elsewhere: {request.url}")

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            visitor.faults.append(message.text)

    visitor.page.on("request", look)
    visitor.page.on("console", hear)
    visitor.page.on("pageerror", lambda error: visitor.faults.append(str(error)))
    return visitor
