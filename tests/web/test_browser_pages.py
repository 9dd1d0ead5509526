"""Every page in a real browser: no barrier that a machine can find, nothing wider than the screen or too small."""

from __future__ import annotations

from itertools import cycle

import pytest
from django.urls import get_resolver, reverse

from tests.web.browser import WIDTHS, Arrive, Visitor
from tests.web.pages import APPLICANT, NO_PAGES, OF_THE_SIGN_IN, PAGES, PUBLIC, World, names

LANGUAGES = ("es", "ht", "pt", "en")
SMALLEST, ON_A_TELEPHONE = 24, 44
"""Targets in CSS pixels: WCAG 2.2 2.5.8 for staff, 2.5.5 for everybody else."""
TOO_SMALL = """least => [...document.querySelectorAll(
  "a[href], button, input:not([type=hidden]), select, textarea, summary")]
  .map(one => one.closest("label") || one)
  .filter(one => one.checkVisibility() && !one.closest(".skip, .hidden, [aria-hidden=true]"))
  .filter(one => !(one.tagName == "A" && getComputedStyle(one).display == "inline"
                   && one.parentElement.innerText.trim() != one.innerText.trim()))
  .filter(one => { const box = one.getBoundingClientRect(); return box.height < least - 0.5 || box.width < 24 })
  .map(one => one.outerHTML.slice(0, 120))"""


def test_that_every_address_of_the_service_is_looked_at_or_is_no_page() -> None:
    listed = {name for some in PAGES.values() for name in some}
    assert names(get_resolver().url_patterns) == listed | NO_PAGES | OF_THE_SIGN_IN
    assert not listed & (NO_PAGES | OF_THE_SIGN_IN)


def wrong(visitor: Visitor, who: str, widths: tuple[int, ...] = WIDTHS) -> list[str]:
    """What is wrong with the page that is open."""
    found = []
    for width in widths:
        visitor.page.set_viewport_size({"width": width, "height": 800})
        if (over := visitor.overflow()) > 0:
            found.append(f"{over} px too wide at {width}")
    visitor.page.set_viewport_size({"width": widths[0], "height": 800})
    least = ON_A_TELEPHONE if who in PUBLIC else SMALLEST
    found += [f"too small: {one}" for one in visitor.page.evaluate(TOO_SMALL, least)]
    return found + visitor.barriers()


def enter(arrive: Arrive, world: World, who: str, language: str = "en") -> Visitor:
    """Somebody with their pages open."""
    visitor = arrive(language=language)
    cookie = {"name": "session", "value": world.cookie(who), "url": visitor.site}
    if cookie["value"]:
        visitor.page.context.add_cookies([cookie])
    return visitor


@pytest.mark.parametrize("who", PAGES)
def test_that_no_page_keeps_anybody_out(arrive: Arrive, who: str) -> None:
    world, found = World(), {}
    visitor = enter(arrive, world, who)
    for address, language in zip(world.addresses(who), cycle(LANGUAGES), strict=False):
        visitor.speak(language)
        assert visitor.go(address) == 200, address
        if faults := wrong(visitor, who):
            found[address, language] = faults
    assert found == {}


FINISH = "() => document.querySelector('.closing').getAnimations().forEach(one => one.finish())"


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_that_a_page_that_closes_soon_says_so_where_everybody_sees_it(arrive: Arrive, motion: str) -> None:
    visitor = enter(arrive, World(), APPLICANT)
    visitor.page.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
    visitor.go(reverse("pathway-reach"))
    said = visitor.page.locator(".closing")
    assert not said.is_visible()
    visitor.page.evaluate(FINISH)
    assert said.is_visible() and said.bounding_box()["y"] < 800  # type: ignore[index]
    assert wrong(visitor, APPLICANT) == []
    with visitor.page.expect_popup() as opened:
        said.locator("a").click()
    assert "another hour" in opened.value.inner_text("main")


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", PAGES)
def test_that_no_page_keeps_anybody_out_in_any_language_or_when_something_is_wrong(
    arrive: Arrive, who: str, language: str
) -> None:
    world, found = World(), {}
    visitor = enter(arrive, world, who, language)
    for address in world.addresses(who):
        for width in WIDTHS:
            assert visitor.go(address) == 200, address
            if faults := wrong(visitor, who, (width,)):
                found[address, width] = faults
            if visitor.go_wrong() == 422 and (faults := wrong(visitor, who, (width,))):
                found[address, width, "wrong"] = faults
    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_papers_are_at_hand_for_whoever_says_why_they_look(arrive: Arrive, language: str) -> None:
    world = World()
    visitor = enter(arrive, world, "supervisor", language)
    visitor.speak(language)
    visitor.go(reverse("staff-case", args=[world.issued.reference]))
    visitor.fill(why="second-signature")
    with visitor.page.expect_navigation():
        visitor.page.locator("main form button[type=submit]").first.click()
    assert visitor.page.locator("form[action$='/reissue']").count() == 1
    assert wrong(visitor, "supervisor") == []
