"""The cap cannot be oversold; and the canary shows that this test would see it if it could."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cauce import api
from cauce.border import Border
from cauce.errors import RequestError
from cauce.policy.cap import CapLedger, CapWindows, Entry, Selection, in_turn
from cauce.policy.rulebook import Amendment, Rulebook

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


BOOK = Rulebook.read(Border.open())
ACTS = st.tuples(st.integers(0, 9), st.sampled_from(["take", "release", "issue", "recycle"]))


@given(st.lists(ACTS, max_size=60), st.integers(0, 30))
def test_that_the_ledger_always_agrees(acts: list[tuple[int, str]], cap: int):
    ledger, held = CapLedger(cap), dict[int, int]()
    for group, act in acts:
        if act == "take" and ledger.take(str(group), 1 + group % 5):
            held[group] = 1 + group % 5
        elif act == "issue":
            ledger.issue(str(group))
        elif act in ("release", "recycle") and ledger.release(str(group), recycle=act == "recycle"):
            del held[group]
        assert ledger.agrees()
        assert ledger.used == sum(held.values()) <= cap


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


def test_that_the_ledger_tells_when_it_was_oversold():
    """Read from its first line, a ledger that passed its cap says so, though the counter agrees."""
    ledger = CapLedger(3)
    assert ledger.take("a", 3) and ledger.agrees()
    ledger._entries.append(Entry(1, "b", "hold", 1, 3))
    ledger._used += 1
    assert not ledger.agrees()


def test_that_issued_places_come_back_only_by_choice():
    ledger = CapLedger(4)
    assert ledger.take("a", 4) and ledger.issue("a") and ledger.issue("a")
    assert not ledger.release("a")
    assert ledger.used == 4 and [e.act for e in ledger.entries] == ["hold", "issue"]
    assert ledger.release("a", recycle=True)
    assert ledger.used == 0 and ledger.agrees()
    assert not ledger.issue("a")


def test_that_a_group_cannot_grow_unseen():
    ledger = CapLedger(9)
    assert ledger.take("a", 3)
    with pytest.raises(RequestError, match="holds places for 3 people, not 4"):
        ledger.take("a", 4)
    assert ledger.used == 3


def test_that_a_lower_cap_takes_nobodys_place_and_gives_none():
    ledger = CapLedger(10)
    assert ledger.take("a", 8)
    ledger.recap(5)
    assert not ledger.take("b", 1)
    assert ledger.used == 8 and ledger.agrees()
    ledger.recap(12)
    assert ledger.take("b", 4) and ledger.agrees()


@pytest.fixture(scope="module")
def record() -> Rulebook:
    return Rulebook.read(Border.open())


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo("America/New_York"))


def four_a_month(record: Rulebook, cap: int) -> Rulebook:
    """The shared programme with a cap that a test can reach."""
    value = {"value": cap, "unit": "person/month", "source": "test"}
    return record.amend(Amendment.of("parole-for-four", "test", values={"cap": [value]}))


def test_that_a_month_begins_empty_and_carries_nothing_over(record: Rulebook):
    windows = CapWindows(four_a_month(record, 10), "parole-for-four")
    assert windows.ask("a", 6, noon("2023-01-20"))
    assert not windows.ask("b", 5, noon("2023-01-31"))
    last_minute = noon("2023-01-31").replace(hour=23, minute=59)
    assert windows.serve(last_minute) == ()
    assert windows.serve(last_minute + timedelta(minutes=1)) == ("b",)
    assert [ledger.used for ledger in windows.ledgers] == [6, 5]
    assert all(ledger.agrees() for ledger in windows.ledgers)


def test_that_the_month_is_the_law_s_and_not_the_clock_s(record: Rulebook):
    """22:30 of 31 January in El Paso is already February in Washington."""
    windows = CapWindows(four_a_month(record, 10), "parole-for-four")
    assert windows.ask("a", 10, noon("2023-01-20"))
    late = datetime(2023, 1, 31, 22, 30, tzinfo=ZoneInfo("America/Denver"))
    assert windows.ask("b", 10, late)
    assert len(windows.ledgers) == 2


def test_that_nobody_overtakes(record: Rulebook):
    windows = CapWindows(four_a_month(record, 10), "parole-for-four")
    day = noon("2023-02-01")
    assert windows.ask("a", 8, day)
    assert not windows.ask("large", 4, day)
    assert not windows.ask("small", 1, day)  # there is room for one, but the large group came first
    assert windows.serve(day) == ()
    assert windows.leave("a")
    assert windows.serve(day) == ("large", "small")
    assert windows.waiting == ()


def test_that_asking_twice_keeps_one_place_in_line(record: Rulebook):
    windows = CapWindows(four_a_month(record, 2), "parole-for-four")
    day = noon("2023-02-01")
    assert windows.ask("a", 2, day) and windows.ask("a", 2, day)
    assert not windows.ask("b", 1, day)
    assert not windows.ask("b", 1, day)
    assert windows.waiting == ("b",)
    assert windows.issue("a") and not windows.leave("a")
    assert windows.leave("b") and not windows.leave("b")
    assert not windows.issue("b")


def test_that_a_changed_cap_is_kept_in_the_ledger(record: Rulebook):
    """1,000 appointments a day from 12 May 2023, 1,250 from 1 June: of one measure, each day its own ledger."""
    windows = CapWindows(record, "port-appointments")
    assert windows.ledger(noon("2023-05-31")).cap == 1_000
    assert windows.ledger(noon("2023-06-01")).cap == 1_250
    assert len(windows.ledgers) == 2


def test_that_a_programme_that_is_not_in_force_takes_nobody(record: Rulebook):
    windows = CapWindows(record, "parole-for-four")
    for day in ("2023-01-05", "2024-07-20", "2025-01-20"):
        with pytest.raises(RequestError, match="takes nobody"):
            windows.ask("a", 1, noon(day))
    with pytest.raises(RequestError, match="takes nobody"):
        CapWindows(record, "uniting-for-ukraine").ledger(noon("2023-01-10"))  # it has no cap


def test_that_windows_are_never_oversold(record: Rulebook):
    windows = CapWindows(four_a_month(record, 37), "parole-for-four")
    gate = threading.Barrier(THREADS)

    def one(number: int) -> None:
        gate.wait()
        windows.ask(f"g{number}", 1 + number % 5, noon("2023-02-01"))

    threads = [threading.Thread(target=one, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (ledger,) = windows.ledgers
    assert ledger.agrees() and ledger.used <= 37
    assert len(windows.waiting) + len(ledger.entries) == THREADS


NAMES = st.lists(st.text("abcdef", min_size=1), unique=True, max_size=20)


@given(NAMES, st.sampled_from(["fifo", "lottery", "half-and-half"]), st.integers(0, 2**32))
def test_that_every_order_is_of_the_same_people(names: list[str], selection: Selection, key: int):
    order = in_turn(names, selection, key)
    assert sorted(order) == sorted(names)
    assert order == in_turn(names, selection, key)


def test_that_half_and_half_serves_the_oldest_every_other_time():
    names = [f"g{n:02}" for n in range(20)]
    order = in_turn(names, "half-and-half", 5)
    left = list(names)
    for place, name in enumerate(order):
        if place % 2 == 0:
            assert name == left[0]
        left.remove(name)
    assert set(order[1::2]) != set(names[1::2]), "the lots changed nothing"


def test_that_half_and_half_goes_on_where_it_was(record: Rulebook):
    names = [f"g{n:02}" for n in range(12)]
    whole, one_by_one, left = in_turn(names, "half-and-half", 5), [], list(names)
    while left:
        one_by_one.append(in_turn(left, "half-and-half", 5, served=len(one_by_one))[0])
        left.remove(one_by_one[-1])
    assert tuple(one_by_one) == whole
    windows = CapWindows(four_a_month(record, 1), "parole-for-four", selection="half-and-half", key=5)
    for name in ("first", *names):
        windows.ask(name, 1, noon("2023-02-01"))
    months = [noon(f"{2023 + n // 12}-{n % 12 + 1:02}-03") for n in range(2, 14)]
    assert tuple(windows.serve(month)[0] for month in months) == whole


def test_that_a_lot_does_not_depend_on_when_one_joined():
    names = [f"g{n}" for n in range(9)]
    assert in_turn(names, "lottery", 3) == in_turn(names[::-1], "lottery", 3)
    assert in_turn(names, "lottery", 3) != in_turn(names, "lottery", 4)


def carrying(record: Rulebook, cap: int) -> Rulebook:
    return four_a_month(record, cap).amend(Amendment.of("parole-for-four", "test", cap_carries_over=True))


def test_that_places_are_carried_over_where_the_book_says_so(record: Rulebook):
    windows = CapWindows(carrying(record, 10), "parole-for-four")
    assert windows.ask("a", 6, noon("2023-01-20"))
    assert windows.ledger(noon("2023-02-01")).cap == 14
    assert windows.ask("b", 14, noon("2023-02-01"))
    assert not windows.ask("c", 11, noon("2023-03-01"))  # of February nothing is left
    assert windows.leave("c")
    assert windows.ledger(noon("2023-05-01")).cap == 30  # two months for which nobody asked
    with pytest.raises(RequestError, match="is closed"):
        windows.ask("late", 1, noon("2023-03-15"))
    assert all(ledger.agrees() for ledger in windows.ledgers)


@settings(deadline=None)  # the first example reads a year of the book
@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 9)), max_size=30))
def test_that_carrying_over_never_gives_more_than_all_the_periods_together(asked: list[tuple[int, int]]):
    windows = CapWindows(carrying(BOOK, 10), "parole-for-four")
    for number, (month, persons) in enumerate(sorted(asked)):
        windows.ask(f"g{number}", persons, noon(f"2023-{month:02}-15"))
        windows.serve(noon(f"2023-{month:02}-15"))
        assert sum(ledger.used for ledger in windows.ledgers) <= 10 * month


def test_that_only_a_cap_by_period_carries_over(record: Rulebook):
    with pytest.raises(ValidationError, match="carries over is counted per month"):
        record.amend(Amendment.of("venezuela-process", "test", cap_carries_over=True))


def test_that_the_nationalities_share_one_cap_and_one_line(record: Rulebook):
    windows = CapWindows(four_a_month(record, 10), "parole-for-four")
    held = [windows.ask(nationality, 4, noon("2023-02-01")) for nationality in ("CUB", "HTI", "NIC", "VEN")]
    assert held == [True, True, False, False]
    (ledger,) = windows.ledgers
    assert ledger.used == 8 and windows.waiting == ("NIC", "VEN")


def test_that_the_book_says_in_which_order_people_are_served(record: Rulebook):
    windows = CapWindows(record, "parole-for-four")
    days = ("2023-05-16", "2023-05-17")
    assert [windows.selection(noon(day)) for day in days] == ["fifo", "half-and-half"]
    assert CapWindows(record, "port-appointments").selection(noon("2023-06-01")) == "half-and-half"
    assert CapWindows(record, "parole-for-four", selection="lottery").selection(noon(days[0])) == "lottery"


def test_that_a_fiscal_year_begins_in_october_and_a_total_never_again(record: Rulebook):
    value = [{"value": 5, "unit": "person", "source": "test"}]
    yearly = record.amend(Amendment.of("parole-for-four", "test", cap_per="fiscal-year", values={"cap": value}))
    windows = CapWindows(yearly, "parole-for-four")
    assert windows.ask("a", 5, noon("2023-09-30")) and windows.ask("b", 5, noon("2023-10-01"))
    total = record.amend(Amendment.of("parole-for-four", "test", cap_per="total", values={"cap": value}))
    windows = CapWindows(total, "parole-for-four")
    assert windows.ask("a", 5, noon("2023-09-30")) and not windows.ask("b", 1, noon("2024-10-01"))
