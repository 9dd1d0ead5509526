"""What happens at set times: shifts, openings, resets of caps, departures.  Rows of the kernel's calendar.

What no rule changes (shifts, openings, departures) is made once a draw; `network.assemble` joins and sorts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cauce.border import Row
from cauce.documents import Ranged
from cauce.errors import DataError
from cauce.keys import generator, triangular, uniforms
from cauce.keys import key as fold
from cauce.model.clock import Clock
from cauce.model.kernel import arrays as k
from cauce.policy.rulebook import Rulebook

if TYPE_CHECKING:
    from cauce.model.network import Layout

NO_LIMIT = 2**31 - 1
WORKING_DAYS = 21.7  # [day/month] five of seven days of a mean month
COURT_OPENS = 8.5  # [h local] when the day's hearings begin: office hours


Event = tuple[int, int, tuple[int, int, int, int]]
"""Tick, kind, (a, b, c, d) of `kernel.arrays.Calendar`."""


class Rows(NamedTuple):
    """Calendar rows by column; `route` is the row of routes.csv that leaves, -1 for none."""

    tick: NDArray[np.int64]
    what: NDArray[np.int8]
    args: NDArray[np.int32]  # (rows, 4)
    route: NDArray[np.int16]

    @classmethod
    def of(cls, events: Iterable[Event]) -> Rows:
        """The same rows as events, none of which is a departure."""
        listed = list(events)
        return cls(
            np.array([tick for tick, _, _ in listed], dtype=np.int64),
            np.array([what for _, what, _ in listed], dtype=np.int8),
            np.array([args for _, _, args in listed], dtype=np.int32).reshape(-1, 4),
            np.full(len(listed), -1, np.int16),
        )

    @classmethod
    def joined(cls, *parts: Rows) -> Rows:
        """All rows in order of time; at one instant in the order given."""
        tick = np.concatenate([part.tick for part in parts])
        order = np.argsort(tick, kind="stable")
        return cls(
            tick[order],
            np.concatenate([part.what for part in parts])[order],
            np.concatenate([part.args for part in parts])[order],
            np.concatenate([part.route for part in parts])[order],
        )


def shifts(layout: Layout, parameters: Mapping[str, float], clock: Clock) -> Iterator[Event]:
    """Servers of each pool through the day, in local hours."""
    for number, (_, pool) in enumerate(layout.process.pools):
        for day in _days(clock):
            for shift in pool.servers:
                tick = clock.tick(clock.at(day, shift.from_))
                if 0 <= tick < clock.horizon:
                    yield tick, k.SHIFT, (number, round(parameters[shift.count]), 0, 0)


def first_shift(layout: Layout, parameters: Mapping[str, float], clock: Clock) -> list[int]:
    """Servers of each pool at the start."""
    hour = clock.start.hour
    counts = []
    for _, pool in layout.process.pools:
        begun = [shift for shift in pool.servers if shift.from_ <= hour]
        counts.append(round(parameters[(begun or pool.servers)[-1].count]))
    return counts


def capacity(row: Row, key: int | None) -> int:
    """Persons whom a site lets in; no limit when the cell is blank."""
    return round(_ranged(row, "capacity", key, row["site"])) if row["capacity"] else NO_LIMIT


def openings(layout: Layout, clock: Clock, key: int | None) -> Iterator[Event]:
    """Sites that open within the horizon."""
    for number, row in enumerate(layout.border.sites):
        if row["opens"]:
            tick = clock.tick(clock.at(row.day("opens")))
            if 0 < tick < clock.horizon:
                yield tick, k.CAPACITY, (number, capacity(row, key), 0, 0)


def is_open(row: Row, clock: Clock) -> bool:
    """Whether a site is open at the start."""
    return not row["opens"] or clock.at(row.day("opens")) <= clock.start


def hearings(layout: Layout, parameters: Mapping[str, float], clock: Clock) -> Iterator[Event]:
    """Places on the docket of each court: its month's hearings, spread over working days, first come first heard."""
    for number, station in enumerate(layout.documents):
        if station.docket is None:
            continue
        a_day, heard = parameters[station.docket] / WORKING_DAYS, 0.0
        for day in _days(clock):
            tick = clock.tick(clock.at(day, COURT_OPENS))
            if day.weekday() < 5 and 0 <= tick < clock.horizon:
                places, heard = int(heard + a_day) - int(heard), heard + a_day
                yield tick, k.BATCH, (number, places, 0, layout.index[station.targets[0]])


def fleet_rows(layout: Layout) -> list[Row]:
    """Rows of fleets.csv in the kernel's order: by station."""
    return sorted(layout.border.fleets, key=lambda row: layout.index[row["station"]])


RULES = ("full", "saturated", "first-boarded")


