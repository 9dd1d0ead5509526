"""If, and only if: what is asked, as stated or as a party would settle for, and which condition binds."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cauce.border import Border
from cauce.policy.rulebook import Amendment, Rulebook

UTC = ZoneInfo("UTC")
LEVERS = ("parole-expanded", "dialogue-open", "resettlement-places", "development")
WHEN = datetime(2023, 2, 1, tzinfo=UTC)
BOOK = Rulebook.read(Border.open())


def at_level(level: float, until: str | None = None, low: float = 0, high: float = 1) -> Rulebook:
    """The offer is on the table and each lever is given to a level."""
    span = {"from": "2023-01-06"} | ({"until": until} if until else {})
    values = {"level": [{"value": level, "low": low, "high": high, "source": "test"}]}
    levers = (Amendment.of(lever, "test", in_force=[span], values=values) for lever in LEVERS)
    return BOOK.amend(Amendment.of("mexico-accepts-more", "test", in_force=[{"from": "2023-01-06"}]), *levers)


def cooperates(book: Rulebook, when: datetime = WHEN) -> bool:
    return "mexico-accepts-more" in {m.id for m in book.at(when)}


def test_that_half_is_not_what_was_stated_but_may_be_enough():
    half = at_level(0.5)
    assert not cooperates(half)
    assert cooperates(half.at_reservation())  # the most likely level of each is a half
    assert not cooperates(at_level(0.49).at_reservation())
    assert cooperates(at_level(1))


def test_that_reservations_are_drawn_by_the_key_and_the_name_of_the_lever():
    drawn = {key: at_level(0.6).resolve(key, "reservation") for key in range(40)}
    again = at_level(0.6).resolve(7, "reservation")
    assert again.sha256() == drawn[7].sha256()
    asked = {
        k: [t.asked.value for t in b.terms(b.measure("mexico-accepts-more"), b.local(WHEN))] for k, b in drawn.items()
    }
    assert all(0.2 <= level <= 1 for levels in asked.values() for level in levels)
    assert len({level for levels in asked.values() for level in levels}) == 40 * len(LEVERS)
    outcomes = {cooperates(book) for book in drawn.values()}
    assert outcomes == {True, False}


def test_that_the_draws_follow_the_triangle():
    """Mean of a triangular distribution is (low + value + high) / 3; four standard errors of 400 draws."""
    n, low, mode, high = 400, 0.2, 0.5, 1.0
    taken = [BOOK.at_reservation(key).measure("development").value("asked", datetime(2023, 1, 1)) for key in range(n)]
    spread = ((low**2 + mode**2 + high**2 - low * mode - low * high - mode * high) / 18 / n) ** 0.5
    assert abs(sum(v.value for v in taken if v) / n - (low + mode + high) / 3) < 4 * spread


def test_that_resolving_as_stated_asks_for_what_was_stated():
    for key in range(5):
        book = at_level(0.9).resolve(key)
        (first, *_) = book.terms(book.measure("mexico-accepts-more"), book.local(WHEN))
        assert first.asked is not None and first.asked.value == 1 and first.binds
        assert not cooperates(book)


def test_that_the_record_does_not_hang_on_reservations():
    assert not cooperates(BOOK.at_reservation())
    named = {m.id for m in BOOK.measures if dict(m.values).get("reservation")}
    for measure in BOOK.measures:
        assert measure.condition is None or set(measure.condition.requires) <= named


@given(st.floats(0, 1), st.integers(0, 2**32))
def test_that_more_never_ends_a_cooperation(level: float, key: int):
    assert cooperates(at_level(level).at_reservation(key)) <= cooperates(at_level(1.0).at_reservation(key))
    less = at_level(level / 2).at_reservation(key)
    assert cooperates(less) <= cooperates(at_level(level).at_reservation(key))


def test_that_the_term_that_binds_is_named_with_its_gap():
    book = at_level(1).amend(
        Amendment.of("development", "test", values={"level": [{"value": 0.3, "source": "test"}]})
    )  # fmt: skip
    terms = book.terms(book.measure("mexico-accepts-more"), book.local(WHEN))
    assert [t.lever.id for t in terms] == list(LEVERS)
    (binding,) = [t for t in terms if t.binds]
    assert binding.lever.id == "development"
    assert (binding.level.value, binding.asked.value) == (0.3, 1)  # type: ignore[union-attr]
    assert not terms[0].binds and terms[0].met


def test_that_a_lever_out_of_force_binds_whatever_its_level():
    book = at_level(1, until="2023-01-20").at_reservation()
    terms = book.terms(book.measure("mexico-accepts-more"), book.local(WHEN))
    assert all(t.binds and not t.in_force for t in terms)


def test_that_a_cooperation_at_reservation_lapses_after_its_notice_too():
    book = at_level(0.6, until="2023-03-01").at_reservation()
    days = (datetime(2023, 2, 28, tzinfo=UTC), datetime(2023, 3, 30, tzinfo=UTC), datetime(2023, 4, 2, tzinfo=UTC))
    assert [cooperates(book, day) for day in days] == [True, True, False]


def test_that_nobody_settles_for_more_than_was_stated():
    more = {"reservation": [{"value": 1.0, "low": 0.5, "high": 2.0, "unit": "x", "source": "test"}]}
    with pytest.raises(ValidationError, match="settles for no more than it states"):
        BOOK.amend(Amendment.of("development", "test", values=more))


def test_that_what_was_said_is_quoted_and_dated():
    for name in LEVERS:
        stated = BOOK.measure(name).value("stated", datetime(2022, 12, 1))
        assert stated is not None and stated.known_by == "2022-12" and "S1" in stated.source
    assert BOOK.measure("parole-expanded").value("stated", datetime(2022, 12, 1)).quote  # type: ignore[union-attr]


def test_that_a_circle_names_its_members():
    def waits(name: str, *others: str) -> Amendment:
        return Amendment.of(name, "test", condition={"party": "p", "requires": list(others), "source": "test"})

    with pytest.raises(
        ValidationError, match="development needs dialogue-open needs parole-expanded needs development"
    ):
        BOOK.amend(
            waits("development", "dialogue-open"),
            waits("dialogue-open", "parole-expanded"),
            waits("parole-expanded", "development"),
        )
