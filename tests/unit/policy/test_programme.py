"""Who is eligible on which day, and which way an application may go."""

from __future__ import annotations

from datetime import date

import pytest

from cauce.border import Border
from cauce.errors import RequestError
from cauce.policy.programme import (
    MOVES,
    Application,
    Crossing,
    State,
    Supporter,
    Verdict,
    authorisation_ends,
    decide,
    decide_supporter,
    move,
    submit,
)
from cauce.policy.rulebook import Rulebook


@pytest.fixture(scope="module")
def record() -> Rulebook:
    return Rulebook.read(Border.open())


def test_that_only_listed_moves_exist():
    with pytest.raises(RequestError, match="cannot become"):
        move(State.DRAFT, State.PAROLED)
    assert all(move(a, b) is b for a, ends in MOVES.items() for b in ends)


def test_that_every_state_can_be_reached_and_ends():
    reached, new = {State.DRAFT}, {State.DRAFT}
    while new:
        new = {to for now in new for to in MOVES[now]} - reached
        reached |= new
    assert reached == set(State)
    assert {state for state in State if not MOVES[state]} == {
        State.DUPLICATE, State.DENIED, State.REFUSED, State.ENDED, State.EXPIRED, State.WITHDRAWN,
        State.TERMINATED, State.OTHER_STATUS,
    }  # fmt: skip


OCT, NOV, JAN, FEB = date(2022, 10, 19), date(2022, 11, 1), date(2023, 1, 9), date(2023, 2, 1)


@pytest.mark.parametrize(
    ("facts", "day", "verdict"),
    [
        ({}, OCT, Verdict.ELIGIBLE),
        ({}, date(2022, 10, 18), Verdict.INELIGIBLE),
        ({}, date(2023, 1, 6), Verdict.INELIGIBLE),  # replaced by the programme for four
        ({"nationality": "COL"}, NOV, Verdict.INELIGIBLE),
        ({"nationality": "COL", "travels_with_eligible_family": True}, NOV, Verdict.ELIGIBLE),
        ({"crossings": (Crossing("USA", date(2022, 10, 18)),)}, NOV, Verdict.ELIGIBLE),
        ({"crossings": (Crossing("USA", OCT),)}, NOV, Verdict.INELIGIBLE),
        ({"crossings": (Crossing("PAN", OCT),)}, NOV, Verdict.INELIGIBLE),
        ({"crossings": (Crossing("MEX", OCT),)}, NOV, Verdict.INELIGIBLE),
        ({"crossings": (Crossing("COL", OCT),)}, NOV, Verdict.ELIGIBLE),
        ({"crossings": (Crossing("USA", OCT),), "departed_voluntarily": True}, NOV, Verdict.INELIGIBLE),
        ({"crossings": None}, NOV, Verdict.REVIEW),
        ({"is_child": True}, NOV, Verdict.ELIGIBLE),
        ({"is_child": True, "with_guardian": False}, NOV, Verdict.INELIGIBLE),
        ({"is_child": True, "with_guardian": None}, NOV, Verdict.REVIEW),
        ({"with_guardian": False}, NOV, Verdict.ELIGIBLE),
        ({"removed_on": date(2017, 11, 2)}, NOV, Verdict.INELIGIBLE),
        ({"removed_on": date(2017, 11, 1)}, NOV, Verdict.ELIGIBLE),
        ({"removed_on": date(2016, 2, 29)}, NOV, Verdict.ELIGIBLE),
        ({"other_nationality": True}, NOV, Verdict.INELIGIBLE),
        ({"other_nationality": True, "travels_with_eligible_family": True}, NOV, Verdict.ELIGIBLE),
        ({"other_nationality": None}, NOV, Verdict.REVIEW),
        ({"has_supporter": False}, NOV, Verdict.INELIGIBLE),
        ({"has_supporter": None}, NOV, Verdict.REVIEW),
        ({"passport_valid": False, "has_supporter": None}, NOV, Verdict.INELIGIBLE),
        ({"security_clear": False}, NOV, Verdict.REVIEW),
    ],
)
def test_that_eligibility_follows_the_rule(record: Rulebook, facts: dict, day: date, verdict: Verdict):
    programme = record.measure("venezuela-process")
    decision = decide(Application(**{"nationality": "VEN", **facts}), day, programme)
    assert decision.verdict is verdict
    assert all(source == programme.eligibility.source for _, source in decision.reasons)
    assert bool(decision.reasons) == (verdict is not Verdict.ELIGIBLE)


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"nationality": "VEN", "crossings": (Crossing("USA", NOV),)}, Verdict.INELIGIBLE),
        ({"nationality": "CUB", "crossings": (Crossing("USA", NOV),)}, Verdict.ELIGIBLE),  # before its own day
        ({"nationality": "CUB", "crossings": (Crossing("USA", JAN),)}, Verdict.INELIGIBLE),
        (
            {"nationality": "CUB", "crossings": (Crossing("USA", JAN),), "departed_voluntarily": True},
            Verdict.ELIGIBLE,
        ),
        (
            {"nationality": "CUB", "crossings": (Crossing("USA", JAN),) * 2, "departed_voluntarily": True},
            Verdict.INELIGIBLE,
        ),
        (
            {"nationality": "COL", "travels_with_eligible_family": True, "crossings": (Crossing("USA", JAN),)},
            Verdict.REVIEW,
        ),
    ],
)
def test_that_each_nationality_has_its_own_day(record: Rulebook, facts: dict, verdict: Verdict):
    assert decide(Application(**facts), FEB, record.measure("parole-for-four")).verdict is verdict