def fleets(layout: Layout, key: int | None) -> k.Fleet:
    """Vehicles that leave by a rule and come back: the border's fleets.csv, by station.

    full: as soon as the seats are taken; saturated: `hold_hours` after `least` wait, or when full;
    first-boarded: `hold_hours` after the first is there, or when full.
    """
    rows = []
    for row in fleet_rows(layout):
        if row["rule"] not in RULES:
            raise DataError(
                f"rule {row['rule']!r} is unknown", mend=f"use one of {', '.join(RULES)}", file=row.file, line=row.line
            )
        seats = round(_ranged(row, "seats", key, row["fleet"]))
        least = {"full": seats, "first-boarded": 1}.get(row["rule"]) or min(round(row.number("least")), seats)
        hold = 0 if row["rule"] == "full" else round(row.number("hold_hours") * k.TICKS_PER_HOUR)
        away = round(row.number("away_hours") * k.TICKS_PER_HOUR)
        ends = layout.index[row["station"]], layout.index[row["to"]]
        rows.append((*ends, seats, least, hold, round(row.number("vehicles")), away))
    column = np.array(rows, dtype=np.int64).reshape(-1, len(k.Fleet._fields)).T
    return k.Fleet(
        station=column[0].astype(np.int16),
        to=column[1].astype(np.int16),
        seats=column[2].astype(np.int32),
        least=column[3].astype(np.int32),
        hold=column[4].copy(),
        vehicles=column[5].astype(np.int32),
        away=column[6].copy(),
    )


@dataclass(frozen=True)
class Trips:
    """Every departure the border's routes name within a horizon, in the order of the table, then of time."""

    tick: NDArray[np.int64]
    route: NDArray[np.int16]
    number: NDArray[np.int32]
    """Which of the route's (day, hour) pairs, counted from the start's date: names its luck."""

    @classmethod
    def of(cls, layout: Layout, clock: Clock) -> Trips:
        """Worked out once for a horizon: the same for every draw and rulebook."""
        found = []
        for number, row in enumerate(layout.border.routes):
            opens = row.day("opens") if row["opens"] else date.min
            closes = row.day("closes") if row["closes"] else date.max
            hours = [_hour(row, text) for text in row["times"].split(";")]
            for count, (day, hour) in enumerate((day, hour) for day in _days(clock) for hour in hours):
                tick = clock.tick(clock.at(day, hour))
                if opens <= day < closes and 0 <= tick < clock.horizon:
                    found.append((tick, number, count))
        ticks, route, pair = np.array(found, dtype=np.int64).reshape(-1, 3).T
        return cls(ticks, route.astype(np.int16), pair.astype(np.int32))


def departures(layout: Layout, trips: Trips, key: int | None) -> Rows:
    """Vehicles, bridge hours, release hours, slots: the trips of a draw.

    Seats are drawn once a draw and route; each cancellation by route, date and hour.
    """
    table = layout.border.routes
    args = np.zeros((len(table), 4), np.int32)
    leaves = np.ones(trips.tick.size, np.bool_)
    for number, row in enumerate(table):
        seats = round(_ranged(row, "seats", key, row["route"]))
        args[number] = layout.index[row["station"]], seats, round(row.number("minimum_load")), layout.index[row["to"]]
        cancelled = row.number("cancelled")
        if key is not None and cancelled:
            mine = trips.route == number
            luck = generator("cancelled", key, row["route"]).random(int(trips.number[mine].max(initial=-1)) + 1)
            leaves[mine] = luck[trips.number[mine]] >= cancelled
    route = trips.route[leaves]
    return Rows(trips.tick[leaves], np.full(route.size, k.BATCH, np.int8), args[route], route)


def resets(layout: Layout, book: Rulebook, clock: Clock, instants: Sequence[datetime]) -> Iterator[Event]:
    """Caps when they begin, change, and start a new period; a cap that is not in force is zero.

    Periods begin at midnight where the law is made, so a rule that changes at that midnight renews nothing twice.
    """
    midnights = (datetime.combine(day, time.min, tzinfo=book.law) for day in _days(clock))
    moments = sorted({*instants, *midnights}, key=lambda t: t.timestamp())
    for number, (_, measure) in enumerate(layout.capped):
        last: object = None
        for moment in moments:
            tick = clock.tick(moment)
            if not 0 <= tick < clock.horizon:
                continue
            cap = book.cap(measure, moment)
            period = None if cap is None else (cap.amount, cap.per, cap.period(moment))
            if period != last:
                allowance = 0 if cap is None else min(round(cap.amount), NO_LIMIT)
                yield tick, k.QUOTA, (number, allowance, 0, 0)
                last = period


def _days(clock: Clock) -> Iterator[date]:
    for shift in range(clock.days + 1):
        yield clock.start.date() + timedelta(days=shift)


def _hour(row: Row, text: str) -> float:
    try:
        hour = float(text)
    except ValueError:
        hour = -1.0
    if not 0 <= hour < 24:
        raise DataError(
            f"time {text!r} is not an hour of the day",
            mend="write local hours from 0 to 23.99, parted by semicolons",
            file=row.file,
            line=row.line,
        )
    return hour


def _ranged(row: Row, column: str, key: int | None, name: str) -> float:
    value = row.number(column)
    if key is None or not row[f"{column}_low"]:
        return value
    low, high = row.number(f"{column}_low"), row.number(f"{column}_high")
    quantity = Ranged(value=value, low=low, high=high, unit=column, source=row["source"])
    return drawn(quantity, key, column, name)


def drawn(quantity: Ranged, key: int | None, *words: str) -> float:
    """A number with its range, drawn once a draw by a named decision; as stated when nothing is drawn."""
    if key is None:
        return quantity.value
    return triangular(quantity.low, quantity.value, quantity.high, _uniform(key, *words))


def _uniform(key: int | None, *words: str | float) -> float:
    """A uniform for a named decision; one half when nothing is drawn."""
    if key is None:
        return 0.5
    folded = fold(key, *(str(word) for word in words))
    return float(uniforms(np.array([folded], dtype=np.uint64), "timetable")[0])
