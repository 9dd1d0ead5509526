"""From the kernel's counts to the border's outcomes, day by day.

Every outcome is defined in the border's `network.yaml`; this file knows how to count, not what is counted.
Flows are persons (or dollars, nights, flights) per report day; stocks are persons at 06:00 local on the
morning that ends the report day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.border import Row
from cauce.model import timetable
from cauce.model.clock import MORNING, NIGHT, TICKS_PER_HOUR
from cauce.model.kernel import arrays as k
from cauce.model.network import Assembled
from cauce.model.process import Measured
from cauce.terms import Demographic

Daily = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """The kernel's outputs, with difference arrays summed up: persons at each whole hour."""

    entries: NDArray[np.int32]  # (station, day, class) persons entering
    stages: NDArray[np.int32]  # (stage, hour, group) persons there
    sites: NDArray[np.int32]  # (site, hour, group) persons there
    over: NDArray[np.int32]  # (limit, hour, group) persons in custody longer than the limit
    boarded: NDArray[np.int32]  # (calendar row,) persons who left
    trips: NDArray[np.int32]  # (fleet, day) vehicles that left by a rule
    carried: NDArray[np.int32]  # (fleet, day) persons who left with them
    first: NDArray[np.int64]  # (day, class) persons on their first attempt

    @classmethod
    def of(cls, out: k.Outputs, first: NDArray[np.int64]) -> Counts:
        return cls(
            entries=out.entries,
            stages=np.cumsum(out.stage_census, axis=1, dtype=np.int32),
            sites=np.cumsum(out.site_census, axis=1, dtype=np.int32),
            over=np.cumsum(out.over, axis=1, dtype=np.int32),
            boarded=out.boarded,
            trips=out.trips,
            carried=out.carried,
            first=first,
        )


