"""The model against the record: a replay in draws, set beside dated figures that nobody tuned to.

The scores count test points alone and say how many they are; a miss is printed as a miss.  An interval is the
model's 80% with the declared error of the figure added to each draw, because what was printed has that error;
how many would be inside without it is said too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.border import Border, Named
from cauce.errors import RequestError
from cauce.keys import generator
from cauce.keys import key as fold
from cauce.runs import free as free_room
from cauce.runs import points as points_room
from cauce.runs import records
from cauce.runs import twin as twin_room
from cauce.runs.executors import workers as make_workers
from cauce.runs.points import Z80, Balance, Gauge, Point, of_role
from cauce.runs.replay import Replay
from cauce.runs.store import Store
from cauce.runs.windows import CALIBRATION, window
from cauce.runs.words import hashed, name_of, named, say
from cauce.terms import Language, unit_name

Float = NDArray[np.float64]
Progress = Callable[[int, int], None]
LEVEL = 0.8
CALIBRATED = "calibrated-draws.csv"  # beside border.yaml: what a calibration kept


def interval_score(low: Float, high: Float, truth: Float) -> Float:
    """Interval score of a central 80% interval; lower is better (Gneiting and Raftery 2007, equation 43).

    >>> float(interval_score(np.array([0.0]), np.array([1.0]), np.array([2.0]))[0])
    11.0
    """
    penalty = 2 / (1 - LEVEL)
    return np.asarray((high - low) + penalty * np.maximum(low - truth, 0) + penalty * np.maximum(truth - high, 0))


@dataclass(frozen=True)
class Against:
    """A score of ours beside that of the last value seen, on the same `n` points; intervals over the value."""

    n: int
    ours: float
    last: float
    error: float
    last_error: float

    def text(self, other: str, language: Language = Language.ENGLISH) -> str:
        """A clause; `other` is the word for what is compared with."""
        name = say(other, language)
        if not self.n:
            return say("against_nothing", language, other=name)
        won = "" if self.ours < self.last else say("against_missed", language, other=name)
        return say("against", language, other=name, won=won, **vars(self))


@dataclass(frozen=True)
class Validation:
    """Points, what the model says of them in each draw, and the scores."""

    points: tuple[Point, ...]
    said: Float
    """(draw, point) by the model."""
    seed: int
    seen: date
    """The last day that a calibration may see."""
    calibrated: bool
    balance: Balance | None
    known: tuple[str, ...]
    """Numbers of the network that cite a publication of a test point: not unseen."""
    broad: tuple[records.Dispositions | records.Custody | Named, ...]
    """The long checks, and a sentence for each that is not at hand."""
    hashes: dict[str, str]
    twins: twin_room.Twins | None
    """The twin experiment; None where the border has no mornings."""

    @property
    def printed(self) -> Float:
        """The model's draws with the error of whoever printed the figure, shape (draw, point)."""
        noise = [
            generator("printed", self.seed, p.canonical()).standard_normal(self.said.shape[0]) for p in self.points
        ]
        found = self.said + np.stack(noise, axis=1) * np.array([p.sd for p in self.points])
        return np.asarray(np.maximum(found, 0.0))

    def interval(self, draws: Float) -> tuple[Float, Float, Float]:
        """(p10, p50, p90) by point."""
        low, middle, high = np.percentile(draws, [10, 50, 90], axis=0)
        return low, middle, high

    @property
    def _tests(self) -> NDArray[np.int64]:
        return np.array([n for n, p in enumerate(self.points) if p.role == "test"], dtype=np.int64)

    @property
    def truth(self) -> Float:
        """The figures."""
        return np.array([p.value for p in self.points])

    def inside(self, draws: Float) -> NDArray[np.bool_]:
        """Whether each figure is inside the 80% interval of some draws, shape (point,)."""
        low, _, high = self.interval(draws)
        return np.asarray((low <= self.truth) & (self.truth <= high))

    def open_loop(self) -> Against:
        """Test points against the last value of the same quantity that was seen before the test began."""
        pairs = []
        for n in self._tests:
            mine = self.points[n]
            seen = [
                p for p in of_role(self.points, "input", "calibration")
                if p.measured == mine.measured and p.last <= self.seen and p.unit == mine.unit
            ]  # fmt: skip
            if seen:
                pairs.append((int(n), seen[-1], self.printed[:, n]))
        return self._against(pairs)

    def sequential(self) -> Against:
        """From each figure the next of its quantity: what the model adds, on top of what was last seen."""
        pairs = []
        kept = of_role(self.points, "input", "calibration", "test")
        number = {p: n for n, p in enumerate(self.points)}
        for measured in {self.points[n].measured for n in self._tests}:
            chain = [p for p in kept if p.measured == measured and p.kind == "stock"]
            for before, after in pairwise(chain):
                if after.role == "test":
                    a, b = number[before], number[after]
                    noise = generator("next", self.seed, after.canonical()).standard_normal(self.said.shape[0])
                    error = np.hypot(before.sd, after.sd) * noise
                    pairs.append((b, before, np.maximum(before.value + self.said[:, b] - self.said[:, a] + error, 0.0)))
        return self._against(sorted(pairs, key=lambda pair: pair[0]))

    def _against(self, pairs: Sequence[tuple[int, Point, Float]]) -> Against:
        """Scores over (number of the test point, last figure seen, our draws of it), each over the value."""
        ours, last, error, last_error = [], [], [], []
        for n, seen, draws in pairs:
            value = np.array([self.points[n].value])
            low, middle, high = np.percentile(draws, [10, 50, 90])
            half = Z80 * float(np.hypot(seen.sd, self.points[n].sd))
            ours.append(float(interval_score(np.array([low]), np.array([high]), value)[0] / value[0]))
            around = np.array([seen.value - half]), np.array([seen.value + half])
            last.append(float(interval_score(*around, value)[0] / value[0]))
            error.append(abs(float(middle) - value[0]) / value[0])
            last_error.append(abs(seen.value - value[0]) / value[0])
        means = [float(np.mean(x)) if x else float("nan") for x in (ours, last, error, last_error)]
        return Against(len(pairs), *means)

    def _rows(self) -> list[dict[str, Any]]:
        low, middle, high = self.interval(self.printed)
        inside, alone = self.inside(self.printed), self.inside(self.said)
        return [
            {
                "role": p.role, "first": p.first.isoformat(), "last": p.last.isoformat(), "quantity": p.quantity,
                "unit": p.unit, "value": p.value, "sd": p.sd, "p10": float(low[n]), "p50": float(middle[n]),
                "p90": float(high[n]), "inside": bool(inside[n]), "inside_alone": bool(alone[n]), "source": p.source,
            }
            for n, p in enumerate(self.points)
        ]  # fmt: skip

    def text(self, language: Language = Language.ENGLISH) -> str:
        """Balance first, then the points, then the scores; the last line is `inside: N of M`."""
        balanced = say("no_balance", language) if self.balance is None else self.balance.text(language)
        ranges = say("ranges_kept" if self.calibrated else "ranges_shipped", language)
        role, figure, median = (say(word, language) for word in ("role", "figure", "median"))
        rows = list(zip(self._rows(), self.points, strict=True))
        tests = self._tests
        lines = [
            say("balance", language),
            f"  {balanced}",
            *self._outside_balance(language),
            say("replayed", language, draws=self.said.shape[0], ranges=ranges),
            f"  {role:11} {figure:>9} {'p10':>9} {median:>9} {'p90':>9}  80%",
            *(_line(row, p, language) for row, p in rows if p.role != "conflict"),
            say("conflicts", language),
            *(_line(row, p, language) for row, p in rows if p.role == "conflict"),
            *self._scores(language),
            *(check.text(language) for check in self.broad),
            *(() if self.twins is None else self.twins.text(language)),
            *hashed(self.hashes, language),
            say("inside_of", language, inside=int(self.inside(self.printed)[tests].sum()), n=tests.size),
        ]
        return "\n".join(lines)

    def _outside_balance(self, language: Language) -> list[str]:
        """Conflicting flows of those days that cannot be true if the balance is."""
        if self.balance is None:
            return []
        low, high = self.balance.interval
        counted = {p.measured for p in self.points if p.balance}
        lines = []
        for p in of_role(self.points, "conflict"):
            met = p.first <= self.balance.last and p.last >= self.balance.first
            if p.kind == "flow" and met and p.measured not in counted:
                rate = p.value * p.a_day
                where = "within_balance" if low <= rate <= high else "outside_balance"
                lines.append(say(where, language, name=p.name(language), rate=rate, source=p.source))
        return lines

    def _scores(self, language: Language) -> list[str]:
        tests = self._tests
        if not tests.size:
            return [say("no_test", language)]
        low, _, high = self.interval(self.printed)
        width = ((high - low) / self.truth)[tests].mean()
        share = self.inside(self.printed)[tests].mean()
        alone = int(self.inside(self.said)[tests].sum())
        met = say("goal_met" if share >= 0.7 else "goal_missed", language)  # the design's goal: 70% inside
        lines = [
            say("open_loop", language, share=share, met=met, n=tests.size, width=width, alone=alone),
            f"  {self.open_loop().text('last_value', language)}",
            say("sequential", language, scores=self.sequential().text("persistence", language)),
        ]
        if self.known:
            lines.append(say("not_unseen", language, names=", ".join(self.known)))
        return lines

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        tests = self._tests
        balance = None if self.balance is None else {**asdict(self.balance), "left": self.balance.left}
        return {
            "draws": self.said.shape[0], "seed": self.seed, "calibrated": self.calibrated, "balance": balance,
            "points": self._rows(), "open_loop": asdict(self.open_loop()), "sequential": asdict(self.sequential()),
            "not_unseen": self.known, "broad": [check.text() for check in self.broad],
            "twins": None if self.twins is None else self.twins.as_json(), "hashes": self.hashes,
            "tests": int(tests.size), "inside": int(self.inside(self.printed)[tests].sum()),
        }  # fmt: skip


