"""Service times as tables of quantiles: any distribution, no floating point in the kernel.

A table is (body, tail): 1025 knots at the probabilities i/1024, and 1025 knots that divide the last of
those steps again by 1024.  The kernel draws 64 bits, takes a step with the first ten (and ten more in the
tail) and goes linearly between its knots.  The lowest knot gives the first step its mean; the highest knot
and a common scale (within a thousandth of one) give the table the mean and the variance asked for.

    constant, exponential, lognormal   by their parameters
    mixture                            of other tables, with weights
    from_inverse                       of any other distribution
    mean, variance                     of a table, exact
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

STEPS = 1024
WITHIN = 64  # points that stand for a whole step
LONGEST = 2**40  # ticks (34 years): longer than any horizon, and times 22 bits of fraction within 63
Float = NDArray[np.float64]
Table = tuple[NDArray[np.int64], NDArray[np.int64]]

LOW = (np.arange(WITHIN) + 0.5) / WITHIN / STEPS
BODY = np.arange(1, STEPS) / STEPS
HIGH = LOW + 1 - 2 / STEPS  # within the last step of the body
TAIL = 1 - 1 / STEPS + np.arange(STEPS) / STEPS**2
POINTS = (LOW, BODY, HIGH, TAIL)


def constant(ticks: float) -> Table:
    """Always the same time [tick]."""
    row = np.full(STEPS + 1, round(ticks), dtype=np.int64)
    return row, row


def exponential(mean: float) -> Table:
    """Exponential times with this mean [tick]."""
    return _scaled(_shape_exponential(), mean)


def lognormal(mean: float, cv: float) -> Table:
    """Lognormal times with this mean [tick] and coefficient of variation."""
    return _scaled(_shape_lognormal(round(cv, 6)), mean) if cv > 0 and mean > 0 else constant(mean)


def mixture(parts: Sequence[tuple[float, Table]]) -> Table:
    """One of several tables, each with its weight.

    Raises
    ------
    ValueError
        A weight is negative or all are zero.
    """
    weights = np.array([weight for weight, _ in parts], dtype=float)
    if not weights.sum() > 0 or weights.min() < 0:
        raise ValueError(f"the weights {weights.tolist()} do not make a mixture")
    weights /= weights.sum()
    # knots that stand at one time (a constant) are parted by a little, so that each has its own probability
    knots = [np.append(body[:-1], tail[1:]) + np.arange(2 * STEPS) * 1e-7 for _, (body, tail) in parts]
    below = np.concatenate([[0.0], BODY, TAIL[1:], [1.0]])
    times = np.unique(np.concatenate(knots))
    reached = sum(w * np.interp(times, row, below) for w, row in zip(weights, knots, strict=True))
    first = sum(w * mean(table) for w, (_, table) in zip(weights, parts, strict=True))
    second = sum(w * (variance(t) + mean(t) ** 2) for w, (_, t) in zip(weights, parts, strict=True))
    cv = np.sqrt(max(second - first**2, 0.0)) / first if first > 0 else 0.0
    return from_inverse(lambda p: np.interp(p, reached, times), float(first), float(cv))


def from_inverse(inverse: Callable[[Float], Float], mean: float, cv: float) -> Table:
    """Any distribution from its inverse cumulative function (vectorised), mean [tick] and cv."""
    if cv <= 0 or mean <= 0:
        return constant(mean)
    low, body, high, tail = (inverse(points) / mean for points in POINTS)
    return _scaled(_shape(low, body, high, tail, cv), mean)


def mean(table: Table) -> float:
    """Mean of a table [tick]."""
    return _moments(*(row.astype(float) for row in table))[0]


def variance(table: Table) -> float:
    """Variance of a table [tick^2]."""
    first, second = _moments(*(row.astype(float) for row in table))
    return second - first**2


def _moments(body: Float, tail: Float) -> tuple[float, float]:
    """Mean and mean square: the body's last step is the tail's."""
    low, high = np.append(body[:-2], tail[:-1]), np.append(body[1:-1], tail[1:])
    weight = np.repeat([1 / STEPS, 1 / STEPS**2], [STEPS - 1, STEPS])
    return float(weight @ (low + high) / 2), float(weight @ (low * low + low * high + high * high) / 3)


def _shape(low: Float, body: Float, high: Float, tail: Float, cv: float) -> tuple[Float, Float]:
    """Knots with mean one and this cv, from the quantiles at LOW, BODY, HIGH and TAIL."""
    body = np.concatenate([[max(0.0, 2 * low.mean() - body[0])], _bent(body), [0.0]])
    body[-2] = max(body[-3], 2 * high.mean() - body[-3])
    tail = np.append(_bent(tail), tail[-1])
    for _ in range(8):  # the highest knot for the variance, the scale for the mean: each hardly moves the other
        tail[-1] = tail[-2]
        short = 3 * STEPS**2 * (1 + cv * cv - _moments(body, tail)[1])
        tail[-1] = max(tail[-2], np.sqrt(max(0.0, 2.25 * tail[-2] ** 2 + short)) - tail[-2] / 2)
        scale = 1 / _moments(body, tail)[0]
        body, tail = body * scale, tail * scale
    body[-1] = tail[-1]
    return body, tail


def _bent(knots: Float) -> Float:
    """Knots moved against the curve, so that the chords between them have the means of the steps.

    The trapezium's error is a twelfth of the second difference (Euler and Maclaurin); no knot passes another.
    """
    moved = knots[1:-1] - np.diff(knots, 2) / 12
    bent = np.concatenate([knots[:1], np.clip(moved, knots[:-2], knots[2:]), knots[-1:]])
    return np.maximum.accumulate(bent)


@cache
def _shape_exponential() -> tuple[Float, Float]:
    low, body, high, tail = (-np.log1p(-points) for points in POINTS)
    return _shape(low, body, high, tail, 1.0)


@cache
def _shape_lognormal(cv: float) -> tuple[Float, Float]:
    sigma = np.sqrt(np.log1p(cv * cv))
    low, body, high, tail = (np.exp(sigma * z - sigma * sigma / 2) for z in _normal())
    return _shape(low, body, high, tail, cv)


@cache
def _normal() -> tuple[Float, ...]:
    """Normal quantiles at POINTS (the standard library's, by Wichura's algorithm AS 241)."""
    inverse = NormalDist().inv_cdf
    return tuple(np.array([inverse(p) for p in points]) for points in POINTS)


def _scaled(shape: tuple[Float, Float], mean_wanted: float) -> Table:
    body, tail = (np.rint(np.minimum(row * mean_wanted, LONGEST)).astype(np.int64) for row in shape)
    return body, tail
