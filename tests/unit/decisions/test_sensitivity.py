"""Sobol's first-order indices from draws: closed forms, bends, nothing from noise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cauce.decisions import sensitivity
from cauce.decisions.sensitivity import by_chance, indices
from cauce.keys import generator

NAMES = ("a", "b", "c", "idle")


def made(x: np.ndarray) -> np.ndarray:
    """A known function of numbers in [0, 1], with a bend and an interaction, shape (number, draw)."""
    return 3 * x[0] + x[1] ** 2 + 2 * x[0] * x[2]


@pytest.fixture(scope="module")
def spread() -> np.ndarray:
    return np.asarray(stats.qmc.Sobol(4, rng=1).random(512)).T


def test_that_indices_are_those_of_a_design_made_for_them(spread: np.ndarray):
    found = indices(dict(zip(NAMES, spread, strict=True)), made(spread))
    exact = stats.sobol_indices(func=made, n=4096, dists=[stats.uniform()] * 4, rng=2)
    assert found is not None and found.names[0] == "a" and set(found.names) == {"a", "b", "c"}
    for name, first in zip(found.names, found.first, strict=True):
        assert first == pytest.approx(exact.first_order[NAMES.index(name)], abs=by_chance(512))


def test_that_a_bend_that_leaves_the_ends_alone_is_found():
    x = generator("bend").random(200)
    found = indices({"a": x, "b": generator("other").random(200)}, (x - 0.5) ** 2)
    assert abs(np.corrcoef(x, (x - 0.5) ** 2)[0, 1]) < 0.3  # no rank correlation says so
    assert found is not None and found.names == ("a",) and found.first[0] > 0.8


def test_that_the_shape_of_a_range_does_not_matter(spread: np.ndarray):
    even = indices(dict(zip(NAMES, spread, strict=True)), made(spread))
    bent = indices({name: column**3 for name, column in zip(NAMES, spread, strict=True)}, made(spread))
    assert even == bent


def test_that_noise_and_few_draws_have_no_indices(spread: np.ndarray, monkeypatch: pytest.MonkeyPatch):
    taken = dict(zip(NAMES, spread, strict=True))
    noise = np.sin(np.arange(512) * 12.9898) * 43758.5453 % 1
    assert indices(taken, noise) is None
    assert indices({name: column[:40] for name, column in taken.items()}, made(spread)[:40]) is None
    assert indices(taken, np.ones(512)) is None
    monkeypatch.setattr(sensitivity, "INSTALLED", False)
    assert indices(taken, made(spread)) is None


def test_that_a_number_without_effect_is_given_once_in_a_thousand():
    found = 0
    for world in range(50):
        rng = generator("chance", world)
        told = indices({str(n): rng.random(100) for n in range(40)}, rng.normal(size=100))
        found += len(told.names) if told else 0
    # of 2,000 numbers; more than 8 would have a chance of one in a thousand
    assert found <= stats.binom.ppf(0.999, 2000, 0.001)
