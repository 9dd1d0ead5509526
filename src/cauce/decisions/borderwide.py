"""A plan for all sectors of a border: orders now, orders later, what they change, what one more of each is worth.

1. `sectors.known`: runs in which nobody is moved say who comes and who is inside on sampled paths.
2. `solve`: the programme of `movements`; today's vehicles whole and shared, later ones the mean of what adapts,
   rounded.  It knows each path, so it says what could be saved and what one more of everything is worth.
3. `chosen`: nobody knows the path.  A vehicle leaves only where that does less harm than staying, by the morning's
   count (`movements.dispatched`); of the solution and simpler proposals, the least harmful on the same paths.
4. `scored`: plan and baselines on paths it has not seen, beside hindsight; `simulated`: some of them in the simulator.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.border import Border, Named
from cauce.decisions import execution, fleet, infeasibility, lines, movements, sectors, transfers, transport
from cauce.decisions.execution import Executed, Way
from cauce.decisions.lines import Steps
from cauce.decisions.movements import Consequences, Rule, Sectors
from cauce.decisions.sectors import Known
from cauce.decisions.solver import Floats, OutOfTimeError, Solution, together
from cauce.decisions.transfers import NOTHING, Demands
from cauce.policy.plan import Numbers, Order, Plan, Whole
from cauce.runs.study import Study

PLACE = "border"  # the word for all sectors together
NOWHERE = np.inf  # a level that no place reaches
SIMULATED = 12  # unseen draws in the simulator: some seconds
PARTS = (0.05, 0.1, 0.3, 0.5, 0.7)  # of the paths on which a vehicle would leave, to be ordered: the best is kept

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Proposal:
    """Vehicles (T, R), and who boards them."""

    vehicles: Counts
    rule: Rule

    def on(self, given: Sectors) -> Consequences:
        """What it does on some paths when nobody knows them."""
        moved, _ = movements.dispatched(given, self.vehicles, self.rule)
        return movements.consequences(given, moved, self.vehicles)


@dataclass(frozen=True)
class Solved:
    """A plan's vehicles and rule, and what the programme says of them."""

    proposal: Proposal
    moved: Floats  # (S, T, R, K) who leaves if each path were known once today's vehicles stand
    bound: float  # all harms then, mean over the paths [person-hour past the limit]
    worth: tuple[tuple[str, tuple[float, ...]], ...]
    """Limit -> worth of one more unit on each day [person-hour past the limit]."""
    gap: float
    warning: Named | None


def solve(given: Sectors, demands: Demands = NOTHING, time_limit: float = 60.0) -> Solved:
    """Solve a border: whole vehicles today, rounded ones later, and who boards.

    Where the time runs out, the best found so far; where nothing was found, what the rule alone would order.

    Raises
    ------
    RequestError
        There is no plan: which limit, by how much, on which day, and the cheapest way out.
    """
    programme, v = movements.formulate(given, demands)
    try:
        found = programme.best(time_limit)
    except OutOfTimeError:
        nobody = np.zeros(v.moved.shape)
        proposal = chosen(given, given.booked() * ~transfers.refused(given, demands), demands)
        alone = Named(
            en=f"the time of {time_limit:g} s ran out: no bound and no prices, orders by the rule alone",
            es=f"se acabó el tiempo de {time_limit:g} s: sin cota ni precios, pedidos solo por la regla",
        )
        return Solved(proposal, nobody, np.nan, (), 1.0, alone)
    if found is None:
        raise infeasibility.refusal(programme, given, demands, infeasibility.of_border(given, v))
    moved = found.values[v.moved]
    wanted = moved.sum(axis=3).mean(axis=0) / movements.seats(given)
    wanted = np.where(v.shared >= 0, np.rint(found.values[v.shared]), wanted)
    most_each = np.maximum(given.booked(), movements.most_on_route(given).astype(np.int64))
    proposal = chosen(given, np.minimum(fleet.rounded(given, wanted, demands), most_each), demands)
    bound, warning = found.objective + movements.standing(given), found.warning
    most = fullest(proposal.on(given))
    if most > demands.most_inside:
        warning = together(warning, infeasibility.expected(demands.most_inside, most))
    return Solved(proposal, moved, bound, worth(given, v, found), found.gap, warning)


