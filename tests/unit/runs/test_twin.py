"""The twin experiment: hidden multipliers lie in the intervals of the filter, and one that believes wrongly fails."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from cauce.border import Border
from cauce.runs.assimilate import MULTIPLIERS
from cauce.runs.flow import Rates
from cauce.runs.twin import RARE, Twins, least, twins

BORDER = Border.open("us_mexico")
RATES = Rates.read(BORDER).with_changes(particles=4000)
TRIED = 12


@pytest.fixture(scope="module")
def found() -> Twins:
    return twins(BORDER, 1, number=TRIED, believed=RATES)


def test_that_hidden_multipliers_lie_in_the_filters_own_intervals(found: Twins):
    """So few inside would come less than once in a thousand times if the intervals held what they say."""
    assert tuple(f.multiplier for f in found.found) == MULTIPLIERS
    for one in found.found:
        assert one.inside_80 >= least(TRIED, 0.8) and one.inside_95 >= least(TRIED, 0.95), one
        assert not one.fails()
    pooled = len(MULTIPLIERS) * TRIED  # the four together bound more sharply than each
    assert sum(f.inside_95 for f in found.found) >= least(pooled, 0.95)
    assert sum(f.inside_80 for f in found.found) >= least(pooled, 0.8)


def test_that_the_mornings_say_more_than_no_mornings(found: Twins):
    """Twins that were no better than a multiplier of one would win half of four comparisons."""
    assert all(f.error < f.unseen for f in found.found)
    assert found.better > TRIED / 2


def test_that_a_filter_that_believes_too_much_fails():
    """Sources ten times as exact as they are, and multipliers that hardly walk: the intervals are far too narrow."""
    sure = {"official", "phone", "press", "guess", *(f"walk_{m}" for m in MULTIPLIERS), "day_out", "day_arrivals"}
    numbers = tuple(
        (name, q.with_changes(value=q.value / 10, low=q.value / 10, high=q.value / 10) if name in sure else q)
        for name, q in RATES.numbers
    )
    wrong = twins(BORDER, 1, number=TRIED, believed=RATES.with_changes(numbers=numbers))
    assert any(f.fails() for f in wrong.found)
    assert "MISSED" in "\n".join(wrong.text())


def test_that_the_same_seed_gives_the_same_twins_for_any_workers():
    one, two = (twins(BORDER, 3, number=2, workers=workers, believed=RATES) for workers in (1, 2))
    assert one == two


@pytest.mark.parametrize(("number", "level"), [(12, 0.8), (12, 0.95), (48, 0.8), (16, 0.95)])
def test_that_the_bound_is_the_binomials(number: int, level: float):
    """Drawn by numpy, which knows nothing of the sum here."""
    bound = least(number, level)
    below = sum(comb(number, k) * level**k * (1 - level) ** (number - k) for k in range(bound))
    assert below <= RARE
    drawn = np.random.default_rng(1).binomial(number, level, 200_000)
    assert (drawn < bound).mean() <= RARE + 4 * (RARE / drawn.size) ** 0.5
