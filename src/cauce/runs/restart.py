"""The person kernel restarted from this morning: who is inside by step, class and hours held, then the hours to come.

The filter of `assimilate` says how many are inside and how fast each way out runs; it has no ages and no lines.
Here a month under its middle multipliers says where people stand and how long they have been there; that census
is weighed until it holds whom the filter holds, and each draw goes on from one particle of it:

    arrivals     the particle's encounters, day by day
    expulsion    the share of each class that the newest published month expelled, times the multiplier
    lateral      seats of the timetable and the shares moved under pressure, times the multiplier
    release      places of the timetable, times the multiplier; what was announced stands instead

    Known        what every restart stands on
    Restart      some days of the border, ready to run
    inside       the census
    ahead        draws of the hours to come -> Forecast
    errors       how far it missed a day ahead on the mornings before
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cauce.arrivals.priors import Priors
from cauce.border import Border, Row
from cauce.data import cards, observe
from cauce.data.mornings import Morning, Reported
from cauce.keys import generator, streams, uniforms
from cauce.keys import key as fold
from cauce.model import timetable
from cauce.model.clock import MORNING, TICKS_PER_HOUR, Clock
from cauce.model.network import Assembled, Drawn, Layout, Regimes, assemble
from cauce.model.people import Parties
from cauce.model.routing import Rules
from cauce.model.simulate import Run, simulate
from cauce.policy.rulebook import Rulebook
from cauce.runs import assimilate, crowd, replay
from cauce.runs.assimilate import MULTIPLIERS, Cloud, Estimate, Forecast
from cauce.runs.executors import Threads
from cauce.runs.flow import DAY, Float, Flow, Rates
from cauce.runs.free import Chosen
from cauce.runs.replay import Replay

SPIN_UP = 30  # [d] a month, as the census that scenarios start from
ROUNDS = 2  # of weighing the lines: what the first leaves is within the luck of one draw
WORKERS = 2
LIMIT_HOURS = 72  # [h] the limit that outcomes and figures of the morning name
MOVED = ("expulsion", "lateral", "release")  # channels whose places a multiplier moves


@dataclass(frozen=True)
class Known:
    """What every restart of a border stands on, read once."""

    border: Border
    rates: Rates
    flow: Flow
    history: pl.DataFrame
    """The newest published month, as the filter has it."""
    book: Rulebook
    priors: Priors
    seed: int

    @classmethod
    def read(cls, border: Border, rates: Rates, flow: Flow, seed: int) -> Known:
        table = observe.read_reference(border.reference(border.card.encounters))
        month = table.filter(pl.col("month") == flow.month)
        priors = Priors.read(border.root / "arrivals.yaml")
        return cls(border, rates, flow, month, Rulebook.read(border), priors, seed)


@dataclass(frozen=True)
class Restart(Replay):
    """Some days of a border under given encounters and multipliers."""

    rates: Rates
    flow: Flow
    came: Float
    """Encounters [person], shape (draw, day)."""
    log: Float
    """Logarithms of the multipliers, shape (draw, 4)."""

    @classmethod
    def begin(cls, known: Known, on: date, start: date, came: Float, log: Float) -> Restart:
        """As known on the morning `on`, from six in the morning of `start`, for as many days as `came` has."""
        border = known.border
        key = fold(known.seed, "restart", on.isoformat())
        book = known.book.known_on(on).resolve(fold(key, "courts"))
        codes = tuple(c for c in border.nationalities if c in set(known.history["nationality"].to_list()))
        first = datetime(start.year, start.month, start.day, MORNING, tzinfo=ZoneInfo(border.card.timezone))
        return cls(
            border, book, Layout.of(border, book, codes), Clock(first, came.shape[1]), known.history, (),
            known.priors.known_on(f"{on:%Y-%m}"), key, known.rates, known.flow, came, log,
        )  # fmt: skip

    def days(self, draw: int) -> NDArray[np.int64]:
        """Persons encountered a day, shape (day + 1, corridor): the particle's, dealt by the month's shares."""
        share = self.recorded[-1] / self.recorded[-1].sum()
        count = np.rint(np.append(self.came[draw], self.came[draw, -1])).astype(np.int64)  # the last morning's hours
        return np.asarray(generator("restart", self.seed, draw).multinomial(count, share), dtype=np.int64)

    @cached_property
    def _said(self) -> Regimes:
        return Regimes.of(self.layout, self.book, self.clock)

    def ruled(self, expulsion: float) -> Regimes:
        """The book's rules with each class expelled as in the newest month, times a multiplier."""
        share = np.minimum(self.expelled[-1] * expulsion, 1.0)
        return replace(self._said, rules=tuple(self._expelled(r, share) for r in self._said.rules))

    def _expelled(self, rules: Rules, share: Float) -> Rules:
        """The rules with so many of each class expelled; the rest divided as the book says."""
        found = []
        for said, part in zip(rules.shares, share.tolist(), strict=True):
            others = [(pathway, s) for pathway, s in said if pathway not in self._expulsions and s > 0]
            whole, mine = sum(s for _, s in others), part if others else 1.0
            rest = ((pathway, s / whole * (1 - mine)) for pathway, s in others)
            found.append(tuple((pathway, s) for pathway, s in ((self._expulsions[0], mine), *rest) if s > 0))
        return Rules(tuple(found), tuple({} for _ in rules.capped), rules.returned)

    @cached_property
    def rows(self) -> dict[str, list[int]]:
        """Rows of routes.csv of each channel."""
        stations = {c: getattr(self.flow.names, c) for c in (*MOVED, "ice")}
        rows = enumerate(self.border.routes)
        found: dict[str, list[int]] = {c: [] for c in stations}
        for number, row in rows:
            for channel, station in stations.items():
                if row["station"] == station:
                    found[channel].append(number)
        return found

    def told(self, draw: int, today: Morning | None) -> Drawn:
        """Parameters, crews and departures of a draw under its multipliers, and under what was announced."""
        times = dict(zip(MULTIPLIERS, np.exp(self.log[draw]), strict=True))
        routes = self.border.routes
        # a bridge also takes others than those expelled: fewer expulsions do not close it
        open_ = {**times, "expulsion": max(times["expulsion"], 1.0)}
        seats = {routes[n]["route"]: routes[n].number("seats") * open_[c] for c in MOVED for n in self.rows[c]}
        names = self.flow.names.lateral_shares
        shares = {n: min(self.flow.quantities[n] * times["lateral"], 1.0) for n in names}
        drawn = self.drawn(draw, Chosen(shares, seats))
        return drawn if today is None else replace(drawn, departures=self._announced(draw, drawn, today))

    def _announced(self, draw: int, drawn: Drawn, today: Morning) -> timetable.Rows:
        """Departures with the places that were announced: releases of two days, flights of today that fly."""
        rows, rng = drawn.departures, generator("restart", self.seed, draw, "announced")
        args = rows.args.copy()
        day = self.clock.day_of_hour[rows.tick // TICKS_PER_HOUR]
        for number, role in enumerate(("release_today", "release_tomorrow")):
            plan, luck = today.total(role), rng.standard_normal()
            mine = (day == number) & np.isin(rows.route, self.rows["release"])
            if plan is not None:
                _share(args, mine, plan[0] * float(np.exp(self.rates[plan[1]] * luck)))
        cancelled = today.total("flights_cancelled")
        if cancelled is not None:
            flights = [n for n in self.rows["lateral"] if self.border.routes[n]["mode"] == self.flow.names.flight]
            mine = (day == 0) & np.isin(rows.route, flights)
            planned = sum(len(self.border.routes[n]["times"].split(";")) for n in flights)
            left = max(planned - cancelled[0], 0.0) * self.flow.flight_seats
            _share(args, mine, left * float(np.exp(self.log[draw, MULTIPLIERS.index("lateral")])))
        return rows._replace(args=args)

    def go(self, draw: int, warm: Parties, today: Morning | None, *, table: bool = False) -> _Gone:
        """One draw, from those inside."""
        case = assemble(
            self.layout, self.book, self.ruled(float(np.exp(self.log[draw, 1]))), self.clock, self.told(draw, today)
        )
        came = self.crowd(draw)
        nobody = crowd.Census(()).parties(self.layout, 0)
        ready = crowd.prepare(case, came, ~came.growth, nobody, warm)
        run = simulate(case, ready.parties, fold(self.seed, draw, "people"), person_table=table)
        return _Gone(case, ready.parties, run)


def _share(args: NDArray[np.int32], mine: NDArray[np.bool_], places: float) -> None:
    """Give some departures so many places together, each in proportion to its own."""
    cut = np.cumsum(np.append(0, args[mine, 1])) / max(int(args[mine, 1].sum()), 1)
    args[mine, 1] = np.diff(np.rint(cut * places)).astype(np.int32)


@dataclass(frozen=True)
class _Gone:
    """One run, and what it was made from."""

    case: Assembled
    parties: Parties
    run: Run

    def outcome(self, name: str) -> Float:
        """An outcome of the network by day, shape (day,)."""
        return np.asarray(self.run.daily[[o.id for o in self.case.layout.process.outcomes].index(name)])

    def custody(self) -> Float:
        """Persons at the watched site hour by hour, shape (24 x day + 1,)."""
        layout = self.case.layout
        held = self.run.counts.sites[layout.site_index[layout.process.custody]].sum(axis=1)
        return np.asarray(held[np.minimum(np.arange(DAY * self.case.clock.days + 1), held.size - 1)], np.float64)

    def left(self, rows: Sequence[int]) -> Float:
        """Persons who left with some routes, shape (24 x day,)."""
        mine = np.isin(self.case.route, rows)
        hour = self.case.calendar.tick[mine] // TICKS_PER_HOUR
        return self._by_hour(hour, self.run.counts.boarded[mine])

    def came(self) -> Float:
        """Persons encountered, shape (24 x day,)."""
        new = self.parties.held < 0
        return self._by_hour(self.parties.tick[new] // TICKS_PER_HOUR, self.parties.size[new])

    def _by_hour(self, hour: NDArray[np.int64], people: NDArray[np.integer]) -> Float:
        hours = DAY * self.case.clock.days  # a day on which the clocks change gives its odd hour to the next
        return np.bincount(np.minimum(hour, hours - 1), weights=people, minlength=hours).astype(np.float64)


@dataclass(frozen=True)
class Inside:
    """The census of a morning before it is rounded to persons: one row a station, class and time held."""

    table: pl.DataFrame
    """Columns of `crowd.COLUMNS`, persons as fractions, and whether the row is in custody."""
    custody: float

    def census(self, custody: float, key: int) -> crowd.Census:
        """Whole persons with so many in custody, rounded by luck so that small rows do not vanish."""
        held = self.table["custody"].to_numpy()
        persons = self.table["persons"].to_numpy() * np.where(held, custody / max(self.custody, 1.0), 1.0)
        whole = np.floor(persons + generator(key, "census").random(persons.size)).astype(np.int64)
        cells = self.table.select(crowd.COLUMNS[:-1]).rows(named=True)
        return crowd.Census(
            tuple(
                Row({**{k: str(v) for k, v in row.items()}, "persons": str(n)}, Path("census"), line)
                for line, (row, n) in enumerate(zip(cells, whole.tolist(), strict=True), 2)
                if n
            )
        )


def inside(known: Known, cloud: Cloud, flows: Forecast, morning: Morning) -> Inside:
    """Who is inside by step, class and hours held: a month under the middle multipliers, weighed by the filter.

    Persons in custody sum to the filter's median; those over 72 hours to what was reported.  In the line of each
    way out there are as many more or fewer as the first day lets out too few or too many of them, beside the
    filter's day.  Nobody stands at the centre's door: a line there after a month says that the month's levels
    were not this morning's.
    """
    log, names = np.median(cloud.log, axis=0)[None], known.flow.names
    month = np.full((1, SPIN_UP), known.flow.arrivals * float(np.exp(log[0, 0])))
    spin = Restart.begin(known, morning.day, morning.day - timedelta(days=SPIN_UP), month, log)
    layout = spin.layout
    gone = spin.go(0, crowd.Census(()).parties(layout, 0), None, table=True)
    here = layout.process.custody
    clocked = {name for name, s in zip(layout.stations, layout.documents, strict=True) if s.site == here}
    first = {t for s in layout.documents if s.site != here for t in s.targets} & clocked
    table = replay.inside(layout, gone.parties, gone.run.out).with_columns(
        pl.col("station").is_in(clocked).alias("custody"), pl.col("persons").cast(pl.Float64)
    )
    door = float(gone.run.counts.stages[layout.stage_index[f"door:{here}"], -1].sum())
    waiting = _persons(table, pl.col("station").is_in(first))
    custody = float(np.median(cloud.custody))
    table = _times(table, pl.col("station").is_in(first), 1 - door / max(waiting, door, 1.0))
    table = _weighed(_times(table, pl.col("custody"), custody / max(_persons(table, pl.col("custody")), 1.0)), morning)
    day = Restart.begin(known, morning.day, morning.day, np.median(flows.daily("arrivals")[:, :1], axis=0)[None], log)
    for _ in range(ROUNDS):
        warm = Inside(table, custody).census(custody, day.seed).parties(layout, fold(day.seed, "census"))
        tried = day.go(0, warm, morning)
        for channel in (*MOVED, "ice"):
            line = pl.col("station") == getattr(names, channel)
            more = float(np.median(flows.daily(channel)[:, 0])) - float(tried.left(day.rows[channel]).sum())
            there = _persons(table, line)
            table = _times(table, line, max(there + more, 0.0) / max(there, 1.0))
        lines = pl.col("station").is_in([getattr(names, channel) for channel in (*MOVED, "ice")])
        rest = pl.col("custody") & ~lines
        left = max(custody - _persons(table, lines), 0.0)
        table = _weighed(_times(table, rest, left / max(_persons(table, rest), 1.0)), morning)
    return Inside(table, _persons(table, pl.col("custody")))


def _persons(table: pl.DataFrame, rows: pl.Expr) -> float:
    return float(table.filter(rows)["persons"].sum())


def _times(table: pl.DataFrame, rows: pl.Expr, factor: float) -> pl.DataFrame:
    persons = pl.col("persons")
    return table.with_columns(pl.when(rows).then(persons * factor).otherwise(persons))


def _weighed(table: pl.DataFrame, morning: Morning) -> pl.DataFrame:
    """With as many in custody over 72 hours as were reported, and as many in all as before."""
    told = morning.total("over72")
    if told is None:
        return table
    held, late = pl.col("custody"), pl.col("custody") & (pl.col("hours_held") >= LIMIT_HOURS)
    rest = max(_persons(table, held) - told[0], 0.0)
    fresh = held & (pl.col("hours_held") < LIMIT_HOURS)
    table = _times(table, fresh, rest / max(_persons(table, fresh), 1.0))
    return _times(table, late, told[0] / max(_persons(table, late), 1.0))


@dataclass(frozen=True)
class Ahead:
    """The hours to come, person by person."""

    forecast: Forecast
    over: Float
    """Persons over 72 hours on each morning to come, shape (draw, day)."""
    children: Float
    """Children alone among them."""
    census: Inside


def ahead(known: Known, cloud: Cloud, flows: Forecast, morning: Morning, draws: int) -> Ahead:
    """Draws of the hours to come, each from one particle of the filter and its own encounters.

    Parameters
    ----------
    flows : Forecast
        The flow version's, for the days to be run: of it only the encounters are taken.
    """
    # all weigh the same; evenly over custody, which tomorrow's follows most
    even = ((np.arange(draws) + 0.5) * len(cloud.custody) // draws).astype(np.intp)
    chosen = np.argsort(cloud.custody, kind="stable")[even]
    census, custody = inside(known, cloud, flows, morning), cloud.custody[chosen]
    begun = Restart.begin(known, morning.day, morning.day, flows.daily("arrivals")[chosen], cloud.log[chosen])
    layout = begun.layout
    most = float(custody.max())
    everybody = census.census(most, begun.seed).parties(layout, fold(begun.seed, "census"))
    held = np.array([s.site == layout.process.custody for s in layout.documents])[everybody.station]

    def there(draw: int) -> Parties:
        """Of the fullest draw's people in custody as many as this one has, by everybody's own luck."""
        luck = uniforms(streams(fold(begun.seed, draw, "inside"), np.arange(held.size)), "there")
        stays = ~held
        mine = np.flatnonzero(held)
        stays[
            mine[np.argsort(luck[mine], kind="stable")[: round(mine.size * float(custody[draw]) / max(most, 1.0))]]
        ] = True
        return Parties(*(column[stays] for column in everybody))

    def task(draw: int) -> _Gone:
        return begun.go(draw, there(draw), morning)

    gone: dict[int, _Gone] = dict(Threads(WORKERS).map(task, range(draws)))
    runs = [gone[draw] for draw in range(draws)]
    flow, days = known.flow, begun.clock.days
    moved = {c: np.stack([one.left(begun.rows[c]) for one in runs]) for c in (*MOVED, "ice")}
    moved["arrivals"] = np.stack([one.came() for one in runs])
    hhs = np.stack([one.outcome(flow.names.hhs) for one in runs])
    moved["hhs"] = np.hstack([hhs[:, [d]] * flow.profile("hhs", morning.day + timedelta(days=d)) for d in range(days)])
    held = np.stack([one.custody() for one in runs])
    over, children = (
        np.stack([one.outcome(name) for one in runs]) for name in (flow.names.over, flow.names.children_over)
    )
    return Ahead(Forecast(flows.start, held, moved), over, children, census)


def errors(known: Known, estimate: Estimate, reported: Reported) -> tuple[int, float, float] | None:
    """Mornings scored of the last fortnight, mean absolute error a day ahead, and that of the last figure [person].

    Each is forecast from the particles and announcements of the morning before it, and from nothing later: a morning
    on which the newest month of today was not yet published is not scored, because the filter stands on that month.
    """
    by_day, day_ahead = {m.day: m for m in reported.mornings}, known.rates.with_changes(horizon_hours=DAY)
    lag, missed = cards.find(known.border.card.publication).lag_days, []
    for before, after in pairwise(estimate.steps):
        if not estimate.scores(after) or after.reported is None or after.persistence is None:
            continue
        if observe.newest_month(before.day, lag) < known.flow.month:
            continue
        morning = by_day.get(before.day, Morning(before.day, ()))
        flows = assimilate.forecast(known.flow, day_ahead, before.cloud, morning, known.seed)
        found = ahead(known, before.cloud, flows, morning, known.rates.draws_of_score)
        middle = float(np.median(found.forecast.custody[:, -1]))
        missed.append((abs(middle - after.reported), abs(after.persistence - after.reported)))
    if not missed:
        return None
    mine, theirs = np.mean(missed, axis=0)
    return len(missed), float(mine), float(theirs)
