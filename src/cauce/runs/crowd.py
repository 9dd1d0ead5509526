"""Who enters the simulator: the census of the morning, the crowd of a draw, and the lawful lane.

Everybody becomes a party of the kernel here: a tick, a first station, a class, a size, a key.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cauce.arrivals import attempts, timing
from cauce.border import Border, Row, read_rows
from cauce.errors import DataError, DocumentError
from cauce.keys import generator, streams, triangular, uniforms
from cauce.keys import key as fold
from cauce.model.clock import TICKS_PER_HOUR, TICKS_PER_SECOND, Clock
from cauce.model.network import Assembled, Layout
from cauce.model.people import Parties
from cauce.policy.rulebook import Rulebook
from cauce.terms import Authority, Demographic

FAMILY_SIZE = 3  # [person] how families of a census are counted out: judgement
HOURS_A_MONTH = 730.5  # [h] mean month of the calendar
OPENS, HOURS_OPEN = 9, 8.0  # [h local] when authorisations are issued: office hours
COLUMNS = ("station", "nationality", "demographic", "hours_held", "persons")


@dataclass(frozen=True)
class Census:
    """People inside at the start: one row a station, class and time held."""

    rows: tuple[Row, ...]

    @classmethod
    def read(cls, path: Path, border: Border) -> Census:
        """Read a census: station, nationality, demographic, hours_held, persons.

        Raises
        ------
        DataError
            A column, nationality, demographic or number that is not right, with its line.
        """
        rows = read_rows(path, COLUMNS)
        for row in rows:
            place = {"file": row.file, "line": row.line}
            if row["nationality"] not in border.nationalities:
                cause = f"nationality {row['nationality']!r} is unknown"
                raise DataError(cause, mend="use a code of nationalities.csv", **place)  # type: ignore[arg-type]
            if row["demographic"] not in {d.value for d in Demographic}:
                cause = f"demographic {row['demographic']!r} is unknown"
                mend = f"use one of {', '.join(Demographic)}"
                raise DataError(cause, mend=mend, **place)  # type: ignore[arg-type]
            row.number("hours_held")
            if row.number("persons") != round(row.number("persons")):
                cause = f"{row['persons']} persons is not a whole number"
                raise DataError(cause, mend="count whole persons", **place)  # type: ignore[arg-type]
        return cls(rows)

    def canonical(self) -> str:
        """Text to hash."""
        return "|".join(",".join(row[c] for c in COLUMNS) for row in self.rows)

    def parties(self, layout: Layout, key: int) -> Parties:
        """Everybody of the census as parties inside at tick 0, longest held first; keyed by the study's seed."""
        column = {c: i for i, c in enumerate(layout.classes)}
        others = layout.nationalities[-1]
        station, cls, size, held = [], [], [], []
        for row in sorted(self.rows, key=lambda r: -r.number("hours_held")):
            if row["station"] not in layout.index:
                raise DataError(
                    f"station {row['station']!r} is not in the network",
                    mend=f"use one of {', '.join(layout.stations)}",
                    file=row.file,
                    line=row.line,
                )
            nationality = row["nationality"] if row["nationality"] in layout.nationalities else others
            demographic = Demographic(row["demographic"])
            left = round(row.number("persons"))
            most = FAMILY_SIZE if demographic == Demographic.FAMILY else 1
            while left > 0:
                station.append(layout.index[row["station"]])
                cls.append(column[nationality, demographic])
                size.append(min(most, left))
                held.append(round(row.number("hours_held") * TICKS_PER_HOUR))
                left -= most
        number = len(station)
        return Parties(
            tick=np.zeros(number, np.int64),
            station=np.array(station, np.int16),
            cls=np.array(cls, np.int16),
            size=np.array(size, np.int16),
            key=streams(key, np.arange(number)),
            held=np.array(held, np.int64),
        )


def _corridors(history: pl.DataFrame, layout: Layout, authority: str | None) -> NDArray[np.float64]:
    """Encounters by (month, corridor), zeros filled in, small nationalities counted together."""
    chosen = history if authority is None else history.filter(pl.col("authority") == authority)
    others = layout.nationalities[-1]
    grouped = chosen.with_columns(
        pl.when(pl.col("nationality").is_in(list(layout.nationalities)))
        .then(pl.col("nationality"))
        .otherwise(pl.lit(others))
        .alias("nationality")
    ).group_by("month", "nationality", "demographic")
    months = {m: i for i, m in enumerate(sorted(history["month"].unique().to_list()))}
    column = {(n, d.value): i for i, (n, d) in enumerate(layout.classes)}
    table = np.zeros((len(months), len(column)))
    for month, nationality, demographic, count in grouped.agg(pl.col("encounters").sum()).iter_rows():
        table[months[month], column[nationality, demographic]] = count
    return table


