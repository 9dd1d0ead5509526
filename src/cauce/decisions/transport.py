"""A plan for the next days: orders now, orders later, what they change, and what one more of each would be worth.

1. `execution.instance`: pilot runs say who comes on sampled paths, in the state of the morning.
2. `solve`: the programme of transfers; today's vehicles whole and shared, later ones the mean of what adapts, rounded
   (a remainder is carried to the next day) and repaired: with vehicles fixed, one booking share for all paths.
3. `chosen`: of the solution and simpler proposals, the one that does least harm in the simulator on the same paths;
   then of that one and of less of it (`leaner`).
4. `Plan`: a document; the simulator runs it on draws it has not seen, beside the baselines (`trials`).
5. `hindsight.regret`: how much less a planner would have lost who knew who comes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.border import Border, Named
from cauce.decisions import execution, transfers, trials
from cauce.decisions.execution import Way
from cauce.decisions.hindsight import TINY, Regret, regret
from cauce.decisions.lines import Steps
from cauce.decisions.solver import Floats, Programme, Solution
from cauce.decisions.transfers import Decided, Demands, Instance, Ordering, Reading
from cauce.decisions.trials import Elsewhere, Trial
from cauce.errors import RequestError, nearest
from cauce.policy.plan import Order, Plan
from cauce.runs.study import Study

CHECKED = 30  # draws on which proposals are compared in the simulator: some seconds
SEATS = (1, 2)  # times as many as people are taken along on average: tried, the best is kept
UNSEEN = 10_000  # draws from this number on are for the proof: no path of a plan is among them
MORNINGS = 42  # of unseen paths on which the plan is made anew: six paths of a week, three of a fortnight; some seconds


@dataclass(frozen=True)
class Solved:
    """A plan's vehicles and booking, and the solutions behind them."""

    vehicles: NDArray[np.int64]  # (T, R)
    shares: Floats  # (2,) of those to be released, of the detained
    adaptive: Reading
    fixed: Reading
    worth: tuple[tuple[str, tuple[float, ...]], ...]
    """Row of the programme -> worth of one more unit on each day [person-hour past the limit]."""
    gap: float
    warning: Named | None


def solve(given: Instance, demands: Demands = transfers.NOTHING, time_limit: float = 60.0) -> Solved:
    """Solve an instance: whole vehicles today, rounded ones later, one booking share.

    Raises
    ------
    RequestError
        There is no plan: which limit, by how much, on which day, and the cheapest way out.
    """
    programme, variables = transfers.formulate(given, demands)
    found = programme.solve(time_limit)
    if found is None:
        raise impossible(programme, given)
    adaptive = transfers.read(given, variables, found)
    vehicles = rounded(given, adaptive.vehicles.mean(axis=0))
    fixed, shares = repaired(given, demands, vehicles, None, time_limit)
    relaxed = programme.solve(time_limit, relaxed=True)
    assert relaxed is not None
    return Solved(vehicles, shares, adaptive, fixed, _worth(given, relaxed), found.gap, found.warning)


def repaired(
    given: Instance, demands: Demands, vehicles: NDArray[np.int64], shares: Floats | None, time_limit: float
) -> tuple[Reading, Floats]:
    """The rest of a plan whose vehicles are whole, with one booking share for all paths.

    Raises
    ------
    RequestError
        With these vehicles no limit can be kept.
    """
    programme, variables = transfers.formulate(given, demands, Decided(vehicles, shares))
    found = programme.solve(time_limit)
    if found is None:
        raise impossible(programme, given)
    fixed = transfers.read(given, variables, found)
    return fixed, np.array([fixed.share(given, stream) for stream in (0, 1)])


def proposals(study: Study, given: Instance, solved: Solved, demands: Demands, time_limit: float) -> tuple[Solved, ...]:
    """What the simulator chooses from: the solution; without vehicles that leave almost empty; today's timetable on
    every day, with the share that suits it and with the usual one; nothing beyond what is booked."""
    process = study.layout.process
    share = process.quantity(Steps.all(process)[0].divert.share).value
    there = ~transfers.refused(given, demands)
    timetable = np.array([len(vehicle.hours) for vehicle in given.vehicles]) * there
    filled = worthwhile(given, solved.vehicles, solved.fixed.carried.mean(axis=0))
    standing = given.booked() * there
    offers = ((filled, None), (timetable, None), (timetable, share * given.diverted), (standing, np.zeros(2)))
    return (solved, *_allowed(given, solved, demands, time_limit, offers))


