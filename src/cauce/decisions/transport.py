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
from cauce.decisions import execution, fleet, infeasibility, transfers, trials
from cauce.decisions.execution import Way
from cauce.decisions.hindsight import TINY, Regret, regret
from cauce.decisions.lines import Steps
from cauce.decisions.solver import Floats, OutOfTimeError, Solution, together
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
    try:
        found = programme.best(time_limit)
    except OutOfTimeError:
        nothing = Named(
            en=f"the time of {time_limit:g} s ran out: no gap and no prices, the least harmful of the usual ways",
            es=f"se acabó el tiempo de {time_limit:g} s: sin cota ni precios, la menos dañina de las formas usuales",
        )
        found = replace(programme.idle(), warning=nothing)
    if found is None:
        raise infeasibility.refusal(programme, given, demands, infeasibility.of_place(given))
    adaptive = transfers.read(given, variables, found)
    wanted = adaptive.vehicles.mean(axis=0)
    vehicles, warning = fleet.rounded(given, wanted, demands), found.warning
    try:
        fixed, shares = repaired(given, demands, vehicles, None, time_limit)
    except OutOfTimeError:
        fixed, shares = adaptive, _shares(adaptive, given)
    except RequestError:  # a promise that whole vehicles and one share for all paths do not keep: as nearly as they can
        vehicles = fleet.rounded(given, np.ceil(wanted - TINY), demands)
        over = infeasibility.least(transfers.formulate(given, demands, Decided(vehicles))[0], given)
        assert over is not None  # no vehicle is asked for that could not be had
        nearly = replace(demands, most_inside=demands.most_inside + over[0] + TINY)
        fixed, shares = repaired(given, nearly, vehicles, None, time_limit)
        if over[0] > TINY:
            warning = together(warning, infeasibility.expected(demands.most_inside, nearly.most_inside))
    return Solved(vehicles, shares, adaptive, fixed, _worth(given, found), found.gap, warning)


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
        raise infeasibility.refusal(programme, given, demands, infeasibility.of_place(given))
    fixed = transfers.read(given, variables, found)
    return fixed, _shares(fixed, given)


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
            try:
                fixed, kept = repaired(given, demands, vehicles, shares, time_limit)
            except OutOfTimeError:  # shares that are told need no programme
                if shares is None:
                    continue
                fixed, kept = solved.fixed, shares
            found.append(replace(solved, vehicles=vehicles, shares=kept, fixed=fixed))
    return tuple(found)


def chosen(
    study: Study, given: Instance, offered: tuple[Solved, ...], source: str, draws: int, most: float = math.inf
) -> tuple[Solved, Plan]:
    """The proposal that does least harm in the simulator, of those that keep a promise there or come closest to it: the
    programme is a sketch of it, not the thing itself."""
    some = range(draws)

    def lost(pair: tuple[Solved, Plan]) -> tuple[float, float]:
        done = trials.tried(study, given, Way("plan", plan=pair[1]), some)
        return max(trials.fullest(done) - most, 0.0), trials.weighed(given, pair[1], done)

    solved, plan = min(((one, document(study, given, one, source)) for one in offered), key=lost)
    return solved, trials.aboard(study, given, plan, some)


def worthwhile(given: Ordering, vehicles: NDArray[np.int64], carried: Floats) -> NDArray[np.int64]:
    """The vehicles without those that would leave with fewer than their least load on average; booked ones stand."""
    least = np.array([min(vehicle.least, vehicle.seats) for vehicle in given.vehicles])  # a bus waits for a longer line
    filled = np.floor(carried / np.maximum(least, 1) + TINY).astype(np.int64)
    return np.maximum(np.minimum(vehicles, filled), np.minimum(vehicles, given.booked()))


def _shares(found: Reading, given: Instance) -> Floats:
    """Share booked of each stream, from the morning on."""
    return np.array([found.share(given, stream) for stream in (0, 1)])


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


def document(study: Study, given: Instance, solved: Solved, source: str) -> Plan:
    """The plan as a document for the simulator and for people."""
    orders, numbers, process, told = [], given.numbers, study.layout.process, ordered(given, solved)
    for (day, route), count in np.ndenumerate(solved.vehicles):
        vehicle = given.vehicles[route]
        for hour, number in zip(vehicle.hours, fleet.dealt(int(count), len(vehicle.hours)), strict=True):
            if number:
                orders.append(Order(
                    route=vehicle.route, day=given.days[day], hour=hour, vehicles=number, seats=vehicle.seats,
                    to=vehicle.to, mode=vehicle.mode, **fleet.ordered(given, day, vehicle),
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
    most_inside: float = math.inf
    """The promise asked for, on an average path."""

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
    most = demands.most_inside
    solved, plan = chosen(study, given, offered, source, checked, most)
    leaner_too = (solved, *leaner(given, solved, plan, demands, time_limit))
    solved, plan = chosen(study, given, leaner_too, source, checked, most)
    some, without = range(UNSEEN, UNSEEN + unseen), transfers.withdrawn(given, demands)
    later = execution.instance(study, some)
    lost = regret(given, later, ordered(given, solved), demands, max(1, MORNINGS // days))
    shown = tuple((way.id, trials.tried(study, later, way, some)) for way in trials.ways(study, plan, without))
    eased = trials.elsewhere(study, later, plan, dict(shown)["plan"], some)
    return Planned(study, given, solved, plan, shown, lost, eased, draws, most)


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
