"""A plan for the next days: orders now, orders later, what they change, and what one more of each would be worth.

1. `execution.instance`: pilot runs say who comes on sampled paths, in the state of the morning.
2. `solve`: the programme of transfers; today's vehicles whole and shared, later ones the mean of what adapts, rounded
   (a remainder is carried to the next day) and repaired: with vehicles fixed, one booking share for all paths.
3. `chosen`: of the solution and simpler proposals, the one that does least harm in the simulator on the same paths;
   then of that one and of less of it (`leaner`).
4. `Plan`: a document; the simulator runs it on draws it has not seen, beside the baselines of `ways`.
5. `regret`: how much less a planner would have lost who knew who comes.
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
from cauce.decisions import execution, fleet, infeasibility, transfers
from cauce.decisions.execution import Executed, Names, Way
from cauce.decisions.names import OUTCOMES
from cauce.decisions.solver import Floats, OutOfTimeError, Solution, together
from cauce.decisions.transfers import Demands, Instance, Ordering, Reading
from cauce.errors import RequestError, nearest
from cauce.policy.plan import Booking, Numbers, Order, Plan
from cauce.runs.study import Study

CHECKED = 30  # draws on which proposals are compared in the simulator: some seconds
SEATS = (1, 2)  # times as many as people are taken along on average: tried, the best is kept
UNSEEN = 10_000  # draws from this number on are for the proof: no path of a plan is among them
MORNINGS = 42  # of unseen paths on which the plan is made anew: six paths of a week, three of a fortnight; some seconds
HASTE = 24.0  # [h] sooner that another agency takes a person, and
MORE = 20.0  # [place/d] more that it has, for the price of each: small beside what is there
TINY = 1e-6


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
        over = infeasibility.least(transfers.formulate(given, demands, vehicles)[0], given)
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
    programme, variables = transfers.formulate(given, demands, vehicles, shares)
    found = programme.solve(time_limit)
    if found is None:
        raise infeasibility.refusal(programme, given, demands, infeasibility.of_place(given))
    fixed = transfers.read(given, variables, found)
    return fixed, _shares(fixed, given)


def proposals(study: Study, given: Instance, solved: Solved, demands: Demands, time_limit: float) -> tuple[Solved, ...]:
    """What the simulator chooses from: the solution; without vehicles that leave almost empty; today's timetable on
    every day, with the share that suits it and with the usual one; nothing beyond what is booked."""
    names = Names.of(study.layout.process, given.numbers)
    share = study.layout.process.quantity(names.divert.share).value
    there = ~transfers.refused(given, demands)
    timetable = np.array([len(vehicle.hours) for vehicle in given.vehicles]) * there
    filled = worthwhile(given, solved.vehicles, solved.fixed.carried.mean(axis=0))
    standing = given.booked() * there
    offers = ((filled, None), (timetable, None), (timetable, np.full(2, share)), (standing, np.zeros(2)))
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


def weighed(study: Study, given: Instance, plan: Plan, draws: int) -> float:
    """All harms of a plan in the simulator, on the draws it was made for [person-hour past the limit]."""
    w, hours = given.numbers.weights, transfers.HOURS
    daily = run(study, Way("plan", plan=plan), range(draws))
    inside = daily["custody"] + daily["door"]
    harm = w.over_72h.value * hours * daily["over"] + w.night_unsheltered.value * (daily["street"] + daily["door"])
    harm = harm + w.over_capacity.value * hours * np.maximum(inside - given.rated, 0)
    harm = harm + w.idle_capacity.value * hours * np.maximum(given.rated - inside, 0)
    costs = {vehicle.route: vehicle.cost_usd for vehicle in given.vehicles}
    usd = sum(costs[order.route] * order.vehicles for order in plan.orders)
    crew = max(dict(plan.agents).values(), default=1.0)
    usd += crew * given.crew_hours * given.numbers.agent_hour_usd.value * plan.days
    days = sum((given.days[-1] - day).days + 1 for _, day in plan.opens)
    usd += days * given.more_beds * given.numbers.bed_night_usd.value
    return float(harm.sum(axis=1).mean()) + w.dollar.value * usd


def chosen(
    study: Study, given: Instance, offered: tuple[Solved, ...], source: str, draws: int, most: float = math.inf
) -> tuple[Solved, Plan]:
    """The proposal that does least harm in the simulator, of those that keep a promise there or come closest to it: the
    programme is a sketch of it, not the thing itself."""
    plans = [(solved, document(study, given, solved, source)) for solved in offered]

    def lost(pair: tuple[Solved, Plan]) -> tuple[float, float]:
        over = 0.0 if most == math.inf else fullest(run(study, Way("plan", plan=pair[1]), range(draws))) - most
        return max(over, 0.0), weighed(study, given, pair[1], draws)

    solved, plan = min(plans, key=lost)
    return solved, aboard(study, given, plan, draws)


def aboard(study: Study, given: Instance, plan: Plan, draws: int) -> Plan:
    """The plan with whom the simulator takes along on average, dealt over a day's seats to one place."""
    names = Names.of(study.layout.process, given.numbers)
    moved = Executed.under(study, Way("plan", plan=plan), names.line)
    layout = moved.layout
    entered = np.mean([moved.run(0, draw).counts.entries for draw in range(draws)], axis=0)
    columns = [[i for i, (_, d) in enumerate(layout.classes) if d == g] for g in given.groups]
    orders = []
    for order in plan.orders:
        seats = sum(o.vehicles * o.seats for o in plan.orders if (o.to, o.day) == (order.to, order.day))
        part = order.vehicles * order.seats / seats
        day = entered[layout.index[order.to], (order.day - plan.start).days]
        count = (round(float(day[mine].sum()) * part) for mine in columns)
        whom = tuple((group, number) for group, number in zip(given.groups, count, strict=True) if number)
        orders.append(order.with_changes(whom=whom))
    return plan.with_changes(orders=tuple(orders))


