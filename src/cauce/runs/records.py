"""Two checks against long official records, where the files are at hand: they ship with nobody.

dispositions   what became of people border-wide, by month and citizenship: how shares of one fiscal year drift, the
               next to test
custody        children held, by day: a forecast that forgets as fast as the past did, against persistence
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

import cauce
from cauce.border import Border
from cauce.data import registry
from cauce.errors import RequestError
from cauce.runs import student
from cauce.runs.words import name_of, say
from cauce.terms import Authority, Language

Float = NDArray[np.float64]

BESIDE = Path(cauce.__file__).parents[3] / "shared" / "data"  # beside a checkout; an installed package has none
DISPOSITIONS, CUSTODY = ("ohss_monthly", "bookouts_citizenship"), ("hhs_uac_daily", "daily")
PLACES = {DISPOSITIONS: "ohss/bookouts_citizenship.csv", CUSTODY: "hhs/uac_daily.csv"}

LEARNT = date(2021, 10, 1), date(2022, 9, 1)  # fiscal year 2022: its shares are learnt
TESTED = date(2022, 10, 1), date(2023, 9, 1)  # fiscal year 2023: predicted from them
TOGETHER = ("all", "rest")  # groups that hold others
BESIDES = (
    "all",
    f"{Authority.TITLE_42.value}-expulsions",
    "migrant-protection-protocols",
)  # no part of what the shares divide
ROUNDED = 10  # [person] the publisher rounds to ten
SMALL = 100  # [person/month] fewer than ten times the rounding say nothing of a share
EVIDENCE = 5  # [month] that all citizenships' drift weighs beside a citizenship's own: of 2, 5 and 11 the one that
# covers best within the learnt year, with origins inside it
FIRST_ORIGIN = 6  # [month] of the learnt year before its own first forecast

HORIZONS = (1, 3, 7, 14)  # [day]
WINDOW = 28  # [day] whose mean the forecast falls back to
LEAST = 30  # [day] pairs of days before a first forecast


def find(border: Border, files: Sequence[Path]) -> dict[tuple[str, str], pl.DataFrame]:
    """Tables by publication and name: of the files named, else of the folder of records beside the checkout.

    Raises
    ------
    RequestError
        A file named is none of those that are asked for here.
    DataError
        A file is not as published.
    """
    found = {}
    for path in files:
        card, table = registry.identify(path)
        if (card.id, table.name) not in PLACES:
            known = " and ".join(f"{a}/{b}" for a, b in PLACES)
            raise RequestError(f"{path} is {card.id}/{table.name}, which tests nothing here", mend=f"give {known}")
        found[card.id, table.name] = registry.read(path, border)
    if not files:
        found = {k: registry.read(BESIDE / p, border) for k, p in PLACES.items() if (BESIDE / p).is_file()}
    return found


@dataclass(frozen=True)
class Dispositions:
    """How many monthly shares of the test year fall inside the 80% intervals that the year before gives."""

    cells: int
    inside: int
    width: float
    error: float
    last_error: float
    by_outcome: tuple[tuple[str, int, int], ...]
    learnt: tuple[int, int]
    """The same within the learnt year, from each month of its second half: (shares, inside)."""

    @property
    def coverage(self) -> float:
        return self.inside / self.cells if self.cells else float("nan")

    def text(self, language: Language = Language.ENGLISH) -> str:
        off = self.coverage - 0.8
        met = abs(100 * self.inside - 80 * self.cells) <= 5 * self.cells  # the design asks for five points
        verdict = say("dispositions_met" if met else "dispositions_missed", language)
        ways = ", ".join(
            say("dispositions_way", language, name=name_of(o, language), inside=i, n=n) for o, n, i in self.by_outcome
        )
        n, inside = self.learnt
        learnt = say("dispositions_short", language)
        if n:
            learnt = say("dispositions_learnt", language, share=inside / n, n=n)
        told = say(
            "dispositions", language, n=self.cells, coverage=self.coverage, verdict=verdict, off=off, learnt=learnt,
            width=self.width, error=self.error, last_error=self.last_error,
        )  # fmt: skip
        return f"{told}\n  {ways}"


@dataclass(frozen=True)
class _Shares:
    """Counts and wholes of cells, shape (cell, month) [person], and the outcome of each cell."""

    count: Float
    whole: Float
    outcome: NDArray[np.str_]

    @property
    def odds(self) -> Float:
        """Log odds, half the rounding added so that none is infinite."""
        half = ROUNDED / 2
        return np.asarray(np.log((self.count + half) / (self.whole - self.count + half)))

    def inside(self, low: Float, high: Float) -> NDArray[np.bool_]:
        """Whether each share lies in an interval; a count is known to within half its rounding."""
        share, slack = self.count / self.whole, ROUNDED / 2 / self.whole
        return np.asarray((share >= low - slack) & (share <= high + slack))

    def months(self, span: slice) -> _Shares:
        return _Shares(self.count[:, span], self.whole[:, span], self.outcome)


def dispositions(table: pl.DataFrame) -> Dispositions:
    """Predict each citizenship's monthly share of each outcome from the twelve months before.

    Shares of one year are no sample of one mean: the further two months are apart, the further apart they are.  So
    log odds are a level that drifts, and noise around it; how much of each is read off that growth in the learnt
    year alone.
    """
    both = _shares(table)
    year = both.months(slice(0, 12))
    inside, tried = 0, 0
    for origin in range(FIRST_ORIGIN, 12):
        ahead = year.months(slice(origin, 12))
        low, _, high = forecast(year.months(slice(0, origin)).odds, year.outcome, 12 - origin)
        inside, tried = inside + int(ahead.inside(low, high).sum()), tried + ahead.count.size
    there = both.whole[:, 12:] >= SMALL
    low, middle, high = forecast(year.odds, both.outcome, 12)
    tested = both.months(slice(12, 24))
    hit, truth = tested.inside(low, high) & there, tested.count / tested.whole
    last = np.broadcast_to(year.count[:, -1:] / year.whole[:, -1:], truth.shape)
    rows = []
    for name in sorted(set(both.outcome.tolist())):
        mine = both.outcome == name
        rows.append((name, int(there[mine].sum()), int(hit[mine].sum())))
    return Dispositions(
        int(there.sum()), int(hit.sum()), _mean((high - low)[there]), _mean(abs(truth - middle)[there]),
        _mean(abs(truth - last)[there]), tuple(rows), (tried, inside),
    )  # fmt: skip


def _shares(table: pl.DataFrame) -> _Shares:
    """Cells that are no small number in any month of the learnt year: that year, then the tested one."""
    chosen = table.filter(
        ~pl.col("group").is_in(TOGETHER),
        ~pl.col("series").is_in(BESIDES),
        pl.col("month").is_between(LEARNT[0], TESTED[1]),
    ).with_columns(pl.col("count").fill_null(0))
    groups, series = (sorted(chosen[c].unique().to_list()) for c in ("group", "series"))
    counts = np.zeros((len(groups), len(series), 24))
    for month, group, name, count in chosen.select("month", "group", "series", "count").iter_rows():
        number = (month.year - LEARNT[0].year) * 12 + month.month - LEARNT[0].month
        counts[groups.index(group), series.index(name), number] += count
    wholes = np.repeat(counts.sum(axis=1, keepdims=True), len(series), axis=1)
    large = (wholes[:, :, :12] >= SMALL).all(axis=2).ravel()
    of = np.tile(np.array(series, dtype=np.str_), len(groups))
    count, whole = (a.reshape(-1, 24)[large] for a in (counts, np.maximum(wholes, 1.0)))
    return _Shares(count, whole, of[large])


def forecast(odds: Float, outcome: NDArray[np.str_], ahead: int) -> tuple[Float, Float, Float]:
    """80% interval and middle of the shares of the months ahead, each of shape (cell, month).

    Parameters
    ----------
    odds : (cell, month)
        Log odds that were seen, oldest month first.
    outcome : (cell,)
        Cells of one outcome share how much of their unrest is drift; its size is a cell's own, shrunk to theirs.

    References
    ----------
    Harvey (1989), Forecasting, structural time series models and the Kalman filter: the local level and its gain.
    """
    own = np.mean(np.diff(odds, axis=1) ** 2, axis=1)  # [log odds squared] of a monthly step
    size, drift, noise = (np.empty(own.size) for _ in range(3))
    for name in set(outcome.tolist()):
        mine = outcome == name
        slope, nugget = _grown(odds[mine])
        usual = max(float(own[mine].mean()), np.finfo(np.float64).tiny)
        size[mine], drift[mine], noise[mine] = usual, slope / usual, nugget / 2 / usual
    steps = odds.shape[1] - 1
    scale = (steps * own + EVIDENCE * size) / (steps + EVIDENCE)
    ratio = drift / np.maximum(noise, np.finfo(np.float64).eps)
    gain = np.clip((np.sqrt(ratio**2 + 4 * ratio) - ratio) / 2, 0.0, 1.0)
    level = odds[:, 0]
    for month in range(1, odds.shape[1]):
        level = level + gain * (odds[:, month] - level)
    months = np.arange(1, ahead + 1)
    spread = np.sqrt(scale[:, None] * ((gain * noise + noise)[:, None] + drift[:, None] * months))
    half = student.quantile(0.9, steps + EVIDENCE) * spread
    low, middle, high = (1 / (1 + np.exp(-(level[:, None] + d))) for d in (-half, 0.0 * half, half))
    return low, middle, high


def _grown(odds: Float) -> tuple[float, float]:
    """How the mean square difference of two months grows with what lies between: (a month, at none)."""
    months = odds.shape[1]
    lag = np.arange(1, months)
    apart = np.array([np.mean((odds[:, h:] - odds[:, :-h]) ** 2) for h in lag])
    pairs = months - lag
    middle, mean = np.average(lag, weights=pairs), float(np.average(apart, weights=pairs))
    slope = np.average((lag - middle) * (apart - mean), weights=pairs) / np.average((lag - middle) ** 2, weights=pairs)
    slope = float(np.clip(slope, 0.0, mean / middle))  # neither may be negative
    return slope, mean - slope * float(middle)


@dataclass(frozen=True)
class Custody:
    """Mean absolute error by horizon: (days ahead, n, ours, persistence, persistence over the mean held)."""

    rows: tuple[tuple[int, int, float, float, float], ...]

    def text(self, language: Language = Language.ENGLISH) -> str:
        lines = [say("children", language)]
        for days, n, ours, last, relative in self.rows:
            won = "" if ours < last else say("children_lost", language)
            lines.append(
                say("children_ahead", language, days=days, n=n, ratio=ours / last, ours=ours, last=last,
                    relative=relative, won=won)
            )  # fmt: skip
        return "\n".join(lines)


def custody(table: pl.DataFrame) -> Custody:
    """Forecast the children held from the days before; nothing later is looked at.

    The distance from the mean of the last weeks shrinks by a factor a day, fitted on the days before.
    """
    held = {d: float(n) for d, n in table.select("date", "in_cbp").iter_rows() if n is not None}
    days = sorted(held)
    ours: dict[int, list[float]] = {h: [] for h in HORIZONS}
    last: dict[int, list[float]] = {h: [] for h in HORIZONS}
    pairs: list[tuple[float, float]] = []  # distance today, distance tomorrow
    for now in days:
        recent = np.array([held[d] for d in days if now - timedelta(days=WINDOW) < d <= now])
        middle, distance = float(recent.mean()), held[now] - float(recent.mean())
        if len(pairs) >= LEAST:
            kept = _kept(np.array(pairs))
            for h in HORIZONS:
                then = now + timedelta(days=h)
                if then in held:
                    ours[h].append(abs(middle + kept**h * distance - held[then]))
                    last[h].append(abs(held[now] - held[then]))
        before = now - timedelta(days=1)
        if before in held:
            pairs.append((held[before] - middle, distance))
    mean = float(np.mean([held[d] for d in days]))
    return Custody(
        tuple((h, len(ours[h]), _mean(ours[h]), _mean(last[h]), _mean(last[h]) / mean) for h in HORIZONS if ours[h])
    )


def _kept(pairs: NDArray[np.float64]) -> float:
    """Least squares through the origin, within [0, 1]."""
    x, y = pairs.T
    return float(np.clip((x @ y) / (x @ x), 0.0, 1.0)) if x.any() else 0.0


def _mean(numbers: Sequence[float] | Float) -> float:
    return float(np.mean(numbers)) if len(numbers) else float("nan")
