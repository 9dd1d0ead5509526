"""The free numbers, drawn from the ranges searched and kept where the replay comes nearest to the points.

Approximate Bayesian computation by rejection: every draw has its own level of each free number and its own
luck in all else; the tenth of the draws that lies nearest to the calibration points (in their declared sd)
is kept, whatever its distance, and the distance is told.  A free number is moved when the kept levels differ
from the drawn ones by Kolmogorov and Smirnov's test at 5%.  Only points to the last calibration day, and the
record to that day, are read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.border import Border
from cauce.errors import RequestError
from cauce.keys import key as fold
from cauce.places import put
from cauce.runs import free as free_room
from cauce.runs import points as points_room
from cauce.runs.executors import workers as make_workers
from cauce.runs.free import Free, Moved
from cauce.runs.points import Gauge, Point, of_role
from cauce.runs.replay import Replay
from cauce.runs.store import Store
from cauce.runs.windows import CALIBRATION, window
from cauce.runs.words import name_of, say
from cauce.terms import Language, unit_name

Float = NDArray[np.float64]
Progress = Callable[[int, int], None]
KEPT = 0.1  # share of the draws that is kept: fixed beforehand, so that no tolerance is chosen after a look
LEAST = 20  # [draw] fewer keep less than two
PLAUSIBLE = 3.0  # [sd] Pukelsheim 1994, the three sigma rule: what history matching calls implausible lies beyond
KS_5 = 1.3581  # critical value of Kolmogorov and Smirnov's statistic times the root of n, at 5%, large n


@dataclass(frozen=True)
class Row:
    """One parameter, before and after."""

    number: str
    moved: Moved
    quantiles: tuple[float, float, float]
    has_moved: bool

    def cells(self, points: int, seed: int, draws: int) -> list[str]:
        """As in the file."""
        m = self.moved
        figures = (m.low, m.value, m.high, m.least, m.most, *self.quantiles)
        told = ("yes" if self.has_moved else "no", self.where)
        return [self.number, m.name, m.unit, *(f"{x:.6g}" for x in figures), *told, *map(str, (points, seed, draws))]

    @property
    def where(self) -> str:
        """Whether the median lies within the shipped range."""
        low, high = self.moved.low, self.moved.high
        return "below" if self.quantiles[1] < low else "above" if self.quantiles[1] > high else "within"


@dataclass(frozen=True)
class Calibration:
    """What the points say of the free numbers."""

    free: tuple[Free, ...]
    points: tuple[Point, ...]
    levels: Float
    """(draw, number)"""
    said: Float
    """(draw, point)"""
    seed: int
    seen: date
    """The last day that a calibration may see."""

    @property
    def apart(self) -> Float:
        """Distance of each draw from each point [sd], shape (draw, point)."""
        value, sd = (np.array([getattr(p, name) for p in self.points]) for name in ("value", "sd"))
        return np.asarray((self.said - value) / sd)

    @property
    def distance(self) -> Float:
        """Root mean square of a draw's distances [sd], shape (draw,)."""
        return np.asarray(np.sqrt(np.square(self.apart).mean(axis=1)))

    @property
    def kept(self) -> NDArray[np.int64]:
        """The nearest draws, nearest first."""
        number = math.ceil(KEPT * len(self.said))
        return np.argsort(self.distance, kind="stable")[:number]

    def rows(self) -> tuple[Row, ...]:
        """Every parameter that a free number moves."""
        found = []
        for n, free in enumerate(self.free):
            level = self.levels[self.kept, n]
            moved = _statistic(level) > KS_5 / math.sqrt(level.size)
            for m in free.moves:
                low, middle, high = (
                    float(x) for x in np.percentile([m.searched(float(u)) for u in level], [10, 50, 90])
                )
                found.append(Row(free.number, m, (low, middle, high), moved))
        return tuple(found)

    def unmoved(self) -> tuple[str, ...]:
        """Free numbers of which the points say nothing."""
        return tuple(dict.fromkeys(row.number for row in self.rows() if not row.has_moved))

    def unreached(self) -> tuple[Point, ...]:
        """Points from which every draw lies further than is plausible."""
        nearest = np.abs(self.apart).min(axis=0)
        return tuple(p for p, x in zip(self.points, nearest, strict=True) if x > PLAUSIBLE)

    @property
    def _provenance(self) -> str:
        draws, kept = len(self.said), self.kept.size
        return (
            f"# {len(self.points)} points to {self.seen} (sha256 {points_room.sha256(self.points)[:16]});"
            f" {kept} of {draws} draws kept, {self.distance[self.kept[-1]]:.3f} sd from the points at most"
        )

    def csv(self) -> str:
        """The file, with its provenance."""
        draws = len(self.said)
        lines = [
            "# The free numbers after calibration on the replay's points, each by itself; written by",
            "# `cauce calibrate`. The draws themselves are in the file beside it, which `cauce validate` reads.",
            self._provenance,
            ",".join(free_room.CALIBRATED),
            *(",".join(row.cells(len(self.points), self.seed, draws)) for row in self.rows()),
        ]
        return "\n".join(lines) + "\n"

    def draws_csv(self) -> str:
        """The draws kept, nearest first, with the value of each parameter that the points move."""
        still = self.unmoved()
        moved = [(n, m) for n, free in enumerate(self.free) if free.number not in still for m in free.moves]
        lines = [
            "# The draws that the calibration kept, nearest to the points first; written by `cauce calibrate`.",
            "# What the points do not move is not here and keeps its shipped range.",
            self._provenance,
            ",".join(m.name for _, m in moved),
            *(",".join(f"{m.searched(float(self.levels[d, n])):.6g}" for n, m in moved) for d in self.kept),
        ]
        return "\n".join(lines) + "\n"

    def text(self, language: Language = Language.ENGLISH) -> str:
        """Points before and after, parameters, what did not move, what cannot be reached."""
        kept, far = self.kept, self.distance
        near = int((np.abs(self.apart).max(axis=1) <= PLAUSIBLE).sum())
        lines = [
            say("kept", language, draws=len(self.said), kept=kept.size, nearest=far[kept[0]], furthest=far[kept[-1]],
                median=np.median(far)),
            say("near", language, near=near, plausible=PLAUSIBLE),
            say("kept_head", language),
        ]  # fmt: skip
        for n, point in enumerate(self.points):
            ends = [x for part in (self.said[:, n], self.said[kept, n]) for x in np.percentile(part, [10, 90])]
            told = " ".join(f"{x:9,.0f}" if point.value >= 10 else f"{x:9.2f}" for x in (point.value, *ends))
            lines.append(f"  {told}  {point.name(language)}")
        for row in self.rows():
            m, (low, middle, high) = row.moved, row.quantiles
            lines.append(
                say("moved" if row.has_moved else "not_moved", language, number=row.number, name=m.name,
                    before=f"{m.low:g}..{m.value:g}..{m.high:g}", after=f"{low:.4g}..{middle:.4g}..{high:.4g}",
                    unit=unit_name(m.unit, language), where=name_of(row.where, language))
            )  # fmt: skip
        names = ", ".join(self.unmoved())
        lines.append(say("unmoved" if names else "all_moved", language, names=names))
        for p in self.unreached():
            lines.append(say("unreached", language, plausible=PLAUSIBLE, name=p.name(language), value=p.value))
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "draws": len(self.said), "kept": int(self.kept.size), "seed": self.seed,
            "distance": float(self.distance[self.kept[-1]]), "unmoved": self.unmoved(),
            "unreached": [p.name() for p in self.unreached()], "points": [p.name() for p in self.points],
            "rows": [
                {**vars(r.moved), "number": r.number, "parameter": r.moved.name, "p10": r.quantiles[0],
                 "p50": r.quantiles[1], "p90": r.quantiles[2], "moved": r.has_moved, "shipped": r.where}
                for r in self.rows()
            ],
        }  # fmt: skip

    def write(self, path: Path) -> Path:
        """Write the file, and beside it the draws, each whole or not at all.

        Raises
        ------
        OutputError
            It cannot be written there.
        """
        mend = "name a file you may write with --into"
        put(path.with_name(f"{path.stem}-draws{path.suffix}"), self.draws_csv().encode(), mend=mend)
        return put(path, self.csv().encode(), mend=mend)


