"""The situation of a morning: what was reported, what it means, and the hours to come.

`situation` joins the mornings, their assimilation and the forecast into the figures of the page at six:

    Nights     beds needed and free, night by night
    Level      chance of crossing a level of the plan, and until when to decide
    Situation  all of it, with hashes; `as_json` for machines

What was not reported stays None: a figure taken from a document instead is told as such, in its own field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

import cauce
from cauce.border import Border, Named, Row
from cauce.data import mornings
from cauce.data.mornings import Reported
from cauce.errors import RequestError, nearest
from cauce.model.process import Process
from cauce.runs import assimilate, restart
from cauce.runs.assimilate import BAND, CHANNELS, MULTIPLIERS, Estimate, Forecast
from cauce.runs.flow import DAY, SIX, Float, Flow, Rates
from cauce.runs.restart import Ahead

WEEK = 7
DAYS_AHEAD = 3


@dataclass(frozen=True)
class Nights:
    """Beds night by night, shape (N, night) each."""

    needed: Float
    gap: Float | None
    """Needed less free; None when nobody reported how many are open."""


@dataclass(frozen=True)
class Level:
    """One level of the plan."""

    name: Named
    quantity: str
    at: float
    lead_hours: float
    chance: float | None
    """Chance of crossing it within three days; None when what it asks for was not reported."""
    decide_by: datetime | None
    """The chance first passes the plan's own, less the lead time; None when it does not pass."""
    source: str


@dataclass(frozen=True)
class Situation:
    """The figures of one morning."""

    border: Border
    rates: Rates
    flow: Flow
    reported: Reported
    estimate: Estimate
    ahead: Ahead
    """The hours to come, person by person."""
    scored: tuple[int, float, float] | None
    """Mornings of the last fortnight, mean error of such a forecast a day ahead, and of the last figure [person]."""
    flight: float
    """People more in custody after a day for one more cancelled flight [person]."""
    nights: Nights
    levels: tuple[Level, ...]
    dollars: tuple[float, float, float]
    """Cost of a day [usd] at the documents' unit costs: low, middle, high."""
    seed: int

    @property
    def forecast(self) -> Forecast:
        """Custody and flows by the hour."""
        return self.ahead.forecast

    def quantiles(self, values: Float) -> tuple[float, float, float]:
        """p10, p50, p90 over draws or particles."""
        low, middle, high = np.percentile(values, (10, 50, 90))
        return float(low), float(middle), float(high)

    def site(self, name: str) -> Row:
        return next(row for row in self.border.sites if row["site"] == name)

    def capacity(self, name: str, column: str) -> float | None:
        """A capacity of a site, when the table gives one."""
        row = self.site(name)
        return float(row[column]) if dict(row).get(column) else None

    def value(self, role: str, people: str = "") -> float | None:
        """What today's morning reports of a role, or of one class of it."""
        if people:
            parts = [e.value for e in self.reported.today.parts(role) if e.people == people]
            return sum(p for p in parts if p is not None) if parts else None
        told = self.reported.today.total(role)
        return None if told is None else told[0]

    @property
    def custody_ahead(self) -> tuple[tuple[float, float, float], ...]:
        """p10, p50, p90 after 24, 48 and 72 hours."""
        return tuple(self.quantiles(self.forecast.custody[:, DAY * d]) for d in range(1, DAYS_AHEAD + 1))

    @property
    def week_mean(self) -> tuple[float, int] | None:
        """Mean encounters of the reported days of the last seven, and how many there are."""
        since = self.reported.today.day - timedelta(days=WEEK)
        told = [m.total("encounters") for m in self.reported.mornings if m.day > since]
        values = [one[0] for one in told if one is not None]
        return (float(np.mean(values)), len(values)) if values else None

    @property
    def held_group(self) -> float | None:
        """People of an announced group that is large enough for the flag."""
        told = self.value("surge")
        return told if told is not None and told >= self.rates["held_group"] else None

    @property
    def timetable_seats(self) -> float:
        """Onward seats that the border's timetable has today; never taken for a report."""
        return float(self.flow.seats(self.rates.names.onward, self.reported.today.day).sum())

    @property
    def hourly_releases(self) -> tuple[tuple[tuple[int, float], ...], ...]:
        """Median releases of each of three days: (local hour, people) where there are any."""
        middle = np.median(self.forecast.flows["release"], axis=0)
        days = (middle[DAY * d : DAY * (d + 1)] for d in range(DAYS_AHEAD))
        return tuple(tuple(((SIX + h) % DAY, float(x)) for h, x in enumerate(day) if x > 0) for day in days)

    @property
    def cold(self) -> bool:
        """Whether tonight is reported colder than what the border counts as cold."""
        low = self.value("low_temp")
        return low is not None and low < self.rates["cold"]

    def hashes(self) -> dict[str, str]:
        """What the page was made from."""
        return {"mornings": self.reported.sha256(), "beliefs": self.rates.sha256()}

    def as_json(self) -> dict[str, Any]:
        """Every figure of the page, reported apart from computed."""
        step = self.estimate.steps[-1]
        multipliers = self.estimate.cloud.multipliers()
        return {
            "day": self.reported.today.day.isoformat(),
            "border": self.border.card.id,
            "version": cauce.__version__,
            "seed": self.seed,
            "hashes": self.hashes(),
            "reported": [
                {"item": e.item.id, "site": e.site, "class": e.people, "value": e.value, "source": e.source}
                for e in self.reported.today.entries
                if e.value is not None
            ],
            "not_reported": [item.id for item in self.reported.blank],
            "set_aside": [sentence.model_dump() for _, sentence in self.reported.aside],
            "expected": step.expected,
            "persistence": step.persistence,
            "multipliers": {
                name: dict(zip(map(str, BAND), multipliers[:, i].tolist(), strict=True))
                for i, name in enumerate(MULTIPLIERS)
            },
            "errors": self.scored and dict(zip(("mornings", "forecast", "persistence"), self.scored, strict=True)),
            "custody": {
                f"{24 * n}h": told for n, told in enumerate(self.custody_ahead, 1)
            },
            "over_72h": [self.quantiles(day) for day in self.ahead.over.T],
            "channels": {
                c: [self.quantiles(day) for day in self.forecast.daily(c).T] for c in ("arrivals", *CHANNELS)
            },
            "beds_needed": [self.quantiles(night) for night in self.nights.needed.T],
            "bed_gap": None if self.nights.gap is None else [self.quantiles(night) for night in self.nights.gap.T],
            "one_flight": self.flight,
            "levels": [
                {"name": level.name.model_dump(), "quantity": level.quantity, "at": level.at, "chance": level.chance,
                 "decide_by": None if level.decide_by is None else level.decide_by.isoformat(timespec="minutes")}
                for level in self.levels
            ],
            "dollars_a_day": self.dollars,
        }  # fmt: skip


