"""The linear programme of a plan: who is moved on which vehicle over the next days, on many sampled paths at once.

`Instance` holds what is known (arrays by path, day, group), `formulate` writes the programme: today's orders are one
decision for all paths, later ones adapt to each.  People are balanced day by day: who is there = who was there + who
came - who left.  Stays are counted in day bands: first in, first out, so whoever came three days ago and has not left
is past 72 h.  Whoever is detained and moved is taken out of one curve of stays and put into another, and both are
followed to their end, also after the last day; who still stands in line then stays as if never sent there.
Unaccompanied children have no variable here: no vehicle of a plan can carry one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cauce.decisions.solver import Floats, Ints, Programme, Solution, Term
from cauce.decisions.stays import HOURS, LIMIT_DAYS, late, past
from cauce.policy.plan import Numbers
from cauce.terms import Demographic

STREAMS = ("released", "detained")  # who would be let go here, who would wait for another agency
BY_DAY = ("released", "came", "other_minutes", "other_custody", "other_over")
NEAREST = 12  # paths that a later morning plans on: those most like what was seen so far


@dataclass(frozen=True)
class Vehicle:
    """A route a plan may use."""

    route: str
    mode: str
    to: str
    hours: tuple[str, ...]
    seats: int
    flown: float
    """Share of the timetable's departures that leave."""
    cost_usd: float
    receiver: int
    least: int = 0
    """Persons below which it does not leave."""
    sure: float = 1.0
    """Share of ordered ones that leave."""

    @property
    def there(self) -> float:
        """Share of the timetable's departures that are there to leave: the others nobody pays."""
        return min(self.flown / self.sure, 1.0)


class Ordering(Protocol):
    """What orders are made from, for one line or for many."""

    @property
    def days(self) -> tuple[date, ...]: ...
    @property
    def vehicles(self) -> Sequence[Vehicle]: ...
    @property
    def receivers(self) -> tuple[tuple[str, float], ...]: ...
    @property
    def lead(self) -> Mapping[str, int]: ...
    @property
    def numbers(self) -> Numbers: ...
    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Paths, days, groups or sectors, routes."""

    def booked(self) -> NDArray[np.int64]:
        """Vehicles that leave before an order could, shape (T, R)."""


@dataclass(frozen=True)
class Instance:
    """What a plan knows.  S paths, T days, G groups that may be moved, R routes, N receivers; two streams."""

    days: tuple[date, ...]
    groups: tuple[Demographic, ...]
    vehicles: tuple[Vehicle, ...]
    released: Floats  # (S, T, G) who come and are released here if nobody is moved [person]
    came: Floats  # (S, T, 2, G) who come and may be moved, by stream [person]
    diverted: Floats  # (2,) part of a stream whom the network itself sends to the line when it is pressed
    minutes: Floats  # (G,) agent-minutes to process one for release [min]
    other_minutes: Floats  # (S, T) agent-minutes that all others take [min]
    other_custody: Floats  # (S, T) inside at six the next morning if nobody is moved, but released and line [person]
    other_over: Floats  # (S, T) of them past the limit [person]
    waiting: Floats  # (G,) inside at the start, to be released [person]
    line: Floats  # (2, G) inside at the start, in line for a vehicle [person]
    detained: Floats  # (S, D) share of the detained still here so many mornings after coming, D > T
    elsewhere: Floats  # (2, D) share of those moved still where they were taken, from that day's morning on
    longest: Floats  # (2, D) the same where those waits are the longest of their range
    crew_minutes: float  # agent-minutes a day of the usual crew [min]
    crew_hours: float  # its hours [h]
    crew: tuple[float, float]  # bounds of the crew as a factor
    releases: float  # places a day [person]
    beds: Floats  # (T,) shelter places [person]
    more_beds: float  # that can be opened [person]
    sheltered: float  # in shelter at the start [person]
    to_shelter: float  # share of the released who need one
    stay_on: float  # share who are still in shelter a day later
    rated: float
    ceiling: float
    receivers: tuple[tuple[str, float], ...]  # (N,) name, persons a day that its places and agents can take
    lead: Mapping[str, int]  # days from order to departure, by kind
    numbers: Numbers
    morning: int = 0  # day on which orders are given: what lies before has happened
    ordered: NDArray[np.int64] | None = None  # (T, R) vehicles of earlier orders; none: today's timetable

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(S, T, G, R)."""
        paths, days, groups = self.released.shape
        return paths, days, groups, len(self.vehicles)

    def booked(self) -> NDArray[np.int64]:
        """Vehicles that leave before an order of this morning could, shape (T, R): ordered earlier, or by today's
        timetable."""
        table = np.zeros((self.shape[1], self.shape[3]), np.int64)
        for number, vehicle in enumerate(self.vehicles):
            late = self.morning + self.lead[vehicle.mode]
            table[:late, number] = len(vehicle.hours) if self.ordered is None else self.ordered[:late, number]
        return table

    def path(self, number: int) -> Instance:
        """The instance that knows one path for certain."""
        chosen = slice(number, number + 1)
        return replace(self, **{name: getattr(self, name)[chosen] for name in (*BY_DAY, "detained")})

    def seen(self, true: Instance, number: int, morning: int, ordered: NDArray[np.int64]) -> Instance:
        """The instance as a planner knows it on a morning of a path of `true`: its past, and futures of the paths
        that have been most like it so far."""
        came = [x.came.sum(axis=(2, 3)) for x in (self, true)]
        off = np.abs(came[0][:, :morning] - came[1][number, :morning]).sum(axis=1)
        if morning:  # who else is inside is counted this morning
            now = morning - 1
            off = off + np.abs(self.other_custody[:, now] - true.other_custody[number, now])
        near = np.sort(np.argsort(off, kind="stable")[:NEAREST])
        mixed = {}
        for name in BY_DAY:
            mixed[name] = getattr(self, name)[near]
            mixed[name][:, :morning] = getattr(true, name)[number, :morning]
        return replace(self, morning=morning, ordered=ordered, detained=self.detained[near], **mixed)