def test_that_a_programme_without_rules_decides_nothing(record: Rulebook):
    with pytest.raises(RequestError, match="says nothing of who is eligible"):
        decide(Application("UKR"), FEB, record.measure("uniting-for-ukraine"))


@pytest.mark.parametrize(
    ("facts", "day", "verdict"),
    [
        ({"other_bar": True}, NOV, Verdict.INELIGIBLE),
        ({"other_bar": None}, NOV, Verdict.REVIEW),
        ({"vaccination_attested": False}, NOV, Verdict.INELIGIBLE),
        ({"vaccination_attested": None}, NOV, Verdict.REVIEW),
        ({"own_flight": False}, NOV, Verdict.INELIGIBLE),
        ({"outside_country": False}, NOV, Verdict.INELIGIBLE),
        ({"outside_country": None}, NOV, Verdict.REVIEW),
        ({"passport_valid": False, "passport_expired_on": date(2017, 11, 2)}, NOV, Verdict.ELIGIBLE),
        ({"passport_valid": False, "passport_expired_on": date(2017, 11, 1)}, NOV, Verdict.INELIGIBLE),
        ({"passport_valid": None, "passport_expired_on": date(2021, 1, 1)}, NOV, Verdict.REVIEW),
        ({"stopped_at_sea_on": NOV}, NOV, Verdict.ELIGIBLE),  # no bar at sea in the first programme
    ],
)
def test_that_every_other_rule_is_asked_for(record: Rulebook, facts: dict, day: date, verdict: Verdict):
    assert (
        decide(Application(**{"nationality": "VEN", **facts}), day, record.measure("venezuela-process")).verdict
        is verdict
    )


