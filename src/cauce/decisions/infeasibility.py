"""Where no plan keeps every limit: which limit, by how much on which day, and the cheapest way out.

What can be had more of (`of_place`, `of_border`) has a price, and one amount a day for all paths, as nobody knows the
path: dollars told are what somebody would pay.  `refusal` asks two things of the programme: the least promise that
can be kept, and the cheapest mix of everything else with which the promise asked for is kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from cauce.border import Named
from cauce.decisions import movements, transfers
from cauce.decisions.solver import Floats, Ints, Limit, Programme
from cauce.decisions.transfers import Demands, Ordering
from cauce.errors import RequestError
from cauce.policy.plan import Numbers

FEW = 1e-6  # [unit of the limit] less is a matter of the solver's tolerance
TOLD = 3  # ways out that a sentence names, the dearest first


@dataclass(frozen=True)
class More:
    """What somebody could have more of."""

    words: str
    limit: Limit
    unit: float = 1.0
    """Of its rows in one of the words' [row unit]."""


def refusal(programme: Programme, given: Ordering, demands: Demands, could: Sequence[More]) -> RequestError:
    """Why there is no plan, and what would make one."""
    ways = [more for more in could if {name for name, _ in more.limit.rows} <= programme.limits]
    promised = demands.most_inside < math.inf
    mix = programme.relax([more.limit for more in ways])
    out = "" if mix is None else _mix(given, ways, mix.more)
    if not promised:
        cause = "no plan keeps every limit"
        return RequestError(cause, mend=f"the cheapest way out is {out}" if out else "check the numbers of the border")
    found = least(programme, given)
    if found is None:  # the promise is not all that stands in the way
        return RequestError("no plan keeps every limit, whatever may be inside", mend="check the numbers of the border")
    over, day = found
    promise = math.ceil(demands.most_inside + over - FEW)
    return RequestError(
        f"no plan keeps every limit: people inside on {day} is over by {over:,.0f}",
        mend=f"ask for at most {promise:,} inside, or have more: the cheapest way out is {out}" if out
        else f"ask for at most {promise:,} inside, as nothing that can be had more of would do",
    )  # fmt: skip


def least(programme: Programme, given: Ordering) -> tuple[float, date] | None:
    """By how many persons a promise has to be raised to be kept, and the day that needs it; None where none can be."""
    raised = programme.relax([Limit(1.0, (("ceiling", np.zeros(len(given.days), np.int64)),))])
    if raised is None:
        return None
    return float(raised.more[0][0]), given.days[int(raised.levels["ceiling"].argmax())]


def expected(most: float, inside: float) -> Named:
    """That a promise could only be kept by who knew each path."""
    return Named(
        en=f"knowing every path {most:,.0f} inside could be kept; knowing none, {inside:,.0f} are expected",
        es=f"quien conociera cada camino podría mantener {most:,.0f} adentro; sin conocerlos se esperan {inside:,.0f}",
    )


def _mix(given: Ordering, ways: Sequence[More], amounts: Sequence[Floats]) -> str:
    """What to have more of, on which days, and the dollars of all; empty where that is nothing."""
    parts, usd = [], 0.0
    for more, by_day in zip(ways, amounts, strict=True):
        wanted = np.ceil(by_day / more.unit - FEW)
        days = np.flatnonzero(wanted > 0)
        if days.size:
            cost = float(wanted.sum() * more.unit * more.limit.usd)
            first, last, count = given.days[days[0]], given.days[days[-1]], f"{wanted.sum():,.0f}"
            when = f" on {first}" if first == last else f", {first} to {last}"
            parts.append((cost, f"{count} more {more.words}{when}"))
            usd += cost
    told = [part for _, part in sorted(parts, reverse=True)]
    rest = [f"{len(told) - TOLD} more of other kinds"] if len(told) > TOLD else []
    return f"{', and besides '.join((*told[:TOLD], *rest))}, about {usd:,.0f} dollars in all" if told else ""


def _daily(given: Ordering) -> Ints:
    """The day of each row of a limit that every path has on every day."""
    return np.tile(np.arange(given.shape[1]), given.shape[0])


def _person(numbers: Numbers) -> float:
    """Dollars of the agents who process one person moved unprocessed where they arrive."""
    return numbers.receiver_minutes.value / 60 * numbers.agent_hour_usd.value


def of_place(given: transfers.Instance) -> list[More]:
    """What one place could have more of: vehicles, agents, release places, receivers' places."""
    numbers, days = given.numbers, _daily(given)
    agents = Limit(numbers.agent_hour_usd.value / 60, (("agents", days),))
    found = [
        More("hours of agents", agents, unit=60.0),
        More("places to let people go", Limit(numbers.release_usd.value, (("releases", days),))),
    ]
    for mode, _ in numbers.most_a_day:
        costs = [vehicle.cost_usd for vehicle in given.vehicles if vehicle.mode == mode]
        if costs:
            found.append(More(f"vehicles of the kind {mode!r}", Limit(min(costs), ((f"vehicles:{mode}", days),))))
    place = _person(numbers) + numbers.bed_night_usd.value
    return found + [More(f"places a day at {name!r}", Limit(place, ((f"receiver:{name}", days),)))
                    for name, most in given.receivers if most < math.inf]  # fmt: skip


def of_border(given: movements.Sectors, v: movements.Variables) -> list[More]:
    """What all sectors could have more of: vehicles of a route, people whom a sector can process, places."""
    numbers, found, paths = given.numbers, [], given.shape[0]
    for route, leg in enumerate(given.vehicles):  # one more of a route is one more of its kind
        shared = v.shared[:, route] >= 0
        told, later = np.flatnonzero(shared), np.tile(np.flatnonzero(~shared), paths)
        kinds = [f"route:{route}", *(f"fleet:{mode}" for mode, _ in numbers.most_a_day if mode == leg.mode)]
        slots = ((":shared", told), ("", later))
        rows = tuple((f"{kind}{of}", days_of) for kind in kinds for of, days_of in slots if days_of.size)
        found.append(More(f"vehicles of {leg.route!r}", Limit(leg.cost_usd, rows)))
    into = sorted({leg.receiver for leg in given.vehicles})
    for n, (site, _) in enumerate(given.receivers):
        if n in into:
            limit = Limit(_person(numbers), ((f"minutes:{n}", _daily(given)),))
            found.append(More(f"people a day whom {site!r} can process", limit))
        beds = Limit(numbers.bed_night_usd.value, ((f"beds:{n}", _daily(given)),))
        found.append(More(f"places at {site!r}", beds))
    return found
