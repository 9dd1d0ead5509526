"""The programme of a whole border: who is moved between its sectors over the next days, on many sampled paths at once.

`Sectors` holds what is known (arrays by path, day, sector, stream), from runs in which nobody is moved.  Somebody who
comes on a day leaves on the next or stays; so the only unknowns are people aboard a route on a day, by stream, and all
that follows is linear in them: `there` is who is gone from where they came and who is still where they landed.  Today's
orders are whole vehicles, shared by all paths; later ones adapt to each.  `consequences` counts what any movements do,
without the programme; `dispatched` is who boards when nobody knows the path.

Unaccompanied children have no variable here: no vehicle of a plan can carry one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cauce.decisions.solver import Floats, Ints, Programme, Term
from cauce.decisions.stays import HOURS, late, past
from cauce.decisions.transfers import Demands, Vehicle, leaving, refused, timetabled
from cauce.policy.plan import Numbers

Bools = NDArray[np.bool_]
BY_DAY = ("came", "calm", "calm_over", "crowded")
BY_PATH = (*BY_DAY, "crowded_now", "stays")


@dataclass(frozen=True)
class Leg(Vehicle):
    """A route between two sectors: `receiver` is the one it goes to."""

    origin: int = 0


@dataclass(frozen=True)
class Sectors:
    """What a plan of the border knows.  S paths, T days, N sectors, K streams (who waits for what), R routes."""

    days: tuple[date, ...]
    names: tuple[str, ...]
    streams: tuple[str, ...]
    vehicles: tuple[Leg, ...]
    came: Floats  # (S, T, N, K) who come and may be moved [person]
    line: Floats  # (N, K) in line for a vehicle at the start [person]
    calm: Floats  # (S, T, N) inside and at the door at six the next morning if nobody is moved [person]
    calm_over: Floats  # (S, T) of all sectors past the limit then [person]
    now: Floats  # (N,) inside at the start [person]
    stays: Floats  # (S, N, K, 2, D) share still there after so many mornings, D > T: as usual, and where it is crowded
    crowded: Bools  # (S, T, N) as `calm`
    crowded_now: Bools  # (S, N) as `now`
    rated: Floats  # (N,) [person]
    ceiling: Floats  # (N,) places [person]
    diverted: Floats  # (N, K) part of a stream whom the network itself sends to the line when it is pressed
    usual_share: Floats  # (N,) of those who may be moved, sent to the line without a plan where it is crowded
    receivers: tuple[tuple[str, float], ...]  # (N,) site, persons a day that its agents can take
    lead: Mapping[str, int]  # days from order to departure, by kind
    numbers: Numbers

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(S, T, N, R)."""
        paths, days, sectors, _ = self.came.shape
        return paths, days, sectors, len(self.vehicles)

    def booked(self) -> NDArray[np.int64]:
        """Vehicles of today's timetable that leave before an order of today could, shape (T, R)."""
        table = np.zeros((self.shape[1], self.shape[3]), np.int64)
        for number, vehicle in enumerate(self.vehicles):
            table[: self.lead[vehicle.mode], number] = len(vehicle.hours)
        return table

    def paths(self, chosen: slice | Ints) -> Sectors:
        """The same with some of the paths."""
        return replace(self, **{name: getattr(self, name)[chosen] for name in BY_PATH})

    def waited(self, day: int) -> Floats:
        """Who came the day before and may be moved on a day, shape (S, N, K)."""
        if day == 0:
            return np.repeat(self.line[None], self.shape[0], axis=0)
        return np.asarray(self.came[:, day - 1] * self.numbers.bookable_share.value)

    def crowded_at(self, day: int) -> Bools:
        """Which sectors are crowded as a day begins, shape (S, N)."""
        return self.crowded_now if day == 0 else np.asarray(self.crowded[:, day - 1])


@dataclass(frozen=True)
class Variables:
    """Numbers of the variables."""

    moved: Ints  # (S, T, R, K) who leave
    shared: Ints  # (T, R) vehicles that are the same on every path; -1 where they adapt
    over: Ints  # (S, T, N) above the rated places
    idle: Ints  # (S, T, N) below them
    outdoors: Ints  # (S, T, N) above the ceiling


