"""The dated figures that a replay is set against: read, measured on a run, and balanced against each other.

Point, read     one row of `replay/points.csv` of a border
Gauge           what the model says of each point in one run
balance         what the points themselves leave for the releases, before any model speaks
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.border import Border, Row, read_rows
from cauce.errors import DataError, RequestError
from cauce.model.clock import MORNING, TICKS_PER_HOUR, Clock
from cauce.model.network import Layout
from cauce.model.people import Parties
from cauce.model.simulate import Run
from cauce.runs.windows import CALIBRATION, window
from cauce.runs.words import period, say
from cauce.terms import Language

ROLES = ("input", "calibration", "test", "conflict")
KINDS = ("stock", "flow")
COLUMNS = ("first", "last", "quantity", "measured", "kind", "value", "sd", "unit", "grade", "role", "source")
A_DAY = "/day"
ENTRIES = "entries:"
STAYS = "stays:"


@dataclass(frozen=True)
class Point:
    """One figure: what was printed, by whom, and what it may be used for."""

    first: date
    last: date
    quantity: str
    measured: str
    kind: str
    value: float
    sd: float
    unit: str
    grade: str
    role: str
    balance: str
    source: str
    line: int
    quantity_es: str = ""
    """The quantity in Spanish, where the file says it."""

    @property
    def days(self) -> int:
        """Days (of a stock: mornings) that it speaks of."""
        return (self.last - self.first).days + 1

    @property
    def a_day(self) -> float:
        """Factor that makes a flow a mean a day."""
        return 1.0 if self.kind == "stock" or self.unit.endswith(A_DAY) else 1 / self.days

    def name(self, language: Language = Language.ENGLISH) -> str:
        """Date and quantity."""
        quantity = self.quantity_es if language is Language.SPANISH and self.quantity_es else self.quantity
        return f"{period(self.first, self.last, language)}: {quantity}"

    def canonical(self) -> str:
        """Text to hash: all but the line and the translation."""
        return "|".join(str(v) for k, v in vars(self).items() if k not in {"line", "quantity_es"})


def of_role(points: Sequence[Point], *roles: str) -> tuple[Point, ...]:
    """Those of some roles, in the order of the file."""
    return tuple(p for p in points if p.role in roles)


def sha256(points: Sequence[Point]) -> str:
    """Hash of what the points say."""
    return hashlib.sha256("\n".join(p.canonical() for p in points).encode()).hexdigest()


def read(border: Border, path: Path | None = None) -> tuple[Point, ...]:
    """The points of a border, or of a file of one's own, in the order of their days.

    Raises
    ------
    RequestError
        The border ships no points.
    DataError
        A date, number, kind, role or period that is not right; a calibration point after the last day that
        a calibration may see.
    """
    path = path or border.root / "replay" / "points.csv"
    seen = window(border, CALIBRATION).last
    if not path.is_file() and path.parent.name == "replay":
        raise RequestError(f"{path} is not there", mend="give a file of points with --points")
    return tuple(
        sorted((_point(row, seen) for row in read_rows(path, COLUMNS)), key=lambda p: (p.first, p.last, p.line))
    )


def _point(row: Row, seen: date) -> Point:
    for column, known in (("kind", KINDS), ("role", ROLES)):
        if row[column] not in known:
            raise _wrong(row, f"{column} {row[column]!r} is unknown", f"use one of {', '.join(known)}")
    point = Point(
        row.day("first"), row.day("last"), row["quantity"], row["measured"], row["kind"], row.number("value"),
        row.number("sd"), row["unit"], row["grade"], row["role"], dict(row).get("balance", ""), row["source"], row.line,
        dict(row).get("quantity_es", ""),
    )  # fmt: skip
    if point.last < point.first:
        raise _wrong(row, "the last day is before the first", "exchange them")
    if point.sd == 0:
        raise _wrong(row, "sd is zero, and no figure is without error", "give the error of its printer")
    if not point.source:
        raise _wrong(row, "a point without a source", "say who printed it")
    if point.role == "calibration" and point.last > seen:
        raise _wrong(row, f"a calibration point after {seen}", "make it a test point")
    return point


def _wrong(row: Row, cause: str, mend: str) -> DataError:
    return DataError(cause, mend=mend, file=row.file, line=row.line)


@dataclass(frozen=True)
class Gauge:
    """Reads points off runs of one layout and clock."""

    points: tuple[Point, ...]
    layout: Layout
    clock: Clock

    def check(self, file: Path | None = None) -> None:
        """Refuse a point that the model cannot be asked for.

        Raises
        ------
        DataError
            An outcome or station that the network does not have.
        """
        for point in self.points:
            for part in point.measured.split("/"):
                if part.startswith(STAYS) and part.removeprefix(STAYS).isdigit() and point.kind == "stock":
                    continue
                station = part.removeprefix(ENTRIES)
                known = {s.id for s in self.layout.documents} if part != station else set(self._numbers)
                if station not in known:
                    cause = f"{point.quantity!r} is measured by {part!r}, which the network does not have"
                    mend = "name an outcome of network.yaml, entries:STATION, or for a stock stays:HOURS"
                    raise DataError(cause, mend=mend, file=file, line=point.line)

    @property
    def _numbers(self) -> dict[str, int]:
        return {o.id: n for n, o in enumerate(self.layout.process.outcomes)}

    def read(self, run: Run, came: Parties) -> NDArray[np.float64]:
        """What a run with a person table says of each point, in the point's own unit; NaN outside the run's days.

        Shape (point,).
        """
        return np.array([self._one(point, run, came) for point in self.points])

    def _one(self, point: Point, run: Run, came: Parties) -> float:
        # a stock at 06:00 is kept with the report day that this morning ends
        start = (point.first - self.clock.start.date()).days - (point.kind == "stock")
        span = slice(start, start + point.days)
        if start < 0 or start + point.days > self.clock.days:
            return float("nan")
        above, _, below = point.measured.partition("/")
        if above.startswith(STAYS):
            hours = int(above.removeprefix(STAYS))
            # of whom is held in the last hours nobody knows yet how long it will be
            known = self.clock.hour_index(MORNING)[1:] * TICKS_PER_HOUR <= self.clock.horizon - hours * TICKS_PER_HOUR
            span = slice(start, min(start + point.days, int(known.sum())))
            daily = self._staying(hours, run, came)[span]
        else:
            daily = self._daily(above, run)[span]
        if below:
            whole = self._daily(below, run)[span].sum()
            return float(daily.sum() / whole) if whole else 0.0
        summed = point.kind == "flow" and not point.unit.endswith(A_DAY)
        return float(daily.sum() if summed else daily.mean())

    def _staying(self, hours: int, run: Run, came: Parties) -> NDArray[np.float64]:
        """Persons held each morning who in the end stay in custody longer than some hours, shape (day,).

        A stay is counted from the encounter, which is some two hours before the door.
        """
        stay = run.out.custody_ticks
        long = stay > hours * TICKS_PER_HOUR
        mornings = np.append(self.clock.hour_index(MORNING)[1:], self.clock.hours) * TICKS_PER_HOUR
        begins, size = came.tick[long].astype(np.int64), came.size[long].astype(np.int64)
        change = np.zeros(mornings.size + 1)
        np.add.at(change, np.searchsorted(mornings, begins), size)
        np.subtract.at(change, np.searchsorted(mornings, begins + stay[long]), size)
        return np.cumsum(change)[:-1]

    def _daily(self, name: str, run: Run) -> NDArray[np.float64]:
        if name.startswith(ENTRIES):
            station = name.removeprefix(ENTRIES)
            numbers = [n for n, s in enumerate(self.layout.documents) if s.id == station]
            return run.counts.entries[numbers].sum(axis=(0, 2), dtype=np.float64)
        return np.asarray(run.daily[self._numbers[name]], dtype=np.float64)


@dataclass(frozen=True)
class Balance:
    """People in, out and held over a period [person/day], and what is left for all other ways out."""

    first: date
    last: date
    inflow: float
    outflow: float
    fall: float
    sd: float

    @property
    def left(self) -> float:
        """In, less the known ways out, more what custody gave up."""
        return self.inflow - self.outflow + self.fall

    @property
    def interval(self) -> tuple[float, float]:
        """80% interval of what is left."""
        return self.left - Z80 * self.sd, self.left + Z80 * self.sd

    def text(self, language: Language = Language.ENGLISH) -> str:
        """One line."""
        low, high = self.interval
        return say(
            "balanced", language, period=period(self.first, self.last, language), inflow=self.inflow,
            outflow=self.outflow, fall=self.fall, left=self.left, low=low, high=high,
        )  # fmt: skip


Z80 = 1.2815515655446004  # 90th percentile of the standard normal: half-width of an 80% interval in sd


def balance(points: Sequence[Point]) -> Balance | None:
    """Mass balance of the points marked `in`, `out` and `level`; None when any of the three is missing.

    The period is that of the ways out; inflow is the mean of the points within it; custody at its two ends is
    read off straight lines between the levels (each at the middle of its days).
    """
    outs = [p for p in points if p.balance == "out"]
    ins = [p for p in points if p.balance == "in"]
    levels = sorted((p for p in points if p.balance == "level"), key=_middle)
    if not outs or not ins or len(levels) < 2:
        return None
    first, last = min(p.first for p in outs), max(p.last for p in outs)
    days = (last - first).days + 1
    weight = _at(levels, last + timedelta(days=1)) - _at(levels, first)
    held = np.array([p.value for p in levels])
    spread = [
        *(p.sd * p.a_day / len(ins) for p in ins),
        *(p.sd / days for p in outs),
        *(w * p.sd / days for w, p in zip(weight, levels, strict=True)),
    ]
    inflow = float(np.mean([p.value * p.a_day for p in ins]))
    outflow = sum(p.value for p in outs) / days
    return Balance(first, last, inflow, outflow, -float(weight @ held) / days, float(np.linalg.norm(spread)))


def _middle(point: Point) -> float:
    return (point.first.toordinal() + point.last.toordinal()) / 2


def _at(levels: Sequence[Point], day: date) -> NDArray[np.float64]:
    """Weight of each level in the straight line at a morning, shape (level,)."""
    at = [_middle(p) for p in levels]
    return np.array([np.interp(day.toordinal(), at, row) for row in np.eye(len(levels))])