def leaner(given: Instance, solved: Solved, plan: Plan, demands: Demands, time_limit: float) -> tuple[Solved, ...]:
    """A proposal with fewer vehicles: seats for one or two times whom the simulator takes along to a place on a
    day, and what is booked."""
    persons, offers = Counter[tuple[date, str]](), []
    for order in plan.orders:
        persons[order.day, order.to] += sum(number for _, number in order.whom)
    for times in SEATS:
        vehicles = np.minimum(solved.vehicles, given.booked())
        for day, date_ in enumerate(given.days):
            room = Counter[str]()
            for route, vehicle in enumerate(given.vehicles):
                room[vehicle.to] += vehicles[day, route] * vehicle.seats
            for route, vehicle in enumerate(given.vehicles):
                lacking = times * persons[date_, vehicle.to] - room[vehicle.to]
                wanted = max(0, math.ceil(lacking / vehicle.seats))
                more = min(wanted, solved.vehicles[day, route] - vehicles[day, route])
                vehicles[day, route] += more
                room[vehicle.to] += more * vehicle.seats
        offers.append((vehicles, solved.shares))
    return _allowed(given, solved, demands, time_limit, offers)


def _allowed(
    given: Instance, solved: Solved, demands: Demands, time_limit: float,
    offers: Sequence[tuple[NDArray[np.int64], Floats | None]],
) -> tuple[Solved, ...]:  # fmt: skip
    """Those of some vehicles and shares with which every limit can be kept."""
    found = []
    for vehicles, shares in offers:
        with suppress(RequestError):  # the solution itself keeps the limits; this one may not
            fixed, kept = repaired(given, demands, vehicles, shares, time_limit)
            found.append(replace(solved, vehicles=vehicles, shares=kept, fixed=fixed))
    return tuple(found)


def chosen(study: Study, given: Instance, offered: tuple[Solved, ...], source: str, draws: int) -> tuple[Solved, Plan]:
    """The proposal that does least harm in the simulator: the programme is a sketch of it, not the thing itself."""
    some = range(draws)

    def harm(pair: tuple[Solved, Plan]) -> float:
        return trials.weighed(given, pair[1], trials.tried(study, given, Way("plan", plan=pair[1]), some))

    solved, plan = min(((one, document(study, given, one, source)) for one in offered), key=harm)
    return solved, trials.aboard(study, given, plan, some)


def rounded(given: Ordering, wanted: Floats) -> NDArray[np.int64]:
    """Whole vehicles by day and route: a remainder is carried to the next day, kinds stay within what can be had."""
    vehicles = np.zeros(wanted.shape, np.int64)
    most = dict(given.numbers.most_a_day)
    carried = np.zeros(wanted.shape[1])
    booked = given.booked()
    for day, row in enumerate(wanted):
        carried += row
        vehicles[day] = np.floor(carried + 0.5)
        for mode in most:
            mine = [r for r, vehicle in enumerate(given.vehicles) if vehicle.mode == mode]
            cap = max(round(most[mode].value), int(booked[day, mine].sum()))
            while vehicles[day, mine].sum() > cap:  # the least wanted goes
                least = min((r for r in mine if vehicles[day, r]), key=lambda r: (carried[r] - vehicles[day, r], r))
                vehicles[day, least] -= 1
        carried = np.clip(carried - vehicles[day], -0.5, 0.5)
    return vehicles


def worthwhile(given: Ordering, vehicles: NDArray[np.int64], carried: Floats) -> NDArray[np.int64]:
    """The vehicles without those that would leave with fewer than their least load on average; booked ones stand."""
    least = np.array([min(vehicle.least, vehicle.seats) for vehicle in given.vehicles])  # a bus waits for a longer line
    filled = np.floor(carried / np.maximum(least, 1) + TINY).astype(np.int64)
    return np.maximum(np.minimum(vehicles, filled), np.minimum(vehicles, given.booked()))