def worthwhile(given: Ordering, vehicles: NDArray[np.int64], carried: Floats) -> NDArray[np.int64]:
    """The vehicles without those that would leave with fewer than their least load on average; booked ones stand."""
    least = np.array([min(vehicle.least, vehicle.seats) for vehicle in given.vehicles])  # a bus waits for a longer line
    filled = np.floor(carried / np.maximum(least, 1) + TINY).astype(np.int64)
    return np.maximum(np.minimum(vehicles, filled), np.minimum(vehicles, given.booked()))


def _shares(found: Reading, given: Instance) -> Floats:
    """Share booked of each stream, from the morning on."""
    return np.array([_share(found, given, stream) for stream in (0, 1)])


def _share(found: Reading, given: Instance, stream: int, until: int | None = None) -> float:
    """Share booked of those who come, from the morning to a day."""
    days = slice(given.morning, until)
    came = (given.released, given.detained)[stream][:, days].sum()
    return float(found.booked[:, days, stream].sum() / came) if came else 0.0


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
    names = Names.of(study.layout.process, given.numbers)
    orders = []
    for (day, route), count in np.ndenumerate(solved.vehicles):
        vehicle = given.vehicles[route]
        for hour, number in zip(vehicle.hours, fleet.dealt(int(count), len(vehicle.hours)), strict=True):
            if number:
                orders.append(Order(
                    route=vehicle.route, day=given.days[day], hour=hour, vehicles=number, seats=vehicle.seats,
                    to=vehicle.to, mode=vehicle.mode, **fleet.ordered(given, day, vehicle),
                ))  # fmt: skip
    numbers, process = given.numbers, study.layout.process
    crew = float(solved.fixed.crew.mean())
    shifts = {shift.count: crew for shift in dict(process.pools)[numbers.agents].servers}
    return Plan(
        id=f"plan-{study.border.card.focus_sector}-{given.days[0]}", start=given.days[0], days=len(given.days),
        orders=tuple(orders), booking=_booking(names, numbers, solved.shares), agents=shifts,
        opens=_opened(study, given, solved), source=source,
    )  # fmt: skip