def encounters(history: pl.DataFrame, layout: Layout) -> NDArray[np.float64]:
    """Recorded encounters, shape (month, corridor) [event]."""
    return _corridors(history, layout, None)


def persons(history: pl.DataFrame, layout: Layout) -> NDArray[np.float64]:
    """New attempts by persons behind the encounters, shape (month, corridor) [person].

    Who tries again and after how long is the network's, so that the kernel makes the repeats taken out here:
    of people returned evenly over a month, those of its last `retry_hours` try again in the next.
    """
    expelled = _corridors(history, layout, Authority.TITLE_42)
    same_month = 1 - min(layout.retry_hours / HOURS_A_MONTH, 1.0)
    return attempts.persons(encounters(history, layout), expelled, layout.retry, same_month)


@dataclass(frozen=True)
class Months:
    """The months a forecast covers: days of each, and days before the start to pass over."""

    length: NDArray[np.int64]
    skip: int


def months(newest: date, clock: Clock) -> Months:
    """From the month after the newest to the one in which the horizon ends.

    When the start lies later than the first of these months (its count is not published yet), the path
    still walks through it.
    """
    first = (newest + timedelta(days=32)).replace(day=1)
    last = clock.dates[-1] + timedelta(days=2)
    lengths, month = [], first
    while month <= last:
        lengths.append(calendar.monthrange(month.year, month.month)[1])
        month = (month + timedelta(days=32)).replace(day=1)
    return Months(np.array(lengths, dtype=np.int64), (clock.start.date() - first).days)


def open_days(layout: Layout, book: Rulebook, clock: Clock) -> dict[str, NDArray[np.bool_]]:
    """For each programme, whether it is in force when its office opens on each day of the horizon."""
    opening = [clock.at(day, OPENS) for day in clock.dates]
    in_force = [{m.id for m in book.at(t)} if t >= clock.start else set() for t in opening]
    return {m.id: np.array([m.id in names for names in in_force]) for m in book.measures if m.kind == "programme"}


def lane(layout: Layout, book: Rulebook, clock: Clock, key: int, opened: dict[str, NDArray[np.bool_]]) -> Parties:
    """People whom the programmes in force can authorise, at their real supply; the cap is the kernel's.

    Supply is drawn once a programme and divided evenly over its nationalities (shares are not published).
    """
    name = layout.process.lane
    column = {c: i for i, c in enumerate(layout.classes)}
    opening = np.array([clock.tick(clock.at(day, OPENS)) for day in clock.dates])
    ticks, stations, classes, keys = [], [], [], []
    for measure in book.measures if name is not None else ():
        nationalities = [n for n in measure.applies_to.nationalities if n in layout.nationalities]
        supply = measure.value("supply_per_day", book.local(clock.end))
        if measure.kind != "programme" or supply is None or not nationalities:
            continue
        rng = generator("lane", key, measure.id)
        pace = triangular(supply.low, supply.value, supply.high, rng.random())
        count = rng.poisson(pace, len(clock.dates))  # drawn on every day, so that dates move nobody else
        hours = rng.random(int(count.sum())) * HOURS_OPEN
        chosen = rng.integers(len(nationalities), size=hours.size)
        taken = np.repeat(opened[measure.id], count)
        entry = layout.index.get(
            f"{name}@{measure.id}", layout.index[layout.process.station(name or "").to[0].to[0][0]]
        )
        ticks.append((np.repeat(opening, count) + np.rint(hours * TICKS_PER_HOUR).astype(np.int64))[taken])
        stations.append(np.full(int(taken.sum()), entry, np.int16))
        columns = np.array([column[n, Demographic.SINGLE_ADULT] for n in nationalities], np.int16)
        classes.append(columns[chosen][taken])
        keys.append(streams(fold(key, "lane", measure.id), np.arange(hours.size))[taken])
    tick = np.concatenate([np.zeros(0, np.int64), *ticks])
    return Parties(
        tick=tick,
        station=np.concatenate([np.zeros(0, np.int16), *stations]),
        cls=np.concatenate([np.zeros(0, np.int16), *classes]),
        size=np.ones(tick.size, np.int16),
        key=np.concatenate([np.zeros(0, np.uint64), *keys]),
        held=np.full(tick.size, -1, np.int64),
    )


