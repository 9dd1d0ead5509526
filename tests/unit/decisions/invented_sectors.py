"""Invented sectors for the tests of the border's plan, and a slow count of what movements do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from cauce.border import Border
from cauce.decisions import movements
from cauce.decisions.movements import Leg, Sectors
from cauce.policy.plan import Numbers

START = date(2030, 1, 7)


def numbers_of(border: Border, vehicles_a_day: float) -> Numbers:
    told = Numbers.read(border)
    most = tuple((mode, quantity.with_changes(value=vehicles_a_day, low=0)) for mode, quantity in told.most_a_day)
    idle = told.weights.idle_capacity.with_changes(value=0.02, low=0)
    weights = told.weights.with_changes(idle_capacity=idle)
    return told.with_changes(
        weights=weights, most_a_day=most, bookable_share=told.bookable_share.with_changes(value=1, high=1)
    )


def toy(border: Border, *, seats: int = 10, days: int = 5) -> Sectors:
    """A is ten over its rated hundred because ten came on the first day, who stay; B has fifty empty places, and who
    lands there is let go within a day.  One bus a day for 100 dollars."""
    came = np.zeros((1, days, 2, 1))
    came[0, 0, 0, 0] = 10.0
    stays = np.zeros((1, 2, 1, 2, days + 1))
    stays[:, 0, ..., :-1] = 1.0
    stays[:, 1, :, :, 0] = 1.0
    over = np.where(np.arange(days) >= 3, 10.0, 0.0)
    return Sectors(
        days=tuple(START + timedelta(days=d) for d in range(days)), names=("a", "b"), streams=("released",),
        vehicles=(Leg("bus-a-b", "bus", "received-b", ("10",), seats, 1.0, 100.0, 1, 0, origin=0),),
        came=came, line=np.zeros((2, 1)), calm=np.broadcast_to([110.0, 0.0], (1, days, 2)).copy(),
        calm_over=over[None, :], now=np.array([100.0, 0.0]), stays=stays, crowded=np.zeros((1, days, 2), np.bool_),
        crowded_now=np.zeros((1, 2), np.bool_),
        rated=np.array([100.0, 50.0]), ceiling=np.array([200.0, 50.0]), diverted=np.ones((2, 1)),
        usual_share=np.array([0.2, 0.2]),
        receivers=(("custody-a", 500.0), ("custody-b", 500.0)), lead={"bus": 1, "flight": 2},
        numbers=numbers_of(border, 1),
    )  # fmt: skip


def busy(border: Border, *, paths: int = 3, days: int = 6, seed: int = 5) -> Sectors:
    """Three sectors, two streams, four routes, and places that are full on some mornings."""
    rng = np.random.default_rng(seed)
    rated, ceiling = np.array([100.0, 80.0, 60.0]), np.array([150.0, 110.0, 90.0])
    stays = np.minimum.accumulate(rng.uniform(0, 1, (paths, 3, 2, 2, days + 4)), axis=4)
    stays[..., -1] = 0.0
    calm = rated * rng.uniform(0.5, 1.6, (paths, days, 3))
    legs = (
        Leg("bus-a-b", "bus", "in-b", ("8", "12"), 9, 0.9, 900.0, 1, 0, sure=0.9, origin=0),
        Leg("bus-b-c", "bus", "in-c", ("8",), 9, 1.0, 700.0, 2, 0, origin=1),
        Leg("flight-a-c", "flight", "in-c", ("10",), 20, 1.0, 4000.0, 2, 0, origin=0),
        Leg("bus-c-a", "bus", "in-a", ("9",), 9, 1.0, 800.0, 0, 4, origin=2),
    )
    return replace(
        toy(border, days=days), names=("a", "b", "c"), streams=("detained", "released"), vehicles=legs,
        came=rng.uniform(0, 25, (paths, days, 3, 2)), line=np.array([[5.0, 3.0], [0.0, 2.0], [0.0, 0.0]]), calm=calm,
        calm_over=rng.uniform(200, 400, (paths, days)), now=rated.copy(), stays=stays,
        crowded=calm > 1.1 * rated, rated=rated, ceiling=ceiling, usual_share=np.full(3, 0.3),
        diverted=np.ones((3, 2)),
        receivers=(("custody-a", 30.0), ("custody-b", 25.0), ("custody-c", 18.0)), numbers=numbers_of(border, 3),
        crowded_now=rng.random((paths, 3)) < 0.5,
    )  # fmt: skip


def followed(given: Sectors, moved: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slow and plain: who is where each morning and past 72 h, one group at a time; hours past after the last day."""
    paths, days, _, routes = given.shape
    stock, over, after = given.calm.copy(), given.calm_over.copy(), np.zeros(paths)
    for s in range(paths):
        for t in range(days):
            was = given.crowded[s, t - 1] if t else given.crowded_now[s]
            for r in range(routes):
                leg = given.vehicles[r]
                for k in range(len(given.streams)):
                    who = moved[s, t, r, k]
                    old = given.stays[s, leg.origin, k, int(was[leg.origin])]
                    new = given.stays[s, leg.receiver, k, int(given.crowded[s, t, leg.receiver])]
                    for later in range(len(new) - 1):
                        age, change = later + 1, who * (new[later] - old[later + 1])
                        if t + later < days:
                            stock[s, t + later, leg.origin] -= who * old[later + 1]
                            stock[s, t + later, leg.receiver] += who * new[later]
                            over[s, t + later] += change if age >= 3 else 0.0
                        elif age >= 3:
                            after[s] += 24 * change
    return stock, over, after


def balanced(given: Sectors, moved: np.ndarray) -> movements.Consequences:
    """What movements do; every sector's people on every path counted twice."""
    done = movements.consequences(given, moved, given.booked())
    stock, over, after = followed(given, moved)
    assert done.stock == pytest.approx(stock, abs=1e-6)
    assert done.over == pytest.approx(over, abs=1e-6)
    assert done.after == pytest.approx(after, abs=1e-6)
    for day in range(given.shape[1]):
        leaving = np.zeros_like(given.waited(day))
        for r, leg in enumerate(given.vehicles):
            leaving[:, leg.origin] += moved[:, day, r]
        assert (leaving <= given.waited(day) + 1e-6).all()  # nobody leaves who did not come, nobody twice
    return done
