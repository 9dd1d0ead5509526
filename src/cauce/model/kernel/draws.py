"""Keyed draws in integers: who, on which attempt, at which station, deciding what.

A station goes by its own key, so a new station changes nobody's luck at the others.

The twin of `cauce.keys.mix`; the oracle and a test hold the two together.
"""

from __future__ import annotations

import numpy as np

from cauce.model.kernel.compiled import part

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)
_1, _22, _44, _54 = np.uint64(1), np.uint64(22), np.uint64(44), np.uint64(54)
_LAST = np.uint64(1023)
_FRACTION = np.uint64((1 << 22) - 1)


@part
def mix(z):
    """SplitMix64's finaliser: a bijection on 64 bits.

    z  uint64  any number
    Oracle: cauce.keys.mix
    """
    z = (z ^ (z >> _30)) * _M1
    z = (z ^ (z >> _27)) * _M2
    return z ^ (z >> _31)


@part
def decide(identity, luck, attempt, which):
    """64 bits for one decision of one party: no path leads to other luck at the same step.

    identity  uint64  the party's key mixed with the draw's
    luck      uint64  the station's key
    attempt   int     number of the party's attempt
    which     int     0 service time, 1 routing, 2 patience
    Oracle: tests/verify/oracle.py
    """
    return mix((identity ^ luck) + np.uint64(4 * attempt + which + 1) * GOLDEN)


@part
def quantile(body, tail, table, u):
    """A time from a table of quantiles, linear between its knots.

    body, tail  (T, 1025) int64  knots [tick]
    table       int              row
    u           uint64           the draw
    Oracle: tests/verify/oracle.py
    """
    step, fraction = u >> _54, np.int64((u >> _22) & _FRACTION)
    if step < _LAST:
        low, high = body[table, step], body[table, step + _1]
    else:
        step = (u >> _44) & _LAST
        low, high = tail[table, step], tail[table, step + _1]
    return low + (((high - low) * fraction) >> 22)