def chosen(given: Sectors, vehicles: Counts, demands: Demands) -> Proposal:
    """Of the solution, less of it, today's timetable, what is booked alone, and what the rule itself would take on most
    or many of the paths: the one that does least harm on these paths."""
    there = ~transfers.refused(given, demands)
    standing = given.booked() * there
    timetable = np.array([len(leg.hours) for leg in given.vehicles]) * there
    rule = helpful(given)
    carried = movements.dispatched(given, vehicles, rule)[0].sum(axis=3).mean(axis=0)
    offered = [vehicles, transport.worthwhile(given, vehicles, carried), timetable, standing]
    at_hand = np.where(given.booked() > 0, standing, (movements.most_on_route(given) * there).astype(np.int64))
    taken = movements.dispatched(given, at_hand, replace(rule, paid=False))[1]
    offered += [np.where(given.booked() > 0, standing, wanted_on(given, taken, part)) for part in PARTS]
    done = [(Proposal(one, rule), Proposal(one, rule).on(given)) for one in offered]
    kept = [pair for pair in done if fullest(pair[1]) <= demands.most_inside] or done[:1]
    return min(kept, key=lambda pair: float(pair[1].weighed.mean()))[0]


def wanted_on(given: Sectors, taken: Counts, part: float) -> Counts:
    """Vehicles that would leave (S, T, R) on at least such a part of the paths, as many as can be had, (T, R)."""
    return within(given, np.quantile(taken, 1 - part, axis=0, method="higher").astype(np.int64))


def fullest(done: Consequences) -> float:
    """Persons in all sectors on the fullest morning of the mean path."""
    return float(done.stock.sum(axis=2).mean(axis=0).max())


def helpful(given: Sectors) -> Rule:
    """Everybody who may be moved boards where that does less harm than staying, by stays as expected."""
    sectors = len(given.names)
    return Rule(np.ones((sectors, len(given.streams))), np.zeros(sectors), given.stays.mean(axis=0))


def within(given: Sectors, vehicles: Counts) -> Counts:
    """As many of a kind as can be had in a day: the first of the timetable stay."""
    kept = vehicles.copy()
    for mode, most in given.numbers.most_a_day:
        mine = _of_kind(given, mode)
        before = np.cumsum(vehicles[:, mine], axis=1) - vehicles[:, mine]
        kept[:, mine] = np.clip(round(most.value) - before, 0, vehicles[:, mine])
    return kept


def worth(given: Sectors, v: movements.Variables, found: Solution) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """What one more vehicle, seat, place or agent's hour would save, by day, from the shadow prices of all paths."""
    days = given.shape[1]
    unit = given.numbers.weights.over_72h.value
    told: dict[str, Floats] = {}
    for name, dual in found.duals.items():
        kind, _, rest = name.partition(":")
        number = rest.partition(":")[0]
        if kind in ("fleet", "route"):
            routes = [int(number)] if kind == "route" else _of_kind(given, number)
            shared = (v.shared[:, routes] >= 0).all(axis=1)
            mine = shared if name.endswith(":shared") else ~shared
            told.setdefault(f"{kind}:{number}", np.zeros(days))[mine] += -dual.reshape(-1, mine.sum()).sum(axis=0)
        elif kind == "rated":  # a place more: fewer above, or more of them idle
            told.setdefault(f"{kind}:{number}", np.zeros(days))[int(rest.partition(":")[2])] = dual.sum()
        elif kind in ("minutes", "beds"):
            told[name] = -dual.reshape(-1, days).sum(axis=0)
    return tuple((name, tuple(float(x) / unit if x > transport.TINY else 0.0 for x in by)) for name, by in told.items())


def _of_kind(given: Sectors, mode: str) -> list[int]:
    return [r for r, leg in enumerate(given.vehicles) if leg.mode == mode]


@dataclass(frozen=True)
class Scored:
    """A plan and its baselines on unseen paths, counted day by day; hindsight knows each path."""

    ways: tuple[tuple[str, Consequences], ...]
    hindsight: Floats  # (S,) all harms [person-hour past the limit]; nan where the time ran out
    rolling: Floats  # (s,), s <= S, the plan made anew each morning, on the first of the same paths

    def of(self, way: str) -> Consequences:
        """What a way does."""
        return dict(self.ways)[way]

    def saves(self, weighed: Floats) -> float:
        """Of what hindsight saves beside nobody moved, how much is saved, on the first of the paths; nan without it."""
        none, known = (x[: weighed.size] for x in (self.of("none").weighed, self.hindsight))
        could = float((none - known).sum())
        return float((none - weighed).sum()) / could if not could <= transport.TINY else 1.0