MAY = date(2023, 5, 2)


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"nationality": "CUB", "stopped_at_sea_on": date(2023, 4, 26)}, Verdict.ELIGIBLE),
        ({"nationality": "CUB", "stopped_at_sea_on": date(2023, 4, 27)}, Verdict.INELIGIBLE),
        ({"nationality": "HTI", "stopped_at_sea_on": MAY}, Verdict.INELIGIBLE),
        ({"nationality": "NIC", "stopped_at_sea_on": MAY}, Verdict.ELIGIBLE),
        ({"nationality": "CUB", "passport_valid": False, "passport_expired_on": date(2022, 1, 1)}, Verdict.INELIGIBLE),
        ({"nationality": "VEN", "passport_valid": False, "passport_expired_on": date(2022, 1, 1)}, Verdict.ELIGIBLE),
    ],
)
def test_that_some_rules_are_of_some_nationalities(record: Rulebook, facts: dict, verdict: Verdict):
    assert decide(Application(**facts), MAY, record.measure("parole-for-four")).verdict is verdict


def test_that_all_reasons_are_given_and_cited(record: Rulebook):
    programme = record.measure("parole-for-four")
    worst = Application(
        "COL", outside_country=False, has_supporter=False, passport_valid=False, removed_on=MAY, other_bar=True,
        crossings=(Crossing("PAN", MAY),), other_nationality=True, is_child=True, with_guardian=False,
        vaccination_attested=False, own_flight=False,
    )  # fmt: skip
    decision = decide(worst, date(2024, 8, 1), programme)  # and the programme is paused
    assert decision.verdict is Verdict.INELIGIBLE
    assert len(decision.reasons) == len({reason.en for reason, _ in decision.reasons}) == 11
    assert all(reason.es and "S67" in source for reason, source in decision.reasons)


@pytest.mark.parametrize(
    ("supporter", "verdict"),
    [
        (Supporter("citizen"), Verdict.ELIGIBLE),
        (Supporter("parolee"), Verdict.ELIGIBLE),
        (Supporter("tourist-without-status"), Verdict.INELIGIBLE),
        (Supporter(None), Verdict.REVIEW),
        (Supporter("asylee", income_enough=False), Verdict.INELIGIBLE),
        (Supporter("asylee", income_enough=None), Verdict.REVIEW),
        (Supporter("asylee", security_clear=False), Verdict.REVIEW),  # a hit is never a no by itself
    ],
)
def test_that_supporters_are_decided_by_their_rules(record: Rulebook, supporter: Supporter, verdict: Verdict):
    decision = decide_supporter(supporter, record.measure("venezuela-process"))
    assert decision.verdict is verdict
    assert all("S108" in source for _, source in decision.reasons)


def test_that_a_pending_form_of_the_same_two_stands():
    assert submit(("s1", "b1"), {("s1", "b2"), ("s2", "b1")}) is State.QUEUED
    assert submit(("s1", "b1"), {("s1", "b1")}) is State.DUPLICATE


def test_that_the_whole_way_can_be_walked_and_no_step_left_out():
    way = (
        State.DRAFT, State.SUBMITTED, State.QUEUED, State.SELECTED, State.REVIEW, State.EVIDENCE, State.REVIEW,
        State.CONFIRMED, State.ACCOUNT, State.REQUESTED, State.WAITING, State.AUTHORISED, State.EXTENDED,
        State.TRAVELLED, State.PAROLED, State.REPAROLED, State.OTHER_STATUS,
    )  # fmt: skip
    assert move(*way) is State.OTHER_STATUS
    with pytest.raises(RequestError, match="cannot become"):
        move(State.QUEUED, State.REVIEW)  # nobody is looked at who was not selected
    with pytest.raises(RequestError, match="cannot become"):
        move(State.EXTENDED, State.EXTENDED)  # one extension
    assert move(State.NOT_CONFIRMED, State.DRAFT) is State.DRAFT
    assert State.WITHDRAWN not in MOVES[State.TRAVELLED]


def test_that_an_authorisation_ends_after_its_days(record: Rulebook):
    programme = record.measure("venezuela-process")
    assert authorisation_ends(NOV, programme) == date(2023, 1, 30)
    assert authorisation_ends(NOV, programme, extended=True) == date(2023, 4, 30)
    with pytest.raises(RequestError, match="does not say how long"):
        authorisation_ends(NOV, record.measure("family-reunification"))
