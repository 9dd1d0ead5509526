"""Documents and tables become arrays: the only place where names become indices.

`Layout` holds what is the same for every draw and every case of a scenario: the order of stations, sites,
classes and stages.  `assemble` fills the arrays for one rulebook and one draw of the parameters.  A quota
station of the document becomes one kernel station for each rule that has a cap; people are routed to the
one whose rule concerns them on that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cauce.border import Border
from cauce.errors import DocumentError
from cauce.keys import key as fold
from cauce.model import timetable
from cauce.model.clock import NOON, TICKS_PER_HOUR, Clock
from cauce.model.kernel import arrays as k
from cauce.model.kernel import quantiles
from cauce.model.process import Branch, Process, Spread, Station
from cauce.model.routing import Routing, Rules
from cauce.policy.exposure import accepting, pathway_shares, return_share
from cauce.policy.rulebook import Rulebook
from cauce.terms import Demographic

KIND = {
    "delay": k.DELAY,
    "beds": k.DELAY,
    "desk": k.DESK,
    "slots": k.BATCH,
    "departure": k.BATCH,
    "quota": k.QUOTA,
    "court": k.BATCH,
    "exit": k.SINK,
}
RULE = {"hold": k.HOLD, "divert": k.DIVERT, "": k.HOLD}
HOURS_PER = {"min": 1 / 60, "h": 1.0, "d": 24.0}
ONE = 1024  # fixed point of shares of a service time, as the kernel reads them


@dataclass(frozen=True)
class Layout:
    """Names and their indices."""

    border: Border
    process: Process
    nationalities: tuple[str, ...]
    capped: tuple[tuple[str, str], ...]
    """(quota station of the document, measure) for each rule with a cap, in the book's order."""

    @cached_property
    def classes(self) -> tuple[tuple[str, Demographic], ...]:
        return tuple((n, d) for n in self.nationalities for d in Demographic)

    @cached_property
    def stations(self) -> tuple[str, ...]:
        """Kernel stations: those of the document, then one for each capped rule."""
        plain = tuple(s.id for s in self.process.stations if s.kind != "quota")
        return plain + tuple(f"{station}@{measure}" for station, measure in self.capped)

    @cached_property
    def documents(self) -> tuple[Station, ...]:
        """The document behind each kernel station."""
        by_name = {s.id: s for s in self.process.stations}
        return tuple(by_name[name.partition("@")[0]] for name in self.stations)

    @cached_property
    def index(self) -> Mapping[str, int]:
        return {name: i for i, name in enumerate(self.stations)}

    @cached_property
    def sites(self) -> tuple[str, ...]:
        return tuple(row["site"] for row in self.border.sites)

    @cached_property
    def site_index(self) -> Mapping[str, int]:
        return {name: i for i, name in enumerate(self.sites)}

    @cached_property
    def stages(self) -> tuple[str, ...]:
        """Census stages: those of the stations, then one for the door of each site that makes people wait."""
        named = tuple(dict.fromkeys(s.stage for s in self.documents))
        return named + tuple(f"door:{row['site']}" for row in self.border.sites if row["rule"] == "hold")

    @cached_property
    def stage_index(self) -> Mapping[str, int]:
        return {name: i for i, name in enumerate(self.stages)}

    @cached_property
    def priority(self) -> NDArray[np.int8]:
        """Who goes first at each kernel station, shape (station, class)."""
        return np.array([[s.priority(n, d) for n, d in self.classes] for s in self.documents], dtype=np.int8)

    @cached_property
    def pools(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.process.pools)

    @cached_property
    def _branches(self) -> dict[tuple[Branch, ...], NDArray[np.int64]]:
        return {}

    def branch_of(self, branches: tuple[Branch, ...], station: str) -> NDArray[np.int64]:
        """Number of the branch each class takes: the first that takes it, shape (class,).

        Raises
        ------
        DocumentError
            No branch takes a class.
        """
        if branches not in self._branches:
            found = []
            for nationality, demographic in self.classes:
                taken = (i for i, b in enumerate(branches) if b.takes(nationality, demographic))
                number = next(taken, None)
                if number is None:
                    raise DocumentError(
                        f"station {station!r} has no way on for {demographic} of {nationality}",
                        mend="end its list with a branch for everybody",
                        file=self.border.network,
                    )
                found.append(number)
            self._branches[branches] = np.array(found)
        return self._branches[branches]

    @cached_property
    def _turning_back(self) -> Station:
        """The station from which people try again: the first that leads to the encounter."""
        return next(s for s in self.process.stations if self.process.encounter in s.targets)

    @cached_property
    def retry(self) -> NDArray[np.float64]:
        """Share of the returned who try again, as stated, shape (class,)."""
        shares = []
        for nationality, demographic in self.classes:
            branch = next(b for b in self._turning_back.to if b.takes(nationality, demographic))
            name = dict(branch.to).get(self.process.encounter)
            shares.append(0.0 if name is None else self.process.quantity(name).value)
        return np.array(shares)

    @cached_property
    def retry_hours(self) -> float:
        """Mean hours between a return and the next attempt, as stated."""
        wait = self._turning_back.time
        if wait is None:
            return 0.0
        mean = self.process.quantity(wait.mean)
        return mean.value * HOURS_PER[mean.unit]

    @classmethod
    def of(cls, border: Border, book: Rulebook, nationalities: tuple[str, ...]) -> Layout:
        """The layout of a border under a book (any amendment of which has the same layout)."""
        process = Process.read(border)
        capped = tuple(
            (station.id, measure.id)
            for station in process.stations
            if station.kind == "quota"
            for measure in book.measures
            if measure.kind == QUOTA_OF[station.quota or ""]
        )
        return cls(border, process, nationalities, capped)


