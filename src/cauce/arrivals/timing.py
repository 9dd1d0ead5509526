"""From months to parties: a bridge of days that sums to the month, hours of the day, families, surges.

`parties` makes one draw's dominating crowd.  Each party has a key made of (seed, draw, corridor, day, index)
and one uniform; `select` keeps or drops it under a policy by that uniform alone, so the same party lives
under every policy that lets it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cauce.arrivals.priors import Priors
from cauce.keys import generator, streams, uniforms
from cauce.keys import key as fold

Float = NDArray[np.float64]
GROWTH_CAP = 2.0  # multiplier up to which parties are prepared; a response is clipped there
SMALLEST_FAMILY = 2  # [person] by definition; the profile `family_sizes` goes on from here


@dataclass(frozen=True)
class Parties:
    """One draw's dominating crowd, sorted by second."""

    second: NDArray[np.int64]  # (P,) since the start [s]
    corridor: NDArray[np.int16]  # (P,)
    day: NDArray[np.int16]  # (P,) day of the horizon
    index: NDArray[np.int32]  # (P,) number within its corridor and day
    size: NDArray[np.int16]  # (P,) persons
    key: NDArray[np.uint64]  # (P,) identity
    keep: Float  # (P,) the party's own uniform
    growth: NDArray[np.bool_]  # (P,) drawn from the second stream


def daily(
    month_totals: NDArray[np.int64], days_of_month: NDArray[np.int64], priors: Priors, key: int
) -> NDArray[np.int64]:
    """Spread monthly counts over days.

    Parameters
    ----------
    month_totals : (month, corridor) persons
    days_of_month : (month,) number of days

    Returns
    -------
    (day, corridor) persons; each month's days sum to its total exactly.
    """
    rng = generator("days", key)
    weekly = priors["weekly_noise"].value
    noise = priors["daily_noise"].value
    total = int(days_of_month.sum())
    level = np.cumsum(rng.standard_normal(total)) * weekly / 7**0.5
    shape = np.exp(level + noise * rng.standard_normal(total))
    blocks, start = [], 0
    for month, days in enumerate(days_of_month):
        weights = shape[start : start + days]
        blocks.append(rng.multinomial(month_totals[month], weights / weights.sum()).T)
        start += int(days)
    return np.concatenate(blocks).astype(np.int64)


def parties(
    persons: NDArray[np.int64], families: NDArray[np.bool_], priors: Priors, key: int, weights: Float
) -> Parties:
    """The dominating crowd of one draw.

    Parameters
    ----------
    persons : (day, corridor) persons of the baseline
    families : (corridor,) whether people of the corridor travel as families of 2 to 5
    weights : (corridor,) share of each corridor in a group set free, summing to one
    """
    shape = _Shape(families, priors.shares("family_sizes"), priors.shares("hours"))
    base = _stream(persons, shape, fold(key, "base"), growth=False)
    extra = generator("growth", key).poisson((GROWTH_CAP - 1) * persons)
    grown = _stream(extra, shape, fold(key, "growth"), growth=True)
    surge = _surge(persons.shape[0], shape, priors, key, weights)
    joined = [np.concatenate(columns) for columns in zip(*(_columns(p) for p in (base, grown, surge)), strict=True)]
    order = np.argsort(joined[0], kind="stable")
    return Parties(*(column[order] for column in joined))


@dataclass(frozen=True)
class _Shape:
    """How people come: which corridors are families, how large, at which hours."""

    families: NDArray[np.bool_]  # (corridor,)
    sizes: Float  # shares of families of 2, 3, ...
    hours: Float  # (24,) shares of the local hours


def _columns(p: Parties) -> tuple[NDArray[np.generic], ...]:
    return p.second, p.corridor, p.day, p.index, p.size, p.key, p.keep, p.growth


def _stream(persons: NDArray[np.int64], shape: _Shape, key: int, *, growth: bool) -> Parties:
    """Parties of a (day, corridor) table of persons; sizes add up to it exactly."""
    day_of, corridor_of = np.nonzero(persons)
    count = persons[day_of, corridor_of]
    family = shape.families[corridor_of]
    # enough parties for the smallest sizes; those beyond the day's persons are cut off
    many = np.where(family, -(-count // SMALLEST_FAMILY), count)
    cell = np.repeat(np.arange(many.size), many)
    index = np.arange(cell.size) - np.repeat(np.cumsum(many) - many, many)
    day, corridor = day_of[cell], corridor_of[cell]
    identity = streams(key, (day.astype(np.int64) << 40) | (corridor.astype(np.int64) << 24) | index)
    larger = np.searchsorted(np.cumsum(shape.sizes)[:-1], uniforms(identity, "size"), side="right")
    size = np.where(family[cell], SMALLEST_FAMILY + larger, 1)
    before = np.cumsum(size) - size
    first = np.repeat(before[np.cumsum(many) - many], many)
    size = np.minimum(size, count[cell] - (before - first))
    kept = size > 0
    cut = np.concatenate([[0.0], np.cumsum(shape.hours)])
    u = uniforms(identity, "hour") * cut[-1]
    hour = np.searchsorted(cut[1:], u, side="right")
    local = (hour + (u - cut[hour]) / shape.hours[hour]) * 3600
    return Parties(
        second=(day * 86400 + local).astype(np.int64)[kept],
        corridor=corridor.astype(np.int16)[kept],
        day=day.astype(np.int16)[kept],
        index=index.astype(np.int32)[kept],
        size=size.astype(np.int16)[kept],
        key=identity[kept],
        keep=uniforms(identity, "keep")[kept],
        growth=np.full(int(kept.sum()), growth),
    )


def _surge(days: int, shape: _Shape, priors: Priors, key: int, weights: Float) -> Parties:
    """Large groups that cross together: a few a decade, hundreds of people in one evening."""
    rng = generator("surge", key)
    rate = priors.draw("surges_per_year", key) / 365.25
    persons = np.zeros((days, shape.families.size), dtype=np.int64)
    prior = priors["surge_persons"]
    for day in np.flatnonzero(rng.random(days) < rate):
        size = round(rng.triangular(prior.low, prior.value, prior.high))
        persons[day] = rng.multinomial(size, weights)
    group = _stream(persons, shape, fold(key, "surge"), growth=False)
    begins, lasts = priors.draw("surge_hour", key), priors.draw("surge_lasts", key)
    second = group.day.astype(np.int64) * 86400 + (begins + lasts * uniforms(group.key, "evening")) * 3600
    return replace(group, second=second.astype(np.int64))


def select(crowd: Parties, multiplier: Float) -> NDArray[np.bool_]:
    """Who comes under a multiplier of shape (corridor, day): dropped below one, joined by others above it.

    Laws: all ones keeps exactly the base; a party that comes under a multiplier comes under any higher one.
    """
    wanted = np.clip(multiplier, 0.0, GROWTH_CAP)[crowd.corridor, crowd.day]
    chance = np.where(crowd.growth, (wanted - 1) / (GROWTH_CAP - 1), wanted)
    return np.asarray(crowd.keep < chance, dtype=np.bool_)