def scored(known: Sectors, given: Sectors, proposal: Proposal, demands: Demands, time_limit: float = 60.0) -> Scored:
    """On paths unknown to it the plan, also made anew each morning on some, the timetable as recorded, nobody moved
    beyond what is booked, "fly when over capacity", and hindsight."""
    there = ~transfers.refused(given, demands)
    timetable = np.array([len(leg.hours) for leg in given.vehicles]) * there
    everybody = np.ones((len(given.names), len(given.streams)))
    usual = given.diverted * given.usual_share[:, None] / given.numbers.bookable_share.value
    plans = {
        "plan": proposal,
        "recorded": Proposal(timetable, Rule(usual, given.rated)),
        "none": Proposal(given.booked() * there, Rule(everybody, np.full(len(given.names), NOWHERE))),
    }
    recorded = movements.as_recorded(given)
    ways = {name: plan.on(recorded if name == "recorded" else given) for name, plan in plans.items()}
    moved, left = movements.dispatched(recorded, timetable, Rule(given.diverted, given.rated, whole=False))
    booked = given.booked() > 0
    ways["full"] = movements.consequences(recorded, moved, np.where(booked, timetable, left))  # what leaves is paid
    again = range(min(given.shape[0], max(1, transport.MORNINGS // given.shape[1])))
    rolling = [rolled(known, given.paths(slice(path, path + 1)), demands) for path in again]
    return Scored(
        tuple(ways.items()), hindsight(given, demands, time_limit), np.array([done.weighed[0] for done in rolling])
    )  # fmt: skip


def hindsight(given: Sectors, demands: Demands, time_limit: float) -> Floats:
    """All harms of who knows each path, (S,); nan where the time ran out, as an unproved best bounds nothing."""
    programme, v = movements.formulate(given, demands, hindsight=True)
    try:
        found = programme.solve(time_limit, relaxed=True)
    except OutOfTimeError:
        return np.full(given.shape[0], np.nan)
    assert found is not None  # nobody moved is always allowed
    if found.warning:
        return np.full(given.shape[0], np.nan)
    best = found.values[v.moved]
    needed = best.sum(axis=3) / movements.seats(given)
    standing = given.booked() * ~transfers.refused(given, demands)
    return movements.consequences(given, best, np.where(v.shared >= 0, standing, needed)).weighed


def rolled(known: Sectors, true: Sectors, demands: Demands) -> Consequences:
    """What a planner does on one path who plans anew each morning: the past is what happened, the future what the
    sampled paths say that were most like it; a vehicle is ordered if it would leave on so many of them as does least
    harm there."""
    there = ~transfers.refused(known, demands)
    most = (movements.most_on_route(known) * there).astype(np.int64)
    vehicles, lead = known.booked() * there, np.array([known.lead[leg.mode] for leg in known.vehicles])
    days = np.arange(known.shape[1])[:, None]
    for morning in range(known.shape[1]):
        given, later = seen(known, true, morning), days >= morning + lead
        rule = helpful(given)
        taken = movements.dispatched(given, np.where(later, most, vehicles), replace(rule, paid=False))[1]
        offered = [np.where(later, wanted_on(given, taken, part), vehicles) for part in PARTS]
        best = min((Proposal(one, rule) for one in offered), key=lambda plan: float(plan.on(given).weighed.mean()))
        vehicles = np.where(days == morning + lead, best.vehicles, vehicles)
    return Proposal(vehicles, helpful(known)).on(true)


def seen(known: Sectors, true: Sectors, morning: int) -> Sectors:
    """What is known on a morning of one path: its past, and futures of the paths that have been most like it so far."""
    off = np.abs(known.came - true.came)[:, :morning].sum(axis=(1, 2, 3))
    if morning:  # who is inside is counted this morning
        off = off + np.abs(known.calm - true.calm)[:, morning - 1].sum(axis=1)
    given = known.paths(np.sort(np.argsort(off, kind="stable")[: transfers.NEAREST]))
    mixed = {}
    for name in movements.BY_DAY:
        mixed[name] = getattr(given, name).copy()
        mixed[name][:, :morning] = getattr(true, name)[:, :morning]
    mixed["crowded_now"] = np.broadcast_to(true.crowded_now, given.crowded_now.shape)  # the first morning has been
    return replace(given, **mixed)


def document(study: Study, known: Known, solved: Solved, source: str) -> Plan:
    """The plan as a document for the simulator and for people: whom, as the count day by day takes along on average."""
    given, proposal = known.sectors, solved.proposal
    moved, _ = movements.dispatched(given, proposal.vehicles, proposal.rule)
    mean = moved.mean(axis=0)  # (T, R, K)
    orders = []
    for (day, route), count in np.ndenumerate(proposal.vehicles):
        leg = given.vehicles[route]
        persons = mean[day, route] @ known.by_group[leg.origin] / max(count, 1)
        for hour, number in zip(leg.hours, fleet.dealt(int(count), len(leg.hours)), strict=True):
            whom = ((g, round(n * number)) for g, n in zip(known.groups, persons, strict=True))
            if number:
                orders.append(Order(
                    route=leg.route, day=given.days[day], hour=hour, vehicles=number, seats=leg.seats, to=leg.to,
                    mode=leg.mode, **fleet.ordered(given, day, leg), whom=tuple((g, n) for g, n in whom if n),
                ))  # fmt: skip
    return Plan(
        id=f"plan-{PLACE}-{given.days[0]}", start=given.days[0], days=len(given.days), orders=tuple(orders),
        shares=tuple(sorted(sends(study, given, moved))), source=source,
    )  # fmt: skip


def sends(study: Study, given: Sectors, moved: Floats) -> lines.Shares:
    """Step -> stream -> share of those who may be moved that is sent to the line, on average of days and paths."""
    origin = np.array([leg.origin for leg in given.vehicles])
    came = given.came[:, :-1].sum(axis=(0, 1))
    shares = []
    for n, steps in enumerate(Steps.all(study.layout.process)):
        leaving = moved[:, 1:, origin == n].sum(axis=(0, 1, 2)) / np.maximum(came[n], 1.0)
        shares.append((steps.booking.id, tuple(zip(given.streams, leaving.round(3).tolist(), strict=True))))
    return tuple(shares)


def simulated(
    study: Study, plan: Plan, draws: int, without: tuple[tuple[str, date], ...] = ()
) -> tuple[tuple[str, dict[str, Floats]], ...]:
    """The plan, the timetable and nobody moved in the simulator, on the same unseen draws: outcome -> (S, T).

    The simulator has the plan's vehicles and the mean share of each stream sent to each line; it boards first come,
    first served and does not ask each morning whether a vehicle helps: a check of the plan's arithmetic, not all of its
    rule.
    """
    named = dict(Numbers.read(study.border).outcomes)
    places = [sectors.stock_of(study.layout.process, steps.site) for steps in Steps.all(study.layout.process)]
    wanted = {"over": (named["over"],), "children": (named["children"],), "inside": tuple(o for p in places for o in p)}
    index = {o.id: i for i, o in enumerate(study.outcomes)}
    nobody = lines.nobody(study.layout.process, Numbers.read(study.border))
    booked = plan.with_changes(orders=tuple(order for order in plan.orders if order.booked), shares=nobody)
    found = []
    for way in (Way("plan", plan=plan), Way("recorded", without=without), Way("none", plan=booked)):
        sent = Executed.under(study, way)
        daily = sectors.each(sent, range(transport.UNSEEN, transport.UNSEEN + draws))
        told = {name: np.sum([[run.daily[index[o]] for run in daily] for o in those], axis=0)
                for name, those in wanted.items()}  # fmt: skip
        found.append((way.id, told))
    return tuple(found)


@dataclass(frozen=True)
class Planned:
    """A plan of the border, how it does, and what it rests on."""

    study: Study
    known: Known
    solved: Solved
    plan: Plan
    scored: Scored
    simulated: tuple[tuple[str, dict[str, Floats]], ...]
    draws: int
    unseen: int
    most_inside: float = np.inf
    """The promise asked for, on an average path."""

    @property
    def given(self) -> Sectors:
        """What the plan knows."""
        return self.known.sectors


def make(
    border: Border, start: str | None, days: int, *, census: Path | None = None, draws: int = 100, unseen: int = 30,
    seed: int = 1, cancel: tuple[str, ...] = (), most_inside: int | None = None, effects: Path | None = None,
    time_limit: float = 60.0,
) -> Planned:  # fmt: skip
    """Plan the next days of all sectors together.

    Raises
    ------
    RequestError
        A day that does not exist, a border without numbers for this, or no plan.
    """
    whole = Whole.read(border)
    study = execution.study_from(border, transport.day_of(start), days, census, seed, whole.scenario, effects)
    known = sectors.known(study, range(draws))
    demands = transport.demands_of(known.sectors, cancel, most_inside)
    solved = solve(known.sectors, demands, time_limit)
    plan = document(study, known, solved, f"cauce plan {PLACE}, seed {seed}, {draws} paths{transport.told(study)}")
    later = sectors.known(study, range(transport.UNSEEN, transport.UNSEEN + unseen)).sectors
    return Planned(
        study, known, solved, plan, scored(known.sectors, later, solved.proposal, demands, time_limit),
        simulated(study, plan, min(unseen, SIMULATED), transfers.withdrawn(known.sectors, demands)), draws, unseen,
        demands.most_inside,
    )  # fmt: skip