QUOTA_OF = {"return-agreements": "return-agreement", "programmes": "programme"}
"""Which kind of measure fills which kind of quota station."""


@dataclass(frozen=True)
class Assembled:
    """One case and one draw, ready for the kernel."""

    layout: Layout
    clock: Clock
    parameters: Mapping[str, float]
    network: k.Network
    calendar: k.Calendar
    tables: k.Tables
    route: NDArray[np.int16]
    """Row of routes.csv that leaves with each row of the calendar, -1 for none."""
    announced: NDArray[np.float64]
    """(day, class) share of people met whom the rules of that noon announce to return."""


@dataclass(frozen=True)
class Drawn:
    """What a draw settles and no rule changes: parameters, crews and places, departures."""

    key: int | None
    parameters: Mapping[str, float]
    crews: timetable.Rows
    departures: timetable.Rows

    @classmethod
    def of(
        cls,
        layout: Layout,
        clock: Clock,
        trips: timetable.Trips,
        key: int | None,
        chosen: Mapping[str, float] | None = None,
    ) -> Drawn:
        """Worked out once a draw (`key`; None: everything as stated); parameters that are `chosen` are not drawn."""
        parameters = {**layout.process.drawn(key), **(chosen or {})}
        crews = (
            *timetable.shifts(layout, parameters, clock),
            *timetable.openings(layout, clock, key),
            *timetable.hearings(layout, parameters, clock),
        )
        return cls(key, parameters, timetable.Rows.of(crews), timetable.departures(layout, trips, key))


@dataclass(frozen=True)
class Regimes:
    """A book over a horizon: when a regime begins (the first at the start), what it says, when caps reset."""

    instants: tuple[datetime, ...]
    rules: tuple[Rules, ...]
    resets: tuple[timetable.Event, ...]
    announced: NDArray[np.float64]  # (day, class)

    @classmethod
    def of(cls, layout: Layout, book: Rulebook, clock: Clock) -> Regimes:
        """Worked out once for a book: the same for every draw."""
        inside = [t for t in book.change_points(clock.origin, clock.end) if clock.origin < t < clock.end]
        instants = (clock.origin, *inside)
        rules = tuple(_rules_at(layout, book, instant) for instant in instants)
        noons = [sum(begins <= clock.at(day, NOON) for begins in instants) - 1 for day in clock.dates]
        announced = np.array([r.returned for r in rules])[noons]
        return cls(instants, rules, tuple(timetable.resets(layout, book, clock, instants)), announced)


def _rules_at(layout: Layout, book: Rulebook, instant: datetime) -> Rules:
    capped: list[dict[str, str]] = []
    shares = []
    by_rules = any(station.pathways for station in layout.process.stations)
    for nationality, demographic in layout.classes:
        shares.append(pathway_shares(book, instant, nationality, demographic) if by_rules else ())
        agreement = accepting(book, instant, nationality, demographic)
        quotas = {}
        for station in layout.process.stations:
            if station.quota == "return-agreements" and agreement is not None and agreement.cap_per:
                quotas[station.id] = agreement.id
        capped.append(quotas)
    returned = (return_share(book, instant, n, d) if by_rules else 0.0 for n, d in layout.classes)
    return Rules(shares=tuple(shares), capped=tuple(capped), returned=tuple(returned))


def agent_minutes(layout: Layout, book: Rulebook, clock: Clock, key: int | None) -> dict[str, float]:
    """Agent-minutes of each pathway under the book, drawn by `key` [min]."""
    found = {}
    for measure in book.measures:
        given = measure.value("agent_minutes", book.local(clock.origin))
        if measure.pathway is not None and given is not None:
            found[measure.pathway] = timetable.drawn(given, key, "minutes", measure.pathway)
    return found


def assemble(layout: Layout, book: Rulebook, regimes: Regimes, clock: Clock, drawn: Drawn) -> Assembled:
    """Fill the kernel's arrays for one rulebook and one draw."""
    tables = _Tables()
    minutes = agent_minutes(layout, book, clock, drawn.key)
    routing = Routing(layout, drawn.parameters, regimes.rules)
    network = _network(layout, drawn.parameters, minutes, clock, tables, routing, drawn.key)
    begins = ((clock.tick(t), k.REGIME, (number, 0, 0, 0)) for number, t in enumerate(regimes.instants))
    rows = timetable.Rows.joined(drawn.crews, timetable.Rows.of((*regimes.resets, *begins)), drawn.departures)
    calendar = k.Calendar(rows.tick, rows.what, *(np.ascontiguousarray(column) for column in rows.args.T))
    return Assembled(layout, clock, drawn.parameters, network, calendar, tables.arrays(), rows.route, regimes.announced)


