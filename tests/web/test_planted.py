"""Planted personal data: what people tell is nowhere in the open, in no table, log or message, and gone once erased."""

from __future__ import annotations

import base64
import binascii
import logging

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from cauce.policy.programme import State
from cauce.web.domain import cases, retention, supporters, vault
from cauce.web.domain.faults import NotFound
from cauce.web.interfaces.accounts import SHOWN
from cauce.web.models import Case, Event, Member, PersonKey, Support
from tests.web import factory
from tests.web.test_standing import ASKED, CROSSED

PLANTED = ("Zacarias Plantado", "PLANT4477", "plantado@example.org", "1987-11-23", "+1 555 4477", "4477 Hidden Street")
NOWHERE = (*PLANTED, "PLANT 4477", "plant4477", "15554477", "zacarias")


def everything() -> str:
    """Every cell of every table as the database holds it, bytes as text where they are text.

    A session, and what lies in the cache, is read as the service reads it: packed, it is not sealed.
    """
    cells: list[str] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                for cell in row:
                    plain = bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()
                    cells += [plain.decode("latin-1"), _unpacked(plain)]
    return "\n".join([*cells, *(str(session.get_decoded()) for session in Session.objects.order_by("pk"))])


def _unpacked(cell: bytes) -> str:
    try:
        return base64.b64decode(cell, validate=True).decode("latin-1")
    except binascii.Error:
        return ""


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
def test_that_what_an_officer_reads_stands_nowhere_in_the_open(
    caplog: pytest.LogCaptureFixture, client: Client
) -> None:
    name, passport, _email, _born, phone, address = PLANTED
    call_command("createcachetable", verbosity=0)
    with caplog.at_level(logging.DEBUG):
        case, officer = told_case(), factory.staff("officer")
        client.get("/status")
        cases.advance(case, State.SELECTED, actor="test", act="moved")
        factory.in_hand(case, officer)
        page = factory.sign_in(client, officer).get(reverse("staff-case", args=[case.reference]))
        client.get("/nowhere")
    assert page.status_code == 200
    for words in (name, passport, phone, address):
        assert words in page.content.decode(), words
    held, logged = everything(), caplog.text
    assert Event.objects.filter(subject=case.reference, act="read").exists()
    assert case.reference in held and SHOWN in held  # the walk sees what stands in the open, in a session too
    assert "Not Found" in logged
    for words in NOWHERE:
        assert words not in held and words.lower() not in held.lower(), words
        assert words.lower() not in logged.lower(), words


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
    call_command("createcachetable", verbosity=0)
    before = everything()
    with caplog.at_level(logging.DEBUG):
        page = client.post(reverse("pathway-prescreen"), {**ASKED, **CROSSED, "manner_1": "irregular"})
    assert page.status_code == 200 and "this would be a no" in page.content.decode()
    assert everything() == before
    assert settings.SESSION_COOKIE_NAME not in client.cookies
    for told in ("PAN", "Panam", "2022-11-01"):
        assert told not in caplog.text