@dataclass(frozen=True)
class Demands:
    """What somebody asks of a plan: no vehicle of a route or into a receiver on a day, at most so many inside."""

    without: tuple[tuple[str, date], ...] = ()
    most_inside: float = math.inf


NOTHING = Demands()


@dataclass(frozen=True)
class Decided:
    """What stands for every path; not a number is still free."""

    vehicles: NDArray[np.int64] | None = None  # (T, R) all of them: then bookings are one share for all free days
    shares: Floats | None = None  # (2,) or (T, 2) share sent to the line of those who come
    crew: Floats | None = None  # (T,) as a factor
    opened: Floats | None = None  # (T,) beds more


FREE = Decided()


@dataclass(frozen=True)
class Variables:
    """Numbers of the variables by path and day."""

    vehicles: Ints  # (S, T, R)
    booked: Ints  # (S, T, 2, G) sent to the line
    boarded: Ints  # (S, T, 2, G)
    carried: Ints  # (S, T, R)
    released: Ints  # (S, T, G)
    crew: Ints  # (S, T)
    opened: Ints  # (S, T) beds
    waiting: Ints  # (S, T, G)
    line: Ints  # (S, T, 2, G)
    sheltered: Ints  # (S, T)
    over: Ints  # (S, T, 3) past the limit: to be released, in line, above capacity [person]
    idle: Ints  # (S, T)
    unsheltered: Ints  # (S, T)
    outdoors: Ints  # (S, T) who do not fit inside


def formulate(given: Instance, demands: Demands = NOTHING, decided: Decided = FREE) -> tuple[Programme, Variables]:
    """The programme of an instance, of what is not decided yet."""
    programme = Programme()
    v = _variables(programme, given, demands, decided)
    define_vehicle_constraints(programme, given, v)
    define_share_constraints(programme, given, v, decided)
    define_line_constraints(programme, given, v)
    define_release_constraints(programme, given, v)
    define_receiver_constraints(programme, given, v)
    define_shelter_constraints(programme, given, v)
    define_custody_constraints(programme, given, v, demands)
    return programme, v


