"""From months to parties: a bridge of days that sums to the month, hours of the day, families, surges.

`parties` makes one draw's dominating crowd.  Each party has a key made of (seed, draw, corridor, day, index)
and one uniform; `select` keeps or drops it under a policy by that uniform alone, so the same party lives
under every policy that lets it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.arrivals.priors import Priors
from cauce.keys import generator, streams
from cauce.keys import key as fold

Float = NDArray[np.float64]
EVENING = 19 * 3600  # [s] a group set free crosses after dusk, as on 11 December 2022 (S23)
EVENING_LASTS = 4 * 3600  # [s] within one evening (S23)
GROWTH_CAP = 2.0  # multiplier up to which parties are prepared; a response is clipped there
HOURLY = np.array([3, 3, 3, 3, 4, 5, 6, 6, 5, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 6, 6, 5, 4, 4], dtype=float)
"""Relative arrivals by local hour: judgement: recalled, unverified; peaks at dawn and after dusk."""


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
    base = _stream(persons, families, fold(key, "base"), growth=False)
    extra = generator("growth", key).poisson((GROWTH_CAP - 1) * persons)
    grown = _stream(extra, families, fold(key, "growth"), growth=True)
    surge = _surge(persons.shape[0], families, priors, key, weights)
    joined = [np.concatenate(columns) for columns in zip(*(_columns(p) for p in (base, grown, surge)), strict=True)]
    order = np.argsort(joined[0], kind="stable")
    return Parties(*(column[order] for column in joined))


def _columns(p: Parties) -> tuple[NDArray[np.generic], ...]:
    return p.second, p.corridor, p.day, p.index, p.size, p.key, p.keep, p.growth


def _stream(
    persons: NDArray[np.int64], families: NDArray[np.bool_], key: int, *, growth: bool, evening: bool = False
) -> Parties:
    """Parties of a (day, corridor) table of persons; sizes add up to it exactly."""
    day_of, corridor_of = np.nonzero(persons)
    count = persons[day_of, corridor_of]
    # enough parties for the smallest sizes; those beyond the day's persons are cut off
    many = np.where(families[corridor_of], (count + 1) // 2, count)
    cell = np.repeat(np.arange(many.size), many)
    index = np.arange(cell.size) - np.repeat(np.cumsum(many) - many, many)
    day, corridor = day_of[cell], corridor_of[cell]
    identity = streams(key, (day.astype(np.int64) << 40) | (corridor.astype(np.int64) << 24) | index)
    draws = streams(fold(0, "party"), identity.view(np.int64))
    size = np.where(families[corridor], 2 + (draws % np.uint64(4)).astype(np.int64) * (draws % np.uint64(3) == 0), 1)
    before = np.cumsum(size) - size
    first = np.repeat(before[np.cumsum(many) - many], many)
    room = count[cell] - (before - first)
    size = np.minimum(size, room)
    kept = size > 0
    hour_cut = np.cumsum(HOURLY) / HOURLY.sum()
    u = (streams(fold(1, "hour"), identity.view(np.int64)) >> np.uint64(11)).astype(float) * 2.0**-53
    hour = np.searchsorted(hour_cut, u, side="right")
    within = (u - np.concatenate([[0], hour_cut])[hour]) / (HOURLY / HOURLY.sum())[hour]
    local = (hour + within) * 3600
    if evening:
        local = EVENING + u * EVENING_LASTS
    keep = (streams(fold(2, "keep"), identity.view(np.int64)) >> np.uint64(11)).astype(float) * 2.0**-53
    return Parties(
        second=(day * 86400 + local).astype(np.int64)[kept],
        corridor=corridor.astype(np.int16)[kept],
        day=day.astype(np.int16)[kept],
        index=index.astype(np.int32)[kept],
        size=size.astype(np.int16)[kept],
        key=identity[kept],
        keep=keep[kept],
        growth=np.full(int(kept.sum()), growth),
    )


def _surge(days: int, families: NDArray[np.bool_], priors: Priors, key: int, weights: Float) -> Parties:
    """Groups held by force and set free: a few a decade, hundreds of people in one evening."""
    rng = generator("surge", key)
    rate = priors.draw("surges_per_year", key) / 365.25
    persons = np.zeros((days, families.size), dtype=np.int64)
    prior = priors["surge_persons"]
    for day in np.flatnonzero(rng.random(days) < rate):
        size = round(rng.triangular(prior.low, prior.value, prior.high))
        persons[day] = rng.multinomial(size, weights)
    return _stream(persons, families, fold(key, "surge"), growth=False, evening=True)


def select(crowd: Parties, multiplier: Float) -> NDArray[np.bool_]:
    """Who comes under a multiplier of shape (corridor, day): dropped below one, joined by others above it.

    Laws: all ones keeps exactly the base; a party that comes under a multiplier comes under any higher one.
    """
    wanted = np.clip(multiplier, 0.0, GROWTH_CAP)[crowd.corridor, crowd.day]
    chance = np.where(crowd.growth, (wanted - 1) / (GROWTH_CAP - 1), wanted)
    return np.asarray(crowd.keep < chance, dtype=np.bool_)
