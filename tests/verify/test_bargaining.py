"""Solution concepts against closed forms, an independent library, and the ordering of two neighbours' efforts."""

from __future__ import annotations

import nashpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar

from cauce.decisions.bargaining import (
    alternating_offers,
    best_package,
    equal_share_package,
    equilibria,
    front,
    frontier,
    kalai_smorodinsky,
    nash,
    triangular_below,
)
from cauce.keys import generator, triangular

CLOSE = 1e-9
SIDES = st.floats(0.1, 100)
POINTS = st.lists(st.tuples(st.floats(-10, 10), st.floats(-10, 10)), min_size=1, max_size=12)


@given(SIDES, SIDES)
def test_that_a_triangle_is_halved_by_both(a: float, b: float):
    corners = np.array([[a, 0.0], [0.0, b]])
    for concept in (nash, kalai_smorodinsky):
        assert concept(corners) == pytest.approx([a / 2, b / 2], rel=CLOSE)


@given(SIDES, SIDES)
def test_that_in_a_rectangle_both_get_all(a: float, b: float):
    corners = np.array([[a, 0.0], [0.0, b], [a, b]])
    for concept in (nash, kalai_smorodinsky):
        assert concept(corners) == pytest.approx([a, b], rel=CLOSE)


def test_that_the_two_differ_where_theory_says():
    corners = np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 0.0]])
    assert nash(corners) == pytest.approx([1, 1])  # x (2 - x) is greatest at 1
    assert kalai_smorodinsky(corners) == pytest.approx([4 / 3, 2 / 3])  # the ray to (2, 1) meets x + y = 2


def test_that_what_a_party_would_refuse_does_not_raise_its_ideal():
    # along y = 3 - x - ... the first could reach 3 only where the second loses
    corners = np.array([[0.0, 2.0], [3.0, -1.0]])  # x + y = 2
    assert kalai_smorodinsky(corners) == pytest.approx([1, 1])
    assert nash(corners) == pytest.approx([1, 1])


def test_that_without_gain_for_both_there_is_no_deal():
    for points in (np.array([[-1.0, 5.0]]), np.array([[-1.0, -1.0]]), np.array([[3.0, -1.0], [-1.0, 0.2]])):
        assert best_package(points) is None
        assert equal_share_package(points) is None
        assert kalai_smorodinsky(points).tolist() == [0, 0]
        assert nash(points).prod() == 0


@given(POINTS)
def test_that_no_package_has_a_greater_product_than_nash(points: list[tuple[float, float]]):
    gains = np.array(points)
    found = nash(gains)
    good = gains[(gains >= 0).all(axis=1)]
    assert (found >= 0).all()
    assert found.prod() >= max(good.prod(axis=1), default=0) - 1e-9


@given(POINTS, SIDES, SIDES)
def test_that_the_unit_of_either_party_does_not_matter(points: list[tuple[float, float]], a: float, b: float):
    gains, scale = np.round(np.array(points), 3), np.array([a, b])
    for concept in (nash, kalai_smorodinsky):
        assert concept(gains * scale) == pytest.approx(concept(gains) * scale, rel=1e-6, abs=1e-6)


@given(POINTS)
def test_that_the_frontier_falls_and_bends_outwards(points: list[tuple[float, float]]):
    corners = frontier(np.array(points))
    steps = np.diff(corners, axis=0)
    assert (steps[:, 0] > 0).all()
    assert (steps[:, 1] < 0).all()
    assert front(corners).all()


def _shown(found: object) -> set[tuple[float, ...]]:
    return {tuple(np.round(np.concatenate(pair), 6)) for pair in found}  # type: ignore[attr-defined]


@pytest.mark.parametrize("number", range(50))
def test_that_an_independent_library_finds_the_same_equilibria(number: int):
    rows, columns = generator("games", number).normal(size=(2, 2, 2))
    theirs = nashpy.Game(rows, columns).support_enumeration()
    assert _shown(equilibria(rows, columns)) == _shown(theirs)


def test_that_accepting_is_the_one_equilibrium_where_both_gain():
    gains = np.array([[3.0, 0.0], [0.0, 0.0]])  # a deal needs both; refusing gives no deal
    with pytest.warns(RuntimeWarning, match="degenerate"):
        theirs = list(nashpy.Game(gains, gains).support_enumeration())
    assert (1.0, 0.0, 1.0, 0.0) in _shown(equilibria(gains, gains))
    assert (1.0, 0.0, 1.0, 0.0) in _shown(theirs)