def _booking(names: Names, numbers: Numbers, shares: Floats) -> Booking:
    """One share for the pathways that are booked at all: the larger stream's; the other joins from half of it on."""
    detained = tuple(pathway for pathway, desk in names.desks if desk in numbers.detained)
    others = tuple(p for p in names.divert.pathways if p not in detained)
    top = float(shares.max())
    chosen = (*(others if shares[0] >= top / 2 else ()), *(detained if shares[1] >= top / 2 else ()))
    return Booking(share=top if len(chosen) < len(names.divert.pathways) else float(shares[0]), pathways=chosen,
                   demographics=names.divert.demographics)  # fmt: skip


def _opened(study: Study, given: Instance, solved: Solved) -> dict[str, date]:
    """Closed shelters open on the first day on which the mean path needs their beds."""
    needed = np.flatnonzero(solved.fixed.opened.mean(axis=0) >= 1)
    closed = [row["site"] for row in study.border.sites
              if row["site"] in given.numbers.sheltered and row["opens"] > str(given.days[0])]  # fmt: skip
    return dict.fromkeys(closed, given.days[needed[0]]) if needed.size else {}


def ways(plan: Plan, names: Names, without: tuple[tuple[str, date], ...]) -> tuple[Way, ...]:
    """The plan and its baselines, none with what is cancelled: the timetable as recorded, nobody moved, vehicles that
    leave when the place is over capacity and enough people wait."""
    nobody = Booking(share=0.0, pathways=names.divert.pathways, demographics=names.divert.demographics)
    booked = plan.with_changes(
        orders=tuple(order for order in plan.orders if order.booked), booking=nobody, agents=(), opens=()
    )
    recorded, full = Way("recorded", without=without), Way("full", by_rule=True, without=without)
    return Way("plan", plan=plan), recorded, Way("none", plan=booked), full


def run(study: Study, way: Way, draws: range) -> dict[str, Floats]:
    """A way on some draws: outcome -> numbers of shape (draw, day)."""
    numbers = Numbers.read(study.border)
    moved = Executed.under(study, way, Names.of(study.layout.process, numbers).line)
    index = {o.id: i for i, o in enumerate(study.outcomes)}
    daily = np.stack([moved.run(0, draw).daily for draw in draws])
    return {name: daily[:, index[dict(numbers.outcomes)[name]]] for name in OUTCOMES}


def fullest(daily: dict[str, Floats]) -> float:
    """Persons inside and at the door on the fullest morning of the mean draw."""
    return float((daily["custody"] + daily["door"]).mean(axis=0).max())


def simulated(
    study: Study, plan: Plan, draws: int, without: tuple[tuple[str, date], ...] = ()
) -> tuple[tuple[str, dict[str, Floats]], ...]:
    """Every way on the same unseen draws."""
    names = Names.of(study.layout.process, Numbers.read(study.border))
    return tuple((way.id, run(study, way, range(UNSEEN, UNSEEN + draws))) for way in ways(plan, names, without))


@dataclass(frozen=True)
class Elsewhere:
    """What another agency could save beside the plan, person-hours past the limit by unseen draw, in the simulator."""

    sooner: Floats
    """It takes each person `HASTE` hours sooner."""
    places: Floats
    """It has `MORE` places a day more."""


def elsewhere(study: Study, plan: Plan, with_plan: dict[str, Floats], draws: int) -> Elsewhere:
    """The same plan on the same draws with a shorter wait for another agency, and with more of its places."""
    eased = (Way("sooner", plan=plan, sooner=HASTE), Way("places", plan=plan, places=MORE))
    some = range(UNSEEN, UNSEEN + draws)
    saved = [(with_plan["over"][:draws] - run(study, way, some)["over"]).sum(axis=1) * transfers.HOURS for way in eased]
    return Elsewhere(*saved)


