"""One clock: ticks and hours since the start in UTC, days and timetables in the border's own zone.

A day is a local calendar day, so the day on which the clocks change has 23 or 25 hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

TICKS_PER_SECOND = 1024
TICKS_PER_HOUR = 3600 * TICKS_PER_SECOND
UTC = ZoneInfo("UTC")
MORNING = 6  # [h local] the hour of the morning report: judgement: before the day shift
NOON = 12  # [h local] the hour whose rules stand for the day
NIGHT = 3  # [h local] whoever is somewhere at this hour has spent the night there


@dataclass(frozen=True)
class Clock:
    """Start (local, with zone) and number of local days; the first day may begin in the morning."""

    start: datetime
    days: int

    @cached_property
    def origin(self) -> datetime:
        """Tick 0 in UTC."""
        return self.start.astimezone(UTC)

    @cached_property
    def zone(self) -> ZoneInfo:
        assert isinstance(self.start.tzinfo, ZoneInfo)
        return self.start.tzinfo

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """Local dates of the days, first to last."""
        first = self.start.date()
        return tuple(first + timedelta(days=d) for d in range(self.days))

    @cached_property
    def end(self) -> datetime:
        """The same local hour, `days` days later, in UTC."""
        return self.at(self.dates[-1] + timedelta(days=1), self.start.hour).astimezone(UTC)

    @cached_property
    def hours(self) -> int:
        """Whole hours of the horizon."""
        return int((self.end - self.origin).total_seconds()) // 3600

    @property
    def horizon(self) -> int:
        """Ticks of the horizon."""
        return self.hours * TICKS_PER_HOUR

    def at(self, day: date, hour: float = 0.0) -> datetime:
        """The local instant of a date and hour."""
        minutes = round(hour * 60)
        return datetime.combine(day, time(minutes // 60 % 24, minutes % 60), tzinfo=self.zone)

    def tick(self, instant: datetime) -> int:
        """Ticks from the start to an instant; negative before it."""
        return round((instant.astimezone(UTC) - self.origin).total_seconds() * TICKS_PER_SECOND)

    @cached_property
    def day_of_hour(self) -> NDArray[np.int16]:
        """Report day of each hour, shape (hours + 1,): a report day runs from start hour to start hour."""
        bounds = [self.tick(self.at(d, self.start.hour)) // TICKS_PER_HOUR for d in self.dates[1:]]
        day = np.searchsorted(np.asarray(bounds), np.arange(self.hours + 1), side="right")
        return np.asarray(day, dtype=np.int16)

    def hour_index(self, hour: int) -> NDArray[np.int64]:
        """Hour index of local `hour` within each report day, shape (days,)."""
        shift = timedelta(days=1 if hour < self.start.hour else 0)
        ticks = [self.tick(self.at(d + shift, hour)) for d in self.dates]
        return np.asarray([t // TICKS_PER_HOUR for t in ticks], dtype=np.int64)
