"""Rank correlations find what moves a result, and keep silent where chance would do."""

from __future__ import annotations

import numpy as np
import pytest

from cauce.border import Named
from cauce.documents import Ranged
from cauce.keys import generator
from cauce.runs.drivers import _ranks, drivers
from cauce.runs.results import Outcome

DRAWS = 200
OUTCOME = Outcome("met", Named(en="Met", es="Encuentros"), "person", "flow", "arrivals", False)
NAMES = ("moves", "slows", *(f"idle-{i}" for i in range(40)))
QUANTITIES = {n: Ranged(value=0.5, low=0.0, high=1.0, source="judgement: invented") for n in NAMES}


def _drawn() -> list[dict[str, float]]:
    random = generator("drivers test").random((DRAWS, len(NAMES)))
    return [dict(zip(NAMES, map(float, row), strict=True)) for row in random]


def test_that_what_moves_an_outcome_is_found_with_its_sign():
    drawn = _drawn()
    total = np.array([[np.exp(3 * d["moves"]) - 5 * d["slows"] for d in drawn]])
    found = drivers([OUTCOME], {OUTCOME.id: total}, QUANTITIES, drawn)
    assert [(d.name, d.correlation > 0) for d in found] == [("moves", True), ("slows", False)]


def test_that_noise_names_nobody():
    """Forty idle numbers, one in a thousand each by chance; the key is fixed."""
    total = generator("noise").random((1, DRAWS))
    assert drivers([OUTCOME], {OUTCOME.id: total}, QUANTITIES, _drawn()) == ()


def test_that_few_draws_tell_nothing():
    total = np.array([[d["moves"] for d in _drawn()[:8]]])
    assert drivers([OUTCOME], {OUTCOME.id: total}, QUANTITIES, _drawn()[:8]) == ()


def test_that_the_correlation_is_spearmans():
    """Ties share their mid-rank; the value is worked by hand: 1 - 6 sum(d^2) / (n (n^2 - 1)) without ties."""
    one, two = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([2.0, 1.0, 4.0, 3.0, 5.0])
    assert _ranks(one) @ _ranks(two) == pytest.approx(1 - 6 * 4 / (5 * 24))
    tied = _ranks(np.array([1.0, 1.0, 2.0]))
    assert tied[0] == tied[1] == pytest.approx(-tied[2] / 2)