MONTHS_OF_SHARES = 12  # [month] a year, so that no season weighs more than another


@dataclass(frozen=True)
class Gates:
    """Where people enter, and which share of each corridor comes to which place."""

    station: NDArray[np.int16]  # (gate,)
    share: NDArray[np.float64]  # (corridor, gate), rows summing to one

    @classmethod
    def of(cls, layout: Layout, seen: pl.DataFrame | None) -> Gates:
        """One place for all, or each nationality's shares over the newest year of a table by sector.

        Parameters
        ----------
        seen : DataFrame or None
            month, sector, nationality, encounters: what was published.  A nationality that was seen nowhere
            comes as all others do.

        Raises
        ------
        DocumentError
            People come to a sector in which the network has no place to enter.
        """
        process = layout.process
        if seen is None:
            return cls(np.array([layout.index[process.encounter]], np.int16), np.ones((len(layout.classes), 1)))
        newest = sorted(seen["month"].unique().to_list())[-MONTHS_OF_SHARES:]
        sectors = [sector for sector, _ in process.gates]
        table, others = np.zeros((len(layout.nationalities), len(sectors))), layout.nationalities[-1]
        recent = seen.filter(pl.col("month").is_in(newest), pl.col("encounters") > 0)
        for sector, nationality, count in recent.select("sector", "nationality", "encounters").iter_rows():
            if sector not in sectors:
                raise DocumentError(
                    f"people come to sector {sector!r}, where the network has no place to enter",
                    mend="name one in its `encounter`",
                    file=layout.border.network,
                )
            known = nationality if nationality in layout.nationalities else others
            table[layout.nationalities.index(known), sectors.index(sector)] += count
        everybody = table.sum(axis=0)
        table[table.sum(axis=1) == 0] = everybody
        share = (table / table.sum(axis=1, keepdims=True))[[layout.nationalities.index(n) for n, _ in layout.classes]]
        return cls(np.array([layout.index[station] for _, station in process.gates], np.int16), share)

    def entered(self, corridor: NDArray[np.int16], key: NDArray[np.uint64]) -> NDArray[np.int16]:
        """First station of each party, by its own uniform: the same under every policy."""
        gates = self.station.size
        if gates == 1:
            return np.full(corridor.size, self.station[0], np.int16)
        cut = np.cumsum(self.share, axis=1)[:, :-1]
        u, chosen = uniforms(key, "sector"), np.zeros(corridor.size, np.int8)
        for number in range(gates - 1):  # a pass for each sector needs no table of people by sectors
            chosen += u >= cut[corridor, number]
        return self.station[chosen]


@dataclass(frozen=True)
class Prepared:
    """One case of one draw, ready for the kernel."""

    assembled: Assembled
    parties: Parties


def prepare(
    assembled: Assembled,
    people: timing.Parties,
    chosen: NDArray[np.bool_],
    lawful: Parties,
    inside_now: Parties,
    gates: Gates | None = None,
) -> Prepared:
    """Join the census, those of the crowd who come, and the lawful lane, in order of time."""
    layout, clock = assembled.layout, assembled.clock
    offset = round((clock.start - clock.at(clock.start.date())).total_seconds())
    first, last = np.searchsorted(people.second, [offset, offset + clock.horizon // TICKS_PER_SECOND])
    who = first + np.flatnonzero(chosen[first:last])
    gates = gates or Gates.of(layout, None)
    crossing = Parties(
        tick=(people.second[who] - offset) * TICKS_PER_SECOND,
        station=gates.entered(people.corridor[who], people.key[who]),
        cls=people.corridor[who],
        size=people.size[who],
        key=people.key[who],
        held=np.full(who.size, -1, np.int64),
    )
    parts = (inside_now, crossing, lawful)
    joined = [np.concatenate([part[field] for part in parts]) for field in range(len(Parties._fields))]
    order = np.argsort(joined[0], kind="stable")
    return Prepared(assembled, Parties(*(column[order] for column in joined)))