def _worth(given: Instance, found: Solution) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """What one more vehicle, agent, bed or place would save, by day, from the shadow prices of all paths."""
    paths, days = given.shape[:2]
    unit = given.numbers.weights.over_72h.value
    told = []
    for name, dual in found.duals.items():
        if name.startswith(("vehicles:", "receiver:")) or name in ("agents", "releases", "beds"):
            scale = 480.0 if name == "agents" else 1.0  # an agent's shift of eight hours, in minutes
            by_day = -dual.reshape(paths, days).sum(axis=0) * scale / unit
            told.append((name, tuple(float(x) if x > TINY else 0.0 for x in by_day)))
    return tuple(told)


def impossible(programme: Programme, given: Ordering) -> RequestError:
    """Which limits cannot hold, by how much on which day, and the cheapest of them to give way."""
    numbers = given.numbers
    paths = given.shape[0]
    dear = {"ceiling": numbers.bed_night_usd.value, "agents": numbers.agent_hour_usd.value / 60 / paths}
    for mode, _ in numbers.most_a_day:
        mine = [vehicle.cost_usd for vehicle in given.vehicles if vehicle.mode == mode]
        dear[f"vehicles:{mode}"] = sum(mine) / max(len(mine), 1) / paths
    prices = {name: price for name, price in dear.items() if name in programme.limits}
    broken = programme.relax(prices)
    worst, day, amount = "", 0, 0.0
    for name, excess in broken.excess.items():
        by_day = excess.reshape(-1, given.shape[1]).max(axis=0)
        if by_day.max(initial=0.0) > TINY and by_day.max() * prices[name] > amount * prices.get(worst, 0.0):
            worst, day, amount = name, int(by_day.argmax()), float(by_day.max())
    words = {"ceiling": "people inside", "agents": "minutes of agents"}
    what = words.get(worst, f"{worst.partition(':')[2]} vehicles in a day")
    return RequestError(
        f"no plan keeps every limit: {what} on {given.days[day]} is over by {amount:,.0f}",
        mend=f"the cheapest way out is {amount:,.0f} more there, about {amount * prices[worst]:,.0f} dollars",
    )


def document(study: Study, given: Instance, solved: Solved, source: str) -> Plan:
    """The plan as a document for the simulator and for people."""
    orders, numbers, process, told = [], given.numbers, study.layout.process, ordered(given, solved)
    for (day, route), count in np.ndenumerate(solved.vehicles):
        vehicle = given.vehicles[route]
        for hour, number in zip(vehicle.hours, dealt(int(count), len(vehicle.hours)), strict=True):
            if number:
                orders.append(Order(
                    route=vehicle.route, day=given.days[day], hour=hour, vehicles=number, seats=vehicle.seats,
                    to=vehicle.to, mode=vehicle.mode, booked=day < given.lead[vehicle.mode],
                ))  # fmt: skip
    assert told.crew is not None and told.opened is not None
    shares = tuple(sorted(zip(transfers.STREAMS, solved.shares.tolist(), strict=True)))
    closed = [row["site"] for row in study.border.sites
              if row["site"] in numbers.sheltered and row["opens"] > str(given.days[0])]  # fmt: skip
    opens = np.flatnonzero(told.opened)
    return Plan(
        id=f"plan-{study.border.card.focus_sector}-{given.days[0]}", start=given.days[0], days=len(given.days),
        orders=tuple(orders), shares=((Steps.all(process)[0].booking.id, shares),),
        agents={shift.count: float(told.crew[0]) for shift in dict(process.pools)[numbers.agents].servers},
        opens=dict.fromkeys(closed, given.days[opens[0]]) if opens.size else {}, source=source,
    )  # fmt: skip