def there(given: Sectors, route: int, day: int) -> tuple[Floats, Floats]:
    """Of one person who leaves on a day: the part that would be at the origin, and that is at the place they are taken
    to, on that day's and later mornings, also after the last day; each (S, K, D - 1)."""
    leg, paths = given.vehicles[route], np.arange(given.shape[0])
    at_origin = given.crowded_at(day)[:, leg.origin].astype(int)
    at_other = given.crowded[:, day, leg.receiver].astype(int)
    gone = given.stays[paths, leg.origin, :, at_origin, 1:]
    come = given.stays[paths, leg.receiver, :, at_other, :-1]
    return gone, come


def formulate(given: Sectors, demands: Demands, *, hindsight: bool = False) -> tuple[Programme, Variables]:
    """The programme of a border.

    Parameters
    ----------
    hindsight : bool, optional
        No vehicle is shared and places are a price, no wall: a bound below what any plan can do on each path.
    """
    programme = Programme()
    v = _variables(programme, given, demands, hindsight)
    define_seat_constraints(programme, given, v)
    define_fleet_constraints(programme, given, v)
    define_line_constraints(programme, given, v)
    define_receiver_constraints(programme, given, v)
    define_place_constraints(programme, given, v, demands)
    return programme, v


def standing(given: Sectors) -> float:
    """What no movement changes and the programme leaves out: who is past the limit if nobody is moved, weighed."""
    return float(HOURS * given.numbers.weights.over_72h.value * given.calm_over.sum(axis=1).mean())


def seats(given: Sectors) -> Floats:
    """Seats of a vehicle on average, as some do not leave, shape (T, R)."""
    return leaving(given) * np.array([leg.seats for leg in given.vehicles])


def paid(given: Sectors) -> Floats:
    """Share of vehicles that is paid, shape (T, R): all ordered ones, of the timetable's those that are there."""
    return np.where(timetabled(given), [leg.there for leg in given.vehicles], 1.0)


def as_recorded(given: Sectors) -> Sectors:
    """The same where nothing is ordered: on every day the timetable's vehicles leave as often as they do."""
    return replace(given, lead=dict.fromkeys(given.lead, given.shape[1]))


def most_on_route(given: Sectors) -> Floats:
    """Vehicles of a route that can be had in a day, shape (R,)."""
    return np.array([len(leg.hours) for leg in given.vehicles]) * given.numbers.most_per_departure.value


def _variables(programme: Programme, given: Sectors, demands: Demands, hindsight: bool) -> Variables:
    paths, days, sectors, routes = given.shape
    w, each = given.numbers.weights, 1 / paths
    gone = refused(given, demands)
    cost, high = np.zeros((paths, days, routes, len(given.streams))), np.full((paths, days, routes, 1), math.inf)
    shared, booked = np.full((days, routes), -1), given.booked()
    full, each_seat, pays = given.calm > given.ceiling, seats(given), paid(given)
    for r, leg in enumerate(given.vehicles):
        usd, lead = w.dollar.value * leg.cost_usd, given.lead[leg.mode]
        for day in range(days):
            left, come = there(given, r, day)
            cost[:, day, r] = w.over_72h.value * each * past(come - left)
            if day < lead:
                count = 0 if gone[day, r] else booked[day, r]
                shared[day, r] = programme.variables(1, count, count, usd * pays[day, r])[0]
            elif day == lead and not hindsight:
                shared[day, r] = programme.variables(1, 0, 0.0 if gone[day, r] else math.inf, usd, integer=True)[0]
            else:
                cost[:, day, r] += usd * each / each_seat[day, r]
        if not hindsight:
            high[:, :, r, 0] = np.where(full[:, :, leg.receiver], 0, math.inf)
        high[:, gone[:, r], r] = 0
    stock = (paths, days, sectors)
    return Variables(
        moved=programme.variables(cost.shape, 0, np.broadcast_to(high, cost.shape), cost),
        shared=shared,
        over=programme.variables(stock, cost=HOURS * w.over_capacity.value * each),
        idle=programme.variables(stock, cost=HOURS * w.idle_capacity.value * each),
        outdoors=programme.variables(
            stock, 0, math.inf if hindsight else np.where(full, math.inf, 0), w.night_unsheltered.value * each
        ),
    )


