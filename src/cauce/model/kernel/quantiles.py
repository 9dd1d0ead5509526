"""Service times as tables of quantiles: any distribution, no floating point in the kernel.

A table is (body, tail): 1025 knots at the probabilities i/1024, and 1025 knots that divide the last of
those steps again by 1024.  The kernel draws 64 bits, takes a step with the first ten (and ten more in the
tail) and goes linearly between its knots.  The highest knot is set so that the mean of the table is the
mean asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

STEPS = 1024
Table = tuple[NDArray[np.int64], NDArray[np.int64]]
Float = NDArray[np.float64]


def constant(ticks: float) -> Table:
    """Always the same time."""
    row = np.full(STEPS + 1, round(ticks), dtype=np.int64)
    return row, row


def exponential(mean: float) -> Table:
    """Exponential times with this mean [tick]."""
    return _scaled(_shape_exponential(), mean)


def lognormal(mean: float, cv: float) -> Table:
    """Lognormal times with this mean [tick] and coefficient of variation."""
    return _scaled(_shape_lognormal(round(cv, 6)), mean) if cv > 0 and mean > 0 else constant(round(mean))


def from_inverse(inverse: Callable[[Float], Float], mean: float) -> Table:
    """Any distribution from its inverse cumulative function (vectorised) and its mean [tick]."""
    return _rounded(*_shape(inverse, mean))


def mean(table: Table) -> float:
    """Mean of a table [tick], exact."""
    body, tail = table
    inner = (body[:-2] + body[1:-1]).sum() / 2
    return float((inner + (tail[:-1] + tail[1:]).sum() / 2 / STEPS) / STEPS)


def _shape(inverse: Callable[[Float], Float], mean_wanted: float) -> tuple[Float, Float]:
    last = 1 - 1 / STEPS
    body = inverse(np.arange(STEPS) / STEPS)
    tail = inverse(last + np.arange(STEPS) / STEPS**2)
    # the body's chords over-count a convex quantile function by a little: scale it, never its ends
    top = _top(body, tail, mean_wanted)
    tail = np.append(tail, max(top, tail[-1]))
    body = np.append(body, tail[-1])
    short = mean_wanted - _mean(body, tail)
    scale = mean_wanted / (mean_wanted - short)
    return body * scale, tail * scale


def _top(body: Float, tail: Float, wanted: float) -> float:
    """The highest knot that gives the wanted mean, kept within what the tail makes plausible."""
    rest = (body[:-1] + body[1:]).sum() / 2 / STEPS + (tail[:-1] + tail[1:]).sum() / 2 / STEPS**2
    top = 2 * (wanted - rest) * STEPS**2 - tail[-1]
    return float(np.clip(top, tail[-1], 3 * tail[-1] - 2 * tail[-2]))


def _mean(body: Float, tail: Float) -> float:
    inner = (body[:-2] + body[1:-1]).sum() / 2
    return float((inner + (tail[:-1] + tail[1:]).sum() / 2 / STEPS) / STEPS)


@cache
def _shape_exponential() -> tuple[Float, Float]:
    return _shape(lambda p: -np.log1p(-p), 1.0)


@cache
def _shape_lognormal(cv: float) -> tuple[Float, Float]:
    sigma = np.sqrt(np.log1p(cv * cv))
    z = _normal_steps()

    def inverse(p: Float) -> Float:
        at = z[0] if p[1] - p[0] > 1e-4 else z[1]  # the body's steps, or the tail's
        return np.asarray(np.exp(sigma * at - sigma * sigma / 2))

    return _shape(inverse, 1.0)


@cache
def _normal_steps() -> tuple[Float, Float]:
    """Normal quantiles at the body's and the tail's probabilities; the lowest is minus infinity."""
    inverse = NormalDist().inv_cdf
    body = [-np.inf] + [inverse(i / STEPS) for i in range(1, STEPS)]
    tail = [inverse(1 - 1 / STEPS + i / STEPS**2) for i in range(STEPS)]
    return np.asarray(body), np.asarray(tail)


def _scaled(shape: tuple[Float, Float], mean_wanted: float) -> Table:
    return _rounded(shape[0] * mean_wanted, shape[1] * mean_wanted)


def _rounded(body: Float, tail: Float) -> Table:
    rows = np.rint(body).astype(np.int64), np.rint(tail).astype(np.int64)
    # the body's last step is the tail's and never walked
    widest = max(int(np.diff(row).max()) for row in (rows[0][:-1], rows[1]))
    if widest >= 2**38:
        raise ValueError(f"a step of the table is {widest} ticks wide; the kernel takes fewer than 2^38")
    return rows