@dataclass(frozen=True)
class Regret:
    """Plan against hindsight in the programme's own terms, on unseen paths [weighed, person-hour past the limit].

    `rolling` is the plan as it is used, made anew each morning, on the first of the same paths.  What nobody who
    moves people can change (all others past the limit) is in none of the three.
    """

    plan: Floats  # (S,)
    hindsight: Floats  # (S,)
    rolling: Floats  # (s,), s <= S

    @property
    def share(self) -> float:
        """Regret of the plan kept for all days over what hindsight loses."""
        return float((self.plan - self.hindsight).sum() / max(self.hindsight.sum(), TINY))

    @property
    def rolling_share(self) -> float:
        """Regret of the plan made anew each morning over what hindsight loses on the same paths."""
        known = self.hindsight[: self.rolling.size]
        return float((self.rolling - known).sum() / max(known.sum(), TINY))


def regret(known: Instance, unseen: Instance, solved: Solved, demands: Demands, mornings: int = 0) -> Regret:
    """The plan's vehicles and booking on paths it has not seen, against the optimum that knew each path; on the first
    `mornings` of them also planned anew each day.  A promise holds for the mean path: here it is left out."""
    asked = replace(demands, most_inside=float("inf"))
    plan, hindsight, rolling = [], [], []
    for path in range(unseen.shape[0]):
        one = unseen.path(path)
        plan.append(float(repaired(one, asked, solved.vehicles, solved.shares, 60.0)[0].weighed))
        free = transfers.formulate(one, asked)[0].solve(relaxed=True)
        assert free is not None  # what a plan can do, hindsight can
        hindsight.append(free.objective)
        if path < mornings:
            vehicles, shares = rolled(known, unseen, path, asked)
            rolling.append(float(repaired(one, asked, vehicles, shares, 60.0)[0].weighed))
    return Regret(np.array(plan), np.array(hindsight), np.array(rolling))


def rolled(known: Instance, unseen: Instance, path: int, demands: Demands) -> tuple[NDArray[np.int64], Floats]:
    """What is ordered by a planner who plans anew each morning of an unseen path: vehicles (T, R), shares (T, 2).

    Each morning the past is what happened on the path, the future is what the paths of the plan say that were most
    like it; the orders of the day are given, and nothing later stands.
    """
    vehicles, shares = known.booked(), np.zeros((known.shape[1], 2))
    for morning in range(known.shape[1]):
        given = known.seen(unseen, path, morning, vehicles, shares)
        programme, variables = transfers.formulate(given, demands)
        found = programme.solve()
        if found is None:
            raise infeasibility.refusal(programme, given, demands, infeasibility.of_place(given))
        best = transfers.read(given, variables, found)
        wanted = np.rint(best.vehicles[0]).astype(np.int64)  # today's are whole and the same on all paths
        shares[morning] = [_share(best, given, stream, morning + 1) for stream in (0, 1)]
        for route, vehicle in enumerate(given.vehicles):
            leaves = morning + given.lead[vehicle.mode]
            vehicles[leaves : leaves + 1, route] = wanted[leaves : leaves + 1, route]
    return vehicles, shares


@dataclass(frozen=True)
class Planned:
    """A plan, how it does, and what it rests on."""

    study: Study
    given: Instance
    solved: Solved
    plan: Plan
    ways: tuple[tuple[str, dict[str, Floats]], ...]
    regret: Regret
    elsewhere: Elsewhere
    draws: int
    most_inside: float = math.inf
    """The promise asked for, on an average path."""

    def over(self, way: str) -> Floats:
        """Person-hours past the limit by unseen draw: each morning's stock stands for a day."""
        return np.asarray(dict(self.ways)[way]["over"].sum(axis=1) * transfers.HOURS)


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
    later = execution.instance(study, range(UNSEEN, UNSEEN + unseen))
    lost = regret(given, later, solved, demands, max(1, MORNINGS // days))
    shown = simulated(study, plan, unseen, transfers.withdrawn(given, demands))
    eased = elsewhere(study, plan, dict(shown)["plan"], unseen)
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