def files(names: Sequence[Path], border: Border) -> tuple[Path, ...]:
    """Paths of the mornings: files, or names of those that the border ships.

    Raises
    ------
    RequestError
        A name of neither.
    """
    found, shipped = [], mornings.shipped(border)
    for name in names:
        if not (name.exists() or name.suffix or str(name) in shipped):
            mend = f"{nearest(str(name), shipped)}, or give a file"
            raise RequestError(f"there is no morning {str(name)!r}", mend=mend)
        found.append(name if name.exists() else shipped.get(str(name), name))
    return tuple(found)


def situation(border: Border, names: Sequence[Path], seed: int) -> Situation:
    """Read the mornings and work out the page of the newest one.

    Raises
    ------
    DataError
        A row that cannot be meant.
    RequestError
        The border has no mornings.
    """
    rates = Rates.read(border)
    reported = mornings.read(files(names, border), border, rates.bounds)
    flow = Flow.of(border, rates, reported.today.day)
    site = next(row for row in border.sites if row["site"] == rates.names.custody)
    estimate = assimilate.assimilate(flow, rates, reported, float(site["surge"]), seed)
    flows = assimilate.forecast(flow, rates, estimate.cloud, reported.today, seed)
    without = assimilate.forecast(flow, rates, estimate.cloud, reported.today, seed, lost=1)
    flight = float((without.custody - flows.custody)[:, DAY].mean())
    known = restart.Known.read(border, rates, flow, seed)
    persons = restart.ahead(known, estimate.cloud, flows, reported.today, rates.draws)
    scored = restart.errors(known, estimate, reported)
    ahead = persons.forecast
    nights = _nights(border, rates, flow, reported, ahead)
    levels = tuple(_level(row, rates, ahead, nights) for row in mornings.levels(border))
    return Situation(
        border, rates, flow, reported, estimate, persons, scored, flight, nights, levels,
        _dollars(border, rates, ahead), seed,
    )  # fmt: skip


