"""The border's programme beside one written anew for another solver: the same optimum."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from tests.unit.decisions.invented_sectors import busy, followed

from cauce.border import Border
from cauce.decisions import movements
from cauce.decisions.movements import Sectors
from cauce.decisions.transfers import NOTHING


class Rewritten:
    """Columns by what a slow count says that one person does, dense rows, whole vehicles."""

    def __init__(self, given: Sectors) -> None:
        self.given = given
        paths, days, sectors, routes = given.shape
        legs, lead = given.vehicles, given.lead
        self.people = [(s, t, r, k) for s in range(paths) for t in range(days) for r in range(routes) for k in (0, 1)]
        self.stocks = [(s, t, i) for s in range(paths) for t in range(days) for i in range(sectors)]
        self.whole = [(t, r) for r, leg in enumerate(legs) for t in range(days) if t <= lead[leg.mode]]
        keys = [*self.people, *((name, *key) for name in ("over", "idle", "out") for key in self.stocks), *self.whole]
        self.at = {key: column for column, key in enumerate(keys)}
        self.cost, self.low, self.high = np.zeros(len(keys)), np.zeros(len(keys)), np.full(len(keys), np.inf)
        self.rows: list[np.ndarray] = []
        self.limits: list[tuple[float, float]] = []

    def row(self, cells: Iterable[tuple[tuple, float]], low: float, high: float) -> None:
        line = np.zeros(len(self.at))
        for key, value in cells:
            line[self.at[key]] += value
        self.rows.append(line)
        self.limits.append((low, high))

    def price(self) -> np.ndarray:
        """Costs and bounds; what one person changes in every stock, (stock, person)."""
        given, w = self.given, self.given.numbers.weights
        paths = given.shape[0]
        effect = np.zeros((len(self.stocks), len(self.people)))
        for column, (s, t, r, k) in enumerate(self.people):
            one = np.zeros((*given.shape[:2], given.shape[3], 2))
            one[s, t, r, k] = 1.0
            stock, past, after = followed(given, one)
            effect[:, column] = (stock - given.calm).ravel()
            leg = given.vehicles[r]
            self.cost[column] = (24 * (past - given.calm_over).sum() + after.sum()) / paths
            if t > given.lead[leg.mode]:
                self.cost[column] += w.dollar.value * leg.cost_usd / (leg.seats * leg.flown) / paths
            if given.calm[s, t, leg.receiver] > given.ceiling[leg.receiver]:
                self.high[column] = 0
        for key in self.stocks:
            self.cost[self.at["over", *key]] = 24 * w.over_capacity.value / paths
            self.cost[self.at["idle", *key]] = 24 * w.idle_capacity.value / paths
            self.cost[self.at["out", *key]] = w.night_unsheltered.value / paths
            self.high[self.at["out", *key]] = np.inf if given.calm[key] > given.ceiling[key[2]] else 0
        for t, r in self.whole:
            leg, column = given.vehicles[r], self.at[t, r]
            self.cost[column] = w.dollar.value * leg.cost_usd
            stands = t < given.lead[leg.mode]
            self.low[column] = len(leg.hours) if stands else 0
            self.high[column] = len(leg.hours) if stands else 2 * len(leg.hours)
        return effect

    def constrain(self, effect: np.ndarray) -> None:
        given = self.given
        for index, (s, t, i) in enumerate(self.stocks):
            still = given.calm[s, t, i] - given.rated[i]
            moved = [(key, -effect[index, column]) for column, key in enumerate(self.people)]
            self.row([*moved, (("over", s, t, i), 1), (("idle", s, t, i), -1)], still, still)
            room = given.ceiling[i] - given.rated[i]
            self.row([(("over", s, t, i), 1), (("out", s, t, i), -1)], -np.inf, room)
            into = [r for r, leg in enumerate(given.vehicles) if leg.receiver == i]
            self.row([((s, t, r, k), 1) for r in into for k in (0, 1)], -np.inf, given.receivers[i][1])
            out = [r for r, leg in enumerate(given.vehicles) if leg.origin == i]
            for k in (0, 1):
                came = given.came[s, t - 1, i, k] if t else given.line[i, k]
                self.row([((s, t, r, k), 1) for r in out], -np.inf, came)

    def equip(self, most: float) -> None:
        """Seats, and so many vehicles of each kind a day."""
        given = self.given
        seats = [leg.seats * leg.flown for leg in given.vehicles]
        for s in range(given.shape[0]):
            for t in range(given.shape[1]):
                for r, leg in enumerate(given.vehicles):
                    aboard = [((s, t, r, k), 1.0) for k in (0, 1)]
                    if (t, r) in self.whole:
                        self.row([*aboard, ((t, r), -seats[r])], -np.inf, 0)
                    else:
                        self.row(aboard, -np.inf, 2 * len(leg.hours) * seats[r])
                for mode, lead in given.lead.items():
                    mine = [r for r, leg in enumerate(given.vehicles) if leg.mode == mode]
                    if t > lead:
                        self.row([((s, t, r, k), 1 / seats[r]) for r in mine for k in (0, 1)], -np.inf, most)
                    else:
                        stand = sum(len(given.vehicles[r].hours) for r in mine) if t < lead else 0
                        self.row([((t, r), 1) for r in mine], -np.inf, max(most, stand))

    def optimum(self) -> tuple[float, float]:
        """All harms that movements change, and people moved."""
        self.constrain(self.price())
        self.equip(3.0)
        kinds = np.zeros(len(self.at))
        kinds[len(self.at) - len(self.whole) :] = 1
        low, high = np.array(self.limits).T
        found = milp(self.cost, constraints=LinearConstraint(np.array(self.rows), low, high),
                     bounds=Bounds(self.low, self.high), integrality=kinds, options={"mip_rel_gap": 1e-9})  # fmt: skip
        assert found.success
        return found.fun, found.x[: len(self.people)].sum()


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_that_an_independent_programme_has_the_same_optimum(seed: int):
    given = busy(Border.open("us_mexico"), paths=2, days=4, seed=seed)
    optimum, moved = Rewritten(given).optimum()
    found = movements.formulate(given, NOTHING)[0].solve()
    assert found is not None
    assert moved > 10
    assert found.objective == pytest.approx(optimum, rel=2e-4, abs=1e-3)  # the gap at which ours stops is 1e-4
