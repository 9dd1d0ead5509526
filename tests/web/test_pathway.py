"""The journey through the pages: from the first question to the answer, as anybody without JavaScript goes it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from cauce.web.domain import outbox
from cauce.web.interfaces import mail as letters
from cauce.web.models import Case, Draft, Notice

PERSON: dict[str, dict[str, Any]] = {
    "person": {
        "name": "Zulema Quintero", "born_day": "4", "born_month": "3", "born_year": "1990", "nationality": "VEN",
    },
    "passport": {"passport_valid": "yes", "passport_number": "Q99887766", "passport_country": "VEN"},
    "places": {"outside": "yes", "other_nationality": "no", "vaccinated": "yes"},
    "removal": {"removed": "no", "stopped_at_sea": "no", "other_bar": "unknown"},
    "crossings": {
        "crossed": "yes", "place_1": "MEX", "on_1_day": "2", "on_1_month": "1", "on_1_year": "2021",
        "manner_1": "irregular",
    },
}  # fmt: skip
GROUP = {"persons": "1", "together": "yes"}
LAST = {
    "travel": {"own_flight": "yes", "leaves_from": "Maracaibo"},
    "supporter": {"email": "sam@example.org", "called": "Zule"},
    "contact": {"email": "zulema@example.org", "phone": "", "safe": "any"},
}
OFFER = {
    "name": "Sam Stone", "status": "citizen", "income": "yes", "phone": "+1 915 555 0100", "address": "1 Main Street",
    "statement": "My cousin; a room and help for a year.", "charges_nothing": "on",
}  # fmt: skip


def hidden(page: Any, name: str) -> str:
    """What a hidden field of a page holds."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.content.decode())
    assert found, f"no {name} in {page.content.decode()[:2000]}"
    return found[1]


def code_of(page: Any) -> str:
    """The code that a page shows."""
    found = re.search(r'class="code">([^<]+)<', page.content.decode())
    assert found
    return found[1]


def answer(client: Client, name: str, said: dict[str, Any]) -> Any:
    """Answer one page of a draft."""
    address = reverse("pathway-page", args=[name])
    version = hidden(client.get(address), "version")
    response = client.post(address, {**said, "version": version})
    assert response.status_code == 303, response.content.decode()
    return response


def apply(client: Client, person: dict[str, dict[str, Any]] = PERSON) -> tuple[str, Any]:
    """From the beginning to the page with all answers; the code, and that page."""
    code = code_of(client.post(reverse("pathway-begin")))
    answer(client, "group", GROUP)
    for page, said in person.items():
        answer(client, f"{page}-1", said)
    for page, said in LAST.items():
        answer(client, page, said)
    return code, client.get(reverse("pathway-check-answers"))


def send(client: Client, page: Any) -> Any:
    """Send what is on the page with all answers."""
    said = {"version": hidden(page, "version"), "form_key": hidden(page, "form_key"), "true": "on"}
    return client.post(reverse("pathway-check-answers"), said)


def letter_link() -> str:
    """The link in the message to the supporter."""
    outbox.send_due(letters.send)
    links = [re.search(r"http://testserver(/\S+)", str(m.body)) for m in mail.outbox if "sam@example.org" in m.to]
    found = [link for link in links if link]
    assert found
    return found[-1][1]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "es", "ht", "pt"])
def test_that_somebody_can_apply_be_supported_and_see_where_it_stands(client: Client, language: str) -> None:
    client.cookies["language"] = language
    code, page = apply(client)
    for shown in ("Zulema Quintero", "Q99887766", "zulema@example.org", "Maracaibo"):
        assert shown in page.content.decode()
    arrived = send(client, page)
    case = Case.objects.get()
    assert code_of(arrived) == case.reference
    supporter = Client()
    supporter.cookies["language"] = language
    assert supporter.get(letter_link()).headers["Location"] == reverse("pathway-supporter")
    asked = supporter.get(reverse("pathway-supporter")).content.decode()
    assert "Zule" in asked
    assert "Quintero" not in asked
    assert supporter.post(reverse("pathway-supporter"), OFFER).status_code == 303
    client.post(reverse("pathway-support", args=["attest"]), {"support": str(case.supports.get().pk)})
    assert case.supports.get().state == "attested"
    elsewhere = Client()
    elsewhere.cookies["language"] = language
    opened = elsewhere.post(reverse("pathway-open"), {"reference": case.reference.lower(), "code": code.lower()})
    assert opened.status_code == 303
    status = elsewhere.get(reverse("pathway-status")).content.decode()
    assert case.reference in status
    assert "Sam Stone" in status
    outbox.send_due(letters.send)
    assert Notice.objects.exclude(sent_at=None).count() == Notice.objects.count()


@pytest.mark.django_db
def test_that_the_same_form_sent_twice_shows_the_same_answer(client: Client) -> None:
    _code, page = apply(client)
    first, second = send(client, page), send(client, page)
    assert code_of(first) == code_of(second)
    assert Case.objects.count() == 1
    assert not Draft.objects.exists()
