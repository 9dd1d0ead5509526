"""Asking a shelter again, and answers for several kinds of people: how many in all, and never a bed lost."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse

from cauce.web.domain import outbox, replies, shelters
from cauce.web.domain.faults import NotFound
from cauce.web.interfaces import mail as post
from cauce.web.models import Event, ShelterAsk
from tests.web import factory
from tests.web.conftest import Travel
from tests.web.custody_fixtures import adult, family, site, staff

pytestmark = pytest.mark.django_db


def said(words: str) -> replies.Answer:
    """What some plain words say."""
    read = replies.read_answer(words)
    assert read is not None
    return read


def test_that_a_shelter_is_asked_how_many_in_all_and_a_yes_takes_them_beside_those_who_come() -> None:
    here, shelter = site(), site("casa", "shelter")
    lead = staff("centre-lead", here)
    shelters.reach(lead, shelter, contact="casa@example.org", language="en")
    night, links = shelters.night_of(shelter), []

    def ask(persons: int) -> ShelterAsk:
        return shelters.ask(
            lead, shelter, persons=persons, families=0, night=night,
            address=lambda secret: links.append(secret) or secret,  # type: ignore[func-returns-value]
        )  # fmt: skip

    assert shelters.answer(ask(10), said("yes")) == 10
    for size in (4, 3):
        shelters.hold(lead, family(here, lead, size)[0], shelter, kind="any", night=night)
    second = ask(30)
    assert second.persons == 37
    page = Client().get(reverse("shelter", args=[links[1]])).content.decode()
    assert "7 come already. Can you take 37 people in all?" in page and "Dec. 12, 2022" in page
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        outbox.send_due(post.send)
    first, again = (str(message.subject) + str(message.body) for message in mail.outbox)
    assert "Can you take 10 people?" in first and "come already" not in first
    assert "7 come already. Can you take 37 people in all?" in again and "how many in all" in again
    assert "Night of Dec. 12, 2022." in again
    assert shelters.answer(second, said("SI")) == 37
    assert [bed.free for bed in shelters.beds([shelter], night)] == [30]


def test_that_a_link_is_open_until_six_in_the_morning_after_the_night(travel: Travel) -> None:
    travel.now = datetime(2022, 12, 12, 15, tzinfo=UTC)  # 08:00 in Denver
    here, shelter = site(), site("casa", "shelter")
    lead = staff("centre-lead", here)
    shelters.reach(lead, shelter, contact="casa@example.org", language="en")
    links: list[str] = []
    for ahead in (0, 1):
        shelters.ask(
            lead, shelter, persons=9, families=0, night=shelters.night_of(shelter) + timedelta(days=ahead),
            address=lambda secret: links.append(secret) or secret,  # type: ignore[func-returns-value]
        )  # fmt: skip
    travel.on(hours=21, minutes=59)
    assert shelters.by_link(links[0])
    travel.on(minutes=1)
    with pytest.raises(NotFound):
        shelters.by_link(links[0])
    assert shelters.by_link(links[1])


def test_that_beds_of_several_kinds_come_with_one_answer_by_words_or_by_the_page(client: Client) -> None:
    here, shelter = site(), site("casa", "shelter")
    lead = staff("centre-lead", here)
    shelters.reach(lead, shelter, contact="casa@example.org", language="en")
    night, links = shelters.night_of(shelter), []
    asked = shelters.ask(
        lead, shelter, persons=80, families=9, night=night,
        address=lambda secret: links.append(secret) or secret,  # type: ignore[func-returns-value]
    )  # fmt: skip

    def free() -> dict[str, int]:
        return {bed.kind: bed.free for bed in shelters.beds([shelter], night) if bed.free}

    assert shelters.heard(lead, asked, "20 fam y 10 hombres, 20h") == 30 and free() == {"family": 20, "men": 10}
    asked.refresh_from_db()
    assert (asked.taken, asked.kind, asked.until) == (30, "several", time(20))
    assert Event.objects.get(act="answered").details["kind"] == ["family", "men"]
    address = reverse("shelter", args=links)
    page = client.get(address).content.decode()
    assert 'name="answer-family" value="20"' in page and 'name="answer-men" value="10"' in page
    assert client.post(address, {"form": "answer"}).status_code == 422
    assert client.post(address, {"form": "answer", "answer-women": "4", "answer-any": "0"}).status_code == 302
    assert free() == {"women": 4}
    client.post(address, {"form": "answer", "answer-women": "4", "answer-any": "6", "answer-until": "21:00"})
    assert free() == {"any": 6, "women": 4}
    lists = factory.sign_in(client, factory.staff("centre-lead", sites=[here]))
    assert "Several kinds" in lists.get(reverse("board-shelters")).content.decode()
    client.post(address, {"form": "answer", "answer-any": "0"})
    assert free() == {}


def test_that_the_newest_hour_of_a_shelter_holds_for_all_its_beds(travel: Travel) -> None:
    here, shelter = site(), site("casa", "shelter", latest_intake=time(22))
    lead = staff("centre-lead", here)
    shelters.reach(lead, shelter, contact="casa@example.org", language="en")
    night = shelters.night_of(shelter)
    asked = shelters.ask(lead, shelter, persons=80, families=9, night=night, address=str)
    shelters.answer(asked, said("20 fam 10 men, 13h"))
    for kind, held in (("family", family(here, lead, 2)[0]), ("men", adult(here, lead))):
        shelters.hold(lead, held, shelter, kind=kind, night=night)
        bed = shelters.bed_of(held)
        assert bed is not None and bed.until == datetime(2022, 12, 12, 20, tzinfo=UTC)  # 13:00 in Denver