def _line(row: dict[str, Any], point: Point, language: Language) -> str:
    numbers = (point.value, row["p10"], row["p50"], row["p90"])
    told = " ".join(f"{x:9,.0f}" if point.value >= 10 else f"{x:9.2f}" for x in numbers)
    verdict = "-"
    if point.role in {"test", "calibration"}:
        verdict = say("inside" if row["inside"] else "missed" if point.role == "test" else "outside", language)
    unit = "" if point.unit == "1" else f" [{unit_name(point.unit, language)}]"
    return f"  {name_of(point.role, language):11} {told}  {verdict:7}  {point.name(language)}{unit}"


def run(
    border: Border,
    *,
    first: str | None = None,
    last: str | None = None,
    points: Path | None = None,
    draws: int = 100,
    seed: int = 1,
    workers: int = 2,
    data: Sequence[Path] = (),
    calibrated: bool | None = None,
    store_root: Path,
    progress: Progress | None = None,
) -> Validation:
    """Replay the record of a window and set it beside its points.

    Parameters
    ----------
    first, last : str, optional
        Days of the window, YYYY-MM-DD.
    calibrated : bool, optional
        Draw the free numbers from the border's `calibrated-draws.csv` (true), or from the shipped ranges;
        the former where the border has that file, if not given.
    data : paths
        Official files for the long checks; without any, the records beside a checkout.

    Raises
    ------
    RequestError
        A window outside the record, no point in it, fewer than two draws.
    DataError
        A point, a file or a calibrated range that is not right.
    """
    if draws < 2:
        raise RequestError(f"{draws} draws make no interval", mend="give at least 2")
    usual, seen = window(border, "replay"), window(border, CALIBRATION).last
    begin, end = _day(first, usual.first), _day(last, usual.last)
    if end < begin:
        raise RequestError(f"the last day {end} is before the first {begin}", mend="exchange them")
    every = points_room.read(border, points)
    chosen = tuple(p for p in every if begin <= p.first and p.last <= end)
    if not chosen:
        raise RequestError(f"no point lies within {begin} and {end}", mend="choose other days or another file")
    known = max(begin, min(end, seen)) + timedelta(days=1)
    replay = Replay.of(border, begin, end, known, every, seed)
    gauge = Gauge(chosen, replay.layout, replay.clock)
    gauge.check(points)
    free = free_room.read(border, replay.layout.process)
    table = border.root / CALIBRATED
    if calibrated is None:
        calibrated = table.is_file()
    choose = free_room.by_draws(free, table) if calibrated else lambda level: free_room.by_prior(free, level)
    told = table.read_text(encoding="utf-8") if calibrated else "shipped"
    broad = _broad(border, data)
    name = replay.sha256("validate", points_room.sha256(chosen), repr(free), told)
    store = Store.open(store_root, name)

    def task(draw: int) -> Float:
        block = store.read(draw)
        if block is None:
            level = free_room.levels(free, fold(seed, draw, "free"))
            block = gauge.read(*replay.run(draw, choose(level)))
            store.write(draw, block)
        return block

    said = np.empty((draws, len(chosen)))
    for done, (draw, block) in enumerate(make_workers(workers).map(task, range(draws)), 1):
        said[draw] = block
        if progress is not None:
            progress(done, draws)
    hashes = {"points": points_room.sha256(chosen), "replay": name}
    if calibrated:
        hashes["calibrated"] = hashlib.sha256(told.encode()).hexdigest()
    return Validation(
        chosen, said, seed, seen, calibrated, points_room.balance(chosen), _cited(border, replay, chosen), broad,
        hashes, _twins(border, seed, draws, workers),
    )  # fmt: skip


