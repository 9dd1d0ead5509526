"""The kernel's luck: the twin of `cauce.keys`, uniform bits, tables with the moments and the shape asked for.

Bounds come from the chi-square and Kolmogorov distributions at about one in 30,000 (four standard
deviations), and the keys are fixed.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from networks import HOUR
from numba import njit
from oracle import mix as slow_mix

from cauce import keys
from cauce.model.kernel import draws, quantiles

N = 200_000
KOLMOGOROV = 2.32  # the scaled distance is above it once in 23,000: 2 exp(-2 x^2)


@njit
def mixed(z: np.ndarray) -> np.ndarray:
    out = np.empty_like(z)
    for i in range(z.size):
        out[i] = draws.mix(z[i])
    return out


LUCK = keys.streams(keys.key("luck"), np.arange(10))


@njit
def decided_at(identity: np.ndarray, attempt: int, luck: np.uint64, which: int) -> np.ndarray:
    out = np.empty_like(identity)
    for i in range(identity.size):
        out[i] = draws.decide(identity[i], luck, attempt, which)
    return out


def decided(identity: np.ndarray, attempt: int, station: int, which: int) -> np.ndarray:
    return decided_at(identity, attempt, LUCK[station], which)


@njit
def drawn(body: np.ndarray, tail: np.ndarray, u: np.ndarray) -> np.ndarray:
    out = np.empty(u.size, np.int64)
    for i in range(u.size):
        out[i] = draws.quantile(body, tail, np.uint32(0), u[i])
    return out


def identities(seed: int) -> np.ndarray:
    return mixed(keys.streams(seed, np.arange(N)) ^ np.uint64(keys.key("draw", seed)))


def sample(table: quantiles.Table, seed: int = 5) -> np.ndarray:
    return drawn(table[0][None], table[1][None], decided(identities(seed), 1, 3, 0))


def chi_square_z(counts: np.ndarray) -> float:
    """Chi-square of equal cells as a standard normal (Wilson and Hilferty)."""
    expected, free = counts.sum() / counts.size, counts.size - 1
    chi2 = float(((counts - expected) ** 2).sum() / expected)
    return ((chi2 / free) ** (1 / 3) - (1 - 2 / (9 * free))) / (2 / (9 * free)) ** 0.5


def test_that_the_mixer_is_the_keys_mixer():
    z = np.concatenate([np.arange(1000, dtype=np.uint64), keys.streams(1, np.arange(1000)), [np.uint64(2**64 - 1)]])
    np.testing.assert_array_equal(mixed(z), keys.mix(z))
    assert [slow_mix(int(x)) for x in z] == keys.mix(z).tolist()


@pytest.mark.parametrize(("attempt", "station", "which"), [(0, 0, 0), (1, 0, 1), (1, 6, 0), (3, 2, 1), (40, 5, 2)])
@pytest.mark.parametrize("shift", [0, 22, 44, 54])
def test_that_every_ten_bits_of_a_decision_are_uniform(attempt: int, station: int, which: int, shift: int):
    u = decided(identities(attempt), attempt, station, which)
    cells = np.bincount(((u >> np.uint64(shift)) & np.uint64(1023)).astype(np.int64), minlength=1024)
    assert abs(chi_square_z(cells)) < 4


@pytest.mark.parametrize("other", [(1, 3, 1), (1, 4, 0), (2, 3, 0), (0, 3, 0)])
def test_that_two_decisions_of_a_party_are_independent(other: tuple[int, int, int]):
    one, two = (decided(identities(9), *which) >> np.uint64(59) for which in ((1, 3, 0), other))
    cells = np.bincount((one * np.uint64(32) + two).astype(np.int64), minlength=1024)
    assert abs(chi_square_z(cells)) < 4


def test_that_two_draws_of_a_party_are_independent():
    one = decided(identities(9), 1, 3, 0) >> np.uint64(59)
    other = mixed(keys.streams(9, np.arange(N)) ^ np.uint64(keys.key("another draw")))
    two = decided(other, 1, 3, 0) >> np.uint64(59)
    cells = np.bincount((one * np.uint64(32) + two).astype(np.int64), minlength=1024)
    assert abs(chi_square_z(cells)) < 4


def test_that_no_two_decisions_share_a_number():
    """Counters differ by attempt, station and decision."""
    one = np.array([np.uint64(12345)])
    seen = {int(decided(one, a, s, w)[0]) for a in range(50) for s in range(9) for w in range(3)}
    assert len(seen) == 50 * 9 * 3


@pytest.mark.parametrize("mean_hours", [0.05, 0.3, 3, 30, 720])
@pytest.mark.parametrize("cv", [0.05, 0.3, 0.5, 0.6, 1, 1.5, 2])
def test_that_lognormal_tables_have_the_mean_and_the_variance(mean_hours: float, cv: float):
    table = quantiles.lognormal(mean_hours * HOUR, cv)
    assert quantiles.mean(table) == pytest.approx(mean_hours * HOUR, rel=1e-6)
    assert quantiles.variance(table) == pytest.approx((mean_hours * HOUR * cv) ** 2, rel=1e-3)


def test_that_exponential_tables_have_the_mean_and_the_variance():
    table = quantiles.exponential(2.5 * HOUR)
    assert quantiles.mean(table) == pytest.approx(2.5 * HOUR, rel=1e-6)
    assert quantiles.variance(table) == pytest.approx((2.5 * HOUR) ** 2, rel=1e-3)


@pytest.mark.parametrize("table", [quantiles.lognormal(HOUR, 0.1), quantiles.lognormal(HOUR, 3),
                                   quantiles.exponential(HOUR), quantiles.constant(17)])  # fmt: skip
def test_that_knots_never_fall_and_are_never_negative(table: quantiles.Table):
    body, tail = table
    assert body[0] >= 0 and (np.diff(body) >= 0).all() and (np.diff(tail) >= 0).all() and tail[0] >= body[-3]


def test_that_a_mean_of_years_still_makes_a_table():
    body, tail = quantiles.lognormal(20_000 * HOUR, 2)
    widest = max(int(np.diff(body[:-1]).max()), int(np.diff(tail).max()))
    assert widest * (2**22 - 1) < 2**63
    u = np.array([2**64 - 1, 0], np.uint64)
    assert drawn(body[None], tail[None], u)[0] <= tail[-1]


@pytest.mark.parametrize("cv", [0.3, 0.6, 1.5])
def test_that_lognormal_times_are_lognormal(cv: float):
    hours = np.sort(sample(quantiles.lognormal(2 * HOUR, cv)) / (2 * HOUR))
    sigma = np.log1p(cv * cv) ** 0.5
    z = (np.log(np.maximum(hours, 1e-9)) + sigma**2 / 2) / sigma
    cdf = np.array([NormalDist().cdf(x) for x in z])
    assert distance(cdf) < KOLMOGOROV


def test_that_exponential_times_are_exponential():
    assert distance(1 - np.exp(-np.sort(sample(quantiles.exponential(3 * HOUR)) / (3 * HOUR)))) < KOLMOGOROV


def distance(cdf: np.ndarray) -> float:
    """Kolmogorov's distance from the uniform, times the root of the number."""
    steps = np.arange(1, cdf.size + 1) / cdf.size
    return float(np.maximum(steps - cdf, cdf - steps + 1 / cdf.size).max() * cdf.size**0.5)


