"""Days of a month from its official total and from dated daily figures with their errors: a conditioned walk.

The log of a day's count is a random walk with daily noise around what the record and the rules expect.  Month
means and daily figures are observed with errors; one draw of the walk given all of them is the shape of the
days, and each month's persons are then dealt out over its days, so that they sum to the official count exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cauce.keys import generator

Float = NDArray[np.float64]
MONTH_SD = 0.02  # [log] how closely the mean of the logs follows the log of the month's mean; the deal mends the rest
START_SD = 1.0  # [log] the first day is as good as unknown
JITTER = 1e-9  # keeps the covariance positive definite in floating point

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
    mean = np.log(np.maximum(expected, 1.0))
    rows, seen, sd = [], [], []
    start = 0
    for _, length in months:
        rows.append(_window(days, start, start + length))
        seen.append(mean[start : start + length].mean())
        sd.append(MONTH_SD)
        start += length
    for since, until, value, relative in figures:
        low, high = (since - first).days, (until - first).days + 1
        if low >= 0 and high <= days and value > 0:
            rows.append(_window(days, low, high))
            seen.append(np.log(value))
            sd.append(relative)
    h = np.array(rows)
    gain = np.linalg.solve(h @ prior @ h.T + np.diag(np.square(sd)), h @ prior).T
    centre = mean + gain @ (np.array(seen) - h @ mean)
    left = prior - gain @ h @ prior
    z = generator("bridge", key).standard_normal(days)
    drawn = centre + np.linalg.cholesky((left + left.T) / 2 + JITTER * np.eye(days)) @ z
    return np.asarray(np.exp(drawn - mean))


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