class _Tables:
    """Quantile tables, one for each different spread of times."""

    def __init__(self) -> None:
        self._index: dict[tuple[float, float], int] = {}
        self._rows: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []

    def lognormal(self, hours: float, cv: float) -> int:
        wanted = (hours, cv)
        if wanted not in self._index:
            self._index[wanted] = len(self._rows)
            self._rows.append(quantiles.lognormal(hours * TICKS_PER_HOUR, cv))
        return self._index[wanted]

    def arrays(self) -> k.Tables:
        rows = self._rows or [quantiles.constant(0)]
        return k.Tables(body=np.stack([body for body, _ in rows]), tail=np.stack([tail for _, tail in rows]))


def _network(
    layout: Layout,
    parameters: Mapping[str, float],
    minutes: Mapping[str, float],
    clock: Clock,
    tables: _Tables,
    routing: Routing,
    key: int | None,
) -> k.Network:
    stations, classes = layout.documents, layout.classes
    sites = {"keep": k.KEEP, **layout.site_index}
    pool_of = {name: i for i, name in enumerate(layout.pools)}
    service = np.full((len(stations), len(classes)), -1, dtype=np.int32)
    patience = service.copy()

    def spread(time: Spread) -> int:
        hours = parameters[time.mean] * HOURS_PER[layout.process.quantity(time.mean).unit]
        return tables.lognormal(hours, parameters[time.cv])

    for number, s in enumerate(stations):
        if s.patience is not None:
            patience[number] = spread(s.patience.lasts)
        if s.time is not None:
            service[number] = spread(s.time)
        elif s.minutes is not None:
            if s.minutes not in minutes:
                raise DocumentError(
                    f"station {s.id!r} takes its minutes from pathway {s.minutes!r}, which the book does not give",
                    mend="add a measure with that pathway and agent_minutes",
                    file=layout.border.network,
                )
            service[number] = tables.lognormal(minutes[s.minutes] / 60, parameters[layout.process.minutes_cv])
    quota = np.full(len(stations), -1, dtype=np.int16)
    for number, (station, measure) in enumerate(layout.capped):
        quota[layout.index[f"{station}@{measure}"]] = number
    rows = layout.border.sites
    row, start, cum, to = routing.arrays()
    return k.Network(
        kind=np.array([KIND[s.kind] for s in stations], dtype=np.int8),
        site=np.array([k.NONE if s.site is None else sites[s.site] for s in stations], dtype=np.int16),
        stage=np.array([layout.stage_index[s.stage] for s in stations], dtype=np.int16),
        pool=np.array([pool_of.get(s.pool or "", -1) for s in stations], dtype=np.int16),
        service=service,
        per_member=np.array(
            [round(ONE * parameters[s.added_member]) if s.added_member else 0 for s in stations],
            dtype=np.int32,
        ),
        priority=layout.priority,
        route_row=row,
        row_start=start,
        row_cum=cum,
        row_to=to,
        press_site=np.array([layout.site_index[s.pressed.site] if s.pressed else -1 for s in stations], dtype=np.int16),
        press_at=np.array([round(parameters[s.pressed.at]) if s.pressed else 0 for s in stations], dtype=np.int32),
        attempt=np.array([s.new_attempt for s in stations], dtype=np.int8),
        luck=np.array(
            [fold("station", s.choice or name) for name, s in zip(layout.stations, stations, strict=True)],
            dtype=np.uint64,
        ),
        patience=patience,
        gives_up=np.array([layout.index[s.patience.to] if s.patience else -1 for s in stations], dtype=np.int16),
        quota=quota,
        quota_else=np.array([layout.index[s.denied] if s.denied else -1 for s in stations], dtype=np.int16),
        site_capacity=np.array(
            [timetable.capacity(r, key) if timetable.is_open(r, clock) else 0 for r in rows], dtype=np.int32
        ),
        site_rule=np.array([RULE[r["rule"]] for r in rows], dtype=np.int8),
        site_else=np.array([layout.index[r["else"]] if r["else"] else -1 for r in rows], dtype=np.int16),
        site_clock=np.array([r["clocked"] == "true" for r in rows], dtype=np.int8),
        door_stage=np.array([layout.stage_index.get(f"door:{r['site']}", 0) for r in rows], dtype=np.int16),
        pool_servers=np.array(timetable.first_shift(layout, parameters, clock), dtype=np.int32),
        group=np.array([list(Demographic).index(d) for _, d in classes], dtype=np.int8),
        fleet=timetable.fleets(layout, key),
    )
