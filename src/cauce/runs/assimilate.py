"""From mornings to a state: who is inside and how fast each way out runs, as far as the figures tell.

Four multipliers (arrivals, expulsion, lateral, release) walk in the logarithm from day to day and say how far
this week runs above or below the border's documents.  A particle filter follows them on a fast flow version of
the network, hour by hour:

    custody[t + 1] = custody[t] + encounters - expulsion - lateral - release - ice - hhs

    Cloud, advance   particles, and one day of all of them
    assimilate       the mornings in order -> Estimate
    forecast         the hours to come -> Forecast

Where a flow is reported, its multiplier is proposed from the exact posterior of a log-normal walk and weighted
by what the walk expected (a fully adapted filter: Pitt and Shephard 1999, doi:10.1080/01621459.1999.10474153);
custody then weighs as it is.  A flow reported as zero stops that day and teaches nothing about the days after.
Randomness is keyed by seed, day and purpose, so that the same mornings give the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from cauce.data.mornings import Morning, Reported
from cauce.keys import generator
from cauce.runs.flow import DAY, SIX, Float, Flow, Rates

MULTIPLIERS = ("arrivals", "expulsion", "lateral", "release")
CHANNELS = ("expulsion", "lateral", "release", "ice", "hhs")
BAND = (2.5, 10, 50, 90, 97.5)  # [percent] quantiles that are kept
LOOK_BACK = 14  # [d] over which the forecast is scored against persistence


@dataclass(frozen=True)
class Told:
    """What was reported of one day: flows by channel with the sd of their logarithm, plans, custody at its end."""

    flows: Mapping[str, tuple[float, float]]
    custody: tuple[float, float] | None = None
    cancelled: float | None = None
    group: float = 0.0

    @classmethod
    def of(cls, rates: Rates, before: Morning | None, after: Morning | None) -> Told:
        """The day between two mornings, either of which may not be reported."""
        flows: dict[str, tuple[float, float]] = {}
        if before is not None and (planned := before.total("release_today")) is not None:
            flows["release"] = planned[0], rates[planned[1]]
        if after is None:
            cancelled = None if before is None else before.total("flights_cancelled")
            group = None if before is None else before.total("surge")
            return cls(flows, None, None if cancelled is None else cancelled[0], 0.0 if group is None else group[0])
        for channel, role in (("arrivals", "encounters"), *((c, c) for c in CHANNELS if c != "release")):
            if (seen := after.total(role)) is not None:
                flows[channel] = seen[0], rates[seen[1]]
        received = after.get("received")
        if received is not None:  # of all shelters, and who found none
            street = after.total("street")
            flows["release"] = (received.value or 0.0) + (street[0] if street else 0.0), rates[received.source]
        held = after.total("custody")
        cancelled = None if before is None else before.total("flights_cancelled")
        return cls(
            flows, None if held is None else (held[0], rates[held[1]]), None if cancelled is None else cancelled[0]
        )


@dataclass(frozen=True)
class Cloud:
    """Particles: custody (N,) [person] and the logarithms of the multipliers (N, 4)."""

    custody: Float
    log: Float

    def chosen(self, index: NDArray[np.intp]) -> Cloud:
        return Cloud(self.custody[index], self.log[index])

    def multipliers(self) -> Float:
        """Quantiles (BAND, 4)."""
        return np.asarray(np.percentile(np.exp(self.log), BAND, axis=0))


@dataclass(frozen=True)
class Hours:
    """One day of every particle by hour from six on, and the logarithms of its weight."""

    after: Cloud
    custody: Float  # (N, 25) [person], the first column at six
    flows: Mapping[str, Float]  # channel or arrivals -> (N, 24) [person]
    log_weight: Float


def _propose(
    old: Float, walk: float, base: Float, spread: float, seen: tuple[float, float] | None, free: NDArray[np.bool_],
    able: Float, rng: np.random.Generator,
) -> tuple[Float, Float, Float]:  # fmt: skip
    """A multiplier's new logarithm, its flow, and the logarithm of its weight; each shape (N,).

    log flow = log base + multiplier + N(0, spread), and a report adds its own error: all normal, so that the
    posterior is exact.  Where a particle is not `free` (the centre runs empty, or nothing leaves) a report gives
    the flow and moves no multiplier; it weighs by what such a centre is `able` to let out.
    """
    one, two = rng.standard_normal((2, len(old)))
    open_ = base >= 1
    level = np.log(np.maximum(base, 1))
    if seen is None or seen[0] <= 0:
        new = old + walk * one
        flow = np.where(open_, np.exp(level + new + spread * two), 0.0)
        return new, flow if seen is None else np.zeros_like(flow), np.zeros_like(old)
    said, error = np.log(seen[0]), seen[1]
    prior, whole = walk**2 + spread**2, walk**2 + spread**2 + error**2
    gap = said - (level + old)  # what the walk did not expect
    log_flow = level + old + gap * prior / whole + (prior * error**2 / whole) ** 0.5 * one
    moved = (log_flow - level - old) * walk**2 / prior
    new = old + moved + walk * spread / prior**0.5 * two
    learns = open_ & free
    return (
        np.where(learns, new, old + walk * one),
        np.where(learns, np.exp(log_flow), np.exp(said + error * one)),
        -0.5 * np.where(learns, gap, np.where(open_, said - np.log(np.maximum(able, 1)), whole**0.5)) ** 2 / whole,
    )


def _carry(custody: Float, day: Mapping[str, Float], shape: Mapping[str, Float]) -> tuple[Float, dict[str, Float]]:
    """Custody (N, 25) and flows (N, 24) hour by hour; nobody leaves who is not there."""
    size = len(custody)
    held = np.empty((size, DAY + 1))
    held[:, 0] = custody
    moved = {channel: np.empty((size, DAY)) for channel in day}
    for hour in range(DAY):
        moved["arrivals"][:, hour] = day["arrivals"] * shape["arrivals"][hour]
        there = held[:, hour] + moved["arrivals"][:, hour]
        wanted = np.stack([day[c] * shape[c][hour] for c in CHANNELS])
        wanted *= np.minimum(1.0, there / np.maximum(wanted.sum(axis=0), 1e-9))
        for number, channel in enumerate(CHANNELS):
            moved[channel][:, hour] = wanted[number]
        held[:, hour + 1] = np.maximum(there - wanted.sum(axis=0), 0.0)
    return held, moved


def advance(
    flow: Flow, rates: Rates, cloud: Cloud, on: date, told: Told, rng: np.random.Generator, *, lost: float = 0.0,
    first: bool = False,
) -> Hours:  # fmt: skip
    """Carry every particle through the day that starts at six on `on`.

    Conserves: custody at the end = custody at six + arrivals - all flows out, person by person and hour by
    hour; nobody leaves who is not there.
    """
    size = len(cloud.custody)
    walk = {name: rates[f"{'prior' if first else 'walk'}_{name}"] for name in MULTIPLIERS}
    log, weight = cloud.log.copy(), np.zeros(size)
    shape = {channel: flow.profile(channel, on) for channel in ("arrivals", *CHANNELS)}
    always, any_number = np.ones(size, dtype=np.bool_), np.full(size, flow.arrivals)
    new, came, gained = _propose(
        log[:, 0], walk["arrivals"], any_number, rates["day_arrivals"], told.flows.get("arrivals"), always, any_number,
        rng,
    )  # fmt: skip
    log[:, 0], weight = new, weight + gained
    base = flow.rates(cloud.custody, came, on, told.cancelled, lost)
    day = {"arrivals": came + told.group}
    free, able = _limits(cloud, day["arrivals"], base, shape, rates["day_out"])
    for channel in CHANNELS:
        column = MULTIPLIERS.index(channel) if channel in MULTIPLIERS else None
        old = np.zeros(size) if column is None else log[:, column]
        new, day[channel], gained = _propose(
            old, walk.get(channel, 0.0), base[channel], rates["day_out"], told.flows.get(channel), free, able[channel],
            rng,
        )  # fmt: skip
        if column is not None:
            log[:, column] = new
        weight = weight + gained
    custody, moved = _carry(cloud.custody, day, shape)
    return Hours(Cloud(custody[:, -1], log), custody, moved, weight)


def _limits(
    cloud: Cloud, came: Float, base: Mapping[str, Float], shape: Mapping[str, Float], spread: float
) -> tuple[NDArray[np.bool_], dict[str, Float]]:
    """Where the centre does not run empty, even on a busy day, and what each channel lets out where it does.

    Outflow of a full centre tells how fast the ways out run; that of an empty one, who was there.
    """
    level = {c: cloud.log[:, MULTIPLIERS.index(c)] if c in MULTIPLIERS else np.zeros_like(came) for c in CHANNELS}
    wanted = {c: base[c] * np.exp(level[c]) for c in CHANNELS}
    _, moved = _carry(cloud.custody, {"arrivals": came, **wanted}, shape)
    busy = {c: amount * np.exp(2 * spread) for c, amount in wanted.items()}
    _, rushed = _carry(cloud.custody, {"arrivals": came, **busy}, shape)
    asked = np.sum([busy[c] * shape[c].sum() for c in CHANNELS], axis=0)
    out = np.sum([rushed[c].sum(axis=1) for c in CHANNELS], axis=0)
    return np.asarray(out >= asked * (1 - 1e-9)), {c: moved[c].sum(axis=1) for c in CHANNELS}


def _drawn(weight: Float, rng: np.random.Generator) -> NDArray[np.intp]:
    """Systematic resampling by the logarithms of weights."""
    share = np.exp(weight - weight.max())
    edges = np.cumsum(share) / share.sum()
    edges[-1] = 1.0
    points = (np.arange(len(weight)) + rng.random()) / len(weight)
    return np.searchsorted(edges, points)


@dataclass(frozen=True)
class Step:
    """One morning: what was expected (p10, p50, p90), what was reported, multipliers before and after (BAND, 4)."""

    day: date
    expected: tuple[float, float, float] | None
    reported: float | None
    persistence: float | None
    before: Float
    after: Float
    effective: float
    """Effective number of particles before they were drawn again."""
    cloud: Cloud
    """The particles after it."""

    @property
    def cause(self) -> tuple[str, float]:
        """The multiplier that moved most for what was known of it, and its relative change."""
        moved = np.log(self.after[2] / self.before[2])
        known = np.log(self.before[4] / self.before[0]) + 1e-9
        which = int(np.argmax(np.abs(moved / known)))
        return MULTIPLIERS[which], float(np.expm1(moved[which]))


@dataclass(frozen=True)
class Estimate:
    """What the mornings say: the particles of today, and every morning on the way."""

    cloud: Cloud
    steps: tuple[Step, ...]
    guessed: bool
    """Whether no morning gave custody, so that it started from a guess."""

    def scores(self, step: Step) -> bool:
        """Whether a morning of the last fortnight has a figure, one before it, and was looked ahead to."""
        recent = step.day > self.steps[-1].day - timedelta(days=LOOK_BACK)
        return recent and None not in (step.expected, step.reported, step.persistence)

    def errors(self) -> tuple[int, float, float] | None:
        """Of the flow version: mornings scored, mean error a day ahead, that of the last reported figure [person]."""
        scored = [
            (abs(s.expected[1] - s.reported), abs(s.persistence - s.reported))
            for s in self.steps
            if self.scores(s) and s.expected is not None and s.reported is not None and s.persistence is not None
        ]
        if not scored:
            return None
        mine, theirs = np.mean(scored, axis=0)
        return len(scored), float(mine), float(theirs)


def assimilate(flow: Flow, rates: Rates, reported: Reported, surge: float, seed: int) -> Estimate:
    """Follow custody and multipliers through the mornings; days between them are only carried forward.

    Parameters
    ----------
    surge : float
        Custody [person] around which particles start when the first morning gives none.
    """
    by_day = {m.day: m for m in reported.mornings}
    day = reported.mornings[0].day
    rng = generator(seed, "morning", day.isoformat(), "start")
    told = Told.of(rates, None, by_day[day])
    centre, spread = told.custody or (surge, rates["unknown_custody"])
    start = Cloud(centre * np.exp(spread * rng.standard_normal(rates.particles)), np.zeros((rates.particles, 4)))
    # the first morning's flows are of the day before; what they say of the multipliers is all that is taken
    opened = advance(flow, rates, start, day - timedelta(days=1), replace(told, cancelled=None), rng, first=True)
    # and the day before is taken to have held about as many: without it, documents of another month would
    # empty or fill the centre on the first day
    change = np.log(np.maximum(opened.after.custody, 1.0) / start.custody)
    weight = opened.log_weight - 0.5 * (change / rates["steady"]) ** 2
    cloud = Cloud(start.custody, opened.after.log).chosen(_drawn(weight, rng))
    fresh = np.exp(np.zeros((len(BAND), 4)))
    last = None if told.custody is None else told.custody[0]
    steps = [Step(day, None, last, None, fresh, cloud.multipliers(), float(rates.particles), cloud)]
    while day < reported.today.day:
        before, day = by_day.get(day), day + timedelta(days=1)
        on, after = day - timedelta(days=1), by_day.get(day)
        ahead = advance(
            flow, rates, cloud, on, Told.of(rates, before, None), generator(seed, "morning", day.isoformat(), "ahead")
        )
        rng = generator(seed, "morning", day.isoformat(), "filter")
        told = Told.of(rates, before, after) if after is not None else Told.of(rates, before, None)
        hours = advance(flow, rates, cloud, on, told, rng)
        weight = hours.log_weight
        if told.custody is not None:
            gap = np.log(max(told.custody[0], 1.0)) - np.log(np.maximum(hours.after.custody, 1.0))
            weight = weight - 0.5 * (gap / told.custody[1]) ** 2
        share = np.exp(weight - weight.max())
        was, cloud = cloud.multipliers(), hours.after.chosen(_drawn(weight, rng))
        low, middle, high = np.percentile(ahead.after.custody, (10, 50, 90))
        seen = None if told.custody is None else told.custody[0]
        steps.append(
            Step(
                day, (float(low), float(middle), float(high)), seen, last, was, cloud.multipliers(),
                float(share.sum() ** 2 / (share**2).sum()), cloud,
            )
        )  # fmt: skip
        last = seen if seen is not None else last
    return Estimate(cloud, tuple(steps), guessed=last is None)


@dataclass(frozen=True)
class Forecast:
    """The hours to come, from six of the newest morning on."""

    start: datetime
    custody: Float  # (N, H + 1) [person]
    flows: Mapping[str, Float]  # (N, H) [person]

    def daily(self, channel: str) -> Float:
        """Sums over each day from six to six, shape (N, day)."""
        hourly = self.flows[channel]
        return hourly.reshape(len(hourly), -1, DAY).sum(axis=2)


def forecast(flow: Flow, rates: Rates, cloud: Cloud, today: Morning, seed: int, *, lost: float = 0.0) -> Forecast:
    """Carry today's particles forward under what was announced; `lost` further flights are cancelled today.

    The same seed gives both the same luck, so that the difference is the flight's.
    """
    custody = [cloud.custody[:, None]]
    flows: dict[str, list[Float]] = {c: [] for c in ("arrivals", *CHANNELS)}
    tomorrow = today.total("release_tomorrow")
    for number in range(rates.horizon_hours // DAY):
        on = today.day + timedelta(days=number)
        told = Told.of(rates, today, None) if number == 0 else Told({})
        if number == 1 and tomorrow is not None:
            told = Told({"release": (tomorrow[0], rates[tomorrow[1]])})
        rng = generator(seed, "morning", on.isoformat(), "forecast")
        hours = advance(flow, rates, cloud, on, told, rng, lost=lost if number == 0 else 0.0)
        cloud = hours.after
        custody.append(hours.custody[:, 1:])
        for channel, moved in hours.flows.items():
            flows[channel].append(moved)
    start = datetime(today.day.year, today.day.month, today.day.day, SIX)
    return Forecast(start, np.hstack(custody), {c: np.hstack(parts) for c, parts in flows.items()})
