"""An invented place for the tests of its plan: small enough to be solved by hand, and a busy one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from cauce.border import Border
from cauce.decisions import solver
from cauce.decisions.transfers import Instance, Vehicle
from cauce.policy.plan import Numbers
from cauce.terms import Demographic

START = date(2030, 1, 7)
GROUPS = (Demographic.SINGLE_ADULT, Demographic.FAMILY)


def small(border: Border, *, days: int = 2, paths: int = 1, line: tuple[float, float] = (100.0, 40.0)) -> Instance:
    """One flight a day with 130 seats, nobody else coming; every harm but a full place costs nothing."""
    told = Numbers.read(border)
    most = tuple((mode, quantity.with_changes(value=1, low=1)) for mode, quantity in told.most_a_day)
    one = told.most_per_departure.with_changes(value=1)
    numbers = told.with_changes(most_a_day=most, most_per_departure=one)
    nobody = np.zeros((paths, days, 2))
    here = np.where(np.arange(days + 3) <= days, 1.0, 0.0)
    return Instance(
        days=tuple(START + timedelta(days=d) for d in range(days)), groups=GROUPS,
        vehicles=(Vehicle("flight-a", "flight", "received-a", ("10",), 130, 1.0, 100.0, 0),),
        released=nobody, came=np.zeros((paths, days, 2, 2)), diverted=np.ones(2), minutes=np.array([60.0, 30.0]),
        other_minutes=np.zeros((paths, days)), other_custody=np.zeros((paths, days)),
        other_over=np.zeros((paths, days)), waiting=np.zeros(2),
        line=np.array([line, (0.0, 0.0)]), detained=np.tile(here, (paths, 1)), elsewhere=np.zeros((2, days + 3)),
        longest=np.zeros((2, days + 3)),
        crew_minutes=60_000.0, crew_hours=0.0, crew=(1.0, 1.2),
        releases=1000.0, beds=np.full(days, 500.0), more_beds=0.0, sheltered=0.0, to_shelter=0.5, stay_on=0.5,
        rated=0.0, ceiling=10_000.0, receivers=(("receiver-a", 1000.0),), lead={"flight": 0, "bus": 0}, numbers=numbers,
    )  # fmt: skip


def busy(border: Border) -> Instance:
    """Four paths of six days on which people come."""
    rng = np.random.default_rng(7)
    plain = small(border, days=6, paths=4)
    released, detained = rng.uniform(100, 300, (4, 6, 2)), rng.uniform(0, 20, (4, 6, 2))
    here = np.array([1.0, 0.95, 0.9, 0.8, 0.7, 0.6, 0.3, 0.1, 0.0])
    return replace(
        plain, released=released, came=np.stack([released, detained], axis=2), rated=300.0,
        detained=np.tile(here, (4, 1)), elsewhere=np.array([here**4, here**2]), crew_hours=1000.0,
        crew_minutes=12_000.0, lead={"flight": 1, "bus": 1},
    )  # fmt: skip


def slow(monkeypatch: pytest.MonkeyPatch, *, whole: int, relaxed: int) -> None:
    """A solver that solves so many programmes of a kind and then runs out of time."""
    left, solve = {False: whole, True: relaxed}, solver.Programme.solve

    def run_out(self: solver.Programme, time_limit: float = 60.0, *, relaxed: bool = False) -> solver.Solution | None:
        left[relaxed] -= 1
        if left[relaxed] < 0:
            raise solver.OutOfTimeError("no plan was found in 60 s", mend="give it longer")
        return solve(self, time_limit, relaxed=relaxed)

    monkeypatch.setattr(solver.Programme, "solve", run_out)