def define_seat_constraints(programme: Programme, given: Sectors, v: Variables) -> None:
    """Seats of the vehicles that leave, and how many of a route can be had in a day."""
    paths, seat, most = given.shape[0], seats(given), most_on_route(given)
    for r in range(given.shape[3]):
        told, later = (np.flatnonzero(which) for which in (v.shared[:, r] >= 0, v.shared[:, r] < 0))
        if told.size:
            vehicles = np.broadcast_to(v.shared[told, r], (paths, told.size))
            aboard: list[Term] = [(v.moved[:, told, r, k], 1) for k in range(len(given.streams))]
            programme.constrain(f"seats:{r}", [*aboard, (vehicles, -seat[told, r])], -math.inf, 0)
            booked = given.booked()[told, r]
            programme.constrain(f"route:{r}:shared", [(v.shared[told, r], 1)], -math.inf, np.maximum(booked, most[r]))
        if later.size:
            parts: list[Term] = [(v.moved[:, later, r, k], 1 / seat[later, r]) for k in range(len(given.streams))]
            programme.constrain(f"route:{r}", parts, -math.inf, most[r])


def define_fleet_constraints(programme: Programme, given: Sectors, v: Variables) -> None:
    """Vehicles of a kind on a day, over all routes."""
    seat = seats(given)
    for mode, cap in given.numbers.most_a_day:
        mine = [r for r, leg in enumerate(given.vehicles) if leg.mode == mode]
        if not mine:
            continue
        told = np.flatnonzero((v.shared[:, mine] >= 0).all(axis=1))
        later = np.flatnonzero((v.shared[:, mine] < 0).all(axis=1))
        most = np.maximum(cap.value, given.booked()[:, mine].sum(axis=1))
        if told.size:
            ours: list[Term] = [(v.shared[told, r], 1) for r in mine]
            programme.constrain(f"fleet:{mode}:shared", ours, -math.inf, most[told])
        if later.size:
            terms = [(v.moved[:, later, r, k], 1 / seat[later, r]) for r in mine for k in range(len(given.streams))]
            programme.constrain(f"fleet:{mode}", terms, -math.inf, cap.value)


def define_line_constraints(programme: Programme, given: Sectors, v: Variables) -> None:
    """Who may be moved: those who came the day before, at the start those already in line."""
    _, days, sectors, _ = given.shape
    waited = np.stack([given.waited(day) for day in range(days)], axis=1)
    for n in range(sectors):
        mine = [r for r, leg in enumerate(given.vehicles) if leg.origin == n]
        for k in range(len(given.streams)) if mine else ():
            leaving: list[Term] = [(v.moved[:, :, r, k], 1) for r in mine]
            programme.constrain(f"line:{n}:{k}", leaving, -math.inf, waited[:, :, n, k])


def define_receiver_constraints(programme: Programme, given: Sectors, v: Variables) -> None:
    """Where people are taken has agents for so many a day."""
    for n, (_, most) in enumerate(given.receivers):
        mine = [r for r, leg in enumerate(given.vehicles) if leg.receiver == n]
        if mine:
            terms: list[Term] = [(v.moved[:, :, r, k], 1) for r in mine for k in range(len(given.streams))]
            programme.constrain(f"minutes:{n}", terms, -math.inf, most)


