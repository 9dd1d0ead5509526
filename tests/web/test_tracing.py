"""Who was filed by somebody whom they fear: found by a supervisor, taken out, or the application taken back."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from cauce.policy.programme import State
from cauce.web.domain import authorisations, caps, erasures, filing, groups, limits, recovery, standing, tracing
from cauce.web.domain.answers import Contact
from cauce.web.domain.faults import NotFound, Refused
from cauce.web.models import Case, Event
from tests.web import factory, pathway
from tests.web.pathway import BORN

pytestmark = pytest.mark.django_db
FAMILY = ({}, {"passport_number": "VICTIM1", "relation": "partner"})
CONTACT = Contact(safe="none")


@pytest.fixture(autouse=True)
def _cache() -> None:
    call_command("createcachetable", verbosity=0)


def test_that_a_supervisor_takes_out_whom_somebody_else_filed_and_the_place_held_goes_back() -> None:
    officer, supervisor = factory.staff("officer"), factory.staff("supervisor")
    case = factory.in_hand(factory.case(*FAMILY), officer)
    assert authorisations.authorise(case, officer, case.version)
    found = tracing.find("VEN", "victim 1", BORN, "filed-by-another", supervisor)
    own, code = tracing.take_out(found, CONTACT, supervisor)
    assert standing.open_up(own.reference, code) == own and own.filed_at == case.filed_at + groups.BEHIND
    assert recovery.person(own.reference, "VEN", "VICTIM1", BORN) is not None
    (account,) = caps.reconcile()
    assert account.used == 0 and account.agrees
    acts = Event.objects.filter(subject=case.reference, actor=supervisor.user.username).order_by("sequence")
    assert [event.act for event in acts] == ["person-looked-for", "left"]
    assert acts[0].details == {"why": "filed-by-another", "found": True}


def test_that_nobody_is_taken_out_alone_or_once_papers_are_issued() -> None:
    supervisor = factory.staff("supervisor")
    factory.case({"passport_number": "ALONE1"}, state=State.QUEUED)
    with pytest.raises(Refused, match="could not go on"):
        tracing.take_out(tracing.find("VEN", "ALONE1", BORN, "not-safe", supervisor), CONTACT, supervisor)
    factory.authorised(*FAMILY)
    with pytest.raises(Refused, match="papers are issued"):
        tracing.take_out(tracing.find("VEN", "VICTIM1", BORN, "not-safe", supervisor), CONTACT, supervisor)


def test_that_whoever_looks_says_why_is_written_down_and_cannot_try_passports_out() -> None:
    supervisor = factory.staff("supervisor")
    name = supervisor.user.username
    factory.case(*FAMILY, state=State.QUEUED)
    with pytest.raises(Refused, match="say why"):
        tracing.find("VEN", "VICTIM1", BORN, "curious", supervisor)
    for number, born in (("VICTIM2", BORN), ("VICTIM1", date(1990, 3, 5))):
        with pytest.raises(NotFound, match="nobody with this passport"):
            tracing.find("VEN", number, born, "not-safe", supervisor)
    written = Event.objects.filter(subject=f"account:{name}", act="person-looked-for")
    assert [event.details["found"] for event in written] == [False, False]
    for _try in range(limits.table()["find-person"] - 2):
        tracing.find("VEN", "VICTIM1", BORN, "not-safe", supervisor)
    with pytest.raises(limits.TooOften):
        tracing.find("VEN", "VICTIM1", BORN, "not-safe", supervisor)
    with pytest.raises(NotFound, match="not for you"):
        tracing.find("VEN", "VICTIM1", BORN, "not-safe", factory.staff("officer"))


def test_that_the_pages_lead_from_the_passport_to_a_code_of_their_own() -> None:
    case, client = factory.case(*FAMILY, state=State.QUEUED), Client()
    factory.sign_in(client, factory.staff("supervisor"), again=True)
    asked = {
        "passport_country": "VEN", "passport_number": "VICTIM1", "born_day": "4", "born_month": "3",
        "born_year": "1990", "why": "not-safe",
    }  # fmt: skip
    wrong = client.post(reverse("staff-trace"), {**asked, "passport_number": "VICTIM2"})
    assert wrong.status_code == 422 and case.reference not in wrong.content.decode()
    shown = client.post(reverse("staff-trace"), asked).content.decode()
    assert case.reference in shown and "VICTIM1" not in shown
    address = reverse("staff-take-out", args=[case.members.get(position=2).pk])
    assert f'action="{address}"' in shown
    assert client.post(address, {"safe": "any"}).status_code == 422
    out = client.post(address, {"email": "", "phone": "", "safe": "none"}).content.decode()
    own = Case.objects.exclude(pk=case.pk).get()
    assert own.reference in out and case.reference not in out
    assert client.post(address, {"safe": "none"}).status_code == 404  # they are there no more


@pytest.mark.parametrize("reason", erasures.UNASKED)
@pytest.mark.parametrize("held", [False, True])
def test_that_what_is_in_the_name_of_somebody_else_is_taken_back_and_erased_while_it_runs(
    reason: str, held: bool
) -> None:
    one, other, officer = factory.staff("steward"), factory.staff("steward"), factory.staff("officer")
    case = factory.in_hand(factory.case({"passport_number": "VICTIM1"}), officer)
    if held:
        assert authorisations.authorise(case, officer, case.version)
    with pytest.raises(Refused, match="still runs"):
        erasures.propose(case.reference, "asked", one)
    erasure = erasures.propose(case.reference, reason, one)
    with pytest.raises(Refused, match="two people"):
        erasures.agree(erasure, one)
    case.refresh_from_db()
    assert case.ended_at is None and filing.answers(case)
    erasures.agree(erasure, other)
    case.refresh_from_db()
    assert case.state == State.WITHDRAWN and case.erased_at is not None
    assert all(account.used == 0 and account.agrees for account in caps.reconcile())
    again, _code = pathway.filed({"passport_number": "VICTIM1"}, key="again")
    assert again.state == State.QUEUED