def dealt(count: int, hours: int) -> list[int]:
    """Vehicles over a route's hours, the first hours first."""
    return [count // hours + (1 if number < count % hours else 0) for number in range(hours)]


def ordered(given: Instance, solved: Solved) -> Decided:
    """All that a plan orders: vehicles, shares, the crew, and closed shelters from the first day on which the mean path
    needs their beds."""
    days = np.arange(len(given.days))
    needed = np.flatnonzero(solved.fixed.opened.mean(axis=0) >= 1)
    opened = given.more_beds * (days >= needed[0]) if needed.size else np.zeros(days.size)
    return Decided(solved.vehicles, solved.shares, np.full(days.size, solved.fixed.crew.mean()), opened)


@dataclass(frozen=True)
class Planned:
    """A plan, how it does, and what it rests on."""

    study: Study
    given: Instance
    solved: Solved
    plan: Plan
    ways: tuple[tuple[str, Trial], ...]
    regret: Regret
    elsewhere: Elsewhere
    draws: int

    def of(self, way: str) -> Trial:
        """What a way does on unseen draws."""
        return dict(self.ways)[way]


def demands_of(given: Ordering, cancel: tuple[str, ...], most_inside: int | None) -> Demands:
    """What the words of a command ask: ROUTE@DATE, or a place that refuses on a day.

    Raises
    ------
    RequestError
        A word that names no route, no place, or no day of the plan.
    """
    known = {v.route for v in given.vehicles} | {v.to for v in given.vehicles} | {name for name, _ in given.receivers}
    asked = []
    for word in cancel:
        name, _, told = word.partition("@")
        try:
            day = date.fromisoformat(told)
        except ValueError:
            raise RequestError(f"{word!r} names no day", mend="write ROUTE@YYYY-MM-DD") from None
        if name not in known:
            raise RequestError(f"there is no route or place {name!r}", mend=nearest(name, sorted(known)))
        if day not in given.days:
            raise RequestError(f"{day} is no day of the plan", mend=f"choose {given.days[0]} to {given.days[-1]}")
        asked.append((name, day))
    return Demands(tuple(asked), float("inf") if most_inside is None else float(most_inside))


def make(
    border: Border, start: str | None, days: int, *, census: Path | None = None, draws: int = 50,
    unseen: int = 30, seed: int = 1, cancel: tuple[str, ...] = (), most_inside: int | None = None,
    effects: Path | None = None, time_limit: float = 60.0,
) -> Planned:  # fmt: skip
    """Plan the next days of the border's own sector.

    Raises
    ------
    RequestError
        A day that does not exist, or no plan at all.
    """
    begin = day_of(start)
    study = execution.study_from(border, begin, days, census, seed, effects=effects)
    given = execution.instance(study, range(draws))
    demands = demands_of(given, cancel, most_inside)
    solved = solve(given, demands, time_limit)
    offered = proposals(study, given, solved, demands, time_limit)
    source = f"cauce plan, seed {seed}, {draws} paths{told(study)}"
    checked = min(draws, CHECKED)
    solved, plan = chosen(study, given, offered, source, checked)
    solved, plan = chosen(study, given, (solved, *leaner(given, solved, plan, demands, time_limit)), source, checked)
    some = range(UNSEEN, UNSEEN + unseen)
    later = execution.instance(study, some)
    lost = regret(given, later, ordered(given, solved), demands, max(1, MORNINGS // days))
    shown = tuple((way.id, trials.tried(study, later, way, some)) for way in trials.ways(study, plan))
    eased = trials.elsewhere(study, later, plan, dict(shown)["plan"], some)
    return Planned(study, given, solved, plan, shown, lost, eased, draws)


def told(study: Study) -> str:
    """The effects taken up, for a plan's own document."""
    return f", effects {study.effects.sha256[:16]}" if study.effects.sha256 else ""


def day_of(start: str | None) -> date:
    """The first day of a plan.

    Raises
    ------
    RequestError
        None, or no day that exists.
    """
    try:
        return date.fromisoformat(start or "")
    except ValueError:
        mend = "write --from YYYY-MM-DD"
        what = "a plan wants its first day" if start is None else f"{start!r} is not a day that exists"
        raise RequestError(what, mend=mend) from None
