"""Scores against closed forms and by their own laws."""

from __future__ import annotations

from math import pi, sqrt
from statistics import NormalDist

import numpy as np
import pytest

from cauce.arrivals.scores import crps, energy, inside, log_score, pit, tail_crps
from cauce.keys import generator

N = 200_000
STANDARD = NormalDist()


def normal(*name: str | int, n: int = N) -> np.ndarray:
    return generator("scores", *name).standard_normal((n, 1))


@pytest.mark.parametrize("truth", [-1.5, 0.0, 0.7, 3.0])
def test_that_the_crps_of_normal_draws_is_gneitings(truth: float):
    """Gneiting and Raftery 2007, eq. 21; the standard error of the mean of |x - y| bounds the difference."""
    exact = truth * (2 * STANDARD.cdf(truth) - 1) + 2 * STANDARD.pdf(truth) - 1 / sqrt(pi)
    assert crps(normal("crps"), np.array([truth]))[0] == pytest.approx(exact, abs=4 * 1.0 / sqrt(N))


def test_that_the_crps_of_a_point_is_its_distance():
    assert crps(np.full((7, 2), 3.0), np.array([3.0, 5.0])).tolist() == [0.0, 2.0]


def test_that_the_crps_is_smallest_for_the_truths_own_distribution():
    """Proper: averaged over truths from N(0, 1), draws from N(0, 1) beat shifted, narrower and wider ones."""
    truths, draws = normal("truth", n=4000)[:, 0], normal("draws", n=2000)
    own = crps(np.repeat(draws, truths.size, axis=1), truths).mean()
    for shift, scale in ((0.5, 1.0), (0.0, 0.6), (0.0, 1.6)):
        assert own < crps(np.repeat(shift + scale * draws, truths.size, axis=1), truths).mean()


def test_that_the_tail_score_is_blind_below_its_threshold():
    draws = np.array([[1.0], [2.0], [9.0]])
    same = np.array([[0.0], [3.9], [9.0]])
    at = np.array([4.0])
    assert tail_crps(draws, np.array([3.0]), at) == tail_crps(same, np.array([1.0]), at)
    assert tail_crps(draws, np.array([8.0]), at) > 0


def test_that_the_energy_score_of_one_number_is_its_crps():
    draws = normal("energy", n=20_000)
    assert energy(draws, np.array([0.4])) == pytest.approx(float(crps(draws, np.array([0.4]))[0]), abs=0.03)


def test_that_the_log_score_has_a_floor():
    assert log_score(np.full((50, 1), 10.0), np.array([1e6]))[0] == pytest.approx(-np.log(1e-4))


def test_that_coverage_and_pit_of_honest_draws_are_uniform():
    truths, draws = normal("pit", n=5000)[:, 0], np.repeat(normal("pit draws", n=4000), 5000, axis=1)
    covered = inside(draws, truths).mean(axis=1)
    for level, share in zip((0.5, 0.8, 0.95), covered, strict=True):
        assert abs(share - level) < 4 * sqrt(level * (1 - level) / truths.size) + 0.02
    assert abs(pit(draws, truths).mean() - 0.5) < 4 * sqrt(1 / 12 / truths.size) + 0.02
    assert pit(np.zeros((9, 1)), np.zeros(1))[0] == 0.5
