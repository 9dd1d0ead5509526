"""Solution concepts of bargaining, on gains over no deal.  Arrays in, numbers out; no border, no simulator.

Two parties gain (x, y) over no deal at each of some points.  Lotteries between points are allowed, so what can
be reached is their convex hull with no deal at the origin.

References
----------
Nash (1950), The Bargaining Problem; Kalai and Smorodinsky (1975), Other Solutions to Nash's Bargaining Problem;
Rubinstein (1982), Perfect Equilibrium in a Bargaining Model; Binmore, Rubinstein and Wolinsky (1986), The Nash
Bargaining Solution in Economic Modelling.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]
HALVINGS = 100  # more than a double has bits


def front(points: Float) -> Bool:
    """Which points no other dominates, shape (point,).

    Examples
    --------
    >>> front(np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]])).tolist()
    [True, True, False]
    """
    no_worse = (points[None, :, :] >= points[:, None, :]).all(axis=2)
    better = (points[None, :, :] > points[:, None, :]).any(axis=2)
    dominated = np.logical_and(no_worse, better)
    return np.asarray(~dominated.any(axis=1))


def frontier(points: Float) -> Float:
    """Corners of the upper right edge of the hull of the points and no deal, by rising gain of the first."""
    best = np.unique(np.vstack([points, np.zeros((1, 2))]), axis=0)
    corners: list[Float] = []
    for point in best[front(best)]:  # by rising x, so by falling y
        while len(corners) > 1 and _turn(corners[-2], corners[-1], point) >= 0:
            corners.pop()
        corners.append(point)
    return np.array(corners)


def _turn(a: Float, b: Float, c: Float) -> float:
    """Above zero where the way from a over b to c turns to the left, so that b lies inside."""
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def nash(points: Float) -> Float:
    """The point of the frontier with the greatest product of gains; no deal where none gives both a gain.

    Examples
    --------
    >>> nash(np.array([[1.0, 0.0], [0.0, 1.0]])).tolist()
    [0.5, 0.5]
    """
    corners = frontier(points)
    candidates = [np.zeros(2), *corners]
    for a, b in pairwise(corners):
        step = b - a
        # (a0 + t s0)(a1 + t s1) is greatest where its slope in t is zero
        if step[0] * step[1] != 0:
            t = -(a[0] * step[1] + a[1] * step[0]) / (2 * step[0] * step[1])
            candidates.append(a + np.clip(t, 0, 1) * step)
    return max((c for c in candidates if (c >= 0).all()), key=lambda c: float(c[0] * c[1]))


def kalai_smorodinsky(points: Float) -> Float:
    """The point of the frontier at which both get the same share of the most that each could get.

    The most is what a party could get where the other loses nothing.  Where nothing gives both a gain it is
    no deal.
    """
    corners = frontier(points)
    inside = _rational(corners)
    if inside.size == 0:
        return np.zeros(2)
    ideal = inside.max(axis=0)
    if (ideal <= 0).any():
        return np.zeros(2)
    lowest = corners.min(axis=0)
    # beyond its ends the frontier goes straight down and straight left: what is free to be thrown away
    line = [np.array([min(lowest[0], 0.0), corners[0][1]]), *corners, np.array([corners[-1][0], min(lowest[1], 0.0)])]
    for a, b in pairwise(line):
        sides = np.column_stack([ideal, a - b])
        if abs(np.linalg.det(sides)) > 1e-12 * np.abs(sides).max() ** 2:
            share, t = np.linalg.solve(sides, a)
            if -1e-9 <= t <= 1 + 1e-9 and share > 0:
                return np.asarray(share * ideal)
    return np.zeros(2)


def alternating_offers(points: Float, kept: tuple[float, float]) -> Float:
    """What each proposes where offers alternate without end, shape (proposer, party); zeros without gain for both.

    In the one equilibrium without empty threats each proposal is on the frontier and leaves the other just what it
    would keep of its own proposal a round later.

    Parameters
    ----------
    points : (point, 2)
        Gains over no deal.
    kept : (2,)
        The share of a gain that each party keeps if it comes a round later: its patience, times the probability
        that talks go on.  Below 1.

    Examples
    --------
    A pie of one, of which each keeps half a round later: the first to offer gets two thirds.

    >>> alternating_offers(np.array([[1.0, 0.0], [0.0, 1.0]]), (0.5, 0.5)).round(6).tolist()
    [[0.666667, 0.333333], [0.333333, 0.666667]]
    """
    inside = _rational(frontier(points))
    if inside.size == 0 or (inside.max(axis=0) <= 0).any():
        return np.zeros((2, 2))
    edge = np.array(sorted(inside.tolist(), key=lambda c: (c[0], -c[1])))

    def other(gain: float) -> float:
        """The most that the second can have beside a gain of the first."""
        return float(np.interp(gain, edge[:, 0], edge[:, 1]))

    # the first asks for more until the second would rather wait
    low, high = 0.0, float(edge[-1, 0])
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        willing = other(middle) >= kept[1] * other(kept[0] * middle)
        low, high = (middle, high) if willing else (low, middle)
    return np.array([[low, other(low)], [kept[0] * low, other(kept[0] * low)]])


def _rational(corners: Float) -> Float:
    """The part of the frontier where neither loses: its corners, with those on the axes."""
    found = [c for c in corners if (c >= 0).all()]
    for a, b in pairwise(corners):
        for axis in (0, 1):
            if a[axis] * b[axis] < 0:
                crossing = a + (b - a) * a[axis] / (a[axis] - b[axis])
                crossing[axis] = 0.0
                if (crossing >= 0).all():
                    found.append(crossing)
    return np.array(found)


def best_package(gains: Float) -> int | None:
    """Of packages alone, without lotteries, the one with the greatest product; None if none gives both a gain."""
    product = np.where((gains > 0).all(axis=1), gains.prod(axis=1), -np.inf)
    return int(product.argmax()) if np.isfinite(product).any() else None


def equal_share_package(gains: Float) -> int | None:
    """Of packages alone, the one whose smaller share of the party's most is greatest (Kalai and Smorodinsky)."""
    good = (gains > 0).all(axis=1)
    if not good.any():
        return None
    ideal = gains[good].max(axis=0)
    return int(np.where(good, (gains / ideal).min(axis=1), -np.inf).argmax())


