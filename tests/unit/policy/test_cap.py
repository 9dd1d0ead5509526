"""The cap cannot be oversold; and the canary shows that this test would see it if it could."""

from __future__ import annotations

import threading
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cauce import api
from cauce.border import Border
from cauce.errors import RequestError
from cauce.policy.cap import CapLedger
from cauce.policy.programme import MOVES, Application, State, Verdict, decide, move
from cauce.policy.rulebook import Rulebook

THREADS = 64


def _race(ledger: CapLedger) -> None:
    """64 threads at the edge, groups of 1 to 5."""
    gate = threading.Barrier(THREADS)

    def one(number: int) -> None:
        gate.wait()
        ledger.take(f"g{number}", 1 + number % 5)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_that_the_cap_is_never_oversold():
    for _ in range(5):
        ledger = CapLedger(37, pause=lambda: time.sleep(0.0002))
        _race(ledger)
        assert ledger.used <= 37
        assert ledger.agrees()
        assert ledger.used == sum(e.persons for e in ledger.entries)


def test_that_the_canary_dies_without_the_guard():
    """Without the lock the same harness must see the ledger and the counter part, or the cap oversold."""
    seen = 0
    for _ in range(5):
        ledger = CapLedger(37, pause=lambda: time.sleep(0.0002), guarded=False)
        _race(ledger)
        sold = sum(e.persons for e in ledger.entries)
        seen += sold > 37
    assert seen > 0, "the harness cannot see a race, so the test above proves nothing"


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5), st.booleans()), max_size=60), st.integers(0, 30))
def test_that_the_ledger_always_agrees(acts: list[tuple[int, int, bool]], cap: int):
    ledger = CapLedger(cap)
    for group, persons, give_back in acts:
        if give_back:
            ledger.release(str(group))
        else:
            ledger.take(str(group), persons)
        assert ledger.agrees()


def test_that_a_group_is_counted_once():
    ledger = CapLedger(5)
    assert ledger.take("a", 3) and ledger.take("a", 3)
    assert ledger.used == 3


def test_that_a_group_is_taken_whole_or_not_at_all():
    ledger = CapLedger(4)
    assert ledger.take("a", 3)
    assert not ledger.take("b", 2)
    assert ledger.used == 3


def test_that_a_cap_below_zero_is_refused():
    with pytest.raises(RequestError, match="below zero"):
        CapLedger(-1)


def test_that_the_demonstration_fills_the_cap_and_no_more():
    result = api.apply(seed=3, applications=12_000)
    assert result.used == result.cap == 24_000
    assert result.ledger_agrees
    assert result.persons["authorised"] == 24_000
    assert sum(result.groups.values()) == 12_000


def test_that_only_listed_moves_exist():
    with pytest.raises(RequestError, match="cannot become"):
        move(State.DRAFT, State.PAROLED)
    assert all(move(a, b) is b for a, ends in MOVES.items() for b in ends)


@pytest.mark.parametrize(
    ("facts", "day", "verdict"),
    [
        ({}, date(2022, 10, 19), Verdict.ELIGIBLE),
        ({}, date(2022, 10, 18), Verdict.INELIGIBLE),
        ({"nationality": "COL"}, date(2022, 11, 1), Verdict.INELIGIBLE),
        ({"nationality": "COL", "travels_with_eligible_family": True}, date(2022, 11, 1), Verdict.ELIGIBLE),
        ({"crossed_irregularly_on": date(2022, 10, 18)}, date(2022, 11, 1), Verdict.ELIGIBLE),
        ({"crossed_irregularly_on": date(2022, 10, 19)}, date(2022, 11, 1), Verdict.INELIGIBLE),
        ({"child_without_guardian": True}, date(2022, 11, 1), Verdict.INELIGIBLE),
        ({"removed_in_last_5_years": True}, date(2022, 11, 1), Verdict.INELIGIBLE),
        ({"other_nationality": True}, date(2022, 11, 1), Verdict.INELIGIBLE),
        ({"has_supporter": False}, date(2022, 11, 1), Verdict.INELIGIBLE),
        ({"security_hit": True}, date(2022, 11, 1), Verdict.REVIEW),
    ],
)
def test_that_eligibility_follows_the_rule(facts: dict, day: date, verdict: Verdict):
    programme = Rulebook.read(Border.open()).measure("venezuela-process")
    decision = decide(Application(**{"nationality": "VEN", **facts}), day, programme)
    assert decision.verdict is verdict
    assert all(source for _, source in decision.reasons)
    assert bool(decision.reasons) == (verdict is not Verdict.ELIGIBLE)
