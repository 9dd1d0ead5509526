"""Laws of arrivals: whole, never negative, adding up, and answering only what changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cauce.arrivals import attempts, response, timing
from cauce.arrivals.priors import Priors
from cauce.border import Border
from cauce.errors import DocumentError

PRIORS = Priors.read(Border.open().root / "arrivals.yaml")
FAMILIES = np.array([False, True, False])
MONTHS = np.array([31, 28])


def history(months: int = 40) -> np.ndarray:
    wave = 1 + 0.3 * np.sin(np.arange(months))[:, None]
    return np.rint(wave * np.array([900.0, 400.0, 60.0]))


def test_that_one_adult_makes_one_and_eight_tenths_encounters():
    """Nine in ten expelled, one in two tries again: 1 / (1 - .45) encounters a person (design, arrivals)."""
    made = attempts.encounters(np.full((60, 1), 100.0), np.full((60, 1), 0.9), np.array([0.5]), 0.7)
    assert made[-1, 0] / 100 == pytest.approx(1 / (1 - 0.45))


@given(st.floats(0, 0.9), st.floats(0, 0.6), st.floats(0, 1))
def test_that_encounters_and_persons_are_inverse(share: float, retry: float, same: float):
    new = history()[:, :1]
    expelled_share = np.full_like(new, share)
    made = attempts.encounters(new, expelled_share, np.array([retry]), same)
    back = attempts.persons(made, share * made, np.array([retry]), same)
    assert back[1:] == pytest.approx(new[1:], rel=1e-9)


@given(st.integers(0, 10_000), st.integers(0, 500), st.integers(0, 2**32))
def test_that_days_add_up_to_the_month(adults: int, families: int, key: int):
    totals = np.array([[adults, families, 7], [families, adults, 0]])
    days = timing.daily(totals, MONTHS, PRIORS, key)
    assert np.array_equal(days[:31].sum(axis=0), totals[0])
    assert np.array_equal(days[31:].sum(axis=0), totals[1])


@pytest.fixture(scope="module")
def crowd() -> timing.Parties:
    days = timing.daily(np.array([[9000, 5000, 700], [8000, 4000, 600]]), MONTHS, PRIORS, 11)
    return timing.parties(days, FAMILIES, PRIORS, 11, np.array([0.6, 0.4, 0.0]))


def test_that_parties_add_up_to_the_persons(tmp_path: Path):
    """Without groups that cross together every day's parties sum to its persons, corridor by corridor."""
    quiet = tmp_path / "arrivals.yaml"
    text = (Border.open().root / "arrivals.yaml").read_text()
    assert "surges_per_year: {value: 0.5, low: 0.2, high: 1," in text
    quiet.write_text(
        text.replace("surges_per_year: {value: 0.5, low: 0.2, high: 1,", "surges_per_year: {value: 0, low: 0, high: 0,")
    )
    days = timing.daily(np.array([[9000, 5001, 700], [8000, 4000, 600]]), MONTHS, PRIORS, 11)
    crowd = timing.parties(days, FAMILIES, Priors.read(quiet), 11, np.array([0.6, 0.4, 0.0]))
    base = ~crowd.growth
    made = np.zeros_like(days)
    np.add.at(made, (crowd.day[base], crowd.corridor[base]), crowd.size[base])
    assert np.array_equal(made, days)


def test_that_families_are_as_large_as_the_profile_says(crowd: timing.Parties):
    """The mean of uncut families is the profile's, within four standard errors."""
    shares = PRIORS.shares("family_sizes")
    sizes = np.arange(2, 2 + shares.size)
    mean = (shares * sizes).sum()
    sd = np.sqrt((shares * sizes**2).sum() - mean**2)
    families = crowd.size[crowd.corridor == 1]
    days = 2 * (MONTHS.sum() + 1)  # the last family of a day and stream may be cut short, by 4 persons at most
    room = 4 * sd / np.sqrt(families.size) + 4 * days / families.size
    assert abs(families.mean() - mean) < room
    assert room < 0.3


def test_that_only_families_are_larger_than_one(crowd: timing.Parties):
    assert (crowd.size[crowd.corridor != 1] == 1).all()
    assert crowd.size[crowd.corridor == 1].max() <= 5
    assert crowd.size.min() >= 1


def test_that_every_party_has_its_own_key(crowd: timing.Parties):
    assert np.unique(crowd.key).size == crowd.key.size
    assert (np.diff(crowd.second) >= 0).all()


def test_that_ones_keep_exactly_the_base(crowd: timing.Parties):
    assert np.array_equal(timing.select(crowd, np.ones((3, 60))), ~crowd.growth)


def test_that_nobody_comes_at_zero_and_more_come_at_more(crowd: timing.Parties):
    assert not timing.select(crowd, np.zeros((3, 60))).any()
    few, many = (timing.select(crowd, np.full((3, 60), m)) for m in (0.4, 1.6))
    assert (many | ~few).all()


def test_that_the_number_follows_the_multiplier(crowd: timing.Parties):
    base = timing.select(crowd, np.ones((3, 60))).sum()
    half = timing.select(crowd, np.full((3, 60), 0.5)).sum()
    assert abs(half - base / 2) < 4 * np.sqrt(base / 4)  # four sd of a binomial


def exposures(returned: float, places: float) -> response.Exposures:
    r, p = np.zeros((3, 90)), np.zeros((3, 90))
    r[:, 20:], p[:, 20:] = returned, places
    return response.Exposures(r, p)


def test_that_no_change_gives_exactly_one():
    same = exposures(0.4, 100.0)
    assert (response.multipliers(same, same, PRIORS, 5) == 1.0).all()


def test_that_a_lane_without_places_is_no_lane():
    none, nothing = exposures(0.0, 0.0), exposures(0.3, 0.0)
    one = response.multipliers(none, nothing, PRIORS, 5)
    two = response.multipliers(none, response.Exposures(nothing.returned, np.zeros((3, 90))), PRIORS, 5)
    assert np.array_equal(one, two)


def test_that_nothing_is_felt_before_it_happens():
    felt = response.multipliers(exposures(0, 0), exposures(0.6, 500), PRIORS, 5)
    assert (felt[:, :20] == 1.0).all()
    assert (felt[:, 60] < 1.0).all()


def test_that_what_was_not_known_cannot_be_drawn(tmp_path: Path):
    with pytest.raises(DocumentError, match="was not known"):
        PRIORS.known_on("2020-06").draw("return_effect", 1)
