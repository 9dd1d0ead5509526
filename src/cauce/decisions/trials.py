"""A plan of one place in the simulator, beside its baselines, on the same draws.

`ways` are the plan and what it is set against, `tried` runs one of them, `weighed` adds up its harms, `aboard` says
whom each vehicle takes along, `elsewhere` what another agency could do.  The simulator's clock stops with the last day
and where somebody is taken; `after` goes on from there by the stays of the programme.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from cauce.decisions.execution import Executed, Way
from cauce.decisions.lines import nobody
from cauce.decisions.names import OUTCOMES
from cauce.decisions.solver import Floats
from cauce.decisions.stays import HOURS, late, past
from cauce.decisions.transfers import STREAMS, Instance
from cauce.model import timetable
from cauce.model.simulate import Run, simulate
from cauce.policy.plan import Numbers, Plan
from cauce.runs.study import Study

HASTE = 24.0  # [h] sooner that another agency takes a person, and
MORE = 20.0  # [place/d] more that it has, for the price of each: small beside what is there


@dataclass(frozen=True)
class Trial:
    """What a way of moving people does in the simulator."""

    daily: Mapping[str, Floats]
    """Outcome -> (S, T)."""
    after: Floats  # (S,) past the limit after the last day and where people are taken, more than if nobody were moved
    longest: Floats  # (S,) the same where the waits of those taken there are the longest of their range
    usd: Floats  # (S,) of the vehicles

    @property
    def within(self) -> Floats:
        """Hours past the limit here within the days, (S,) [person-hour]: each morning's stock stands for a day."""
        return np.asarray(self.daily["over"].sum(axis=1) * HOURS)

    @property
    def over(self) -> Floats:
        """Hours past the limit, the stays of those moved followed to their end, (S,) [person-hour]."""
        return np.asarray(self.within + self.after)


def ways(study: Study, plan: Plan, without: tuple[tuple[str, date], ...] = ()) -> tuple[Way, ...]:
    """The plan and its baselines, none with what is cancelled: the timetable as recorded, nobody moved beyond what is
    booked, vehicles that leave when the place is over capacity and enough people wait."""
    booked = plan.with_changes(
        orders=tuple(order for order in plan.orders if order.booked), agents=(), opens=(),
        shares=nobody(study.layout.process, Numbers.read(study.border)),
    )  # fmt: skip
    recorded, full = Way("recorded", without=without), Way("full", by_rule=True, without=without)
    return Way("plan", plan=plan), recorded, Way("none", plan=booked), full


def tried(study: Study, given: Instance, way: Way, draws: range) -> Trial:
    """A way on some draws, of which the instance has the paths."""
    moved, names = Executed.under(study, way), dict(Numbers.read(study.border).outcomes)
    index = {o.id: i for i, o in enumerate(study.outcomes)}
    runs = [moved.run(0, draw) for draw in draws]
    stacked = np.stack([run.daily for run in runs])
    daily = {name: stacked[:, index[names[name]]] for name in OUTCOMES}
    later, longest = (after(given, waits, daily["moved"], way.plan) for waits in (given.elsewhere, given.longest))
    return Trial(daily, later, longest, _dollars(moved, given, runs))


def after(given: Instance, elsewhere: Floats, moved: Floats, plan: Plan | None) -> Floats:
    """What people moved on each day (S, T) spend past the limit where they are taken, less what they would have spent
    here after the last day, (S,): by the streams that are sent to the line, on average of the days."""
    paths, days = moved.shape
    shares = given.diverted
    if plan is not None:
        ((_, told),) = plan.shares
        shares = np.array([dict(told)[stream] for stream in STREAMS])
    sent = given.came[:paths].sum(axis=(1, 3)) * shares + given.line.sum(axis=1)
    part = sent / np.maximum(sent.sum(axis=1, keepdims=True), 1e-9)
    here = given.detained[:paths, 1:] * late(given.detained.shape[1] - 1)
    spared = np.stack([here[:, days - day :].sum(axis=1) for day in range(days)], axis=1)
    return np.asarray((moved * ((part @ past(elsewhere))[:, None] - part[:, 1:] * spared)).sum(axis=1))


