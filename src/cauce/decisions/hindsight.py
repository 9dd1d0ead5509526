"""What not knowing who comes costs: a plan on paths it has not seen, in the programme's own terms.

The plan is kept for all days, or made anew each morning with what happened until then; both are set beside nobody moved
and beside the optimum that knew the path.  Vehicles, shares, crew and opened beds stand as they were ordered; on which
day somebody boards or is let go is the programme's own, as good as can be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cauce.decisions import transfers
from cauce.decisions.solver import Floats
from cauce.decisions.transfers import Decided, Demands, Instance

TINY = 1e-6


@dataclass(frozen=True)
class Regret:
    """All harms that moves can change [weighed, person-hour past the limit], on unseen paths.

    `rolling` is the plan as it is used, made anew each morning, on the first of the same paths.  They are counted from
    the detained who stay, so only differences say something.
    """

    plan: Floats  # (S,)
    none: Floats  # (S,) nobody moved beyond what is booked, the usual crew
    hindsight: Floats  # (S,)
    rolling: Floats  # (s,), s <= S

    def saves(self, weighed: Floats) -> float:
        """Of what hindsight saves beside nobody moved, how much is saved, on the first of the paths."""
        none, known = self.none[: weighed.size], self.hindsight[: weighed.size]
        could = float((none - known).sum())
        return float((none - weighed).sum()) / could if could > TINY else 1.0


def regret(known: Instance, unseen: Instance, ordered: Decided, demands: Demands, mornings: int = 0) -> Regret:
    """A plan as ordered on paths it has not seen, against nobody moved and the optimum that knew each path; on the
    first `mornings` of them also planned anew each day.  A promise holds for the mean path: here it is left out."""
    asked = replace(demands, most_inside=float("inf"))
    days = known.shape[1]
    idle = Decided(known.booked(), np.zeros(2), np.full(days, known.crew[0]), np.zeros(days))
    lost: dict[str, list[float]] = {"plan": [], "none": [], "hindsight": [], "rolling": []}
    for path in range(unseen.shape[0]):
        one = unseen.path(path)
        lost["plan"].append(_harm(one, asked, ordered))
        lost["none"].append(_harm(one, asked, idle))
        lost["hindsight"].append(_harm(one, asked, transfers.FREE))
        if path < mornings:
            lost["rolling"].append(_harm(one, asked, rolled(known, unseen, path, asked)))
    return Regret(**{name: np.array(harm) for name, harm in lost.items()})


def _harm(one: Instance, demands: Demands, decided: Decided) -> float:
    """All harms on one path with what is decided; whatever is free is as if the path were known."""
    found = transfers.formulate(one, demands, decided)[0].solve(relaxed=True)
    assert found is not None  # no order breaks a limit: who does not fit waits
    return found.objective


def rolled(known: Instance, unseen: Instance, path: int, demands: Demands) -> Decided:
    """What is ordered by a planner who plans anew each morning of an unseen path.

    Each morning the past is what happened on the path, the future is what the paths of the plan say that were most
    like it; the orders of the day are given, and nothing later stands.
    """
    days = known.shape[1]
    vehicles, shares = known.booked(), np.full((days, 2), np.nan)
    crew, opened = np.full(days, np.nan), np.full(days, np.nan)
    for morning in range(days):
        given = known.seen(unseen, path, morning, vehicles)
        programme, variables = transfers.formulate(given, demands, Decided(None, shares, crew, opened))
        found = programme.solve()
        assert found is not None
        best = transfers.read(given, variables, found)
        wanted = np.rint(best.vehicles[0]).astype(np.int64)  # today's are whole and the same on all paths
        shares[morning] = [best.share(given, stream, morning + 1) for stream in (0, 1)]
        crew[morning] = best.crew[0, morning]
        opened[morning] = known.more_beds * (best.opened[0, morning] >= 1)
        for route, vehicle in enumerate(given.vehicles):
            leaves = morning + given.lead[vehicle.mode]
            vehicles[leaves : leaves + 1, route] = wanted[leaves : leaves + 1, route]
    return Decided(vehicles, shares, crew, opened)
