"""Keys alone, slow lines and slow telephones: an application is still filled in."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Thread
from wsgiref.simple_server import WSGIServer, make_server

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.test.utils import override_settings

from cauce.web.models import Case
from tests.web.browser import Arrive, Visitor
from tests.web.test_browser_journey import LAST, PEOPLE

WEIGHT, SECONDS = 130_000, 2.0
"""Bytes of a page with all it needs, compressed, and seconds until it stands (target T9 of the service)."""
MOST_TABS = 90


class Hands:
    """Somebody who has a keyboard and nothing else."""

    def __init__(self, visitor: Visitor) -> None:
        self.page = visitor.page

    def reach(self, selector: str) -> None:
        """Tab until something has the focus; what has it can be seen to have it."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            assert self.page.evaluate(SEEN), self.page.evaluate("() => document.activeElement.outerHTML")
            if self.page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
                return
        raise AssertionError(f"{selector} cannot be reached at {self.page.url}")

    def answer(self, name: str, value: object) -> None:
        """Answer one question where it is."""
        keyboard = self.page.keyboard
        kind = self.page.evaluate(KIND, name)
        if kind == "radio":
            self.reach(f"[name='{name}']")
            for _ in range(5):
                if self.page.evaluate("() => document.activeElement.checked && document.activeElement.value") == value:
                    return
                chosen = self.page.evaluate("() => document.activeElement.checked")
                keyboard.press("ArrowDown" if chosen else "Space")
            raise AssertionError(f"{name} cannot be {value}")
        if kind == "checkbox":
            self.reach(f"[name='{name}']")
            keyboard.press("Space")
        elif kind == "select-one":
            self.reach(f"[name='{name}']")
            for _ in range(60):
                if self.page.evaluate("() => document.activeElement.value") == value:
                    return
                keyboard.press("ArrowDown")
            raise AssertionError(f"{name} cannot be {value}")
        elif kind == "none":
            for part, number in zip(("day", "month", "year"), reversed(str(value).split("-")), strict=True):
                self.reach(f"[name='{name}_{part}']")
                keyboard.type(number)
        else:
            self.reach(f"[name='{name}']")
            keyboard.type(str(value))

    def enter(self, selector: str = "main button[type=submit]") -> None:
        """Press a button or follow a link."""
        self.reach(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")


KIND = "name => { const one = document.getElementsByName(name)[0]; return one ? one.type : 'none' }"
SEEN = """() => { const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  return one === document.body || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
    && box.bottom > 0 && box.top < innerHeight) }"""


def test_that_an_application_is_made_with_keys_alone(visitor: Visitor) -> None:
    hands = Hands(visitor)
    visitor.go("/apply")
    hands.enter()
    hands.enter("main a[role=button]")
    hands.answer("persons", "1")
    hands.answer("together", "yes")
    hands.enter()
    for given in [*PEOPLE[0].values(), *LAST.values()]:
        order = visitor.page.evaluate("() => [...document.querySelectorAll('main [name]')].map(one => one.name)")
        for name in sorted(given, key=lambda name: order.index(name if name in order else f"{name}_day")):
            hands.answer(name, given[name])
        hands.enter()
    hands.answer("true", True)
    hands.enter()
    assert visitor.page.locator("main .code").inner_text() == Case.objects.get().reference


def _weight(visitor: Visitor, address: str) -> int:
    """Bytes of a page with all that it asks for, compressed."""
    bodies: list[bytes] = []
    visitor.page.on("requestfinished", lambda request: bodies.append(request.response().body()))
    assert visitor.go(address) == 200
    visitor.page.wait_for_load_state("networkidle")
    return sum(len(gzip.compress(body)) for body in bodies)


@pytest.mark.parametrize("address", ["/", "/check", "/apply"])
def test_that_a_page_is_light(visitor: Visitor, address: str) -> None:
    assert 5_000 < _weight(visitor, address) <= WEIGHT


class Server(ThreadingMixIn, WSGIServer):
    """A server of many hands."""

    daemon_threads = True
    request_queue_size = 64


@pytest.fixture
def operated(db: None, tmp_path: Path) -> Iterator[str]:
    """The address of the service with its style sheets compressed, as whoever operates it serves them."""
    compressed = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    storages = {**settings.STORAGES, "staticfiles": compressed}
    with override_settings(STORAGES=storages, STATIC_ROOT=tmp_path):
        call_command("collectstatic", interactive=False, verbosity=0)
        with make_server("localhost", 0, WSGIHandler(), server_class=Server) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://localhost:{server.server_port}"
            server.shutdown()


@pytest.mark.timed
@pytest.mark.parametrize("address", ["/", "/check", "/apply"])
def test_that_a_page_stands_soon_on_a_slow_line_and_a_slow_telephone(
    operated: str, arrive: Arrive, address: str
) -> None:
    visitor = arrive()
    visitor.site = operated
    visitor.page.request.get(operated + address)  # the server is awake
    line = visitor.page.context.new_cdp_session(visitor.page)
    slow = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", slow)  # the browser's own "slow 3G": 400 kbit/s, 400 ms
    line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    looks = []
    for _ in range(3):  # whatever else the machine does can only add to one
        line.send("Network.clearBrowserCache")
        begun = time.perf_counter()
        visitor.go(address)
        looks.append(time.perf_counter() - begun)
    assert min(looks) <= SECONDS, looks
