"""A paper issued anew: another code for the same person and the same days, and never two that serve."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.urls import reverse

from cauce.policy.programme import State
from cauce.web.domain import arrivals, audit, authorisations, caps, carriers, cases, casework, filing, pauses, reissues
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.models import Authorisation, Case, Entry, Event, Notice
from tests.web import factory
from tests.web.conftest import Travel
from tests.web.test_after import FAMILY, fresh


def checked(paper: Authorisation) -> str:
    """What a carrier is told."""
    return carriers.check(carriers.code(paper)).value


def again(paper: Authorisation, why: str = "lost") -> Authorisation:
    """Issued anew by an officer who has the page of this moment."""
    paper = fresh(paper)
    return reissues.reissue(paper, factory.staff("officer"), paper.member.case.version, why)


@pytest.mark.django_db
def test_that_the_new_paper_serves_for_the_same_days_and_the_old_code_no_more() -> None:
    old, other = factory.authorised(*FAMILY)
    (before,), lines = caps.reconcile(), Entry.objects.count()
    Notice.objects.all().delete()
    new = again(old, "known")
    assert carriers.code(new) != carriers.code(old) and carriers.number_in(carriers.code(new)) == new.number
    assert (new.member_id, new.issued_on, new.ends_on) == (old.member_id, old.issued_on, old.ends_on)
    assert [checked(fresh(paper)) for paper in (old, new, other)] == ["replaced", "valid", "valid"]
    (after,) = caps.reconcile()
    assert after == before and after.agrees and Entry.objects.count() == lines
    case = Case.objects.get()
    assert (case.state, Notice.objects.get().kind) == (State.AUTHORISED, "news")
    event = Event.objects.filter(subject=case.reference).latest("sequence")
    assert event.act == "reissued"
    assert event.details == {"paper": new.number, "replaces": old.number, "why": "known"}
    assert audit.verify().sound
    third = again(new)
    assert [checked(fresh(paper)) for paper in (old, new, third)] == ["replaced", "replaced", "valid"]


@pytest.mark.django_db
def test_that_asking_twice_from_the_same_page_is_asking_once() -> None:
    (old,) = factory.authorised()
    old, officer = fresh(old), factory.staff("officer")
    seen = old.member.case.version
    made = [reissues.reissue(fresh(old), officer, seen, "lost") for _turn in range(3)]
    assert len({paper.pk for paper in made}) == 1
    assert Event.objects.filter(act="reissued").count() == 1
    with pytest.raises(Stale):
        reissues.reissue(made[0], officer, seen, "lost")


def at_once(*works: Callable[[], object]) -> list[BaseException]:
    """Works by threads that start together; what went wrong in any."""
    start, faults = threading.Barrier(len(works)), list[BaseException]()

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait()
            work()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


@pytest.mark.django_db(transaction=True)
def test_that_sixteen_who_ask_at_once_get_the_same_paper() -> None:
    (old,) = factory.authorised()
    officer, seen = factory.staff("officer"), fresh(old).member.case.version
    made: list[Authorisation] = []
    work = lambda: made.append(reissues.reissue(fresh(old), officer, seen, "lost"))  # noqa: E731
    assert at_once(*[work] * 16) == []
    assert len({paper.pk for paper in made}) == 1 and len(made) == 16
    assert Authorisation.objects.filter(revoked_at=None).count() == 1 and Authorisation.objects.count() == 2
    assert all(account.agrees for account in caps.reconcile())


@pytest.mark.django_db(transaction=True)
def test_that_a_paper_is_used_or_issued_anew_but_not_both() -> None:
    for _turn in range(5):
        (old,) = factory.authorised()
        old, port, officer = fresh(old), factory.staff("port"), factory.staff("officer")
        faults = at_once(
            lambda old=old, port=port: arrivals.arrive(old, port, port="MIA", flight="AA123"),
            lambda old=old, officer=officer: reissues.reissue(fresh(old), officer, old.member.case.version, "lost"),
        )
        assert len(faults) == 1 and isinstance(faults[0], Stale | Refused), faults
        old = fresh(old)
        anew = Authorisation.objects.filter(replaces=old).exists()
        assert (old.used_at is None) is anew and (old.revoked_at is not None) is anew


@pytest.mark.django_db(transaction=True)
def test_that_the_last_two_who_arrive_at_once_complete_their_application() -> None:
    for _turn in range(5):
        papers = [fresh(paper) for paper in factory.authorised(*FAMILY)]
        port = factory.staff("port")
        works = [lambda p=paper: arrivals.arrive(p, port, port="MIA", flight="AA123") for paper in papers]  # noqa: B023
        assert at_once(*works) == []
        assert Case.objects.get(pk=papers[0].member.case_id).state == State.PAROLED


@pytest.mark.django_db
def test_that_the_database_itself_refuses_a_second_paper_that_serves() -> None:
    (old,) = factory.authorised()
    fields = {"member": old.member, "issued_on": old.issued_on, "ends_on": old.ends_on}
    with pytest.raises(IntegrityError), transaction.atomic():
        Authorisation.objects.create(number="another", **fields)
    again(old)
    with pytest.raises(IntegrityError), transaction.atomic():  # nor two in place of one, even if neither serves
        Authorisation.objects.create(number="another", replaces=old, revoked_at=old.member.case.moved_at, **fields)


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["used", "ran out", "revoked", "no reason", "another case's page"])
def test_that_what_serves_no_more_is_not_issued_anew(travel: Travel, how: str) -> None:
    first, _second = factory.authorised(*FAMILY)
    case = fresh(first).member.case
    if how == "used":
        arrivals.arrive(fresh(first), factory.staff("port"), port="MIA", flight="AA123")
    elif how == "ran out":
        travel.on(days=91)
    elif how == "revoked":
        one, two = factory.staff("supervisor"), factory.staff("supervisor")
        decision = casework.decided(case, "revoked", casework.sheet(case), (), one.user.username)
        authorisations.second_revocation(decision, two, case.version)
    with pytest.raises(Stale if how == "another case's page" else Refused):
        version = fresh(first).member.case.version + (how == "another case's page")
        why = "bored" if how == "no reason" else "lost"
        reissues.reissue(fresh(first), factory.staff("officer"), version, why)
    assert not Authorisation.objects.exclude(replaces=None).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["port", "auditor", "steward", "planner", "shelter", "centre-lead"])
def test_that_only_who_may_issue_may_issue_anew(role: str) -> None:
    (old,) = factory.authorised()
    with pytest.raises(NotFound):
        reissues.reissue(fresh(old), factory.staff(role), fresh(old).member.case.version, "lost")


@pytest.mark.django_db
def test_that_a_new_paper_is_extended_used_and_undone_like_any_other() -> None:
    first, second = factory.authorised(*FAMILY)
    new = again(first, "slip")
    case = Case.objects.get()
    ends = authorisations.extend(case, factory.staff("officer"), case.version)
    assert {fresh(new).ends_on, fresh(second).ends_on} == {ends} and fresh(first).ends_on < ends
    later = again(new)
    assert later.extended and later.ends_on == ends and checked(later) == "valid"
    with pytest.raises(Refused):
        arrivals.arrive(fresh(first), factory.staff("port"), port="MIA", flight="AA123")
    arrivals.arrive(fresh(later), factory.staff("port"), port="MIA", flight="AA123")
    arrivals.undo(fresh(later), factory.staff("supervisor"), "wrong-flight")  # the papers before it are no bar
    assert checked(fresh(later)) == "valid"


@pytest.mark.django_db
def test_that_a_pause_keeps_nobody_from_having_a_lost_paper_again() -> None:
    (old,) = factory.authorised()
    one, two = factory.staff("supervisor"), factory.staff("supervisor")
    pauses.second(pauses.propose("authorise", "a reason", one), two)
    assert checked(again(old)) == "valid-while-paused"


@pytest.mark.django_db
@pytest.mark.parametrize("sign", "=$~*U7")
def test_that_an_officer_issues_anew_on_the_page_and_the_holder_reads_it(
    sign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = (one for one in iter(filing.reference, None) if one.endswith(sign))  # whatever sign a reference ends with
    monkeypatch.setattr(filing, "reference", lambda: next(signed))
    call_command("createcachetable", verbosity=0)
    (old,) = factory.authorised()
    case, officer = Case.objects.get(), factory.staff("officer")
    assert case.reference.endswith(sign)
    casework.give_back(case, factory.staff("officer"))
    client = factory.sign_in(Client(), officer)
    page, address = (
        reverse("staff-case", args=[case.reference]),
        reverse("staff-reissue", args=[case.reference, old.pk]),
    )
    shown = client.post(page, {"why": "correction"}).content.decode()
    assert address in shown and "Issue it anew" in shown
    told = {"version": str(case.version), "why": "lost"}
    first = client.post(address, told)
    assert first.url.startswith(reverse("account_reauthenticate"))
    assert client.post(first.url, {"password": factory.PASSWORD}).status_code == 302
    new = Authorisation.objects.get(revoked_at=None)
    assert new.replaces_id == old.pk
    visitor = Client(headers={"accept-language": "es"})
    bad = visitor.get(reverse("paper", args=[old.pk])).content.decode()
    good = visitor.get(reverse("paper", args=[new.pk])).content.decode()
    assert "se expidió otra en su lugar" in bad and new.number not in bad and str(new.pk) not in bad
    assert "en lugar de otra anterior" in good
    said = visitor.post(reverse("papers-check"), {"code": carriers.code(old)}).content.decode()
    assert "se expidió otra en su lugar" in said and 'class="fault"' in said
    assert cases.find(case.reference).state == State.AUTHORISED