def _twins(border: Border, seed: int, draws: int, workers: int) -> twin_room.Twins | None:
    """The twin experiment, with as many twins as draws up to its own number."""
    if not (border.root / "mornings").is_dir():
        return None
    return twin_room.twins(border, seed, number=min(draws, twin_room.TWINS), workers=workers)


def _day(text: str | None, usual: date) -> date:
    try:
        return usual if text is None else date.fromisoformat(text)
    except ValueError:
        raise RequestError(f"{text!r} is not a date that exists", mend="write it as YYYY-MM-DD") from None


def _cited(border: Border, replay: Replay, points: Sequence[Point]) -> tuple[str, ...]:
    """Numbers of the network that cite a publication which a test point cites."""
    tests = {s for p in of_role(points, "test") for s in re.findall(r"\bS\d+\b", p.source)}
    told = [(name, q.source) for name, q in replay.layout.process.parameters]
    told += [(row["site"], row["source"]) for row in border.sites]
    told += [(row["route"], row["source"]) for row in border.routes]
    found = ((name, sorted(tests & set(re.findall(r"\bS\d+\b", source)))) for name, source in told)
    return tuple(f"{name} ({', '.join(cited)})" for name, cited in found if cited)


def _broad(border: Border, data: Sequence[Path]) -> tuple[records.Dispositions | records.Custody | Named, ...]:
    """The long checks, or a sentence for each whose file is not at hand."""
    tables = records.find(border, data)
    return tuple(
        check(tables[key]) if key in tables else named("not_at_hand", table="/".join(key))
        for key, check in ((records.DISPOSITIONS, records.dispositions), (records.CUSTODY, records.custody))
    )
