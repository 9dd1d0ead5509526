"""Who is eligible on which day, and which way an application may go."""

from __future__ import annotations

from datetime import date

import pytest

from cauce.border import Border
from cauce.errors import RequestError
from cauce.policy.programme import MOVES, Application, Crossing, State, Verdict, decide, move
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