def equilibria(rows: Float, columns: Float) -> tuple[tuple[Float, Float], ...]:
    """Equilibria of a game of two by two: the pure ones, then the mixed one if there is one.

    Parameters
    ----------
    rows, columns : (2, 2)
        What the one who chooses the row gets, and the one who chooses the column.
    """
    pure = np.eye(2)
    found = [
        (pure[i], pure[j])
        for i in range(2)
        for j in range(2)
        if rows[i, j] >= rows[1 - i, j] and columns[i, j] >= columns[i, 1 - j]
    ]
    across = columns[0, 0] - columns[0, 1] - columns[1, 0] + columns[1, 1]
    down = rows[0, 0] - rows[1, 0] - rows[0, 1] + rows[1, 1]
    if across != 0 and down != 0:
        p = (columns[1, 1] - columns[1, 0]) / across
        q = (rows[1, 1] - rows[0, 1]) / down
        if 0 < p < 1 and 0 < q < 1:
            found.append((np.array([p, 1 - p]), np.array([q, 1 - q])))
    return tuple(found)


def triangular_below(x: float, low: float, mode: float, high: float) -> float:
    """Probability that a triangular number is at most x.

    Examples
    --------
    >>> triangular_below(0.5, 0.0, 0.5, 1.0), triangular_below(1.0, 0.2, 0.5, 1.0)
    (0.5, 1.0)
    """
    if x >= high:
        return 1.0
    if x < low:
        return 0.0
    if x <= mode:
        return (x - low) ** 2 / ((high - low) * (mode - low)) if mode > low else 0.0
    return 1 - (high - x) ** 2 / ((high - low) * (high - mode))
