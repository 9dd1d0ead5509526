"""What is let go when its days are over, and that nothing of it is left."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.urls import reverse

from cauce.web import service
from cauce.web.domain import arrivals, clock, drafts, filing, releases, retention, vault, watch
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.models import Case, Draft, Event, Notice, PersonKey, Purge, Release
from tests.web import factory
from tests.web.conftest import Travel
from tests.web.custody_fixtures import adult, site, staff
from tests.web.test_leaving import WHOLE


def let_go() -> dict[str, int]:
    """Two stewards let go of what is due."""
    return retention.release(retention.propose(factory.staff("steward")), factory.staff("steward"))


@pytest.mark.django_db
def test_that_who_arrived_is_forgotten_two_years_after(travel: Travel) -> None:
    (paper,) = factory.authorised()
    arrivals.arrive(paper, factory.staff("port"), port="MIA", flight="AA123")
    travel.on(days=729)
    assert retention.due()["case"] == 0
    retention.may_go(Case.objects.get())  # earlier only if somebody asks
    travel.on(days=1)
    assert retention.due()["case"] == 1
    assert let_go()["case"] == 1
    with pytest.raises(NotFound, match="erased"):
        filing.answers(Case.objects.select_related("key").get())
    assert retention.due()["case"] == 0


@pytest.mark.django_db
def test_that_of_an_arrival_only_the_day_is_left_and_of_a_decision_no_reason(travel: Travel) -> None:
    (paper,) = factory.authorised({"vaccinated": "unknown"})
    arrivals.arrive(paper, factory.staff("port"), port="MIA", flight="AA123")
    case = Case.objects.get()
    told = [*Event.objects.filter(subject=case.reference).values_list("details", flat=True)]
    assert "MIA" not in str(told) and "AA123" not in str(told)
    assert any(decision.reasons for decision in case.decisions.all())
    retention.erase(case, "ana", "berta", "asked")
    paper.refresh_from_db()
    assert (paper.port, paper.flight, paper.used_at) == ("", "", datetime(2022, 12, 12, tzinfo=UTC))
    assert not any(decision.reasons for decision in case.decisions.all()) and case.decisions.exists()


@pytest.mark.django_db
def test_that_of_a_release_and_its_reminder_only_the_day_is_left(travel: Travel) -> None:
    here = site()
    lead = staff("centre-lead", here)
    held = adult(here, lead, "waiting-exit")
    releases.prepare(lead, held, releases.Package(**{**vars(WHOLE), "reminders": True}), held.version)
    releases.confirm(lead, held, held.version)
    key = Notice.objects.get().key_id
    Notice.objects.update(sent_at=clock.now())
    travel.on(days=40)
    let_go()
    release = Release.objects.get()
    assert release.done_at is not None
    assert {name: getattr(release, name) for name in retention.LET_GO} == retention.LET_GO
    kept = {field.name for field in Release._meta.fields} - set(retention.LET_GO)
    facts = {"held", "papers_given", "medicines_given", "belongings_given", "onward", "reminders", "done_at"}
    assert kept == facts  # yes, no, and when: nothing of where to, and no word that a hand wrote
    assert not Notice.objects.exists()
    with pytest.raises(NotFound, match="erased"):
        vault.opens(PersonKey.objects.get(pk=key))
    assert retention.due()["release"] == 0


@pytest.mark.django_db
def test_that_what_is_due_proposes_itself_once_a_day_and_two_people_let_it_go(travel: Travel) -> None:
    one, two, auditor = factory.staff("steward"), factory.staff("steward"), factory.staff("auditor")
    assert retention.propose_by_itself() == 0  # nothing is due, so nothing is asked of anybody
    drafts.begin("es")
    travel.on(days=60)
    assert [retention.propose_by_itself() for _round in range(3)] == [1, 0, 0]
    purge = Purge.objects.get()
    assert (purge.proposed_by, purge.counts["draft"]) == ("clock", 1)
    for somebody in (one, auditor):  # one person alone never does
        with pytest.raises(Refused, match="two people"):
            retention.release(purge, somebody)
    with pytest.raises(IntegrityError), transaction.atomic():  # nor past the code
        Purge.objects.filter(pk=purge.pk).update(released_by="one")
    with pytest.raises(NotFound):
        retention.take_up(purge, auditor)
    retention.take_up(purge, one)
    with pytest.raises(Stale):
        retention.take_up(purge, two)
    purge.refresh_from_db()
    with pytest.raises(Refused, match="two people"):
        retention.release(purge, one)
    assert retention.release(purge, auditor)["draft"] == 1 and not Draft.objects.exists()
    said = [(event.actor, event.act) for event in Event.objects.filter(subject="retention").order_by("sequence")]
    assert said == [
        ("clock", "purge-proposed"), (one.user.username, "purge-taken-up"), (auditor.user.username, "purge-released"),
    ]  # fmt: skip


@pytest.mark.django_db
def test_that_what_was_declined_is_proposed_again_the_next_day_and_not_before(travel: Travel) -> None:
    drafts.begin("es")
    travel.on(days=60)
    assert retention.propose_by_itself() == 1
    retention.drop(Purge.objects.get(), factory.staff("auditor"))
    travel.on(hours=23)
    assert retention.propose_by_itself() == 0
    travel.on(hours=1)
    assert retention.propose_by_itself() == 1
    travel.on(days=6)
    assert retention.propose_by_itself() == 0  # one waits already
    retention_finding = {finding.what: finding for finding in watch.look()}["retention"]
    assert retention_finding.well and "two people" in retention_finding.said
    travel.on(days=2)
    assert not {finding.what: finding for finding in watch.look()}["retention"].well  # a week, and nobody came


@pytest.mark.django_db(transaction=True)
def test_that_two_workers_propose_one_purge(travel: Travel) -> None:
    drafts.begin("es")
    travel.on(days=60)
    start, made = threading.Barrier(8), list[int]()

    def work() -> None:
        start.wait()
        made.append(retention.propose_by_itself())
        connections.close_all()

    threads = [threading.Thread(target=work) for _n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [0] * 7 + [1] and Purge.objects.count() == 1


@pytest.mark.django_db
def test_that_the_worker_proposes_and_the_page_lets_two_people_do_it(travel: Travel) -> None:
    call_command("createcachetable", verbosity=0)
    drafts.begin("es")
    travel.on(days=60)
    said: list[str] = []
    service.work(once=True, say=said.append)
    assert "proposed to let go 1" in said[0]
    one, two = (factory.sign_in(Client(), factory.staff("steward"), again=True) for _n in range(2))
    page, told = reverse("staff-retention"), {"purge": str(Purge.objects.get().pk)}
    assert "something waits for two people" in one.get(reverse("staff-home")).content.decode()
    shown = one.get(page).content.decode()
    assert "The service by itself" in shown and "Take it up" in shown and "Let it go" not in shown
    assert one.post(page, {"act": "take-up", **told}).status_code == 302
    assert "Let it go" not in one.get(page).content.decode()
    assert "Let it go" in two.get(page).content.decode()
    assert two.post(page, {"act": "release", **told}).status_code == 302
    assert not Draft.objects.exists()