def _variables(programme: Programme, given: Instance, demands: Demands, decided: Decided) -> Variables:
    paths, days, groups, routes = given.shape
    w, n, each = given.numbers.weights, given.numbers, 1 / paths
    usd = w.dollar.value
    stock, group, one, both = (paths, days), (paths, days, groups), (paths, days, 1), (paths, days, 2, groups)
    hour, full = w.over_72h.value * each, HOURS * w.over_capacity.value * each
    stays = hour * past(given.detained, 0)[:, None, None]  # what leaves with a detained who is sent to the line
    saved, left = np.zeros(both), np.zeros(both)
    saved[:, :, 1], left[:, -1, 1] = -stays, stays[:, 0]
    return Variables(
        vehicles=_vehicles(programme, given, demands, decided.vehicles),
        booked=programme.variables(both, 0, given.came * n.bookable_share.value, saved),
        boarded=programme.variables(both, cost=hour * past(given.elsewhere)[:, None]),
        carried=programme.variables((paths, days, routes)),
        released=programme.variables(group),
        crew=_by_day(programme, given, decided.crew, given.crew, usd * n.agent_hour_usd.value * given.crew_hours),
        opened=_by_day(programme, given, decided.opened, (0, given.more_beds), usd * n.bed_night_usd.value),
        waiting=programme.variables(group),
        line=programme.variables(both, cost=left),
        sheltered=programme.variables(stock),
        over=np.concatenate([programme.variables(one, cost=c) for c in (HOURS * hour, HOURS * hour, full)], axis=2),
        idle=programme.variables(stock, cost=HOURS * w.idle_capacity.value * each),
        unsheltered=programme.variables(stock, cost=w.night_unsheltered.value * each),
        outdoors=programme.variables(stock, cost=w.night_unsheltered.value * each),
    )


def _by_day(
    programme: Programme, given: Instance, told: Floats | None, bounds: tuple[float, float], usd: float
) -> Ints:
    """A number of each path and day, at a cost a unit: as decided, or within bounds; today's is one for all paths."""
    paths, days = given.shape[:2]
    told = np.full(days, np.nan) if told is None else told
    low, high = (np.where(np.isnan(told), bound, told) for bound in bounds)
    numbers = np.zeros((paths, days), np.int64)
    for day in range(days):
        size = 1 if day == given.morning else paths
        numbers[:, day] = programme.variables(size, low[day], high[day], usd / size)
    return numbers


def refused(given: Ordering, demands: Demands) -> NDArray[np.bool_]:
    """Routes that somebody cancelled, or whose place refuses, shape (T, R)."""
    gone = np.zeros((given.shape[1], given.shape[3]), np.bool_)
    for name, when in demands.without:
        for route, vehicle in enumerate(given.vehicles):
            if when in given.days and name in (vehicle.route, vehicle.to, given.receivers[vehicle.receiver][0]):
                gone[given.days.index(when), route] = True
    return gone


def timetabled(given: Ordering) -> NDArray[np.bool_]:
    """Where vehicles are the timetable's, as they leave before an order could; shape (T, R)."""
    return np.arange(given.shape[1])[:, None] < np.array([given.lead[vehicle.mode] for vehicle in given.vehicles])


def leaving(given: Ordering) -> Floats:
    """Share of vehicles that leave, of the timetable's and of ordered ones; shape (T, R)."""
    return np.where(
        timetabled(given), [vehicle.flown for vehicle in given.vehicles], [vehicle.sure for vehicle in given.vehicles]
    )


def withdrawn(given: Ordering, demands: Demands) -> tuple[tuple[str, date], ...]:
    """The same by name: routes, and days on which they do not leave."""
    gone = refused(given, demands)
    return tuple((v.route, day) for t, day in enumerate(given.days) for r, v in enumerate(given.vehicles) if gone[t, r])


