"""Plans on paths they have not seen: kept, made anew each morning, and beside the optimum that knew the path."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.decisions.invented_place import busy, small

from cauce.border import Border
from cauce.decisions import hindsight, transfers, transport
from cauce.decisions.transfers import Decided, Demands


@pytest.fixture(scope="module")
def border() -> Border:
    return Border.open("us_mexico")


def test_that_hindsight_loses_no_more_than_the_plan(border: Border):
    given = busy(border)
    found = hindsight.regret(given, given, transport.ordered(given, transport.solve(given)), Demands(), mornings=2)
    assert (found.hindsight <= found.plan + 1e-6).all()
    assert (found.hindsight <= found.none + 1e-6).all()
    assert found.saves(found.hindsight) == pytest.approx(1)
    assert found.saves(found.none) == pytest.approx(0)
    assert found.rolling.size == 2
    assert (found.hindsight[:2] <= found.rolling + 1e-6).all()


def test_that_the_plan_kept_has_the_crew_and_the_beds_that_it_ordered(border: Border):
    given = replace(busy(border), crew_minutes=9000.0, more_beds=300.0, beds=np.full(6, 150.0))
    solved = transport.solve(given)
    ordered = transport.ordered(given, solved)
    assert ordered.crew is not None and ordered.opened is not None and ordered.opened.any()
    one = given.path(0)
    programme, v = transfers.formulate(one, decided=ordered)
    found = programme.solve()
    assert found is not None
    assert found.values[v.crew][0] == pytest.approx(ordered.crew)
    assert found.values[v.opened][0] == pytest.approx(ordered.opened)
    lost = hindsight.regret(given, one, ordered, Demands())
    free = transport.repaired(one, Demands(), solved.vehicles, solved.shares, 60.0)[0]
    assert lost.plan[0] == pytest.approx(found.objective)
    assert lost.plan[0] > float(free.weighed)


def test_that_the_crew_of_today_costs_as_much_as_any_other(border: Border):
    given = replace(small(border, paths=2, line=(0.0, 0.0)), crew_hours=10.0)
    harm = []
    for crew in ((1.0, 1.0), (1.2, 1.0), (1.0, 1.2)):
        found = transfers.formulate(given, decided=Decided(crew=np.array(crew)))[0].solve()
        assert found is not None
        harm.append(found.objective)
    more = 0.2 * 10 * given.numbers.agent_hour_usd.value * given.numbers.weights.dollar.value
    assert harm[1] - harm[0] == pytest.approx(more)
    assert harm[2] - harm[0] == pytest.approx(more)


def test_that_a_planner_of_a_morning_knows_the_past_and_not_the_future(border: Border):
    given = busy(border)
    other = replace(given, released=given.released + 7.0)
    vehicles = given.booked()
    seen = given.seen(other, 1, 2, vehicles)
    changed = replace(other, released=other.released * np.where(np.arange(6) < 2, 1.0, 9.0)[None, :, None])
    assert (seen.released[:, :2] == other.released[1, :2]).all()
    assert (seen.released[:, 2:] == given.released[:, 2:]).all()
    assert (given.seen(changed, 1, 2, vehicles).released == seen.released).all()
    told = np.where(np.arange(6) < 2, 0.25, np.nan)
    programme, v = transfers.formulate(seen, decided=Decided(None, np.stack([told, told], axis=1), 4 * told))
    found = programme.solve()
    assert found is not None
    assert found.values[v.booked][:, :2, 0] == pytest.approx(0.25 * seen.came[:, :2, 0], abs=1e-6)
    assert found.values[v.crew][:, :2] == pytest.approx(1)


def test_that_planning_anew_each_morning_answers_what_one_plan_cannot(border: Border):
    # on half of the paths nobody comes, on the others 400 a day, more than the crew can process: one morning tells
    half = transfers.NEAREST
    plain = small(border, days=8, paths=2 * half, line=(0.0, 0.0))
    came = np.zeros((2 * half, 8, 2, 2))
    came[half:, :, 0, 0] = 400.0
    known = replace(plain, lead={"flight": 1, "bus": 1}, released=came[:, :, 0], came=came, crew_minutes=100.0)
    solved = transport.solve(known)
    quiet, crowded = known.path(0), known.path(half)
    ordered = [hindsight.rolled(known, path, 0, Demands()).vehicles.sum() for path in (quiet, crowded)]
    assert ordered[0] < ordered[1]
    found = hindsight.regret(known, quiet, transport.ordered(known, solved), Demands(), mornings=1)
    assert found.rolling[0] <= found.plan[0] + 1e-6
