"""Planted personal data: what people tell is nowhere in the open, in no table, log or message, and gone once erased."""

from __future__ import annotations

import logging

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from cauce.policy.programme import State
from cauce.web.domain import cases, retention, supporters, vault
from cauce.web.domain.faults import NotFound
from cauce.web.models import Case, Member, PersonKey, Support
from tests.web import factory

PLANTED = ("Zacarias Plantado", "PLANT4477", "plantado@example.org", "1987-11-23", "+1 555 4477", "4477 Hidden Street")
NOWHERE = (*PLANTED, "PLANT 4477", "plant4477", "15554477", "zacarias")


def everything() -> str:
    """Every cell of every table as the database holds it, bytes as text where they are text."""
    cells: list[str] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                for cell in row:
                    plain = bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()
                    cells.append(plain.decode("latin-1"))
    return "\n".join(cells)


def told_case() -> Case:
    """A case whose people and supporter told all that is planted."""
    name, passport, email, born, phone, address = PLANTED
    person = {"name": name, "passport_number": passport, "born": born}
    case = factory.case(person, state=State.QUEUED, email=email)
    support = supporters.of(case)
    assert support is not None
    supporters.withdraw(support, "applicant")
    again = supporters.ask(case, email, name, lambda token: f"http://localhost/support/{token}", "applicant")
    said = supporters.Offer(
        name=name, status="citizen", income="yes", phone=phone, address=address, statement=f"I, {name}, receive them.",
        charges_nothing=True,
    )  # fmt: skip
    supporters.offer(again, said)
    return case


@pytest.mark.django_db
def test_that_nothing_that_was_told_stands_in_the_open(caplog: pytest.LogCaptureFixture, client: Client) -> None:
    with caplog.at_level(logging.DEBUG, logger="cauce"):
        case = told_case()
        officer = factory.staff("officer")
        client.get("/status")
        page = factory.sign_in(client, officer).get(reverse("staff-case", args=[case.reference]))
        assert page.status_code in (200, 302, 403, 404)
    held, logged = everything(), caplog.text
    assert case.reference in held  # the walk sees what stands in the open
    for words in NOWHERE:
        assert words not in held and words.lower() not in held.lower(), words
        assert words not in logged, words


@pytest.mark.django_db
def test_that_what_is_erased_can_be_read_by_nobody() -> None:
    case = told_case()
    cases.advance(case, State.WITHDRAWN, actor="applicant", act="withdrawn")
    case.refresh_from_db()
    before = vault.unseal(case.key, f"case.contact.{case.pk}", case.contact)
    assert before["email"] == PLANTED[2]
    retention.erase(case, "ana", "berta", "asked for by letter")
    case.refresh_from_db()
    keys = [case.key, *PersonKey.objects.filter(member__case=case), *PersonKey.objects.filter(support__case=case)]
    assert len(keys) >= 3
    for key in keys:
        with pytest.raises(NotFound, match="erased"):
            vault.opens(PersonKey.objects.get(pk=key.pk))
    assert not Member.objects.filter(case=case).exclude(identity_index=None).exists()
    assert not Support.objects.filter(case=case).exclude(phone_index="").exists()
    assert (case.persons, case.state) == (1, "withdrawn")  # every count stays true


@pytest.mark.django_db
def test_that_an_answer_to_the_check_is_kept_nowhere(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    before = everything()
    said = {
        "nationality": "VEN",
        "age": "adult",
        "supporter": "no",
        "crossed": "yes",
        "place_1": "MEX",
        "on_1_day": "23",
    }
    with caplog.at_level(logging.DEBUG, logger="cauce"):
        assert client.post("/check", said).status_code in (200, 422)
    assert everything() == before
    assert "session" not in client.cookies and "MEX" not in caplog.text