def _vehicles(programme: Programme, given: Instance, demands: Demands, fixed: NDArray[np.int64] | None) -> Ints:
    """Vehicles by path, day, route: booked ones stand, those ordered today are whole and shared, later ones adapt."""
    paths, days, _, routes = given.shape
    booked, most = given.booked(), given.numbers.most_per_departure.value
    gone = refused(given, demands)
    numbers = np.zeros((paths, days, routes), np.int64)
    for day in range(days):
        for route, vehicle in enumerate(given.vehicles):
            usd = given.numbers.weights.dollar.value * vehicle.cost_usd
            off = gone[day, route]
            lead = given.morning + given.lead[vehicle.mode]
            count = 0 if off else booked[day, route] if fixed is None else fixed[day, route]
            if fixed is not None or day < lead:
                numbers[:, day, route] = programme.variables(1, count, count, usd)
                continue
            high = 0.0 if off else len(vehicle.hours) * most
            if day == lead:
                numbers[:, day, route] = programme.variables(1, 0, high, usd, integer=True)
            else:
                numbers[:, day, route] = programme.variables(paths, 0, high, usd / paths)
    return numbers


def define_vehicle_constraints(programme: Programme, given: Instance, v: Variables) -> None:
    """Seats of the vehicles that leave, and how many vehicles of a kind can be had in a day."""
    leaves = leaving(given)
    for route, vehicle in enumerate(given.vehicles):
        seats = vehicle.seats * leaves[:, route]
        programme.constrain(f"seats:{vehicle.route}", [(v.carried[:, :, route], 1), (v.vehicles[:, :, route], -seats)],
                            -math.inf, 0)  # fmt: skip
    for mode, most in given.numbers.most_a_day:
        mine = [route for route, vehicle in enumerate(given.vehicles) if vehicle.mode == mode]
        cap = max(most.value, given.booked()[:, mine].sum(axis=1).max(initial=0))
        if mine:
            programme.constrain(f"vehicles:{mode}", [(v.vehicles[:, :, r], 1) for r in mine], -math.inf, cap)
    paid: list[Term] = [(v.boarded[:, :, k, g], 1) for k in (0, 1) for g in range(given.shape[2])]
    programme.constrain("aboard", [*paid, *((v.carried[:, :, r], -1) for r in range(given.shape[3]))], 0, 0)


def define_share_constraints(programme: Programme, given: Instance, v: Variables, decided: Decided) -> None:
    """A share of those who come is booked, so that a rule can be given out: as told, or else one for all other days.
    Where vehicles are still free, it is looked for until today, and later bookings adapt."""
    if decided.vehicles is None and decided.shares is None:
        return
    days = given.shape[1] if decided.vehicles is not None else given.morning + 1
    told = np.full((given.shape[1], 2), np.nan if decided.shares is None else decided.shares)[:days]
    free, most = np.isnan(told), given.numbers.bookable_share.value
    share = programme.variables(told.shape, np.where(free, 0, told), np.where(free, most, told))
    share = np.where(free, share[-1], share)
    for stream in (0, 1):
        booked = v.booked[:, :days, stream]
        rule = np.broadcast_to(share[None, :, None, stream], booked.shape)
        programme.constrain(f"share:{stream}", [(booked, 1), (rule, -given.came[:, :days, stream])], 0, 0)


def define_line_constraints(programme: Programme, given: Instance, v: Variables) -> None:
    """The line for vehicles: in = booked, out = boarded; who is booked today leaves tomorrow at the earliest."""
    line, boarded, booked = v.line, v.boarded, v.booked
    programme.constrain("line:first", [(line[:, 0], 1), (boarded[:, 0], 1), (booked[:, 0], -1)], given.line, given.line)
    programme.constrain("line", [(line[:, 1:], 1), (line[:, :-1], -1), (boarded[:, 1:], 1), (booked[:, 1:], -1)], 0, 0)
    programme.constrain("booked:first", [(boarded[:, 0], 1)], -math.inf, given.line)
    programme.constrain("booked", [(boarded[:, 1:], 1), (line[:, :-1], -1)], -math.inf, 0)
    stock, new = (np.concatenate([x[:, :, 0], x[:, :, 1]], axis=2) for x in (line, booked))
    _past_the_limit(programme, "line", v.over[:, :, 1], stock, new, None)


