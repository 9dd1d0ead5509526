"""Days of a month from its official total and from dated daily figures with their errors: a conditioned walk.

The log of a day's count is a random walk with daily noise around what the record and the rules expect.  Month
means and daily figures are observed with errors; one draw of the walk given all of them is the shape of the
days, and each month's persons are then dealt out over its days, so that they sum to the official count exactly.
A draw is by randomized maximum likelihood (Oliver, He and Reynolds 1996): the walk and the figures are each
drawn with their own errors, and the walk is moved to the figures as little as it must.  The means are means of
persons and not of logs, so that dealing out the month moves no day away from its figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cauce.keys import generator

Float = NDArray[np.float64]
MONTH_SD = 0.005  # [log] how closely the walk keeps to the month's mean; the deal mends the rest
START_SD = 1.0  # [log] the first day is as good as unknown
STEPS = 8  # Gauss-Newton steps: the mean of exponentials is near to linear, and three are enough to a thousandth

Figure = tuple[date, date, float, float]
"""First day, last day, mean a day, relative sd."""


def shape(
    months: Sequence[tuple[date, int]],
    figures: Sequence[Figure],
    expected: Float,
    *,
    weekly: float,
    noise: float,
    key: int,
) -> Float:
    """One draw of the relative level of each day.

    Parameters
    ----------
    months : (first day, days)
        In order, without a gap.
    figures : Figure
        Daily figures; those outside the months are passed over.
    expected : (day,)
        Persons a day around which the walk goes: what the record and the rules say without any figure.
    weekly, noise : float
        Sd of the log change between weeks, and of a single day [log].

    Returns
    -------
    (day,) positive, over `expected`.
    """
    first = months[0][0]
    days = sum(length for _, length in months)
    t = np.arange(days)
    walk = np.minimum.outer(t, t) * weekly**2 / 7 + START_SD**2  # a week's change has the sd `weekly`
    prior = walk + noise**2 * np.eye(days)
    centre = np.log(np.maximum(expected, 1.0))
    windows, seen, sd = [], [], []
    start = 0
    for _, length in months:
        windows.append(_window(days, start, start + length))
        seen.append(np.log(np.exp(centre[start : start + length]).mean()))
        sd.append(MONTH_SD)
        start += length
    for since, until, value, relative in figures:
        low, high = (since - first).days, (until - first).days + 1
        if low >= 0 and high <= days and value > 0:
            windows.append(_window(days, low, high))
            seen.append(np.log(value))
            sd.append(relative)
    rng = generator("bridge", key)
    free = centre + np.linalg.cholesky(prior) @ rng.standard_normal(days)
    told = np.array(seen) + np.array(sd) * rng.standard_normal(len(sd))
    return np.asarray(np.exp(_moved(free, prior, np.array(windows), told, np.array(sd)) - centre))


def _moved(free: Float, prior: Float, windows: Float, told: Float, sd: Float) -> Float:
    """The walk nearest to `free` whose log mean over each window is as told, within its sd."""
    drawn = free
    for _ in range(STEPS):
        mean = windows @ np.exp(drawn)
        slope = windows * np.exp(drawn) / mean[:, None]
        gap = told - np.log(mean) + slope @ (drawn - free)
        drawn = free + prior @ slope.T @ np.linalg.solve(slope @ prior @ slope.T + np.diag(np.square(sd)), gap)
    return drawn


def deal(totals: NDArray[np.int64], lengths: Sequence[int], weights: Float, key: int) -> NDArray[np.int64]:
    """Deal each month's persons over its days by weights (day, corridor); each month sums to its total exactly."""
    rng = generator("deal", key)
    blocks, start = [], 0
    for month, length in enumerate(lengths):
        mine = weights[start : start + length].T
        mine = np.where(mine.sum(axis=1, keepdims=True) > 0, mine, 1.0)  # nobody to deal out: any weights do
        blocks.append(rng.multinomial(totals[month], mine / mine.sum(axis=1, keepdims=True)).T)
        start += length
    return np.concatenate(blocks).astype(np.int64)


def _window(days: int, low: int, high: int) -> Float:
    row = np.zeros(days)
    row[low:high] = 1 / (high - low)
    return row