def _statistic(level: Float) -> float:
    """Kolmogorov and Smirnov's distance of levels from the uniform distribution."""
    ordered = np.sort(level)
    n = ordered.size
    steps = np.arange(1, n + 1) / n
    return float(max((steps - ordered).max(), (ordered - (steps - 1 / n)).max()))


def run(
    border: Border,
    *,
    points: Path | None = None,
    draws: int = 400,
    seed: int = 1,
    workers: int = 2,
    store_root: Path,
    progress: Progress | None = None,
) -> Calibration:
    """Draw the free numbers and set each draw beside the calibration points; goes on where it was stopped.

    Raises
    ------
    RequestError
        Too few draws, or no calibration point.
    """
    if draws < LEAST:
        raise RequestError(f"{draws} draws are too few to keep a tenth of", mend=f"give at least {LEAST}")
    # whatever is to be tested is dropped here, before anything is computed
    seen = window(border, CALIBRATION).last
    every = tuple(p for p in points_room.read(border, points) if p.last <= seen)
    used = of_role(every, "calibration")
    if not used:
        raise RequestError("there is no calibration point", mend="give one in the file of points")
    replay = Replay.of(border, used[0].first, seen, seen + timedelta(days=1), of_role(every, "input"), seed)
    gauge = Gauge(used, replay.layout, replay.clock)
    gauge.check(points)
    free = free_room.read(border, replay.layout.process)
    store = Store.open(store_root, replay.sha256("calibrate", points_room.sha256(used), repr(free)))
    blocks = _simulated(replay, gauge, free, store, draws, workers, progress)
    return Calibration(free, used, blocks[:, : len(free)], blocks[:, len(free) :], seed, seen)


def _simulated(
    replay: Replay,
    gauge: Gauge,
    free: Sequence[Free],
    store: Store,
    draws: int,
    workers: int,
    progress: Progress | None,
) -> Float:
    """Levels and what the model says of each point, shape (draw, numbers + points)."""

    def task(draw: int) -> Float:
        block = store.read(draw)
        if block is None:
            level = free_room.levels(free, fold(replay.seed, draw, "free"))
            block = np.concatenate([level, gauge.read(*replay.run(draw, free_room.by_search(free, level)))])
            store.write(draw, block)
        return block

    found = np.empty((draws, len(free) + len(gauge.points)))
    for done, (draw, block) in enumerate(make_workers(workers).map(task, range(draws)), 1):
        found[draw] = block
        if progress is not None:
            progress(done, draws)
    return found