def _dollars(moved: Executed, given: Instance, runs: list[Run]) -> Floats:
    """What the vehicles cost, (S,): all that a plan orders, what the timetable has there to leave; by rule, those that
    leave."""
    legs, way = {vehicle.route: vehicle for vehicle in given.vehicles}, moved.way
    if way.plan is not None:
        each = ((legs[order.route], order) for order in way.plan.orders)
        usd = sum(leg.cost_usd * order.vehicles * (leg.there if order.booked else 1.0) for leg, order in each)
        return np.full(len(runs), float(usd))
    timed = {route for route, _ in way.without} if way.by_rule else legs.keys()
    leaving = [v for v in given.vehicles if v.route in timed for day in given.days if (v.route, day) not in way.without]
    usd = sum(leg.cost_usd * len(leg.hours) * leg.there for leg in leaving)
    rows = timetable.fleet_rows(moved.layout) if way.by_rule else []
    of = np.array([legs[row["fleet"]].cost_usd if row["fleet"] in legs else 0.0 for row in rows])
    ruled = [run.counts.trips.sum(axis=1)[: of.size] @ of for run in runs]
    return np.asarray(usd + np.array(ruled), float)


def fullest(done: Trial) -> float:
    """Persons inside and at the door on the fullest morning of the mean draw."""
    return float((done.daily["custody"] + done.daily["door"]).mean(axis=0).max())


def weighed(given: Instance, plan: Plan, done: Trial) -> float:
    """All harms of a plan in the simulator [person-hour past the limit]."""
    w, daily = given.numbers.weights, done.daily
    inside = daily["custody"] + daily["door"]
    harm = w.night_unsheltered.value * (daily["street"] + daily["door"])
    harm = harm + w.over_capacity.value * HOURS * np.maximum(inside - given.rated, 0)
    harm = harm + w.idle_capacity.value * HOURS * np.maximum(given.rated - inside, 0)
    crew = max(dict(plan.agents).values(), default=1.0)
    usd = done.usd.mean() + crew * given.crew_hours * given.numbers.agent_hour_usd.value * plan.days
    days = sum((given.days[-1] - day).days + 1 for _, day in plan.opens)
    usd += days * given.more_beds * given.numbers.bed_night_usd.value
    return float((harm.sum(axis=1) + w.over_72h.value * done.over).mean() + w.dollar.value * usd)


def aboard(study: Study, given: Instance, plan: Plan, draws: range) -> Plan:
    """The plan with whom each departure takes along on average, by the groups that reach its place on its day."""
    moved = Executed.under(study, Way("plan", plan=plan))
    layout, rows = moved.layout, len(moved.border.routes)
    persons, entered = np.zeros(rows), np.zeros(())
    for draw in draws:
        ready = moved.prepare(moved.decided(0, draw), draw, moved.crowd(draw), moved.drawn(draw))
        run = simulate(ready.assembled, ready.parties, moved.people_key(draw))
        leaves = ready.assembled.route >= 0
        left = run.counts.boarded[leaves]
        persons += np.bincount(ready.assembled.route[leaves], weights=left, minlength=rows) / len(draws)
        entered = entered + run.counts.entries / len(draws)
    columns = [[i for i, (_, d) in enumerate(layout.classes) if d == g] for g in given.groups]
    orders, row = [], 0
    for order in plan.orders:  # one row of the timetable for each vehicle, in this order
        carried, row = persons[row : row + order.vehicles].sum(), row + order.vehicles
        there = entered[layout.index[order.to], (order.day - plan.start).days]
        reached = np.array([there[mine].sum() for mine in columns])
        count = np.rint(carried * reached / max(reached.sum(), 1e-9)).astype(int).tolist()
        whom = tuple((group, number) for group, number in zip(given.groups, count, strict=True) if number)
        orders.append(order.with_changes(whom=whom))
    return plan.with_changes(orders=tuple(orders))


@dataclass(frozen=True)
class Elsewhere:
    """What another agency could save beside the plan within the days, person-hours past the limit by unseen draw."""

    sooner: Floats
    """It takes each person `HASTE` hours sooner."""
    places: Floats
    """It has `MORE` places a day more."""


def elsewhere(study: Study, given: Instance, plan: Plan, with_plan: Trial, draws: range) -> Elsewhere:
    """The same plan on the same draws with a shorter wait for another agency, and with more of its places."""
    eased = (Way("sooner", plan=plan, sooner=HASTE), Way("places", plan=plan, places=MORE))
    return Elsewhere(*(with_plan.within - tried(study, given, way, draws).within for way in eased))
