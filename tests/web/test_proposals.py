"""What waits for a second person never waits for ever: who asked withdraws it, who could agree declines."""

from __future__ import annotations

import re

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from cauce.policy.programme import State
from cauce.web.domain import caps, cases, erasures, retention, rules
from cauce.web.domain.faults import NotFound, Stale
from cauce.web.models import Amendment, Case, Erasure, Event, Purge
from tests.web import factory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cache() -> None:
    call_command("createcachetable", verbosity=0)


def dropped(client: Client, page: str, address: str, **told: str) -> str:
    """Press the button that drops what waits; its word."""
    shown = client.get(reverse(page)).content.decode()
    forms = [form for form in shown.split("<form")[1:] if f'action="{address}"' in form]
    (form,) = [form for form in forms if all(f'value="{value}"' in form for value in told.values())]
    assert client.post(address, told).status_code == 302
    word = re.search(r"<button[^>]*>([^<]+)", form)
    assert word is not None
    return word[1]


def last(subject: str) -> tuple[str, str]:
    event = Event.objects.filter(subject=subject).latest("sequence")
    return event.actor, event.act


@pytest.mark.parametrize(("who", "word", "act"), [(0, "Withdraw it", "withdrawn"), (1, "Decline", "declined")])
def test_that_an_erasure_is_dropped_by_who_asked_or_by_another(who: int, word: str, act: str) -> None:
    stewards = [factory.staff("steward") for _n in range(2)]
    case = factory.case()
    cases.advance(case, State.WITHDRAWN, actor="applicant", act="withdrawn")
    erasure = erasures.propose(case.reference, "asked", stewards[0])
    with pytest.raises(NotFound):
        erasures.drop(erasure, factory.staff("auditor"))
    address = reverse("staff-erasure-drop", args=[erasure.pk])
    assert dropped(factory.sign_in(Client(), stewards[who]), "staff-erasures", address) == word
    assert last(case.reference) == (stewards[who].user.username, f"erasure-{act}")
    assert not erasures.waiting() and Case.objects.get().erased_at is None
    for late in (lambda: erasures.agree(erasure, stewards[1]), lambda: erasures.drop(erasure, stewards[0])):
        with pytest.raises(Stale):
            late()
    assert Case.objects.select_related("key").get().key.wrapped is not None
    erasures.agree(erasures.propose(case.reference, "ordered", stewards[1]), stewards[0])  # it may be asked for anew
    assert Case.objects.get().erased_at is not None and Erasure.objects.count() == 2


@pytest.mark.parametrize(("who", "word", "act"), [(0, "Withdraw it", "withdrawn"), (1, "Decline", "declined")])
def test_that_a_purge_is_dropped_by_who_proposed_it_or_by_another(who: int, word: str, act: str) -> None:
    two = [factory.staff("steward"), factory.staff("auditor")]
    purge = retention.propose(two[0])
    with pytest.raises(NotFound):
        retention.drop(purge, factory.staff("supervisor"))
    client = factory.sign_in(Client(), two[who])
    address = reverse("staff-retention")
    first = client.post(address, {"act": "drop", "purge": str(purge.pk)})
    assert first.url.startswith(reverse("account_reauthenticate"))  # the password once more
    shown = client.get(address).content.decode()
    assert word in shown
    assert client.post(first.url, {"password": factory.PASSWORD}).status_code == 302
    assert last("retention") == (two[who].user.username, f"purge-{act}")
    assert retention.waiting() is None
    for late in (lambda: retention.release(purge, two[1]), lambda: retention.drop(purge, two[0])):
        with pytest.raises(Stale):
            late()
    retention.release(retention.propose(two[0]), two[1])
    assert Purge.objects.count() == 2


@pytest.mark.parametrize(("who", "word", "act"), [(0, "Withdraw it", "withdrawn"), (1, "Decline", "declined")])
def test_that_another_cap_is_dropped_by_who_proposed_it_or_by_another(who: int, word: str, act: str) -> None:
    (window,) = rules.windows(rules.programme().id)
    two = [factory.staff("supervisor") for _n in range(2)]
    before = window.cap
    amendment = caps.propose(window, 30_000, "88 FR 1243", two[0])
    with pytest.raises(NotFound):
        caps.drop(amendment, factory.staff("officer"))
    address = reverse("staff-cap-drop", args=[amendment.pk])
    assert dropped(factory.sign_in(Client(), two[who]), "staff-programme", address) == word
    assert last(f"window:{window.pk}") == (two[who].user.username, f"cap-{act}")
    for late in (lambda: caps.approve(amendment, two[1]), lambda: caps.drop(amendment, two[0])):
        with pytest.raises(Stale):
            late()
    window.refresh_from_db()
    assert window.cap == before and not caps.proposed(window.pool) and Amendment.objects.count() == 1
