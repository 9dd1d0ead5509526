"""Time passes: papers and holds run out by thousands, months turn, midnight is where the law counts it."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context

import pytest
from django.db import connection, connections

from cauce.policy.programme import State
from cauce.web import service
from cauce.web.domain import authorisations, caps, carriers, clock, pauses, references, rules, vault
from cauce.web.models import Authorisation, Case, Entry, Event, Hold, Member, Notice, Window
from tests.web import factory
from tests.web.conftest import Travel

SECONDS = 60


def thousands(number: int) -> None:
    """So many cases with papers, written as the verbs leave them."""
    key, now, today = vault.new_key(), clock.now(), date(2022, 12, 12)
    (window,) = rules.windows(rules.programme().id)
    made = [
        Case(
            reference=references.reference(), programme=rules.programme().id, state=State.AUTHORISED.value, persons=1,
            language="es", key=key, snapshot=b"", contact_index="", resume_index=f"r{n}", idempotency=f"i{n}",
            filed_at=now, moved_at=now,
        )
        for n in range(number)
    ]  # fmt: skip
    for case in made:
        contact = {"email": "ana@example.org", "phone": "", "safe": "any"}
        case.contact = vault.seal(key, f"case.contact.{case.pk}", contact)
    Case.objects.bulk_create(made)
    members = [Member(case=case, key=key, position=1, nationality="VEN", told=b"") for case in made]
    Member.objects.bulk_create(members)
    Authorisation.objects.bulk_create(
        Authorisation(member=m, number=references.reference(), issued_on=today, ends_on=today + timedelta(days=90))
        for m in members
    )
    Hold.objects.bulk_create(Hold(window=window, holder=c.reference, persons=1, issued=True) for c in made)
    for act, persons in (("hold", 1), ("issue", 0)):
        Entry.objects.bulk_create(
            Entry(window=window, holder=c.reference, act=act, persons=persons, cap=window.cap, at=now, actor="test")
            for c in made
        )
    Window.objects.filter(pk=window.pk).update(used=number)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [500, pytest.param(10_000, marks=pytest.mark.timed)])
def test_that_papers_run_out_by_thousands_once_with_two_workers(travel: Travel, settings: object, number: int) -> None:
    settings.RECYCLE_EXPIRED = True  # type: ignore[attr-defined]
    thousands(number)
    assert authorisations.expire() == 0
    travel.on(days=91)
    for one in connections.all():  # each worker is a process with connections of its own, as `cauce web work` is
        one.close()
        if connection.vendor == "postgresql":
            one.close_pool()
    begun = time.monotonic()
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as workers:  # under the same clock
        done = [job.result() for job in [workers.submit(authorisations.expire) for _ in range(2)]]
    assert time.monotonic() - begun < SECONDS or number < 10_000  # the clock holds where nothing runs beside it
    assert sum(done) == number and authorisations.expire() == 0
    assert Case.objects.filter(state=State.EXPIRED.value).count() == number
    assert Event.objects.filter(act="ran-out").count() == Notice.objects.filter(kind="news").count() == number
    (account,) = caps.reconcile()
    assert account.agrees and account.used == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("last", "over"),
    [
        ("2023-03-12T04:59", "2023-03-12T05:00"),  # 23:59 and midnight in Washington, in winter
        ("2023-03-13T03:59", "2023-03-13T04:00"),  # the day after the clocks were put forward
        ("2023-11-06T04:59", "2023-11-06T05:00"),  # the day after they were put back
    ],
)  # fmt: skip
def test_that_papers_hold_to_the_last_minute_of_their_day_where_the_law_counts(
    travel: Travel, last: str, over: str
) -> None:
    (paper,) = factory.authorised()
    before, after = (datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (last, over))
    Authorisation.objects.update(ends_on=after.astimezone(rules.book().law).date())
    paper.refresh_from_db()
    travel.now = before
    assert carriers.standing(paper) == "valid" and authorisations.expire() == 0
    travel.now = after
    assert carriers.standing(paper) == "expired" and authorisations.expire() == 1


@pytest.mark.django_db
def test_that_the_worker_ends_papers_gives_holds_back_and_says_so(travel: Travel) -> None:
    factory.authorised()
    officer = factory.staff("officer")
    held = factory.in_hand(factory.case(), officer)
    authorisations.authorise(held, officer, held.version)
    travel.on(days=91)
    said: list[str] = []
    service.work(once=True, say=said.append)
    assert "holds run out 1" in said[0] and "papers run out 1" in said[0]
    assert sorted(Case.objects.values_list("state", flat=True)) == [State.EXPIRED.value, State.WAITING.value]
    assert Event.objects.exists() and caps.reconcile()[0].used == 1
    said.clear()
    service.work(once=True, say=said.append)
    service.work(once=True, say=said.append)
    assert not [words for words in said if "run out" in words]


@pytest.mark.django_db
def test_that_a_new_month_has_its_own_places_and_serves_who_waits(travel: Travel, settings: object) -> None:
    settings.PROGRAMME = "parole-for-four"  # type: ignore[attr-defined]
    travel.now = datetime(2023, 1, 20, 18, tzinfo=UTC)
    officer = factory.staff("officer")
    first, second = (factory.in_hand(factory.case(*[{}] * n), officer) for n in (2, 3))
    (january,) = rules.windows("parole-for-four")
    assert (january.label, january.cap) == ("2023-01", 30_000)
    Window.objects.filter(pk=january.pk).update(cap=0, wanted=0)
    for case in (first, second):
        assert not authorisations.authorise(case, officer, case.version)
    travel.now = datetime(2023, 2, 1, 4, 59, tzinfo=UTC)  # still January where the law counts
    service.work(once=True, say=lambda _: None)
    assert not Hold.objects.exists()
    travel.now = datetime(2023, 2, 1, 5, 0, tzinfo=UTC)
    service.work(once=True, say=lambda _: None)
    assert set(Hold.objects.values_list("holder", "persons")) == {(first.reference, 2), (second.reference, 3)}
    assert [(a.label, a.used) for a in caps.reconcile()] == [("2023-01", 0), ("2023-02", 5)]
    assert all(account.agrees for account in caps.reconcile())


@pytest.mark.django_db
def test_that_the_worker_serves_nobody_while_authorising_stands_still(travel: Travel) -> None:
    officer, ana, berta = factory.staff("officer"), factory.staff("supervisor"), factory.staff("supervisor")
    (paper,) = factory.authorised()
    case = factory.in_hand(factory.case(), officer)
    (window,) = rules.windows(case.programme)
    Window.objects.filter(pk=window.pk).update(cap=1, wanted=1)
    assert not authorisations.authorise(case, officer, case.version)
    Window.objects.filter(pk=window.pk).update(cap=9, wanted=9)
    pauses.second(pauses.propose("authorise", "a review", ana), berta)
    service.work(once=True, say=lambda _: None)
    assert authorisations.held(case) is None
    assert carriers.standing(paper) == "valid-while-paused"
    travel.on(days=89)
    assert carriers.standing(paper) == "valid-while-paused"