def define_place_constraints(programme: Programme, given: Sectors, v: Variables, demands: Demands) -> None:
    """Everybody inside at six: above the rated places or below; nobody is landed above the ceiling."""
    paths, days, sectors, _ = given.shape
    terms: dict[tuple[int, int], list[Term]] = {
        (day, n): [(v.over[:, day, n], 1), (v.idle[:, day, n], -1)] for day in range(days) for n in range(sectors)
    }
    for r, leg in enumerate(given.vehicles):
        for day in range(days):
            left, come = (part[:, :, : days - day] for part in there(given, r, day))
            for n, part in ((leg.origin, left), (leg.receiver, -come)):
                for k, later in zip(*np.nonzero(part.any(axis=0)), strict=True):
                    terms[day + later, n].append((v.moved[:, day, r, k], part[:, k, later]))
    for n in range(sectors):
        for day in range(days):
            still = given.calm[:, day, n] - given.rated[n]
            programme.constrain(f"rated:{n}:{day}", terms[day, n], still, still)
        room = given.ceiling[n] - given.rated[n]
        programme.constrain(f"beds:{n}", [(v.over[:, :, n], 1), (v.outdoors[:, :, n], -1)], -math.inf, room)
    if demands.most_inside < math.inf:  # on the mean path, as for one sector
        inside = [(stock[s, :, n], c / paths) for stock, c in ((v.over, 1), (v.idle, -1))
                  for s in range(paths) for n in range(sectors)]  # fmt: skip
        programme.constrain("ceiling", inside, -math.inf, demands.most_inside - given.rated.sum())


@dataclass(frozen=True)
class Consequences:
    """What movements do, counted without the programme."""

    stock: Floats  # (S, T, N) inside and at the door at six the next morning [person]
    over: Floats  # (S, T) of all sectors past the limit [person]
    after: Floats  # (S,) past the limit after the last day, more than if nobody were moved [person-hour]
    usd: Floats  # (S,) of the vehicles
    over_capacity: Floats  # (S,) [person-hour]
    outdoors: Floats  # (S, T) above the ceilings at six [person]
    moved: Floats  # (S, T)
    weighed: Floats  # (S,) all harms [person-hour past the limit]


def consequences(given: Sectors, moved: Floats, vehicles: NDArray[np.int64] | Floats) -> Consequences:
    """What follows from movements (S, T, R, K) on vehicles (T, R) or (S, T, R)."""
    paths, days, _, _ = given.shape
    w = given.numbers.weights
    stock, over, after = given.calm.copy(), given.calm_over.copy(), np.zeros(paths)
    for r in range(given.shape[3]):
        for day in range(days):
            past = move(given, stock, r, day, moved[:, day, r])
            over[:, day:] += past[:, : days - day]
            after += HOURS * past[:, days - day :].sum(axis=1)
    costs = paid(given) * np.array([leg.cost_usd for leg in given.vehicles])
    usd = np.broadcast_to(np.asarray(vehicles * costs).sum(axis=(-2, -1)), (paths,))
    above = np.maximum(stock - given.rated, 0)
    below, outdoors = np.maximum(given.rated - stock, 0), np.maximum(stock - given.ceiling, 0)
    harm = HOURS * (w.over_capacity.value * above + w.idle_capacity.value * below)
    harm = (harm + w.night_unsheltered.value * outdoors).sum(axis=(1, 2))
    harm = harm + w.over_72h.value * (HOURS * over.sum(axis=1) + after) + w.dollar.value * usd
    return Consequences(
        stock, over, after, usd, HOURS * above.sum(axis=(1, 2)), outdoors.sum(axis=2), moved.sum(axis=(2, 3)), harm
    )


def move(given: Sectors, stock: Floats, route: int, day: int, who: Floats) -> Floats:
    """Take `who` (S, K) from where they came to where the route goes, in place; who is past the limit that would not
    be, on that day's and later mornings (S, D - 1)."""
    leg, left = given.vehicles[route], given.shape[1] - day
    gone, come = there(given, route, day)
    each = who[:, :, None]
    stock[:, day:, leg.origin] -= (each * gone[:, :, :left]).sum(axis=1)
    stock[:, day:, leg.receiver] += (each * come[:, :, :left]).sum(axis=1)
    return np.asarray((each * (come - gone)).sum(axis=1) * (late(gone.shape[2]) > 0))


@dataclass(frozen=True)
class Rule:
    """Who boards when nobody knows the path: a share of those who may be moved, where the morning is crowded enough."""

    shares: Floats  # (N, K)
    level: Floats  # (N,) persons inside this morning from which they are sent
    stays: Floats | None = None
    """(N, K, 2, D) as expected: then a vehicle leaves only where that does less harm than staying, as things stand."""
    whole: bool = True
    """False: vehicles leave only for those above the rated places."""
    paid: bool = True
    """False: what a vehicle costs counts as harm when it is asked whether it leaves."""