class Reader:
    """Counts every outcome of one assembled case.  `read` gives an array of shape (outcome, day)."""

    def __init__(self, case: Assembled) -> None:
        self._case, self._layout = case, case.layout
        self._days = case.clock.days
        demographics = [d for _, d in self._layout.classes]
        self._columns = {d: [i for i, x in enumerate(demographics) if x == d] for d in Demographic}

    def read(self, counts: Counts) -> Daily:
        """All outcomes, shape (outcome, day)."""
        return np.stack([self._one(outcome, counts) for outcome in self._layout.process.outcomes])

    def _one(self, outcome: Measured, counts: Counts) -> Daily:
        ways: tuple[tuple[object, Callable[[Measured, Counts], Daily]], ...] = (
            (outcome.entries, self._entries),
            (outcome.site, self._at_sites),
            (outcome.station, self._at_station),
            (outcome.door, self._at_door),
            (outcome.over_hours, self._over),
            (outcome.nights, self._nights),
            (outcome.boarded, self._boarded),
            (outcome.departures, self._departed),
            (outcome.weighted, self._weighted),
        )
        return next(count for given, count in ways if given)(outcome, counts)

    def _wanted(self, outcome: Measured) -> tuple[Demographic, ...]:
        return outcome.demographics or tuple(Demographic)

    def _class_columns(self, outcome: Measured) -> list[int]:
        return [i for d in self._wanted(outcome) for i in self._columns[d]]

    def _groups(self, outcome: Measured) -> list[int]:
        return [list(Demographic).index(d) for d in self._wanted(outcome)]

    def _entering(self, station: str, outcome: Measured, counts: Counts) -> Daily:
        """Persons entering a station of the document a day, shape (day,)."""
        numbers = [i for i, s in enumerate(self._layout.documents) if s.id == station]
        entered = counts.entries[numbers][:, :, self._class_columns(outcome)]
        return entered.sum(axis=(0, 2), dtype=np.float64)

    def _entries(self, outcome: Measured, counts: Counts) -> Daily:
        if outcome.realised is not None:
            met = (counts.entries[self._layout.index[s]][:, self._class_columns(outcome)] for s in outcome.entries)
            return (sum(met) * self._case.announced[:, self._class_columns(outcome)]).sum(axis=1, dtype=np.float64)
        if outcome.first_attempt:
            return counts.first[:, self._class_columns(outcome)].sum(axis=1, dtype=np.float64)
        return sum((self._entering(s, outcome, counts) for s in outcome.entries), np.zeros(self._days))

    def _stock(self, hourly: NDArray[np.int32], outcome: Measured, hour: int) -> Daily:
        """Persons at a local hour of each report day; `hourly` has shape (hour, group)."""
        at = self._case.clock.hour_index(hour)
        if hour == self._case.clock.start.hour:  # the morning that ends the day
            at = np.append(at[1:], self._case.clock.hours)
        return hourly[at][:, self._groups(outcome)].sum(axis=1, dtype=np.float64)

    def _at_sites(self, outcome: Measured, counts: Counts) -> Daily:
        hourly = counts.sites[[self._layout.site_index[s] for s in outcome.site]].sum(axis=0)
        return self._stock(hourly, outcome, MORNING)

    def _at_station(self, outcome: Measured, counts: Counts) -> Daily:
        stage = self._layout.process.station(outcome.station or "").stage
        return self._stock(counts.stages[self._layout.stage_index[stage]], outcome, MORNING)

    def _at_door(self, outcome: Measured, counts: Counts) -> Daily:
        stage = self._layout.stage_index[f"door:{outcome.door}"]
        return self._stock(counts.stages[stage], outcome, MORNING)

    def _over(self, outcome: Measured, counts: Counts) -> Daily:
        limit = self._layout.process.clock_hours.index(outcome.over_hours or 0)
        return self._stock(counts.over[limit], outcome, MORNING)

    def _nights(self, outcome: Measured, counts: Counts) -> Daily:
        nights = self._stock(counts.sites[self._layout.site_index[outcome.nights or ""]], outcome, NIGHT)
        if outcome.cold:
            months = set(self._layout.process.cold_months.months)
            nights = nights * np.array([d.month in months for d in self._case.clock.dates])
        return nights

    def _boarded(self, outcome: Measured, counts: Counts) -> Daily:
        return self._by_departure(counts.boarded, counts.carried, outcome.boarded, None)

    def _departed(self, outcome: Measured, counts: Counts) -> Daily:
        return self._by_departure(counts.boarded > 0, counts.trips, outcome.departures, outcome.mode)

    def _by_departure(
        self, weights: NDArray[Any], by_rule: NDArray[np.int32], station: str | None, mode: str | None
    ) -> Daily:
        """Sum over the departures from a station (by a mode) of each report day, by timetable and by rule."""

        def leaves(row: Row) -> bool:
            return row["station"] == station and mode in (None, row["mode"])

        ruled = [number for number, row in enumerate(timetable.fleet_rows(self._layout)) if leaves(row)]
        taken = np.array([leaves(row) for row in self._layout.border.routes] + [False])
        chosen = taken[self._case.route]  # -1, for no route, is the last
        hours = self._case.calendar.tick[chosen] // TICKS_PER_HOUR
        day = self._case.clock.day_of_hour[hours]
        timed = np.bincount(day, weights=weights[chosen], minlength=self._days)
        return np.asarray(timed + by_rule[ruled].sum(axis=0), dtype=np.float64)

    def _weighted(self, outcome: Measured, counts: Counts) -> Daily:
        days = np.zeros(self._days)
        assert outcome.weighted is not None
        for station, name in outcome.weighted.entries:
            days += self._case.parameters[name] * self._entering(station, outcome, counts)
        for site, name in outcome.weighted.days:
            hourly = counts.sites[self._layout.site_index[site]][:, self._groups(outcome)].sum(axis=1)
            by_day = np.zeros(self._days)
            np.add.at(by_day, self._case.clock.day_of_hour[:-1], hourly[:-1])
            days += self._case.parameters[name] * by_day / 24
        return days
