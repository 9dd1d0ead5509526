"""Sobol's indices from draws: the library's own on a known function, nothing from noise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cauce.decisions.sensitivity import indices

NAMES = ("a", "b", "c", "idle")


def made(x: np.ndarray) -> np.ndarray:
    """A known function of numbers in [0, 1], with a bend and an interaction, shape (number, draw)."""
    return 3 * x[0] + x[1] ** 2 + 2 * x[0] * x[2]


@pytest.fixture(scope="module")
def spread() -> np.ndarray:
    return np.asarray(stats.qmc.Sobol(4, rng=1).random(512)).T


def test_that_indices_are_the_librarys(spread: np.ndarray):
    found = indices(dict(zip(NAMES, spread, strict=True)), made(spread))
    exact = stats.sobol_indices(func=made, n=4096, dists=[stats.uniform()] * 4, rng=2)
    assert found is not None and found.foretold > 0.99
    for name, first, total in zip(found.names, found.first, found.total, strict=True):
        at = NAMES.index(name)
        assert first == pytest.approx(exact.first_order[at], abs=0.02)
        assert total == pytest.approx(exact.total_order[at], abs=0.02)
    assert found.names[0] == "a" and found.total[-1] < 0.01


def test_that_the_shape_of_a_range_does_not_matter(spread: np.ndarray):
    even = indices(dict(zip(NAMES, spread, strict=True)), made(spread))
    bent = indices({name: column**3 for name, column in zip(NAMES, spread, strict=True)}, made(spread))
    assert even == bent


def test_that_noise_and_few_draws_have_no_indices(spread: np.ndarray):
    taken = dict(zip(NAMES, spread, strict=True))
    noise = np.sin(np.arange(512) * 12.9898) * 43758.5453 % 1
    assert indices(taken, noise) is None
    assert indices({name: column[:40] for name, column in taken.items()}, made(spread)[:40]) is None
    assert indices(taken, np.ones(512)) is None
