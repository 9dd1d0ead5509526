"""The line of those who wait for a place: in which order it is served, what its people are told, what they keep."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse

from cauce.policy.programme import State
from cauce.web.domain import authorisations, caps, pauses, rules, standing, sums
from cauce.web.models import Case, Notice, Window
from tests.web import factory, places
from tests.web.conftest import Travel

pytestmark = pytest.mark.django_db


def test_that_the_line_is_served_in_turn_and_nobody_overtakes(travel: Travel) -> None:
    officer, supervisor = factory.staff("officer"), factory.staff("supervisor")
    made = [factory.in_hand(factory.case(*[{}] * n), officer) for n in (1, 3, 1)]
    (window,) = rules.windows(made[0].programme)
    Window.objects.filter(pk=window.pk).update(cap=0, wanted=0)
    for case in made:
        assert not authorisations.authorise(case, officer, case.version)
        travel.on(minutes=1)
    Window.objects.filter(pk=window.pk).update(cap=3, wanted=3)
    assert authorisations.serve(made[0].programme, supervisor) == (made[0].reference,)  # then three
    late = factory.in_hand(factory.case(), officer)
    assert not authorisations.authorise(late, officer, late.version)
    Window.objects.filter(pk=window.pk).update(cap=9, wanted=9)
    assert authorisations.serve(made[0].programme, supervisor) == tuple(c.reference for c in [*made[1:], late])


def test_that_whoever_loses_a_place_that_nobody_issued_is_told_and_rejoins_the_line_where_they_asked(
    travel: Travel,
) -> None:
    officer = factory.staff("officer")
    first = factory.in_hand(factory.case(), officer)
    assert authorisations.authorise(first, officer, first.version)
    travel.on(days=1)
    (window,) = rules.windows(first.programme)
    Window.objects.filter(pk=window.pk).update(cap=1, wanted=1)
    second = factory.in_hand(factory.case(), officer)
    assert not authorisations.authorise(second, officer, second.version)
    travel.on(days=14)
    told = Notice.objects.filter(case=first).count()
    assert authorisations.lapse() == 1
    assert Notice.objects.filter(case=first).count() == told + 1
    first.refresh_from_db()
    assert first.state == State.WAITING
    assert authorisations.line(first.programme) == (first.reference, second.reference)
    assert authorisations.serve(first.programme) == (first.reference,)


@pytest.mark.parametrize("why", ["pause", "sum"])
def test_that_no_place_is_lost_while_nobody_may_issue_it_and_the_days_are_given_back(travel: Travel, why: str) -> None:
    officer, ana, berta = factory.staff("officer"), factory.staff("supervisor"), factory.staff("supervisor")
    case = factory.in_hand(factory.case(), officer)
    assert authorisations.authorise(case, officer, case.version)
    (window,) = rules.windows(case.programme)
    travel.on(days=10)
    if why == "pause":
        pause = pauses.propose("authorise", "a review", ana)
        pauses.second(pause, berta)
    else:
        Window.objects.filter(pk=window.pk).update(used=F("used") + 1)
        assert sums.look() == 1
    travel.on(days=30)
    assert authorisations.lapse() == caps.expire() == 0 and authorisations.held(case) is not None
    if why == "pause":
        pauses.propose_end(pause, ana)
        pauses.end(pause, berta)
    else:
        Window.objects.filter(pk=window.pk).update(used=F("used") - 1)
        assert sums.look() == 0
    travel.on(days=3)
    assert authorisations.lapse() == 0
    travel.on(days=1)
    assert authorisations.lapse() == 1


def test_that_the_place_told_is_the_one_at_which_the_line_is_served(
    travel: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = factory.staff("officer")
    early, late, held = (factory.in_hand(factory.case(), officer) for _ in range(3))
    (window,) = rules.windows(held.programme)
    Window.objects.filter(pk=window.pk).update(cap=1, wanted=1)
    assert authorisations.authorise(held, officer, held.version)
    for case in (late, early):  # the officers' order is not that in which they asked
        travel.on(minutes=1)
        Case.objects.filter(pk=case.pk).update(requested_at=travel.now - timedelta(days=case is early))
        assert not authorisations.authorise(case, officer, case.version)
    Case.objects.filter(pk=held.pk).update(state=State.WAITING, requested_at=travel.now - timedelta(days=9))
    made = [Case.objects.get(pk=case.pk) for case in (early, late, held)]
    assert [standing.place(case) for case in made] == [1, 2, None]
    assert authorisations.line(held.programme) == (early.reference, late.reference)
    monkeypatch.setattr(rules, "order", lambda _programme: "half-and-half")
    assert [standing.place(case) for case in made] == [None] * 3
    page = places.opened(case=early.pk).get(reverse("pathway-status")).content.decode()
    assert "half by lot" in page


@pytest.mark.parametrize("more", [1, 2, 5])
def test_that_half_and_half_goes_on_where_it_was_however_few_places_come_at_a_time(
    monkeypatch: pytest.MonkeyPatch, travel: Travel, more: int
) -> None:
    monkeypatch.setattr(rules, "order", lambda _programme: "half-and-half")
    officer = factory.staff("officer")
    made = [factory.in_hand(factory.case(), officer) for _ in range(10)]
    (window,) = rules.windows(made[0].programme)
    Window.objects.filter(pk=window.pk).update(cap=0, wanted=0)
    for case in made:
        travel.on(minutes=1)
        assert not authorisations.authorise(case, officer, case.version)
    whole, served = authorisations.line(made[0].programme), []
    while len(served) < len(made):
        Window.objects.filter(pk=window.pk).update(cap=F("cap") + more, wanted=F("wanted") + more)
        served += authorisations.serve(made[0].programme)
    assert tuple(served) == whole