def define_release_constraints(programme: Programme, given: Instance, v: Variables) -> None:
    """Who is not moved is processed by the crew and let go by day, within the day's places."""
    quick = given.numbers.same_day_share.value
    for g in range(given.shape[2]):
        left, out, booked, came = v.waiting[:, :, g], v.released[:, :, g], v.booked[:, :, 0, g], given.released[:, :, g]
        first = came[:, 0] + given.waiting[g]
        programme.constrain(f"waiting:{g}:first", [(left[:, 0], 1), (out[:, 0], 1), (booked[:, 0], 1)], first, first)
        programme.constrain(f"waiting:{g}", [(left[:, 1:], 1), (left[:, :-1], -1), (out[:, 1:], 1), (booked[:, 1:], 1)],
                            came[:, 1:], came[:, 1:])  # fmt: skip
        programme.constrain(f"quick:{g}:first", [(out[:, 0], 1), (booked[:, 0], quick)], -math.inf,
                            given.waiting[g] + quick * came[:, 0])  # fmt: skip
        programme.constrain(f"quick:{g}", [(out[:, 1:], 1), (left[:, :-1], -1), (booked[:, 1:], quick)], -math.inf,
                            quick * came[:, 1:])  # fmt: skip
    everybody: list[Term] = [(v.released[:, :, g], given.minutes[g]) for g in range(given.shape[2])]
    # where all others take more than the crew has, they queue: the plan's people wait, no row is broken
    spare = np.minimum(given.other_minutes, given.crew_minutes * given.crew[0])
    programme.constrain("agents", [*everybody, (v.crew, -given.crew_minutes)], -math.inf, -spare)
    programme.constrain(
        "releases", [(v.released[:, :, g], 1) for g in range(given.shape[2])], -math.inf, given.releases
    )
    _past_the_limit(programme, "released", v.over[:, :, 0], v.waiting, v.booked[:, :, 0], given.released)


def _past_the_limit(
    programme: Programme, name: str, over: Ints, stock: Ints, booked: Ints, came: Floats | None
) -> None:
    """First in, first out: past the limit is who stands there less who came in the last days; never below none.

    `booked` came into the line (`came` is None) or did not come to be released.
    """
    groups = range(stock.shape[2])
    for day in range(LIMIT_DAYS, stock.shape[1]):
        recent = range(day - LIMIT_DAYS + 1, day + 1)
        terms: list[Term] = [(over[:, day], 1), *((stock[:, day, g], -1) for g in groups)]
        sign = 1.0 if came is None else -1.0
        terms += [(booked[:, d, g], sign) for d in recent for g in groups]
        low = 0.0 if came is None else -came[:, recent.start : day + 1].sum(axis=(1, 2))
        programme.constrain(f"past:{name}:{day}", terms, low, math.inf)


def define_receiver_constraints(programme: Programme, given: Instance, v: Variables) -> None:
    """Where people are taken has beds and agents for so many a day."""
    for number, (name, most) in enumerate(given.receivers):
        mine = [route for route, vehicle in enumerate(given.vehicles) if vehicle.receiver == number]
        programme.constrain(f"receiver:{name}", [(v.carried[:, :, r], 1) for r in mine], -math.inf, most)


