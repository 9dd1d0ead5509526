"""The fast flow version of a network: what its documents and the newest published month say each way out takes.

Names, Rates     how a border's figures are believed, and which names play which part (`mornings/morning.yaml`)
Flow             encounters, seats and shares of a day
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cauce.arrivals.priors import Priors
from cauce.border import Border, Row
from cauce.data import cards, observe
from cauce.data.mornings import Bounds, folder
from cauce.documents import Document, Pairs, Ranged, load
from cauce.errors import DocumentError
from cauce.model.process import Process
from cauce.terms import Authority, Demographic

Float = NDArray[np.float64]
SIX = 6  # local hour at which a morning is counted
DAY = 24  # [h]


class Names(Document):
    """Which stations, sites and parameters of the network play which part in a morning."""

    custody: str
    expulsion: str
    lateral: str
    release: str
    ice: str
    onward: str
    lateral_share: str
    lateral_from: str
    lateral_shares: tuple[str, ...]
    ice_hours: str
    bed_hours: str
    same_day: str
    cost_release: str
    cost_custody_day: str
    cost_lateral: str
    shelters: tuple[str, ...]
    twin_shelters: str
    flight: str
    hhs: str
    over: str
    children_over: str


class Rates(Document):
    """`mornings/morning.yaml`: errors by source, walks, and what the page counts."""

    names: Names
    numbers: Pairs[Ranged]
    particles: int
    draws: int
    draws_of_score: int
    horizon_hours: int
    bed_hour: int

    @classmethod
    def read(cls, border: Border) -> Rates:
        return load(cls, folder(border) / "morning.yaml")

    @cached_property
    def _by_name(self) -> dict[str, Ranged]:
        return dict(self.numbers)

    def __getitem__(self, name: str) -> float:
        if name not in self._by_name:
            raise DocumentError(f"the number {name!r} is missing", mend="add it to morning.yaml with its source")
        return self._by_name[name].value

    @property
    def bounds(self) -> Bounds:
        return Bounds(self["jump"], self["jump_floor"])


@dataclass(frozen=True)
class Flow:
    """The flow version of a network: numbers of its documents alone."""

    names: Names
    routes: tuple[Row, ...]
    quantities: Mapping[str, float]
    arrivals: float
    """Encounters [person/day] of the newest published month."""
    expelled: float
    """Share of them that was expelled."""
    children: float
    """Share of them that was children alone."""
    families: float
    """Share of families among those who were not expelled and were no children alone."""
    hours: Float
    """Share of a day's encounters by local hour, shape (24,)."""
    month: date

    @classmethod
    def of(cls, border: Border, rates: Rates, as_of: date) -> Flow:
        """As the documents and the publications of a day say."""
        process = Process.read(border)
        table = observe.published_by(
            observe.read_reference(border.reference(border.card.encounters)), as_of, cards.find(border.card.publication)
        )
        month = table["month"].max()
        if not isinstance(month, date):
            raise DocumentError(f"no encounters were published by {as_of}", mend="take mornings of a later day")
        newest = table.filter(pl.col("month") == month)
        total = float(newest["encounters"].sum())
        days = ((month.replace(day=28) + timedelta(days=4)).replace(day=1) - month).days

        stayed = newest.filter(
            (pl.col("authority") != Authority.TITLE_42) & (pl.col("demographic") != Demographic.UNACCOMPANIED_CHILD)
        )
        families = stayed.filter(pl.col("demographic") == Demographic.FAMILY)["encounters"].sum()

        def share(column: str, value: str) -> float:
            return float(newest.filter(pl.col(column) == value)["encounters"].sum()) / total

        return cls(
            rates.names,
            border.routes,
            process.drawn(None),
            arrivals=total / days,
            expelled=share("authority", Authority.TITLE_42),
            children=share("demographic", Demographic.UNACCOMPANIED_CHILD),
            families=float(families) / max(float(stayed["encounters"].sum()), 1.0),
            hours=Priors.read(border.root / "arrivals.yaml").shares("hours"),
            month=month,
        )

    def seats(self, station: str, on: date, *, planned: bool = False) -> Float:
        """Places by local hour of a day at a station, shape (24,); expected cancellations are off unless planned."""
        by_hour = np.zeros(DAY)
        for row in self.routes:
            opens, closes = (row.day(c) if row[c] else None for c in ("opens", "closes"))
            if row["station"] != station or (opens and on < opens) or (closes and on >= closes):
                continue
            runs = 1.0 if planned else 1 - row.number("cancelled")
            for hour in row["times"].split(";"):
                by_hour[int(float(hour)) % DAY] += row.number("seats") * runs
        return by_hour

    @property
    def flight_seats(self) -> float:
        """Mean seats of one flight."""
        mine = [r.number("seats") for r in self.routes if r["mode"] == self.names.flight]
        return float(np.mean(mine)) if mine else 0.0

    def lateral(self, on: date, cancelled: float | None, lost: float) -> float:
        """Seats to other sectors on a day, with so many flights known to be cancelled, and `lost` further ones."""
        seats = self.seats(self.names.lateral, on, planned=cancelled is not None).sum()
        return max(float(seats) - ((cancelled or 0) + lost) * self.flight_seats, 0.0)

    def rates(self, custody: Float, came: Float, on: date, cancelled: float | None, lost: float) -> dict[str, Float]:
        """What each channel takes in a day at multiplier one, shape (N,) [person]."""
        q, names = self.quantities, self.names
        room = {c: float(self.seats(getattr(names, c), on).sum()) for c in ("expulsion", "release", "ice")}
        aside = q[names.lateral_share] * (custody > q[names.lateral_from])
        stay = (1 - self.expelled - self.children) * (1 - aside)
        over = np.maximum(custody - q[names.lateral_from], 0)
        return {
            "expulsion": np.minimum(self.expelled * came, room["expulsion"]),
            "lateral": np.minimum(q[names.lateral_share] * over, self.lateral(on, cancelled, lost)),
            "release": np.minimum(stay * (custody + came), room["release"]),
            "ice": np.minimum(custody * DAY / q[names.ice_hours], room["ice"]),
            "hhs": self.children * came,
        }

    def profile(self, channel: str, on: date) -> Float:
        """Share of a channel's day by hour from six in the morning on, shape (24,)."""
        if channel == "arrivals" or channel == "hhs":  # children leave as they came, a day and more later
            return np.roll(self.hours, -SIX)
        by_hour = self.seats(getattr(self.names, channel), on)
        share = by_hour / by_hour.sum() if by_hour.sum() else np.full(DAY, 1 / DAY)
        return np.roll(share, -SIX)