def welfare(efforts: np.ndarray, worth: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """What each of two neighbours gains: both from what either does to lower a flow, each paying for its own.

    The simplest closed form with the ordering of Djajic and Michael (2014); shape (party,) [usd].
    """
    return worth * efforts.sum() - cost * efforts**2 / 2


def best(value) -> float:
    """The effort of greatest value, found by looking for it."""
    return float(minimize_scalar(lambda x: -value(x), bracket=(0.0, 1.0), tol=1e-10).x)


def left_alone(worth: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Efforts from which neither would move: best responses to each other until nothing changes."""
    efforts = np.zeros(2)
    for _ in range(50):
        before = efforts.copy()
        for p in (0, 1):

            def own(x: float, p: int = p) -> float:
                return float(welfare(np.where(np.arange(2) == p, x, efforts), worth, cost)[p])

            efforts[p] = best(own)
        if np.allclose(efforts, before, rtol=1e-7):
            return efforts
    raise AssertionError("best responses do not settle")


def together(worth: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Efforts that are best for the sum of both."""
    found = minimize(lambda e: -welfare(e, worth, cost).sum(), np.ones(2), method="BFGS", options={"gtol": 1e-9})
    return np.asarray(found.x)


RANGE = st.floats(0.5, 5)


@given(RANGE, RANGE, RANGE, RANGE)
@settings(max_examples=25, deadline=None)
def test_that_each_alone_does_less_than_both_together_want(a: float, b: float, c: float, d: float):
    """Djajic and Michael (2014): without cooperation the transit side's effort is below the joint optimum."""
    worth, cost = np.array([a, b]), np.array([c, d])
    alone, joint = left_alone(worth, cost), together(worth, cost)
    assert (alone < joint).all()
    assert welfare(alone, worth, cost).sum() < welfare(joint, worth, cost).sum()
    # and what was found is the closed form's: marginal worth over marginal cost
    assert alone == pytest.approx(worth / cost, rel=1e-5)
    assert joint == pytest.approx(worth.sum() / cost, rel=1e-4)


def test_that_bargaining_over_efforts_gives_both_more_than_each_alone():
    worth, cost = np.array([3.0, 1.0]), np.array([2.0, 5.0])
    alone = left_alone(worth, cost)
    steps = np.linspace(0, 3, 61)
    pairs = np.array([[x, y] for x in steps for y in steps])
    gains = np.array([welfare(e, worth, cost) for e in pairs]) - welfare(alone, worth, cost)
    chosen = best_package(gains)
    assert chosen is not None
    assert (pairs[chosen] > alone).all()
    assert nash(gains).prod() >= gains[chosen].prod() > 0


@given(st.floats(0.01, 0.99))
def test_that_the_triangular_probability_inverts_its_quantile(u: float):
    assert triangular_below(triangular(0.2, 0.5, 1.0, u), 0.2, 0.5, 1.0) == pytest.approx(u)


KEPT = st.floats(0.01, 0.99)


@given(KEPT, KEPT, SIDES, SIDES)
def test_that_alternating_offers_share_a_pie_as_rubinstein_says(first: float, second: float, a: float, b: float):
    mine, theirs = alternating_offers(np.array([[a, 0.0], [0.0, b]]), (first, second))
    share, back = (1 - second) / (1 - first * second), (1 - first) / (1 - first * second)
    assert mine == pytest.approx([a * share, b * (1 - share)], rel=CLOSE, abs=CLOSE * max(a, b))
    assert theirs == pytest.approx([a * (1 - back), b * back], rel=CLOSE, abs=CLOSE * max(a, b))


@given(POINTS, KEPT, KEPT)
def test_that_nobody_would_rather_wait_or_refuse_an_equilibrium_offer(points, first: float, second: float):
    offers = alternating_offers(np.array(points), (first, second))
    assert (offers >= -CLOSE).all()
    assert offers[0, 1] >= second * offers[1, 1] - 1e-6
    assert offers[1, 0] >= first * offers[0, 0] - 1e-6


@pytest.mark.parametrize(
    "corners", [[[2.0, 0.0], [0.0, 2.0]], [[0.0, 1.0], [1.0, 1.0], [2.0, 0.0]], [[1.0, 3.0], [4.0, 1.0]]]
)
def test_that_alternating_offers_of_the_patient_come_to_nash(corners):
    # Binmore, Rubinstein and Wolinsky (1986): with equal patience the limit is Nash's point
    for proposal in alternating_offers(np.array(corners), (0.9999, 0.9999)):
        assert proposal == pytest.approx(nash(np.array(corners)), abs=1e-3)
