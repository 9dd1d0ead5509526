"""The structural series against what is known: dummies of its own library, planted effects, and its own level.

Tolerances come from theory: two ways to one estimate agree to what the optimiser leaves, and the share of intervals
that hold the truth lies within three binomial standard errors.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy.stats import binom

from cauce.decisions import structural
from cauce.keys import generator

BEFORE, AFTER = 36, 3  # [month]


def series(number: int) -> np.ndarray:
    """Counts of a local level with a fixed season, (month,)."""
    rng = generator("structural series", number)
    season = np.tile(rng.normal(0, 0.3, structural.SEASON), 4)[: BEFORE + AFTER]
    level = 9 + np.cumsum(rng.normal(0, 0.1, BEFORE + AFTER))
    return np.asarray(np.expm1(level + season + rng.normal(0, 0.1, BEFORE + AFTER)))


def test_that_an_effect_is_the_coefficient_of_a_dummy_in_its_month():
    logs = np.log1p(series(1))
    before = structural.fitted(logs[:BEFORE])
    effect = logs[BEFORE:] - before.get_forecast(AFTER).predicted_mean
    # The same variances, so that nothing but the algebra is compared: a filter that lets dummies take the months.
    dummies = np.zeros((BEFORE + AFTER, AFTER))
    dummies[BEFORE:] = np.eye(AFTER)
    whole = structural.structural.UnobservedComponents(
        logs, exog=dummies, mle_regression=False, level="local linear trend", seasonal=structural.SEASON,
        stochastic_seasonal=False,
    )  # fmt: skip
    beside = whole.smooth(before.params).smoothed_state[-AFTER:, -1]
    assert beside == pytest.approx(effect, abs=1e-3)  # diffuse starts of both are finite: 1e6 against 1e-2


def test_that_a_planted_effect_lies_within_the_paths_and_no_effect_does_too():
    inside, planted, many = 0, 0, 25
    for number in range(many):
        seen = series(number)
        paths = structural.paths(seen[:BEFORE], AFTER, 400, "planted", number)
        low, high = np.quantile(np.log1p(seen[BEFORE]) - np.log1p(paths[:, 0]), [0.05, 0.95])
        inside += low <= 0 <= high
        less = np.log1p(seen[BEFORE] * np.exp(-2)) - np.log1p(paths[:, 0])
        planted += np.quantile(less, 0.05) <= -2 <= np.quantile(less, 0.95)
        assert np.quantile(less, 0.95) < 0
    # 90% intervals whose variances are estimated: ten points less is the most that three years may cost.
    assert binom.cdf(inside, many, 0.8) > 0.001
    assert abs(inside - planted) <= 1  # + 1 of log1p


def test_that_paths_are_the_same_for_the_same_seed_and_never_below_nothing():
    few = np.r_[np.zeros(20), generator("few").poisson(3, 16)].astype(float)
    paths = structural.paths(few, AFTER, 100, 1)
    assert paths.shape == (100, AFTER)
    assert paths.min() >= 0
    assert np.array_equal(paths, structural.paths(few, AFTER, 100, 1))
    assert not np.array_equal(paths, structural.paths(few, AFTER, 100, 2))


def test_that_more_draws_move_a_median_by_its_own_error():
    seen = series(3)[:BEFORE]
    few, many = (np.log1p(structural.paths(seen, 1, n, "median", n)[:, 0]) for n in (500, 4000))
    assert abs(np.median(few) - np.median(many)) < 3 * 1.2533 * many.std() * sqrt(1 / 500 + 1 / 4000)