def test_that_a_mixture_has_the_moments_of_its_parts():
    parts = [(0.9, quantiles.lognormal(40 * HOUR, 0.5)), (0.1, quantiles.lognormal(300 * HOUR, 0.8))]
    mixed_table = quantiles.mixture(parts)
    first = sum(w * quantiles.mean(t) for w, t in parts)
    second = sum(w * (quantiles.variance(t) + quantiles.mean(t) ** 2) for w, t in parts)
    assert quantiles.mean(mixed_table) == pytest.approx(first, rel=1e-6)
    assert quantiles.variance(mixed_table) == pytest.approx(second - first**2, rel=1e-3)


def test_that_a_mixture_of_two_constants_is_one_or_the_other():
    times = sample(quantiles.mixture([(3, quantiles.constant(HOUR)), (7, quantiles.constant(5 * HOUR))])) / HOUR
    short = np.abs(times - 1) < 0.01
    assert (short | (np.abs(times - 5) < 0.01)).mean() > 1 - 2 / 1024  # one step of the table lies between
    assert abs(short.mean() - 0.3) < 4 * (0.3 * 0.7 / N) ** 0.5 + 1 / 1024


def test_that_impossible_weights_are_refused():
    with pytest.raises(ValueError, match="weights"):
        quantiles.mixture([(-1, quantiles.constant(1)), (2, quantiles.constant(2))])
    with pytest.raises(ValueError, match="weights"):
        quantiles.mixture([(0, quantiles.constant(1))])


def test_that_a_table_is_made_quickly_enough_to_make_thousands():
    """Shapes are kept by cv, so the second table of a cv is a product of numbers already there."""
    quantiles.lognormal(HOUR, 0.77)
    before = quantiles._shape_lognormal.cache_info().misses
    for mean_hours in range(1, 50):
        quantiles.lognormal(mean_hours * HOUR, 0.77)
    assert quantiles._shape_lognormal.cache_info().misses == before
