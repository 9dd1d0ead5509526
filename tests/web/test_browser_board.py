"""The board by hand, on a telephone and at a desk: from the intake of a family to the shelter's answer."""

from __future__ import annotations

import re

import pytest
from django.contrib.sessions.models import Session
from django.core import mail

from cauce.web.domain import custody, outbox, shelters
from cauce.web.interfaces import mail as letters
from cauce.web.models import Held, ShelterAsk, Site, Staff
from tests.web import factory
from tests.web.browser import WIDTHS, Arrive, Visitor


def furnished() -> tuple[Site, Site, Staff]:
    """A centre, a shelter that can be reached, and who leads the centre."""
    centre, shelter = factory.site("centre", rated=150, surge=200), factory.site("casa", "shelter")
    lead = factory.staff("centre-lead", sites=[centre])
    shelters.reach(lead, shelter, contact="casa@example.org", language="es")
    return centre, shelter, lead


def takes_in(lead: Visitor) -> Held:
    """A family of two comes in and moves on by buttons."""
    lead.go("/staff/board/intake?people=2")
    for n, name in enumerate(("Ana Planted", "Luz Planted")):
        lead.fill(**{f"person-{n}-name": name, f"person-{n}-born": "1990-5-1", f"person-{n}-nationality": "VEN"})
    lead.fill(demographic="family", first_day="2022-12-10", first_hour="04:00")
    assert lead.press("Take in now") == 200
    party = list(Held.objects.order_by("pk"))
    for held in party:
        lead.go(f"/staff/board/people/{held.reference}")
        for stage in ("Processing", "Waiting"):
            assert lead.press(stage) == 200
    return party[0]


@pytest.mark.parametrize("width", WIDTHS)
def test_that_a_lead_brings_a_family_from_intake_to_a_seat_and_a_bed(arrive: Arrive, width: int) -> None:
    _centre, _shelter, member = furnished()
    lead = arrive()
    lead.page.set_viewport_size({"width": width, "height": 800})
    lead.sign_in(member)
    held = takes_in(lead)
    lead.go("/staff/board/manifests")
    lead.fill(number="B1", kind="bus", purpose="lateral", to="Another", day="2022-12-13", hour="09:30", seats="40")
    lead.press()
    lead.follow("B1")
    lead.fill(reference=held.reference)
    assert lead.press("Board the party") == 200, lead.words()
    assert lead.page.locator("tbody tr").count() == 2
    assert "Planted" not in lead.words()
    lead.page.emulate_media(media="print")
    assert not lead.page.locator("main button").first.is_visible()
    assert lead.page.locator("tbody tr").first.is_visible()
    lead.page.emulate_media(media="screen")
    lead.go(f"/staff/board/people/{held.reference}")
    lead.press("Take the party off the manifest")
    lead.fill(**{"release-hearing_on": "2023-3-1", "release-court": "Court"})
    assert lead.press("Keep the package") == 200
    assert "Missing" in lead.page.locator(".caution").inner_text()
    asks(lead)
    answers(arrive(language="es"))
    lead.go("/staff/board/shelters")
    assert re.search(r"80\s+50\s+\S+\s+20:00", lead.words())


def asks(lead: Visitor) -> None:
    """Can you take eighty?"""
    lead.go("/staff/board/shelters")
    lead.fill(**{"ask-shelter": "casa", "ask-persons": "80", "ask-families": "9", "ask-night": "2022-12-12"})
    assert lead.press("Send the question") == 200


def answers(shelter: Visitor) -> None:
    """By the link in the message and nothing else: SI 50 fam, 20h."""
    outbox.send_due(letters.send)
    (letter,) = [str(message.body) for message in mail.outbox if "casa@example.org" in message.to]
    link = re.search(rf"{shelter.site}(/\S+)", letter)
    assert link
    shelter.go(link[1])
    assert "80" in shelter.heading()
    shelter.fill(**{"answer-family": "50", "answer-until": "20:00"})
    assert shelter.press("Enviar la respuesta") == 200
    asked = ShelterAsk.objects.get()
    assert (asked.taken, asked.kind, asked.until.hour if asked.until else None) == (50, "family", 20)


def test_that_the_numbers_follow_by_themselves_and_can_be_held_still(arrive: Arrive) -> None:
    centre, _shelter, member = furnished()
    lead = arrive()
    lead.page.clock.install()
    lead.sign_in(member)
    lead.go("/staff/board/")
    inside = lead.page.locator(".tiles strong").first
    assert inside.inner_text() == "0"
    custody.take_in(member, centre, [custody.Person("Ana Planted", "1990-05-01", "VEN", "single-adult")])
    with lead.page.expect_response(lambda response: "/live" in response.url):
        lead.page.clock.fast_forward(16_000)
    lead.page.wait_for_function("() => document.querySelector('.tiles strong').innerText === '1'")
    lead.follow("Stop updating")
    asked: list[str] = []
    lead.page.on("request", lambda request: asked.append(request.url))
    lead.page.clock.fast_forward(60_000)
    lead.page.wait_for_timeout(300)
    assert not [address for address in asked if "/staff/" in address]


def test_that_a_screen_whose_session_ran_out_shows_nobody(arrive: Arrive) -> None:
    centre, _shelter, member = furnished()
    (held,) = custody.take_in(member, centre, [custody.Person("Ana Planted", "1990-05-01", "VEN", "single-adult")])
    lead = arrive()
    lead.page.clock.install()
    lead.sign_in(member)
    lead.go("/staff/board/")
    assert held.reference in lead.words()
    Session.objects.all().delete()
    with lead.page.expect_response(lambda answer: "/staff/board/live" in answer.url) as asked:
        lead.page.clock.run_for(15_500)
    assert asked.value.status == 286
    lead.page.get_by_role("alert").wait_for()
    assert held.reference not in lead.words() and lead.page.locator("h1").count() == 1
    lead.page.clock.run_for(60_000)  # and it asks no more
    assert lead.page.get_by_role("alert").count() == 1