def gains(given: Sectors, stays: Floats, route: int, day: int, inside: Floats) -> Floats:
    """What moving one person would save if every place stayed as it is this morning, (S, K) [person-hour past 72 h]."""
    leg, w = given.vehicles[route], given.numbers.weights
    crowded = given.crowded_at(day).astype(int)
    gone = stays[leg.origin][:, crowded[:, leg.origin], 1:].swapaxes(0, 1)
    come = stays[leg.receiver][:, crowded[:, leg.receiver], :-1].swapaxes(0, 1)
    night = np.where(inside > given.rated, w.over_capacity.value, -w.idle_capacity.value) * HOURS
    night = night + np.where(inside > given.ceiling, w.night_unsheltered.value, 0)
    stay = night[:, leg.origin, None] * gone.sum(axis=2) - night[:, leg.receiver, None] * come.sum(axis=2)
    return np.asarray(stay + w.over_72h.value * past(gone - come))


def dispatched(given: Sectors, vehicles: NDArray[np.int64], rule: Rule) -> tuple[Floats, NDArray[np.int64]]:
    """Day by day on each path, knowing only its past: people moved (S, T, R, K), vehicles that left (S, T, R).

    Free places and agents of a receiver are those of the morning; a vehicle leaves with its least load or not at all.
    """
    paths, days, sectors, routes = given.shape
    stock = given.calm.copy()
    seat, cheapest = seats(given), sorted(range(routes), key=lambda r: given.vehicles[r].cost_usd)
    moved, left = np.zeros((paths, days, routes, len(given.streams))), np.zeros((paths, days, routes), np.int64)
    for day in range(days):
        inside = stock[:, day - 1] if day else np.repeat(given.now[None], paths, axis=0)
        sent = (inside >= rule.level) if day else np.ones((paths, sectors), np.bool_)  # who is in line was sent before
        wait = given.waited(day) * (rule.shares * sent[:, :, None] if day else 1.0)
        room = np.minimum(np.maximum(given.ceiling - inside, 0), [most for _, most in given.receivers])
        above = np.maximum(inside - given.rated, 0) if not rule.whole else np.full((paths, sectors), math.inf)
        for r in cheapest:
            leg = given.vehicles[r]
            gain = None if rule.stays is None else gains(given, rule.stays, r, day, inside)
            price = 0.0 if rule.paid else given.numbers.weights.dollar.value * leg.cost_usd
            for _ in range(vehicles[day, r]):
                can = np.minimum(room[:, leg.receiver], above[:, leg.origin])
                least = max(min(leg.least, seat[day, r]), 1)
                who = boarded(wait[:, leg.origin], np.minimum(can, seat[day, r]), least, gain, price)
                aboard = who.sum(axis=1)
                if not aboard.any():
                    break
                left[:, day, r] += aboard > 0
                moved[:, day, r] += who
                wait[:, leg.origin] -= who
                room[:, leg.receiver] -= aboard
                above[:, leg.origin] -= aboard
            move(given, stock, r, day, moved[:, day, r])
    return moved, left


def boarded(wait: Floats, most: Floats, least: float, gain: Floats | None, price: float) -> Floats:
    """Who leaves with one vehicle, (S, K): those whose move saves most first, others only to reach its least load, and
    nobody if that saves no more than the price; without gains each stream its part."""
    if gain is None:
        waiting = wait.sum(axis=1)
        aboard = np.where(np.minimum(waiting, most) >= least, np.minimum(waiting, most), 0)
        return np.asarray(wait * (aboard / np.maximum(waiting, 1e-9))[:, None])
    order = np.argsort(-gain, axis=1, kind="stable")
    who, aboard, rows = np.zeros_like(wait), np.zeros(len(wait)), np.arange(len(wait))
    for column in order.T:
        wanted = np.where(gain[rows, column] > 0, most, np.minimum(least, most))
        more = np.clip(np.minimum(wait[rows, column], wanted - aboard), 0, None)
        who[rows, column] += more
        aboard += more
    leaves = (aboard >= least) & ((who * gain).sum(axis=1) > price)
    return who * leaves[:, None]