def _nights(border: Border, rates: Rates, flow: Flow, reported: Reported, ahead: Forecast) -> Nights:
    """Beds: who needs one each night, what is free, who leaves.

    Who travels on the same day needs none; who has no sponsor does, when their share was reported.  A bed comes
    free when its stay is over and a seat takes the person on.
    """
    today, names, q = reported.today, rates.names, flow.quantities
    alone = today.total("no_sponsor")
    share = max(1 - q[names.same_day], alone[0] if alone else 0.0)
    needed = ahead.daily("release") * share
    beds = today.total("beds_open")
    if beds is None:
        return Nights(needed, None)
    rooms = [row for row in border.sites if row["site"] in names.shelters]
    told = {e.site for e in today.parts("beds_open")} - {""} or set(names.shelters)
    free = np.full(len(needed), beds[0])
    gap = np.empty_like(needed)
    held = np.zeros(len(needed))
    for night in range(needed.shape[1]):
        on = today.day + timedelta(days=night)
        there = [r for r in rooms if r["site"] in told and r["capacity"] and (not r["opens"] or r["opens"] <= str(on))]
        if night == 0:
            held = np.full(len(needed), max(sum(r.number("capacity") for r in there) - beds[0], 0.0))
        leaving = today.total("leaving") if night == 0 else None
        seats = today.total("seats") if night == 0 else None
        onward = seats[0] if seats else float(flow.seats(names.onward, on).sum())
        stay = min(DAY / q[names.bed_hours], 1.0)
        out = np.full(len(needed), leaving[0]) if leaving else np.minimum(held * stay, onward)
        free = free + out
        gap[:, night] = needed[:, night] - free
        taken = np.minimum(needed[:, night], free)
        free, held = free - taken, np.maximum(held - out, 0.0) + taken
    return Nights(needed, gap)


def _level(row: Row, rates: Rates, ahead: Forecast, nights: Nights) -> Level:
    """The chance that a level is crossed by each hour, and until when to decide."""
    at, lead, decisive = row.number("at"), row.number("lead_hours"), row.number("chance")
    hours, quantity = DAY * DAYS_AHEAD, row["quantity"]
    name = Named(en=row["name_en"], es=row["name_es"])
    if quantity == "custody":
        by_hour = ahead.custody[:, : hours + 1]
    elif quantity == "releases":
        flows = ahead.flows["release"][:, :hours]
        summed = np.cumsum(flows.reshape(len(flows), -1, DAY), axis=2).reshape(len(flows), -1)
        by_hour = np.hstack([np.zeros((len(flows), 1)), summed])
    elif nights.gap is None:
        return Level(name, quantity, at, lead, None, None, row["source"])
    else:
        by_hour = np.full((len(nights.needed), hours + 1), -np.inf)
        for night in range(DAYS_AHEAD):
            by_hour[:, (rates.bed_hour - SIX) % DAY + DAY * night] = nights.gap[:, night]
    crossed = np.maximum.accumulate(by_hour >= at, axis=1).mean(axis=0)
    first = np.flatnonzero(crossed >= decisive)
    until = ahead.start + timedelta(hours=float(first[0]) - lead) if first.size else None
    return Level(name, quantity, at, lead, float(crossed[-1]), until, row["source"])


def _dollars(border: Border, rates: Rates, ahead: Forecast) -> tuple[float, float, float]:
    """A day's cost at the low, stated and high unit costs, for the medians of today."""
    process, names = Process.read(border), rates.names
    amounts = {
        names.cost_release: float(np.median(ahead.daily("release")[:, 0])),
        names.cost_lateral: float(np.median(ahead.daily("lateral")[:, 0])),
        names.cost_custody_day: float(np.median(ahead.custody[:, :DAY].mean(axis=1))),
    }
    costs = {name: process.quantity(name) for name in amounts}
    low, middle, high = (
        sum(amount * getattr(costs[name], way) for name, amount in amounts.items()) for way in ("low", "value", "high")
    )
    return low, middle, high
