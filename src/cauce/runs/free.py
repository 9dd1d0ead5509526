"""The few numbers that a calibration may move, and one choice of them.

A free number moves one or several parameters of the network, or the places of a route, together: each from
the low to the high end by one level in [0, 1].  A plain replay goes through the shipped ranges; a calibration
searches a wider one, stated as multiples of the stated value, and says where it leaves the shipped range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.border import Border, Row, read_rows
from cauce.errors import DataError
from cauce.keys import key as fold
from cauce.keys import triangular, uniforms
from cauce.model.process import Process

ROUTE = "route:"
ROUNDED = 1e-5  # the files have six digits
CALIBRATED = (
    "number", "parameter", "unit", "low", "value", "high", "least", "most", "p10", "p50", "p90", "moved", "shipped",
    "points", "seed", "draws",
)  # fmt: skip


@dataclass(frozen=True)
class Moved:
    """One parameter that a free number moves: its shipped range, and the one that is searched."""

    name: str
    unit: str
    low: float
    value: float
    high: float
    least: float
    most: float

    def at(self, level: float) -> float:
        """Its value at a level of the shipped range: the quantile of a triangle."""
        return triangular(self.low, self.value, self.high, level)

    def searched(self, level: float) -> float:
        """Its value at a level of the range searched: even on the log, so that half and twice weigh the same."""
        return float(np.exp(np.log(self.least) + level * (np.log(self.most) - np.log(self.least))))


@dataclass(frozen=True)
class Free:
    """One free number."""

    number: str
    moves: tuple[Moved, ...]


@dataclass(frozen=True)
class Chosen:
    """Values of parameters, and places of routes, that stand instead of what a draw would take."""

    parameters: Mapping[str, float]
    seats: Mapping[str, float]

    @classmethod
    def of(cls, values: Mapping[str, float]) -> Chosen:
        """Split by what they move."""
        seats = {n.removeprefix(ROUTE): v for n, v in values.items() if n.startswith(ROUTE)}
        return cls({n: v for n, v in values.items() if not n.startswith(ROUTE)}, seats)


def read(border: Border, process: Process) -> tuple[Free, ...]:
    """The free numbers of a border: `replay/free.csv`.

    Raises
    ------
    DataError
        A parameter or route that the border does not have.
    """
    routes = {row["route"]: row for row in border.routes}
    known = dict(process.parameters)
    found = []
    for row in read_rows(border.root / "replay" / "free.csv", ("number", "moves", "search")):
        moves, (least, most) = [], _search(row)
        for name in row["moves"].split(";"):
            route = routes.get(name.removeprefix(ROUTE)) if name.startswith(ROUTE) else None
            if route is not None:
                low, value, high = (route.number(c) for c in ("seats_low", "seats", "seats_high"))
                moves.append(Moved(name, "place", low, value, high, least * value, most * value))
            elif name in known:
                q = known[name]
                moves.append(Moved(name, q.unit, q.low, q.value, q.high, least * q.value, most * q.value))
            else:
                cause = f"{name!r} is no parameter and no route"
                mend = "use a name of network.yaml, or route:NAME of routes.csv"
                raise DataError(cause, mend=mend, file=row.file, line=row.line)
        found.append(Free(row["number"], tuple(moves)))
    return tuple(found)


def _search(row: Row) -> tuple[float, float]:
    """Lowest and highest multiple of the stated value."""
    try:
        least, most = (float(text) for text in row["search"].split(";"))
    except ValueError:
        least = most = 0.0
    if not 0 < least < 1 < most < float("inf"):
        cause = f"search {row['search']!r} is no range around the stated value"
        raise DataError(cause, mend="write two multiples, such as 0.5;2", file=row.file, line=row.line)
    return least, most


def levels(free: Sequence[Free], key: int) -> NDArray[np.float64]:
    """A level for each free number, uniform in [0, 1), shape (number,)."""
    keys = np.array([fold(key, f.number) for f in free], dtype=np.uint64)
    return uniforms(keys, "free")


def by_prior(free: Sequence[Free], level: NDArray[np.float64]) -> Chosen:
    """The shipped ranges at these levels."""
    return Chosen.of({m.name: m.at(float(u)) for f, u in zip(free, level, strict=True) for m in f.moves})


def by_search(free: Sequence[Free], level: NDArray[np.float64]) -> Chosen:
    """The ranges searched, at these levels."""
    return Chosen.of({m.name: m.searched(float(u)) for f, u in zip(free, level, strict=True) for m in f.moves})


Chooser = Callable[[NDArray[np.float64]], Chosen]
"""Levels to values."""


def by_draws(free: Sequence[Free], path: Path) -> Chooser:
    """One of the draws that a calibration kept: what it found of the numbers' dependence stays whole.

    The level of the first number moved says which.  A number that the points did not move has no column: it keeps
    its shipped range.

    Raises
    ------
    DataError
        The file has none of the numbers or no row, or has a value outside the range searched.
    """
    again = "calibrate again with `cauce calibrate`"
    rows = read_rows(path, ())
    told = dict(rows[0]) if rows else {}
    moved = tuple(m for f in free if all(m.name in told for m in f.moves) for m in f.moves)
    if not moved:
        raise DataError("no draw of any free number was kept", mend=again, file=path)
    kept = []
    for row in rows:
        values = {m.name: row.number(m.name) for m in moved}
        for m in moved:
            if not m.least * (1 - ROUNDED) <= values[m.name] <= m.most * (1 + ROUNDED):
                raise DataError(f"{m.name!r} was searched in another range", mend=again, file=path, line=row.line)
        kept.append(values)
    still = tuple(f for f in free if not all(m in moved for m in f.moves))

    def choose(level: NDArray[np.float64]) -> Chosen:
        u = dict(zip((f.number for f in free), level, strict=True))
        prior = {m.name: m.at(float(u[f.number])) for f in still for m in f.moves}
        # a number that is not drawn by itself lends its level to the choice of the row
        lent = next(u[f.number] for f in free if f not in still)
        return Chosen.of({**prior, **kept[int(lent * len(kept))]})

    return choose