def define_shelter_constraints(programme: Programme, given: Instance, v: Variables) -> None:
    """Who is let go and has nowhere to go needs a bed that night, or is outdoors."""
    out: list[Ints] = [v.released[:, :, g] for g in range(given.shape[2])]
    share = -given.to_shelter
    start = given.sheltered * given.stay_on
    programme.constrain("sheltered:first", [(v.sheltered[:, 0], 1), *((o[:, 0], share) for o in out)], start, start)
    programme.constrain("sheltered", [(v.sheltered[:, 1:], 1), (v.sheltered[:, :-1], -given.stay_on),
                                      *((o[:, 1:], share) for o in out)], 0, 0)  # fmt: skip
    programme.constrain("beds", [(v.sheltered, 1), (v.opened, -1), (v.unsheltered, -1)], -math.inf,
                        np.broadcast_to(given.beds, v.sheltered.shape))  # fmt: skip


def define_custody_constraints(programme: Programme, given: Instance, v: Variables, demands: Demands) -> None:
    """Everybody inside at six: above the rated places, below them; above the ceiling people wait outdoors."""
    there = custody_terms(given, v)
    still = given.other_custody
    programme.constrain("over", [(v.over[:, :, 2], 1), *((i, -c) for i, c in there)], still - given.rated, math.inf)
    programme.constrain("idle", [(v.idle, 1), *there], given.rated - still, math.inf)
    programme.constrain("door", [(v.outdoors, 1), *((i, -c) for i, c in there)], still - given.ceiling, math.inf)
    if demands.most_inside < math.inf:  # on the mean path: the highest of many would forbid every plan
        paths = given.shape[0]
        terms = [(i[path], np.broadcast_to(c, i.shape)[path] / paths) for i, c in there for path in range(paths)]
        programme.constrain("ceiling", terms, -math.inf, demands.most_inside - still.mean(axis=0))


def custody_terms(given: Instance, v: Variables) -> list[Term]:
    """Terms of who is inside, beside all others; booking a detained takes away their whole stay."""
    groups, days = range(given.shape[2]), given.shape[1]
    terms: list[Term] = [(v.waiting[:, :, g], 1) for g in groups]
    terms += [(v.line[:, :, k, g], 1) for k in (0, 1) for g in groups]
    for back in range(days):
        earlier = np.maximum(np.arange(days) - back, 0)
        weight = np.where(np.arange(days) >= back, -given.detained[:, back, None], 0.0)
        terms += [(v.booked[:, earlier, 1, g], weight) for g in groups]
    return terms


@dataclass(frozen=True)
class Reading:
    """A solution in the words of the plan, by path and day."""

    vehicles: Floats  # (S, T, R)
    carried: Floats  # (S, T, R)
    boarded: Floats  # (S, T, 2, G)
    booked: Floats  # (S, T, 2, G)
    custody: Floats  # (S, T)
    over: Floats  # (S,) person-hours past the limit over the days
    crew: Floats  # (S, T)
    opened: Floats  # (S, T)
    released: Floats  # (S, T, G)
    weighed: Floats
    """All harms that moves can change, weighed, beside detained who are not moved; mean over the paths."""

    def share(self, given: Instance, stream: int, until: int | None = None) -> float:
        """Share sent to the line of those who come, from the morning to a day."""
        days = slice(given.morning, until)
        came = given.came[:, days, stream].sum()
        return float(self.booked[:, days, stream].sum() / came) if came else 0.0


def read(given: Instance, v: Variables, found: Solution) -> Reading:
    """Values by name.  Past the limit are those of the plan and all others, less the detained who were booked."""
    x, days = found.values, given.shape[1]
    custody = given.other_custody + sum(x[i] * c for i, c in custody_terms(given, v))
    gone = given.detained[:, :days] * late(days, 0) / HOURS
    booked = x[v.booked[:, :, 1]].sum(axis=2)
    over = given.other_over + x[v.over[:, :, 0]] + x[v.over[:, :, 1]]
    over = over - np.stack([(booked[:, : t + 1] * gone[:, t::-1]).sum(axis=1) for t in range(days)], axis=1)
    return Reading(
        x[v.vehicles], x[v.carried], x[v.boarded], x[v.booked], np.asarray(custody), HOURS * over.sum(axis=1),
        x[v.crew], x[v.opened], x[v.released], np.asarray(found.objective),
    )  # fmt: skip
